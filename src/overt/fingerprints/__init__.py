"""Fingerprints: short values by which a copy is known again after it was changed. Pure: no files, no network."""
