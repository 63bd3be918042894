"""Tests of idscan, and the generator of made-up cards they use."""
