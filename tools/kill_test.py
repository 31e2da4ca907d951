"""Kills processes that write and publish, at random moments, and looks whether anything is lost or half done.

    python tools/kill_test.py --kills 1000 [--url postgresql+psycopg://…] [--seed 1]

Several writers record acts of several kinds (a release with what is kept of it, a report, its deletion, acts with three
entries and a person's sealed data) and tell each one that was acknowledged through a pipe; a publisher signs
checkpoints. All get SIGKILL at a random moment. Then everything is opened anew and must hold:

- every acknowledged act is there, whole, and its entries are at the indexes that were told;
- no row of an act without its entry, no entry without its act;
- no checkpoint ahead of the entries, none that contradicts an earlier one; the next one can be signed;
- no stream with a gap, every opening is what was committed to, every tile is what the entries give.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select

from overt.ledger.checkpoint import Checkpoint, note, read
from overt.ledger.events.content import ContentForgotten
from overt.ledger.signing import Signer
from overt.marks.kept import Kept, Remembered
from overt.marks.model import Release
from overt.store import migrate  # noqa: F401  # imported once, before the children are made
from overt.store.audit import verify
from overt.store.publishing import Ledger, Voice
from overt.store.records import DATABASE, Store
from overt.store.tables import contents, fingerprints, ledger_about, ledger_entries, ledger_openings, reports
from overt.store.vault import KEY_BYTES, Vault

VAULT = bytes(range(KEY_BYTES))
VOICE = Voice("example.com/kill-test", Signer(Ed25519PrivateKey.from_private_bytes(bytes(range(32)))))
NOW = "2026-01-01T00:00:00+00:00"


@dataclass
class Outcome:
    """What a run showed."""

    kills: int = 0
    acknowledged: int = 0
    entries: int = 0
    checkpoints: int = 0
    behind: int = 0
    """How often tiles or the checkpoint had to be completed after a kill."""
    wrong: list[str] = field(default_factory=list)


def opened(url: str, folder: Path) -> Store:
    """The store, as each process opens it for itself."""
    return Store.connect(url, folder, Vault(VAULT))


def write(url: str, folder: Path, seed: int, told: int) -> None:
    """Acts without end; each that is acknowledged is told as one line."""
    store, draw, number = opened(url, folder), random.Random(seed), 0
    while True:
        number += 1
        kind = draw.randrange(3)
        if kind == 0:
            one = Release(str(uuid4()), uuid4().hex * 2, "bb" * 32, "image/png", "P", ("other",), ("label",), NOW)
            line = ["release", one.content_id, store.release(one)]
        elif kind == 1:
            report = Remembered(str(uuid4()), uuid4().hex * 2, "image/png", "why", NOW)
            line = ["report", report.report_id, store.remember(report, Kept())]
            if draw.random() < 0.5:
                os.write(told, (json.dumps(line) + "\n").encode())
                line = ["forget", report.report_id, store.forget(report.report_id)]
        else:
            name = str(uuid4())
            with store.acting() as act:
                act.seal(f"person-{number % 5}", b"data", b"about")
                line = ["three", name, *(act.record(ContentForgotten(name)) for _ in range(3))]
        os.write(told, (json.dumps(line) + "\n").encode())


def publish(url: str, folder: Path, told: int) -> None:
    """Checkpoints without end."""
    ledger = Ledger(opened(url, folder), VOICE)
    while True:
        size = ledger.publish().checkpoint.size
        os.write(told, (json.dumps(["checkpoint", "", size]) + "\n").encode())


def child(work: Callable[[int], None]) -> tuple[int, int]:
    """A process that does this work; its number, and the end of a pipe with what it tells."""
    ours, theirs = os.pipe()
    number = os.fork()
    if number:
        os.close(theirs)
        return number, ours
    os.close(ours)
    try:
        work(theirs)
    except BaseException:  # noqa: BLE001  (a child tells what it failed with)
        traceback.print_exc()
    finally:
        os._exit(1)  # It never ends by itself.


def rest(pipe: int) -> list[list[object]]:
    """All whole lines that came through a pipe."""
    data = b""
    while part := os.read(pipe, 1 << 16):
        data += part
    os.close(pipe)
    return [json.loads(line) for line in data.split(b"\n")[:-1]]


def look(url: str, folder: Path, told: list[list[object]], before: Checkpoint | None, outcome: Outcome) -> Checkpoint:
    """Opens everything anew and says what does not hold."""
    store = opened(url, folder)
    ledger = Ledger(store, VOICE)
    shown = folder / "ledger" / "checkpoint"
    size = store.ledger_root()[0]
    if shown.exists() and read(note(shown.read_bytes()).text).size > size:
        outcome.wrong.append("a checkpoint is ahead of the entries")
    rows(store, told, size, outcome)
    signed = max((int(str(line[2])) for line in told if line[0] == "checkpoint"), default=0)
    published = ledger.publish()
    outcome.behind += published.new
    if published.checkpoint.size != size or size < max(signed, before.size if before else 0):
        outcome.wrong.append(f"the checkpoint is over {published.checkpoint.size} entries of {size}")
    if before and store.tree.view().root_at(before.size) != before.root:
        outcome.wrong.append("a checkpoint contradicts an earlier one")
    audit = verify(ledger)
    outcome.wrong += [f"{problem.place}: {problem.said.en}" for problem in audit.problems]
    if audit.closed:
        outcome.wrong.append(f"{audit.closed} entries without an opening")
    outcome.entries = size
    store.close()
    return published.checkpoint


def rows(store: Store, told: list[list[object]], size: int, outcome: Outcome) -> None:
    """Acts and entries must be there together, and what was acknowledged must be there."""
    with store.reading() as connection:
        tags = {row[0]: row[1] for row in connection.execute(select(ledger_entries.c.index, ledger_entries.c.tag))}
        about = {(row[0], row[1]) for row in connection.execute(select(ledger_about.c.id, ledger_about.c.index))}
        openings = set(connection.execute(select(ledger_openings.c.index)).scalars())
        released = {
            row[0]: row[1] for row in connection.execute(select(contents.c.ledger_index, contents.c.content_id))
        }
        reported = {row[0]: row[1] for row in connection.execute(select(reports.c.ledger_index, reports.c.report_id))}
        kept = set(connection.execute(select(fingerprints.c.content_id)).scalars())
    releases = {index for index, tag in tags.items() if tag == "marking:content:release"}
    remembered = {index for index, tag in tags.items() if tag == "trace:content:remember"}
    forgotten = {any_id for any_id, index in about if tags[index] == "trace:content:forget"}
    still = {index for any_id, index in about if index in remembered and any_id not in forgotten}
    for wrong, said in (
        (releases ^ set(released), "releases and their entries do not agree"),
        (still ^ set(reported), "reports and their entries do not agree"),
        (openings ^ set(tags), "entries and openings do not agree"),
        (set(released.values()) - kept, "a release without what is kept of it"),
        ({index for _, index in about} ^ set(tags), "entries about nothing"),
        (set(range(size)) ^ set(tags), "the entries' numbers have gaps"),
    ):
        if wrong:
            outcome.wrong.append(f"{said}: {sorted(wrong)[:5]}")
    acts = [line for line in told if line[0] != "checkpoint"]
    outcome.acknowledged += len(acts)
    lost = [line for line in acts if any((line[1], index) not in about for index in line[2:])]
    if lost:
        outcome.wrong.append(f"acknowledged and lost: {lost[:3]}")


def run(url: str, folder: Path, kills: int, *, writers: int = 2, seed: int = 1, longest: float = 0.25) -> Outcome:
    """So many rounds of writing, killing, opening and looking. `longest`: seconds until the kill at the most."""
    outcome, draw = Outcome(), random.Random(seed)
    opened(url, folder).close()
    before: Checkpoint | None = None
    for round_ in range(kills):
        works: list[Callable[[int], None]] = [partial(publish, url, folder)]
        works += [partial(write, url, folder, seed * 1000 + round_ * 10 + number) for number in range(writers)]
        children = [child(work) for work in works]
        time.sleep(draw.uniform(0.01, longest))
        for number, _ in children:
            os.kill(number, signal.SIGKILL)
        for number, _ in children:
            if not os.WIFSIGNALED(os.waitpid(number, 0)[1]):
                outcome.wrong.append("a process ended by itself")
        told = [line for _, pipe in children for line in rest(pipe)]
        outcome.kills += 1
        outcome.checkpoints += sum(line[0] == "checkpoint" for line in told)
        before = look(url, folder, told, before, outcome)
        if outcome.wrong:
            break
    return outcome


def main() -> int:
    """Runs it and prints what it showed; 1 where something was lost or half done."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--fresh", type=int, default=100, help="start with an empty database after so many kills")
    parser.add_argument("--url", default="", help="an empty database; a file of SQLite's where none is given")
    parser.add_argument("--longest", type=float, default=0.25, help="seconds until the kill, at the most")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    whole = Outcome()
    started = time.monotonic()
    while whole.kills < asked.kills and not whole.wrong:
        with tempfile.TemporaryDirectory() as name:
            url = asked.url or f"sqlite:///{Path(name) / DATABASE}"
            count = asked.kills if asked.url else min(asked.fresh, asked.kills - whole.kills)
            part = run(url, Path(name), count, seed=asked.seed + whole.kills, longest=asked.longest)
        for each in ("kills", "acknowledged", "entries", "checkpoints", "behind", "wrong"):
            setattr(whole, each, getattr(whole, each) + getattr(part, each))
        print(f"{time.monotonic() - started:6.0f} s  {whole}", flush=True)
    return int(bool(whole.wrong))


if __name__ == "__main__":
    sys.exit(main())
