"""Runs over many images: executors, bounded jobs, persons; no text leaves from here."""
