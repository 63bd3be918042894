"""Frozen values that flow between the rooms, settings and errors; no I/O."""
