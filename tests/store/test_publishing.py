"""The published ledger: tiles that follow, checkpoints that never contradict earlier ones, and who vouches for them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.x509 import load_pem_x509_certificate
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from credentials import time_stamping
from overt.errors import SetupError, UsageError
from overt.ledger import checkpoint as checkpoints
from overt.ledger import cosignature, merkle, receipt, sm, timestamp
from overt.ledger.events.content import ContentForgotten
from overt.ledger.signing import Signer
from overt.ledger.tiles import WIDTH, bundled, grown
from overt.marks.metadata.security.signing import generate_sm2_pem
from overt.store.publishing import Ledger, Voice, default_origin
from overt.store.records import Store
from overt.store.tables.ledger import ledger_entries
from overt.store.tree import Tree
from witnesses import Witness, serving

SIGNER = Signer(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
VOICE = Voice("example.com/overt", SIGNER)
KEY = checkpoints.ed25519_key(VOICE.origin, SIGNER.public)


def add(store: Store, count: int) -> None:
    with store.acting() as act:
        for number in range(count):
            act.record(ContentForgotten(f"{number}"))


def leaves(store: Store) -> list[bytes]:
    with store.reading() as connection:
        found = connection.execute(select(ledger_entries.c.leaf_hash).order_by(ledger_entries.c.index))
        return [bytes(each) for each in found.scalars()]


def shown(ledger: Ledger) -> checkpoints.Checkpoint:
    return checkpoints.opened((ledger.folder / "checkpoint").read_bytes(), [KEY])[0]


@pytest.fixture
def ledger(store: Store) -> Ledger:
    return Ledger(store, VOICE)


@pytest.fixture
def light(tmp_path: Path, sqlite_with_tables: Path) -> Callable[[], Ledger]:
    """Ledgers on SQLite, which open the same files again."""
    (tmp_path / "light").mkdir()
    shutil.copy(sqlite_with_tables, tmp_path / "light" / "overt.db")
    return lambda: Ledger(Store.open(tmp_path / "light"), VOICE)


def test_the_files_are_those_of_the_specification(ledger: Ledger, store: Store):
    assert ledger.publish().checkpoint.size == 0
    for size in (3, 256, 700):
        add(store, size - store.ledger_root()[0])
        published = ledger.publish()
        assert (published.checkpoint.size, published.new) == (size, True)
        assert shown(ledger) == published.checkpoint
        hashes = leaves(store)
        assert published.checkpoint.root == merkle.root(hashes)
        with store.reading() as connection:
            entries = [bytes(each) for each in connection.execute(select(ledger_entries.c.entry)).scalars()]
        for tile in grown(0, size):
            start, below = tile.index * WIDTH, 256 ** max(tile.level, 0)
            parts = (
                [bundled(entries[start : start + tile.width])]
                if tile.level < 0
                else [merkle.root(hashes[n * below : (n + 1) * below]) for n in range(start, start + tile.width)]
            )
            assert (ledger.folder / tile.path).read_bytes() == b"".join(parts), tile
    assert ledger.publish() == replace(published, new=False)
    # Partial tiles that have become full are gone; those of checkpoints that were signed since are there.
    assert sorted(path.name for path in ledger.folder.glob("tile/*/*.p")) == ["000.p", "002.p", "002.p"]


def test_proofs_come_out_of_files_and_rows_alike(ledger: Ledger, store: Store):
    add(store, 600)
    unwritten = Tree(store.engine, None).view()
    ledger.publish()
    add(store, 300)
    hashes = leaves(store)
    for view in (store.tree.view(), ledger.tree._look(), Tree(store.engine, None).view()):
        assert (view.size, view.root) == (900, merkle.root(hashes))
        for index in (0, 255, 256, 599, 600, 899):
            assert view.leaf(index) == hashes[index]
            assert view.inclusion(index) == merkle.inclusion_proof(hashes, index)
        assert view.inclusion(5, 300) == merkle.inclusion_proof(hashes[:300], 5)
        for first in (0, 1, 300, 512, 600, 900):
            assert view.root_at(first) == merkle.root(hashes[:first])
            assert view.consistency(first) == merkle.consistency_proof(hashes, first)
    assert unwritten.root == merkle.root(hashes[:600])
    assert store.proof(7) == merkle.inclusion_proof(hashes, 7)
    for wrong in (lambda: view.leaf(900), lambda: view.inclusion(0, 901), lambda: view.root_at(901)):
        with pytest.raises(IndexError):
            wrong()


@settings(max_examples=4)
@given(st.lists(st.integers(0, 600), min_size=1, max_size=3))
def test_whatever_is_added_between_the_same_files_come_out(
    tmp_path_factory, sqlite_with_tables: Path, steps: list[int]
):
    folders = [tmp_path_factory.mktemp("steps") for _ in range(2)]
    shutil.copy(sqlite_with_tables, folders[0] / "overt.db")
    store = Store.open(folders[0])
    often = Ledger(store, VOICE)
    for step in steps:
        add(store, step)
        often.publish()
    once = Ledger(Store.connect(str(store.engine.url), folders[1]), VOICE)
    once.publish()
    for path in (once.folder / "tile").rglob("*"):
        if path.is_file():
            assert (often.folder / path.relative_to(once.folder)).read_bytes() == path.read_bytes()
    assert shown(often) == shown(once)
    store.close()
    once.store.close()


def test_a_kill_in_between_leaves_what_the_next_run_completes(
    light: Callable[[], Ledger], monkeypatch: pytest.MonkeyPatch
):
    """Cut off at every file that is written, one after the other, as a kill would."""
    ledger = light()
    add(ledger.store, 3 * WIDTH + 10)

    class Killed(BaseException):
        pass

    whole, budget = type(ledger.tree.files)._put, 0

    def cut(self: object, name: str, data: bytes) -> None:
        nonlocal left
        if left == 0:
            raise Killed
        left -= 1
        whole(self, name, data)

    monkeypatch.setattr(type(ledger.tree.files), "_put", cut)
    while True:
        budget += 1
        left = budget
        shutil.rmtree(ledger.folder, ignore_errors=True)
        try:
            light().publish()
        except Killed:
            left = -1
            before = (ledger.folder / "checkpoint").exists()
            assert not before
            assert light().tree.view().root == merkle.root(leaves(ledger.store))
            assert light().publish().checkpoint.root == merkle.root(leaves(ledger.store))
        else:
            break
    assert budget > 10
    assert shown(ledger).size == 3 * WIDTH + 10


@pytest.mark.parametrize("size", [10, 300])
@pytest.mark.parametrize("grown_again", [False, True])
def test_a_database_that_was_set_back_is_refused(
    light: Callable[[], Ledger], tmp_path: Path, size: int, grown_again: bool
):
    ledger = light()
    add(ledger.store, 5)
    ledger.publish()
    ledger.store.close()
    backup = tmp_path / "backup.db"
    shutil.copy(tmp_path / "light" / "overt.db", backup)
    ledger = light()
    add(ledger.store, size)
    signed = ledger.publish().checkpoint
    ledger.store.close()
    for each in (tmp_path / "light").glob("overt.db*"):
        each.unlink()
    shutil.copy(backup, tmp_path / "light" / "overt.db")

    ledger = light()
    if grown_again:
        add(ledger.store, size + 50)
    with pytest.raises(SetupError, match="does not continue") as caught:
        ledger.publish()
    assert "backup" in caught.value.hint.en
    assert shown(ledger) == signed
    if size > WIDTH:
        with pytest.raises(SetupError, match="does not continue"):
            ledger.tree.view()
    ledger.store.close()


def test_files_that_were_set_back_do_not_sign_another_history(light: Callable[[], Ledger]):
    """The folder is gone: the database still knows what was signed."""
    ledger = light()
    add(ledger.store, 300)
    first = ledger.publish()
    shutil.rmtree(ledger.folder)

    again = light().publish()
    assert (again.note, again.new) == (first.note, False)
    with ledger.store.acting() as act:
        act.connection.exec_driver_sql("UPDATE ledger_entries SET leaf_hash = x'00', entry = x'00' WHERE \"index\" = 7")
    shutil.rmtree(ledger.folder)
    with pytest.raises(SetupError, match="does not continue"):
        light().publish()


def test_a_full_disk_stops_no_proof(light: Callable[[], Ledger], monkeypatch: pytest.MonkeyPatch):
    ledger = light()
    add(ledger.store, 300)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    assert ledger.store.ledger_root() == (300, merkle.root(leaves(ledger.store)))
    with pytest.raises(OSError, match="No space"):
        ledger.publish()
    monkeypatch.undo()
    assert ledger.publish().checkpoint.size == 300


def test_entries_that_are_missing_are_told(light: Callable[[], Ledger]):
    ledger = light()
    add(ledger.store, 300)
    with ledger.store.acting() as act:
        act.connection.exec_driver_sql('DELETE FROM ledger_entries WHERE "index" = 100')
    with pytest.raises(SetupError, match="does not continue"):
        ledger.publish()
    with pytest.raises(SetupError, match="does not continue"):
        Tree(ledger.store.engine, None).view()


@pytest.mark.parametrize("name", ["tile/0/000", "caught-up", "checkpoint"])
def test_a_damaged_file_is_the_set_ups_problem(light: Callable[[], Ledger], name: str):
    ledger = light()
    add(ledger.store, 300)
    ledger.publish()
    (ledger.folder / name).write_bytes(b"damaged")
    add(ledger.store, 1)
    with pytest.raises(SetupError, match="damaged"):
        ledger.publish()
    (ledger.folder / name).unlink()
    if name == "tile/0/000":
        with pytest.raises(SetupError, match="damaged"):
            ledger.publish()


def test_witnesses_cosign_what_continues(ledger: Ledger, store: Store):
    with serving(Witness(KEY)) as one, serving(Witness(KEY, name="witness.example/w2")) as two:
        asked = tuple(cosignature.witness(each.setting) for each in (one, two))
        ledger = Ledger(store, replace(VOICE, witnesses=asked))
        add(store, 3)
        first = ledger.publish()
        two.answer = (503, b"")
        add(store, 400)
        second = ledger.publish()
        two.answer = None
        third = ledger.publish()

    keys = [KEY, *(each.key for each in asked)]
    assert [len(checkpoints.opened(each.note, keys)[1]) for each in (first, second, third)] == [3, 2, 3]
    assert [len(each.missing) for each in (first, second, third)] == [0, 1, 0]
    assert (third.new, one.asked) == (False, 3)
    assert (ledger.folder / "checkpoint").read_bytes() == third.note
    latest = ledger.latest()
    assert latest
    assert latest.note == third.note


def test_a_checkpoint_is_stamped_once(ledger: Ledger, store: Store, tmp_path: Path):
    add(store, 3)
    with pytest.raises(SetupError, match="time-stamping"):
        ledger.stamp()
    (tmp_path / "tsa").mkdir()
    with time_stamping(tmp_path / "tsa") as (address, root):
        ledger = Ledger(store, replace(VOICE, tsa=address))
        stamped = ledger.stamp()
        assert ledger.stamp() == stamped
        roots = [load_pem_x509_certificate(root.read_bytes())]
    assert stamped.stamp
    assert timestamp.told(stamped.stamp, stamped.checkpoint.text.encode(), roots)
    command = ["openssl", "ts", "-verify", "-data", "3.txt", "-in", "3.tsr", "-CAfile", root]
    assert subprocess.run(command, cwd=ledger.folder / "stamps", capture_output=True, check=False).returncode == 0


def test_receipts_are_given_for_entries_and_growth(ledger: Ledger, store: Store):
    add(store, 5)
    hashes = leaves(store)
    found = receipt.read(ledger.receipt(3))
    assert found.shows_entry(hashes[3], SIGNER.public)
    add(store, 5)
    assert receipt.read(ledger.receipt(7)).shows_entry(leaves(store)[7], SIGNER.public)
    grown_since = receipt.read(ledger.growth(5))
    assert grown_since.shows_growth(merkle.root(hashes), SIGNER.public)
    for wrong in (lambda: ledger.receipt(10), lambda: ledger.receipt(-1), lambda: ledger.growth(11)):
        with pytest.raises(UsageError):
            wrong()


def test_the_twin_has_the_same_entries(ledger: Ledger, store: Store, tmp_path: Path):
    pytest.importorskip("gmssl_pyx")
    (tmp_path / "sm2.pem").write_bytes(generate_sm2_pem())
    seal = sm.load(tmp_path / "sm2.pem")
    ledger = Ledger(store, replace(VOICE, sm=seal))
    add(store, 300)
    ledger.publish()
    note = (ledger.folder / "sm3" / "checkpoint").read_bytes()
    ledger.publish()
    add(store, 300)
    ledger.publish()

    key = sm.key("example.com/overt/sm3", seal.point)
    head, _ = checkpoints.opened(note, [key])
    later, _ = checkpoints.opened((ledger.folder / "sm3" / "checkpoint").read_bytes(), [key])
    hashes = [sm.SM3.leaf(entry) for entry in ledger.tree.entries(0, 600)]
    assert (head.size, head.root) == (300, sm.SM3.root(hashes[:300]))
    assert (later.size, later.root) == (600, sm.SM3.root(hashes))
    assert not (ledger.folder / "sm3" / "tile" / "entries").exists()


def test_another_key_signs_the_same_history_anew(ledger: Ledger, store: Store):
    add(store, 3)
    first = ledger.publish()
    other = Signer(Ed25519PrivateKey.generate())
    again = Ledger(store, replace(VOICE, signer=other)).publish()

    assert (again.checkpoint, again.new) == (first.checkpoint, True)
    assert checkpoints.opened(again.note, [checkpoints.ed25519_key(VOICE.origin, other.public)])


def test_processes_publish_and_write_at_once(store: Store, database: str, tmp_path: Path):
    program = (
        "import sys, pathlib\n"
        "from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey\n"
        "from overt.ledger.events.content import ContentForgotten\n"
        "from overt.ledger.signing import Signer\n"
        "from overt.store.publishing import Ledger, Voice\n"
        "from overt.store.records import Store\n"
        "store = Store.connect(sys.argv[1], pathlib.Path(sys.argv[2]))\n"
        "ledger = Ledger(store, Voice('example.com/overt', "
        "Signer(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))))\n"
        "for n in range(8):\n"
        "    with store.acting() as act:\n"
        "        for k in range(20):\n"
        "            act.record(ContentForgotten(str(n)))\n"
        "    ledger.publish()\n"
        "    store.ledger_root()\n"
    )
    command = [sys.executable, "-c", program, database, str(tmp_path / "data")]
    assert [each.wait() for each in [subprocess.Popen(command) for _ in range(2)]] == [0, 0]

    ledger = Ledger(store, VOICE)
    assert ledger.publish().checkpoint == shown(ledger)
    assert (shown(ledger).size, shown(ledger).root) == (320, merkle.root(leaves(store)))


def test_a_log_has_a_name_without_spaces():
    assert default_origin("Example-Studio") == "Example-Studio/overt"
    assert default_origin("A + B Ltd.") == "A-B-Ltd./overt"
