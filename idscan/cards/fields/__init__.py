"""The values of cards: names, numbers, dates, places; their shapes and what they imply."""
