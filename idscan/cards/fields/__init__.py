"""Values of cards: names, numbers, dates, places; their forms and what they encode."""
