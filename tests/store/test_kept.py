"""What is kept with a release: all or nothing, unique watermark ids, deletion, older databases, PostgreSQL."""

from __future__ import annotations

import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from uuid import UUID, uuid4

import numpy as np
import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from overt.errors import FormatError
from overt.fingerprints.model import Fingerprint
from overt.language import Text
from overt.marks.kept import Gap, Kept, Print, Remembered, View
from overt.marks.model import Release
from overt.marks.watermark.model import shortened, spelled
from overt.store.records import Store
from overt.store.tables import fingerprints

NOW = "2026-01-01T00:00:00+00:00"


def release(content_id: str | None = None) -> Release:
    return Release(content_id or str(uuid4()), "aa" * 32, "bb" * 32, "image/png", "P", ("other",), ("label",), NOW)


def taken(kind: str = "pdq", count: int = 1) -> Fingerprint:
    rng = np.random.default_rng(count)
    values = rng.integers(0, 256, (count, 32), np.uint8) if kind == "pdq" else rng.integers(0, 99, count, np.uint32)
    return Fingerprint(kind, values, np.arange(count, dtype=np.int64) * 3 - 1, np.full(count, 80, np.uint8), 7)


KEPT = Kept(
    (Print.of(taken()), Print.of(taken("sound", 200))),
    (Gap("points", Text(zh="不行", en="no")),),
    (View(640, 480, b"webp"),),
    manifest=b"store",
    iscc="ISCC:KACT4EBWK27737D2",
)


@pytest.mark.parametrize(("kind", "count"), [("pdq", 1), ("pdq", 9), ("sound", 500), ("sound", 0)])
def test_a_fingerprint_comes_back_as_it_was(kind: str, count: int):
    before = taken(kind, count)
    after = Print.of(before).opened()

    assert (after.kind, after.extent, after.made_by) == (before.kind, before.extent, before.made_by)
    for name in ("values", "places", "quality"):
        assert np.array_equal(getattr(after, name), getattr(before, name))


@pytest.mark.parametrize(
    "harm",
    [{"data": b"?"}, {"count": 3}, {"count": -1}, {"count": 10**9}, {"form": "u4"}, {"form": "?"}, {"kind": "sound"}],
)
def test_what_makes_no_sense_is_no_fingerprint(harm: dict):
    with pytest.raises(FormatError):
        replace(Print.of(taken()), **harm).opened()


def test_everything_is_kept_with_the_release(store: Store):
    one = release()
    index = store.release(one, KEPT)
    rows = store.kept.rows_of(one.content_id)

    assert [(row.kind, row.origin, row.ledger_index) for row in rows] == [
        (kind, "released", index) for kind in ("pdq", "sound", "points")
    ]
    assert [row.taken for row in rows] == [*KEPT.prints, *KEPT.gaps]
    assert store.kept.rows([rows[0].number, 999]) == {rows[0].number: rows[0]}
    assert store.kept.manifest(one.content_id) == b"store"
    assert store.kept.iscc(one.content_id) == KEPT.iscc
    assert store.kept.by_iscc(KEPT.iscc) == (one.content_id,)
    assert store.previews
    shown = store.previews.get(one.content_id)
    assert [(each.width, each.path.read_bytes()) for each in shown.pictures] == [(640, b"webp")]
    assert store.proved(one)
    assert not store.proved(replace(one, producer="Q"))


def test_a_release_always_has_a_row_of_fingerprints(store: Store):
    one = release()
    store.release(one)

    (row,) = store.kept.rows_of(one.content_id)
    assert isinstance(row.taken, Gap)
    assert row.taken.reason.en


def test_a_release_that_fails_leaves_nothing(store: Store):
    one = release()
    store.release(one, KEPT)
    with pytest.raises(IntegrityError):
        store.release(replace(one, sha256="cc" * 32), KEPT)

    assert store.ledger_root()[0] == 1
    assert len(store.kept.rows_of(one.content_id)) == 3
    assert store.previews
    assert store.previews.has(one.content_id)  # That of the first.
    other = release()
    with pytest.raises(TypeError):
        store.release(other, replace(KEPT, manifest=object()))
    assert (store.ledger_root()[0], store.by_content_id(other.content_id)) == (1, None)
    assert not store.previews.has(other.content_id)


def test_a_process_that_is_killed_in_between_leaves_nothing(tmp_path: Path):
    """It has written everything and has not committed."""
    program = (
        "import sys, pathlib, os, signal\n"
        "from overt.store import kept as keeping\n"
        "from overt.store.records import Store\n"
        "from overt.marks.model import Release\n"
        "write = keeping.write\n"
        "def last(*args):\n"
        "    write(*args)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "keeping.write = last\n"
        "store = Store.open(pathlib.Path(sys.argv[1]))\n"
        "store.release(Release(sys.argv[2], 'a', 'b', 'image/png', 'P', ('other',), ('label',), 'now'))\n"
    )
    content_id = str(uuid4())
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path), content_id], check=False)
    assert done.returncode == -signal.SIGKILL

    store = Store.open(tmp_path)
    assert (store.ledger_root()[0], store.by_content_id(content_id)) == (0, None)
    assert store.kept.rows_of(content_id) == ()
    assert store.release(release(content_id)) == 0
    store.close()


def test_a_watermark_id_leads_to_one_content(store: Store):
    one = release()
    store.release(one)
    long, short = (spelled(shortened(one.content_id, bits), bits) for bits in (64, 40))

    assert store.kept.by_watermark(long) == store.kept.by_watermark(short) == one.content_id
    assert store.kept.by_watermark("0" * 16) is None
    assert store.kept.by_watermark(short[:-1] + "x") is None


def test_no_two_contents_have_the_same_watermark_id(store: Store, monkeypatch: pytest.MonkeyPatch):
    """Two content ids with the same short id, as one in some ten thousand million is."""
    first, second, third = (str(UUID(int=number)) for number in (1, 2, 3))
    short = {first: 7, second: 7, third: 8}
    from overt.store import kept as keeping  # noqa: PLC0415

    monkeypatch.setattr(
        keeping, "shortened", lambda name, bits: short[name] if bits == 40 else int(name[-1]) << 24 | short[name]
    )
    store.release(release(first))
    with pytest.raises(IntegrityError):
        store.release(release(second))
    drawn = iter([second, second, third])
    monkeypatch.setattr(keeping, "uuid4", lambda: next(drawn))

    assert store.new_content_id() == third


def test_rows_are_read_on_from_an_entry(store: Store):
    for _ in range(3):
        store.release(release(), KEPT)
    store.remember(Remembered(str(uuid4()), "dd" * 32, "image/png", "why", NOW), KEPT)

    found = [row for part in store.kept.rows_since(["pdq"], 1, 4) for row in part]
    assert [(row.ledger_index, row.kind, row.origin) for row in found] == [
        (1, "pdq", "released"),
        (2, "pdq", "released"),
        (3, "pdq", "reported"),
    ]
    assert store.kept.entries() == 4
    assert store.kept.entry(3) != store.kept.entry(2)
    assert store.kept.entry(4) is None


def test_what_is_forgotten_is_deleted_and_its_entry_stays(store: Store):
    remembered = Remembered(str(uuid4()), "dd" * 32, "image/png", "why", NOW)
    store.remember(remembered, KEPT)
    assert store.kept.reported("dd" * 32) == store.kept.report(remembered.report_id) == remembered

    assert store.forget(remembered.report_id) == 1
    assert store.forget(remembered.report_id) is None
    assert store.kept.report(remembered.report_id) is None
    assert store.kept.rows_of(remembered.report_id) == ()
    assert store.previews
    assert not store.previews.has(remembered.report_id)
    assert store.ledger_root()[0] == 2


def test_processes_number_entries_one_after_another(store: Store, database: str):
    program = (
        "import sys, uuid\n"
        "from overt.store.records import Store\n"
        "from overt.marks.model import Release\n"
        "store = Store.connect(sys.argv[1])\n"
        "for n in range(10):\n"
        "    store.release(Release(str(uuid.uuid4()), 'a', 'b', 'image/png', 'P', ('other',), ('label',), 'now'))\n"
    )
    running = [subprocess.Popen([sys.executable, "-c", program, database]) for _ in range(3)]
    assert [process.wait() for process in running] == [0, 0, 0]

    assert store.ledger_root()[0] == 30
    with store.engine.connect() as connection:
        rows = connection.execute(select(fingerprints.c.row).order_by(fingerprints.c.ledger_index)).scalars().all()
    assert rows == sorted(rows)
