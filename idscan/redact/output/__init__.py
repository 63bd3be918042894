"""The output side of a redaction: names, folders, in-place replacement."""
