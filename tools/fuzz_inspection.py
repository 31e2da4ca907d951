"""Throws broken files at the inspection, end to end through the guarded process: `make fuzz N=20000`.

Each input is made from a marked sample of one of the twelve formats, by one change of `CHANGES`. Seed and number
alone decide which, so that a number can be thrown again (`--first 1234 1`). A run that was broken off goes on where
it stopped; its samples, its counts and the inputs that failed lie in `--folder`.

A failure is: an exception out of the API, an answer that does not come, or the verdict "none" for a binary file
that was cut off. Deaths of the worker and answers that took longer than two seconds are counted.
"""

from __future__ import annotations

import argparse
import json
import re
import signal
import struct
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from random import Random

from overt import api, settings
from overt.inspection import Inspector
from overt.media.budget import INSPECTION
from overt.setup.initialise import initialise

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))
from samples import BINARY, SUFFIXES, TECHNIQUES, make  # noqa: E402  (the tests' own samples)

SLOW_S = 2.0
HANG_S = 300
"""The guard ends a call long before: when this rings, the guard itself hangs."""
ALL_KINDS_EVERY = 31
"""One input of so many meets the readers of labels, too; the others that of the metadata alone. Shares no factor
with the number of formats, so that each gets its turn."""
LIES = (0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xFFFFFFF8)
MOST_PIECES = 4000
DEATH = "the program that reads the file"


def _pieces_png(data: bytes) -> Iterator[int]:
    at = 8
    while at + 8 <= len(data):
        yield at
        at += 12 + int.from_bytes(data[at : at + 4], "big")


def _pieces_jpeg(data: bytes) -> Iterator[int]:
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        yield at
        if data[at + 1] == 0xDA:
            return
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")


def _pieces_riff(data: bytes) -> Iterator[int]:
    at = 12
    while at + 8 <= len(data):
        yield at
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        at += 8 + size + size % 2


def _pieces_flac(data: bytes) -> Iterator[int]:
    at = 4
    while at + 4 <= len(data):
        yield at
        if data[at] & 0x80:
            return
        at += 4 + int.from_bytes(data[at + 1 : at + 4], "big")


def _pieces_mp3(data: bytes) -> Iterator[int]:
    at, end = 10, 10 + sum((each & 0x7F) << 7 * (3 - n) for n, each in enumerate(data[6:10]))
    while at + 10 <= end and data[at]:
        yield at
        at += 10 + sum((each & 0x7F) << 7 * (3 - n) for n, each in enumerate(data[at + 4 : at + 8]))
    yield from (found.start() for found in re.finditer(rb"\xff[\xe2-\xff]", data[end:]))


def _pieces_mp4(data: bytes, at: int = 0, end: int | None = None) -> Iterator[int]:
    end = len(data) if end is None else end
    while at + 8 <= end:
        yield at
        size, kind = struct.unpack_from(">I4s", data, at)
        if kind in (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"udta", b"ilst"):
            yield from _pieces_mp4(data, at + 8, at + size)
        at += max(size, 8)


def _pieces_zip(data: bytes) -> Iterator[int]:
    yield from (found.start() for found in re.finditer(rb"PK(?:\x03\x04|\x01\x02|\x05\x06|\x07\x08)", data))


def _pieces_pdf(data: bytes) -> Iterator[int]:
    words = rb"\d+ 0 obj|endobj|stream|endstream|xref|trailer|startxref|%%EOF|<<|>>"
    yield from (found.start() for found in re.finditer(words, data))


def _pieces_text(data: bytes) -> Iterator[int]:
    yield from (found.start() for found in re.finditer(rb"[\n<>:\"]", data))


PIECES: dict[str, Callable[[bytes], Iterator[int]]] = {
    "jpg": _pieces_jpeg, "png": _pieces_png, "webp": _pieces_riff, "wav": _pieces_riff, "mp3": _pieces_mp3,
    "flac": _pieces_flac, "mp4": _pieces_mp4, "txt": _pieces_text, "md": _pieces_text, "html": _pieces_text,
    "pdf": _pieces_pdf, "docx": _pieces_zip,
}  # fmt: skip


class Samples:
    """The marked samples, with the places where their structures begin."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        if not (folder / "marked.docx").exists():
            initialise(folder / "house", "Fuzzing-Studio")
            setup = settings.load(folder / "house" / "overt.toml")
            with api.marker(setup, folder) as marker:
                for suffix in SUFFIXES:
                    source = make(suffix, ROOT.parent / "shared" / "media", folder)
                    marker.mark(source, folder / f"marked.{suffix}", [TECHNIQUES[suffix]])

    @cache  # noqa: B019  (one object in a run)
    def data(self, suffix: str) -> bytes:
        """The sample's bytes."""
        return (self._folder / f"marked.{suffix}").read_bytes()

    @cache  # noqa: B019
    def boundaries(self, suffix: str) -> list[int]:
        """Where the sample's structures begin, and its end."""
        data = self.data(suffix)
        found = [at for at in PIECES[suffix](data) if 0 < at < len(data)][:MOST_PIECES]
        return [*found, len(data)]


class Chance(Random):
    """The chance of one input. `turn` counts the inputs of its format that were made by the same change."""

    turn = 0


Change = Callable[[Chance, Samples, str], bytes]


def cut_at_a_boundary(chance: Chance, samples: Samples, suffix: str) -> bytes:
    """Every boundary in turn, a little before it, at it or behind it; never the whole file."""
    places, data = samples.boundaries(suffix), samples.data(suffix)
    place = places[chance.turn % len(places)] + chance.choice((-1, 0, 0, 0, 1, 4, 7))
    return data[: max(0, min(place, len(data) - 1))]


def cut_anywhere(chance: Chance, samples: Samples, suffix: str) -> bytes:
    """Cut off at any byte."""
    data = samples.data(suffix)
    return data[: chance.randrange(len(data))]


def _some_place(chance: Chance, samples: Samples, suffix: str, data: bytes) -> int:
    """More often near a structure's head than anywhere."""
    if chance.random() < 0.2:
        return chance.randrange(len(data))
    return min(chance.choice([0, *samples.boundaries(suffix)]) + chance.randrange(24), len(data) - 1)


def flip_bits(chance: Chance, samples: Samples, suffix: str) -> bytes:
    """Some bits of the structures' heads changed."""
    data = bytearray(samples.data(suffix))
    for _ in range(chance.choice((1, 1, 2, 5, 40))):
        data[_some_place(chance, samples, suffix, data)] ^= 1 << chance.randrange(8)
    return bytes(data)


def lie_about_a_length(chance: Chance, samples: Samples, suffix: str) -> bytes:
    """A field of two, four or eight bytes at a structure's head says something impossible."""
    data = bytearray(samples.data(suffix))
    size = chance.choice((2, 4, 4, 4, 8))
    value = chance.choice((*LIES, chance.randrange(1 << 32))) & (1 << 8 * size) - 1
    place = _some_place(chance, samples, suffix, data)
    data[place : place + size] = value.to_bytes(size, chance.choice(("big", "little")))
    return bytes(data)


def _pieces(samples: Samples, suffix: str) -> list[bytes]:
    data, places = samples.data(suffix), [0, *samples.boundaries(suffix)]
    return [data[start:end] for start, end in pairwise(places)]


def repeat_pieces(chance: Chance, samples: Samples, suffix: str) -> bytes:
    """One piece again and again."""
    pieces = _pieces(samples, suffix)
    which = chance.randrange(len(pieces))
    many = min(chance.choice((1, 2, 50, 3000)), 1 + (2 << 20) // (len(pieces[which]) + 1))
    return b"".join([*pieces[:which], *[pieces[which]] * many, *pieces[which:]])


def shuffle_pieces(chance: Chance, samples: Samples, suffix: str) -> bytes:
    """Pieces in another order, or some of them left out; the head stays."""
    head, *pieces = _pieces(samples, suffix)
    if chance.random() < 0.5:
        chance.shuffle(pieces)
    else:
        pieces = [piece for piece in pieces if chance.random() < 0.8]
    return b"".join([head, *pieces])


def splice_two_formats(chance: Chance, samples: Samples, suffix: str) -> bytes:
    """The beginning of one format and the end of another, or one in the midst of the other."""
    other = chance.choice(SUFFIXES)
    ours, theirs = samples.data(suffix), samples.data(other)
    here, there = chance.choice(samples.boundaries(suffix)), chance.choice(samples.boundaries(other))
    if chance.random() < 0.5:
        return ours[:here] + theirs[there % len(theirs) :]
    return ours[:here] + theirs + ours[here:]


def nest(chance: Chance, samples: Samples, suffix: str) -> bytes:  # noqa: PLR0911  (one for each format)
    """Containers in containers of their own kind."""
    depth = chance.choice((2, 9, 65, 700))
    body = samples.data(suffix)[: chance.choice((0, 20, 20000))]
    match suffix:
        case "mp4":
            kind = chance.choice((b"moov", b"udta", b"meta", b"trak", b"ilst"))
            for _ in range(depth):
                body = struct.pack(">I4s", len(body) + 8, kind) + body
            return samples.data("mp4")[: samples.boundaries("mp4")[0]] + body
        case "wav" | "webp":
            for _ in range(depth):
                body = b"LIST" + struct.pack("<I", len(body) + 4) + b"INFO" + body
            return b"RIFF" + struct.pack("<I", len(body) + 4) + (b"WAVE" if suffix == "wav" else b"WEBP") + body
        case "docx":
            for _ in range(min(depth, 9)):
                out = BytesIO()
                with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
                    archive.writestr("word/document.xml", body)
                    archive.writestr("[Content_Types].xml", body)
                body = out.getvalue()
            return body
        case "pdf":
            nested = b"<</A[" * depth + b"]>>" * depth
            return b"%PDF-1.7\n1 0 obj\n" + nested + b"\nendobj\ntrailer<</Root 1 0 R/Info 1 0 R>>\n%%EOF"
        case "html":
            return b"<html><head>" + b"<div><svg><template>" * depth + body
        case "md":
            return b"---\nAIGC: " + b"{a: [" * depth + b"\n---\n" + body
        case _:
            whole = samples.data(suffix)
            place = chance.choice(samples.boundaries(suffix))
            return whole[:place] + whole[: chance.randrange(len(whole))] * min(depth, 4) + whole[place:]


def deepen_the_label(chance: Chance, samples: Samples, suffix: str) -> bytes:
    """The label's own text broken, where it stands in the file as it is."""
    data = samples.data(suffix)
    pieces = [rb"\{", rb"\}", rb'"', rb"Label", rb"ProduceID", rb"1", rb"AIGC", rb"&quot;"]
    pattern = chance.choice(pieces)
    instead = chance.choice(
        (b"", b"[" * 9000, b"\0", b"\xff\xfe", b"\\ud800", b'"' * 99, b"9" * 5000, b"\x1b[2J", b"&")
    )
    return re.sub(pattern, lambda _: instead, data, count=chance.choice((1, 2, 0)))


def noise(chance: Chance, samples: Samples, suffix: str) -> bytes:
    """Random bytes, alone or behind a true head."""
    head = samples.data(suffix)[: chance.choice((0, 4, 12, 40, 400))]
    return head + chance.randbytes(chance.choice((0, 1, 3, 100, 5000)))


CHANGES: tuple[tuple[Change, int], ...] = (
    (cut_at_a_boundary, 5), (cut_anywhere, 2), (flip_bits, 4), (lie_about_a_length, 4), (repeat_pieces, 1),
    (shuffle_pieces, 2), (splice_two_formats, 2), (nest, 1), (deepen_the_label, 2), (noise, 1),
)  # fmt: skip
ROUND = [change for change, weight in CHANGES for _ in range(weight)]
CUTS = (cut_at_a_boundary, cut_anywhere)


def made(samples: Samples, seed: int, number: int) -> tuple[str, Change, bytes]:
    """The input of this number: its format, what was done to it, its bytes."""
    turn, which = divmod(number, len(SUFFIXES))
    suffix, change = SUFFIXES[which], ROUND[turn % len(ROUND)]
    # Within its kind of change, one after another: so that the cuts come to every boundary.
    chance = Chance(f"{seed}/{number}")
    chance.turn = turn // len(ROUND) * ROUND.count(change) + turn % len(ROUND) - ROUND.index(change)
    return suffix, change, change(chance, samples, suffix)


class Fuzz:
    """A run, with its counts."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder, self.seed = folder, seed
        folder.mkdir(parents=True, exist_ok=True)
        self.samples = Samples(folder)
        self._state = folder / f"state-{seed}.json"
        state = json.loads(self._state.read_text()) if self._state.exists() else {"next": 0, "counts": {}}
        self.next: int = state["next"]
        self.counts: Counter[str] = Counter(state["counts"])
        self.failures = 0

    def save(self) -> None:
        """Keeps what has been done."""
        self._state.write_text(json.dumps({"next": self.next, "counts": self.counts}))

    def again(self, first: int) -> None:
        """Goes back to an input, without touching what is kept of the run."""
        self.next, self.counts, self._state = first, Counter(), self.folder / "state-again.json"

    def throw(self, number: int, inspector: Inspector) -> None:
        """One input."""
        suffix, change, data = made(self.samples, self.seed, number)
        path = self.folder / f"thrown.{suffix}"
        path.write_bytes(data)
        begun = time.monotonic()
        signal.alarm(HANG_S)
        try:
            answer = inspector.inspect(path)
            outcome = answer.verdict.kind
            reasons = [reading.reason.en for reading in answer.examination.readings if reading.reason]
            wrong = outcome == "none" and change in CUTS and suffix in BINARY
        except Exception as error:  # noqa: BLE001  (whatever comes out is a finding)
            outcome, reasons, wrong = f"EXCEPTION {type(error).__name__}", [str(error)], True
        finally:
            signal.alarm(0)
        taken = time.monotonic() - begun
        self.counts[f"{suffix} {outcome}"] += 1
        died = any(DEATH in reason or "[budget]" in reason for reason in reasons)
        self.counts[f"{suffix} worker ended"] += died
        self.counts[f"{suffix} slow"] += taken > SLOW_S
        if wrong or died or taken > SLOW_S:
            print(f"{number} {change.__name__} {suffix}: {outcome}, {taken:.1f} s {reasons}", flush=True)
        if wrong:
            self.failures += 1
            (self.folder / f"failed-{self.seed}-{number}.{suffix}").write_bytes(data)

    def table(self) -> str:
        """The counts by format."""
        columns = sorted({key.partition(" ")[2] for key in self.counts})
        lines = ["| format | " + " | ".join(columns) + " |", "|---" * (len(columns) + 1) + "|"]
        rows = {suffix: [self.counts[f"{suffix} {name}"] for name in columns] for suffix in SUFFIXES}
        rows["all"] = [sum(column) for column in zip(*rows.values(), strict=True)]
        lines += [f"| {name} | " + " | ".join(map(str, row)) + " |" for name, row in rows.items()]
        return "\n".join(lines)


def _hung(*_: object) -> None:
    raise TimeoutError(f"no answer within {HANG_S} s")


def main() -> int:
    """Throws `N` inputs more; 1 where one of them failed."""
    parser = argparse.ArgumentParser(description="Throws broken files at the inspection.")
    parser.add_argument("count", type=int, metavar="N", help="inputs to throw")
    parser.add_argument("--seed", type=int, default=1, help="another seed throws other inputs")
    parser.add_argument("--first", type=int, help="number of the first input, instead of going on")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "overt-fuzz")
    asked = parser.parse_args()
    signal.signal(signal.SIGALRM, _hung)
    fuzz = Fuzz(asked.folder, asked.seed)
    if asked.first is not None:
        fuzz.again(asked.first)
    with Inspector(kinds=("metadata",), budget=INSPECTION) as metadata, Inspector() as everything:
        for number in range(fuzz.next, fuzz.next + asked.count):
            fuzz.throw(number, metadata if number % ALL_KINDS_EVERY else everything)
            fuzz.next = number + 1
            if number % 100 == 0:
                fuzz.save()
    fuzz.save()
    print(f"{fuzz.next} inputs of seed {asked.seed}, {fuzz.failures} failures in this run\n{fuzz.table()}")
    return int(fuzz.failures > 0)


if __name__ == "__main__":
    sys.exit(main())
