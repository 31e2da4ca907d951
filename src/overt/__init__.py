"""Overt 明示 makes synthetic media say so."""
