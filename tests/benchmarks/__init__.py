"""Figures, printed by hand-run commands: accuracy on made-up pictures, false alarms, speed."""
