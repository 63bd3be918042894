"""Detect cards and codes, rectify, enhance. Images are uint8 arrays: rgb (height, width, 3) or grey (height, width)."""
