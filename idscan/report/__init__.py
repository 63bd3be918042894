"""Reports of a run: one file per format, one registry; nothing read from a picture leaves unmasked unasked."""
