"""Scanning of one image: the cascade over symbols, outlines and print, and the fusion of its evidence."""
