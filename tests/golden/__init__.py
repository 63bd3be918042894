"""Golden outputs: what scan and redact make of a fixed set of images."""
