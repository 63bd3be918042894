"""Text of any kind: normalisation, fuzzy search, syllables, grammars."""
