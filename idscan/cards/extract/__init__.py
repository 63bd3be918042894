"""Extraction of facts from recognised lines."""
