"""Printed labels and headings: their wording and how to find them in recognised text."""
