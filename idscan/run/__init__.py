"""Runs over many pictures: executors, bounded jobs, persons; no text leaves from here."""
