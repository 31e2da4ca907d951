"""Runs every benchmark in this folder and prints its table."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

for path in sorted(Path(__file__).parent.glob("[a-z]*.py")):
    print(f"== {path.stem}")
    import_module(f"bench.{path.stem}").main()
