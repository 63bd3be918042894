"""Reading engines, one adapter per file; the only room that imports one. Each loads when it is first used."""
