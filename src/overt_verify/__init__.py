"""Checks a bundle of evidence offline, with Python's standard library alone."""
