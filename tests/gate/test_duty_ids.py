"""Every duty that the gate cites is one of the rulebook's."""

from __future__ import annotations

import re
from importlib import resources

from overt.rulebook import load

ID = re.compile(r"\b[A-Z]{2,3}-[0-9]{1,4}[a-z]?\b")


def test_every_duty_that_is_cited_is_in_the_rulebook() -> None:
    known = {each.id for each in load("cn").duties}
    kinds = {each.partition("-")[0] for each in known}
    house = resources.files("overt")
    files = [house / "gated.py", house / "consenting.py"]
    for room in ("gate", "store", "web", "gateway"):
        files += [each for each in (house / room).rglob("*") if each.suffix in (".py", ".toml", ".cedar", ".html")]  # type: ignore[attr-defined]
    for file in files:
        cited = {each for each in ID.findall(file.read_text("utf-8")) if each.partition("-")[0] in kinds}
        assert cited <= known, file
