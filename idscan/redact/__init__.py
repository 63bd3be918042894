"""Hiding what a picture exposes: plan, paint, publish, verify."""
