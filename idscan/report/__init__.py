"""Reports of a run: one file per format, one registry; nothing read from an image leaves unmasked unasked."""
