"""Detect cards and codes, rectify, enhance; images are uint8 arrays: `rgb` (height, width, 3), `grey` (height, width)."""
