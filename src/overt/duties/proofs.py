"""From a piece of evidence to its proof: what anybody can check for themselves, looked up at this moment.

A piece is known by a short key over its control and what it shows, so that its address stays while counts grow. Kinds:

- an entry of the ledger: hashed again, its inclusion under the tree's present root verified, its commitment opened;
- a statement or determination: besides its entry, the signature over everything that it says;
- a setting: what stands in the set-up now; a count, a file, a time: what its control finds now.

Not here: openings that are sealed under a person's key. They are said to be sealed, and stay so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Literal

from overt import api
from overt.duties.model import Control, Evidence, Standing
from overt.duties.standing import standing
from overt.errors import OvertError, SetupError
from overt.ledger import merkle, signing
from overt.ledger.entry import Entry, decode
from overt.ledger.event import committed
from overt.store.log import entry_at
from overt.store.statements import Determined, Stated

if TYPE_CHECKING:
    from overt.duties.view import View

Opened = Literal["fits", "differs", "sealed", "gone"]
"""Whether the opening fits the entry's commitment; sealed for a person, or expired."""
_KEY_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of evidence of a duty. `control` is None for what the state rests on beside controls."""

    key: str
    control: Control | None
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class EntryProof:
    """An entry of the ledger, checked. `held` says whether its inclusion under `root` was verified."""

    index: int
    entry: Entry
    leaf: bytes
    size: int
    root: bytes
    path: tuple[bytes, ...]
    held: bool
    opened: Opened
    event: dict[str, Any]
    """What the entry tells; empty where it is sealed or gone."""


@dataclass(frozen=True, slots=True)
class SettingProof:
    """A setting as it stands now, with what it is for (in the words of the reference, English)."""

    name: str
    value: str
    description: str


@dataclass(frozen=True, slots=True)
class SignedProof:
    """A statement or determination, its signature checked over everything that it says."""

    said: Stated | Determined
    genuine: bool
    key: str
    """The id of the key: SHA-256 of its public bytes."""
    ours: bool
    """Whether it is the key that speaks for this set-up now."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What a piece of evidence leads to. `now` is what the same control finds at this moment; None where nothing."""

    piece: Piece
    now: Evidence | None
    entry: EntryProof | None = None
    setting: SettingProof | None = None
    signed: SignedProof | None = None
    checkpoint: str = ""
    """The newest signed checkpoint, as a note; empty where there is none."""
    checkpoint_size: int = 0


def pieces(found: Standing) -> tuple[Piece, ...]:
    """All evidence of a duty, each with its key."""
    seen: Counter[str] = Counter()
    told = []
    for control, each in _all(found):
        owner, entry = (control.id, "") if control else ("", str(each.entry))
        named = f"{owner}\n{each.kind}\n{each.shows.en}\n{entry}"
        seen[named] += 1
        key = sha256(f"{named}\n{seen[named]}".encode()).hexdigest()[:_KEY_DIGITS]
        told.append(Piece(key, control, each))
    return tuple(told)


def proof(found: Standing, key: str, view: View) -> Proof | None:
    """The proof of one piece of evidence of a duty; None for a key that it does not have. `view` is of now."""
    piece = next((each for each in pieces(found) if each.key == key), None)
    again = {each.key: each for each in pieces(standing(found.duty, view))}
    now = again.get(key)
    piece = piece or now
    if piece is None:
        return None
    latest = now or piece
    entry = _entry(latest.evidence.entry, view) if latest.evidence.entry is not None else None
    note, size = _checkpoint(view)
    return Proof(
        piece,
        now.evidence if now else None,
        entry,
        setting(latest.evidence, view),
        _signed(latest.evidence, view),
        note,
        size,
    )


def setting(each: Evidence, view: View) -> SettingProof | None:
    """The setting that a piece of evidence names (`gate.on = true`), as it stands now."""
    name, sign, _ = each.value.partition(" = ")
    if each.kind != "setting" or not sign:
        return None
    value: Any = view.setup.settings
    described = ""
    for part in name.split("."):
        fields = type(value).model_fields if hasattr(type(value), "model_fields") else {}
        if part not in fields:
            return None
        described = fields[part].description or ""
        value = getattr(value, part)
    return SettingProof(name, str(value).lower() if isinstance(value, bool) else str(value), described)


def _all(found: Standing) -> Iterator[tuple[Control | None, Evidence]]:
    for each in found.evidence:
        yield None, each
    for finding in found.findings:
        for each in finding.found.evidence:
            yield finding.control, each


def _entry(index: int, view: View) -> EntryProof | None:
    with view.store.reading() as connection:
        try:
            logged = entry_at(connection, view.store.vault, index)
        except LookupError:
            return None
    tree, leaf = view.store.tree.view(), merkle.leaf_hash(logged.entry)
    path = tuple(tree.inclusion(index))
    held = merkle.verify_inclusion(leaf, index, tree.size, list(path), tree.root)
    entry = decode(logged.entry)
    opened: Opened
    event: dict[str, Any] = {}
    if logged.person is not None:
        opened = "sealed"
    elif logged.opening is None:
        opened = "gone"
    else:
        fits = committed(logged.opening.body, logged.opening.salt) == entry.commitment
        opened, event = ("fits" if fits else "differs"), logged.opening.event
    return EntryProof(index, entry, leaf, tree.size, tree.root, path, held, opened, event)


def _signed(each: Evidence, view: View) -> SignedProof | None:
    if each.kind != "statement":
        return None
    said: list[Stated | Determined] = [*view.statements, *view.determined.values()]
    found = next((one for one in said if one.entry == each.entry), None)
    if found is None:
        return None
    signed = found.statement if isinstance(found, Stated) else found.determination
    public = bytes.fromhex(signed.public_key)
    return SignedProof(found, signed.genuine, signing.key_id(public), public == _own(view))


def _own(view: View) -> bytes:
    key = view.setup.settings.ledger.key
    try:
        return signing.load(view.setup.home / key).public if key else b""
    except SetupError:
        return b""


def _checkpoint(view: View) -> tuple[str, int]:
    try:
        with api.ledger(view.setup, view.store) as ledger:
            latest = ledger.latest()
    except OvertError:
        return "", 0
    return (latest.note.decode(), latest.checkpoint.size) if latest else ("", 0)
