"""Text processing: normalisation, fuzzy search, syllables, grammars."""
