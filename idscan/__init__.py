"""Find Vietnamese identity cards in pictures and report what they expose, offline."""

__version__ = "0.1.0"
