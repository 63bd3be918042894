"""The README against the program, and its pictures."""
