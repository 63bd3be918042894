"""Seeded generator of made-up people, their cards, and pictures of them, with the truth about each picture.

Nothing here imports idscan: numbers, check digits, payloads and layouts are written a second time, so that an error
in one of the two shows.
"""
