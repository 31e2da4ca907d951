"""Requests and outputs that wait for a person in a set-up's queue, as its own gate put them there."""

from __future__ import annotations

import secrets
from pathlib import Path

from PIL import Image

from overt import api
from overt.gate.gate import Gate
from overt.gate.model import Ask, Decision, Material
from overt.gate.request import file_material, text_material
from overt.store.accounts import Accounts
from overt.store.records import Store
from sites import Site

HARMLESS = "春天的山水画"


def account(store: Store) -> str:
    """Somebody who is identified well enough."""
    opened = Accounts(store).open()
    Accounts(store).attest(opened, "id", "provider", secrets.token_hex(16))
    return opened


def picture(folder: Path, name: str = "photo.png") -> Path:
    """A picture without any text in it."""
    path = folder / name
    Image.effect_mandelbrot((320, 200), (-2, -1.5, 1, 1.5), 40).convert("RGB").save(path)
    return path


def decided(gate: Gate, site: Site, *materials: Material) -> Decision:
    """What a gate answers to somebody who asks for a picture."""
    ask = Ask(account(site.store), ("image_generation",), "education", "content.generate", materials=materials)
    return gate.decide(ask)


def asked(site: Site, *materials: Material) -> Decision:
    """The same, from a gate of its own."""
    with api.gate(site.setup, site.store) as gate:
        return decided(gate, site, *materials)


def held_request(site: Site, *files: Path, words: str = HARMLESS) -> Decision:
    """A request that waits, since nothing that is installed can look at one of the files."""
    decision = asked(site, text_material(words), *(file_material(each) for each in files))
    assert decision.outcome == "hold", decision
    return decision


def held_output(site: Site, output: Path) -> Decision:
    """An allowed request whose output waits: nothing that is installed can look at it."""
    decision = asked(site, text_material(HARMLESS))
    assert decision.outcome == "allow", decision
    with api.gate(site.setup, site.store) as gate:
        finding = gate.review_output(decision, file_material(output))
    assert finding.outcome == "hold", finding
    return decision
