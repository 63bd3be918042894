"""Key-value extraction: from lines of text to facts."""
