"""Throws broken bytes at every parser, in this process: `make fuzz-parsers N=1000000`.

Each parser starts from small sound files (`tests/corpus`, and samples made here) and changes them blindly; an input
whose answer is of a kind not seen before (which places it found, which it could not read, which error) joins the
corpus. Sooner or later that reaches what no sample shows.

A failure is: an exception that is not of the `MediaError` family, no answer within `HANG_S`, or a mark that was put
into a file without complaint and is not read back exactly once. Failures are kept, with their input, in `--folder`.
Counts add up over runs. `--keep` copies what is small and new into `tests/corpus`, which the tests replay.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import multiprocessing
import re
import resource
import signal
import sys
import tempfile
import time
import traceback
import warnings
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from overt.errors import MediaError
from overt.formats import Container, Survey, containers, identify
from overt.marks.metadata import aigc, security
from overt.marks.metadata.reading import is_label, note_of
from overt.rulebook import load

sys.path.insert(0, str(Path(__file__).parent))
from fuzz_seeds import CORPUS, ROOT, seeds

HANG_S = 20
MEMORY = 4 << 30
"""Bytes of address space: a parser that believes a length of 4 GB fails here instead of taking the machine down."""
LARGEST_KEPT = 4096
"""Bytes of an input that may join the corpus in the repository."""
MOST_KEPT = 16
"""Inputs of one parser that may join it."""
LARGEST = 1 << 20
"""Bytes of an input; repeated pieces would let it grow."""
SLICE_S = 0.5
"""Seconds that one parser has before the next has its turn: quick ones are thrown at more often."""
PUT_EVERY = 8
INTERESTING = (0, 1, 2, 4, 8, 12, 16, 20, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
_NUMBERS = re.compile(r"\d+")
TEXT = note_of(aigc.Aigc("1", "Fuzz", "id-1", "", "Fuzz", "id-1"), load().metadata)


class Hang(BaseException):
    """No answer in time. Not an `Exception`, so that no parser catches it."""


def _alarm(*_: object) -> None:
    raise Hang


# ── What is thrown at ───────────────────────────────────────────────────────────────────────────────


def _of_container(container: Container) -> Callable[[bytes, bool], object]:
    def run(data: bytes, put: bool) -> object:
        survey = container.survey(data)
        if put:
            _put(container, data)
        return _kind(survey)

    return run


def _put(container: Container, data: bytes) -> None:
    """What the strict writer accepts must be read back, once."""
    try:
        splice = container.put(data, TEXT, is_label)
    except MediaError:
        return
    if container.place == "sidecar":
        return
    written = splice.apply(data)
    found = [each for each in container.survey(written).fields if is_label(each)]
    if [each.text for each in found] != [TEXT.text] or found[0].place != container.place:
        raise AssertionError(f"put one note, read back {[(each.place, each.text[:80]) for each in found]}")


def _kind(survey: Survey) -> object:
    """What tells one answer from another: places and reasons, without the numbers in them."""
    places = tuple(sorted({(each.place, each.key[:12], each.defects) for each in survey.fields}))
    return places[:12], tuple(sorted({(each.place, _NUMBERS.sub("", each.reason.en)[:32]) for each in survey.faults}))[
        :6
    ]


def _recognise(data: bytes, _put: bool) -> object:
    return identify(data, "x").name


def _label(data: bytes, _put: bool) -> object:
    found = aigc.parse(data.decode("utf-8", "replace"))
    return found.defects, found.wrapped


def _security(data: bytes, _put: bool) -> object:
    text = data.decode("utf-8", "replace")
    found = security.proofs(aigc.Aigc("1", "P", "x", text, "P", "x", text))
    return tuple(each.outcome for each in found)


def targets() -> dict[str, Callable[[bytes, bool], object]]:
    """Every parser by name."""
    found = {each.name: _of_container(each) for each in containers()}
    return found | {"identify": _recognise, "aigc": _label, "security-data": _security}


# ── What is thrown ──────────────────────────────────────────────────────────────────────────────────────────


def mutate(data: bytes, others: list[bytes], random: Random) -> bytes:
    """The data with one to five blind changes."""
    changed = bytearray(data)
    for _ in range(random.choice((1, 1, 1, 2, 3, 5))):
        size = len(changed)
        at = random.randrange(size + 1)
        match random.randrange(9):
            case 0 if size:
                changed[at % size] ^= 1 << random.randrange(8)
            case 1 if size:
                changed[at % size] = random.choice(INTERESTING) & 0xFF
            case 2:
                width = random.choice((2, 3, 4, 8))
                value = random.choice(INTERESTING) % (1 << 8 * width)
                changed[at : at + width] = value.to_bytes(width, random.choice(("big", "little")))
            case 3:
                width = random.choice((1, 2, 4))
                order = random.choice(("big", "little"))
                old = int.from_bytes(changed[at : at + width], order)
                new = (old + random.randint(-9, 9)) % (1 << 8 * width)
                changed[at : at + width] = new.to_bytes(width, order)
            case 4:
                del changed[at : at + random.choice((1, 2, 4, 8, 16, 64, 256))]
            case 5:
                piece = changed[at : at + random.choice((4, 8, 16, 64, 256))]
                changed[at:at] = piece * random.choice((1, 1, 2, 20))
            case 6:
                other = random.choice(others)
                start = random.randrange(len(other) + 1)
                changed[at:at] = other[start : start + random.choice((4, 8, 32, 128, 512))]
            case 7:
                changed[at:at] = random.randbytes(random.choice((1, 2, 4, 16)))
            case _:
                del changed[at:]
        del changed[LARGEST:]
    return bytes(changed)


def _with_checksums(data: bytes) -> bytes:
    """A PNG whose checksums fit again, so that what is inside its chunks is looked at."""
    pieces, at = [data[:8]], 8
    while at + 12 <= len(data):
        stop = at + 12 + int.from_bytes(data[at : at + 4], "big")
        if stop > len(data):
            break
        pieces.append(data[at : stop - 4] + zlib.crc32(data[at + 4 : stop - 4]).to_bytes(4, "big"))
        at = stop
    return b"".join(pieces) + data[at:]


def _inside(data: bytes, random: Random) -> bytes:
    """A ZIP package with one of its parts changed, and packed again."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            parts = [(name, package.read(name)) for name in package.namelist()[:60]]
    except (zipfile.BadZipFile, ValueError, OSError, zlib.error, NotImplementedError, RuntimeError, EOFError, KeyError):
        return data
    small = [number for number, (_, part) in enumerate(parts) if 0 < len(part) < 1 << 16]
    if not small:
        return data
    chosen = random.choice(small)
    new = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(new, "w") as package:
        warnings.simplefilter("ignore")
        for number, (name, part) in enumerate(parts):
            package.writestr(name, mutate(part, [part], random) if number == chosen else part)
    return new.getvalue()


PACKAGES = frozenset({"docx", "xlsx", "pptx", "odt", "ods", "odp", "epub"})


def change(name: str, data: bytes, others: list[bytes], random: Random) -> bytes:
    """A change that this format's parser does not stop at."""
    if name in PACKAGES and random.randrange(4):
        return _inside(data, random)
    changed = mutate(data, others, random)
    return _with_checksums(changed) if name == "png" and random.randrange(4) else changed


# ── The run ─────────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Count:
    """What one parser has been through."""

    executions: int = 0
    answers: int = 0
    errors: int = 0
    failures: int = 0
    seen: set[str] = field(default_factory=set)


class Fuzzer:
    """One parser with its growing corpus."""

    def __init__(self, name: str, run: Callable[[bytes, bool], object], corpus: list[bytes], random: Random) -> None:
        self.name, self.run, self.corpus, self.random = name, run, list(corpus), random
        self.count = Count()
        self.found: list[bytes] = []

    def throw(self, most: int, failures: Path) -> int:
        """Executions for a slice of time, at most so many. Returns how many there were."""
        before, end = self.count.executions, time.monotonic() + SLICE_S
        while self.count.executions - before < most and time.monotonic() < end:
            data = change(self.name, self.random.choice(self.corpus), self.corpus, self.random)
            self.count.executions += 1
            try:
                signal.setitimer(signal.ITIMER_REAL, HANG_S)
                kind = ("answer", self.run(data, self.count.executions % PUT_EVERY == 0))
                self.count.answers += 1
            except MediaError as error:
                kind = ("error", type(error).__name__, _NUMBERS.sub("", error.message.en)[:32])
                self.count.errors += 1
            except (Exception, Hang):  # noqa: BLE001  # every other end is what this looks for
                self._failed(data, failures)
                continue
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
            mark = hashlib.sha1(repr(kind).encode(), usedforsecurity=False).hexdigest()
            if mark not in self.count.seen and len(self.count.seen) < 5000:
                self.count.seen.add(mark)
                self.corpus.append(data)
                if len(data) <= LARGEST_KEPT:
                    self.found.append(data)
        return self.count.executions - before

    def _failed(self, data: bytes, failures: Path) -> None:
        self.count.failures += 1
        told = traceback.format_exc()
        where = hashlib.sha1(told[-300:].encode(), usedforsecurity=False).hexdigest()[:10]
        path = failures / f"{self.name}-{where}"
        if not path.with_suffix(".txt").exists():
            path.with_suffix(".bin").write_bytes(data)
            path.with_suffix(".txt").write_text(told)
            print(f"FAILED {self.name}: {told.strip().splitlines()[-1]}", flush=True)


def work(job: int, share: int, folder: Path, seed: int, corpus: dict[str, list[bytes]], only: list[str]) -> None:
    """One process: all parsers in turn, until their executions add up to its share."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    signal.signal(signal.SIGALRM, _alarm)
    failures = folder / "failures"
    failures.mkdir(parents=True, exist_ok=True)
    all_targets = targets()
    fuzzers = [Fuzzer(name, all_targets[name], corpus[name], Random(f"{seed}/{job}/{name}")) for name in only]
    done = 0
    while done < share:
        for fuzzer in fuzzers:
            done += fuzzer.throw(max(0, share - done), failures)
        counted = {
            each.name: [
                each.count.executions,
                each.count.answers,
                each.count.errors,
                each.count.failures,
                len(each.found),
            ]
            for each in fuzzers
        }
        (folder / f"count-{seed}-{job}.json").write_text(json.dumps(counted))
    for fuzzer in fuzzers:
        kept = folder / "found" / fuzzer.name
        kept.mkdir(parents=True, exist_ok=True)
        for data in fuzzer.found:
            (kept / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)


def keep(folder: Path) -> None:
    """Copies a spread of what was found, from small to large, into the corpus of the repository."""
    for found in sorted((folder / "found").iterdir()):
        home = CORPUS / found.name
        home.mkdir(parents=True, exist_ok=True)
        room = max(0, MOST_KEPT - sum(1 for _ in home.iterdir()))
        paths = sorted(found.iterdir(), key=lambda path: (path.stat().st_size, path.name))
        for path in paths[:: max(1, -(-len(paths) // room))] if room else ():
            (home / path.name).write_bytes(path.read_bytes())


def report(folder: Path) -> None:
    """What all runs in this folder add up to."""
    total: dict[str, list[int]] = {}
    for path in sorted(folder.glob("count-*.json")):
        for name, counts in json.loads(path.read_text()).items():
            total[name] = [a + b for a, b in zip(total.get(name, [0] * 5), counts, strict=True)]
    print(f"{'parser':16}{'executions':>12}{'answers':>12}{'errors':>12}{'failures':>10}{'kinds':>8}")
    for name, counts in total.items():
        print(
            f"{name:16}"
            + "".join(f"{count:>{width},}" for count, width in zip(counts, (12, 12, 12, 10, 8), strict=True))
        )
    sums = [sum(column) for column in zip(*total.values(), strict=True)]
    print(f"{'all':16}" + "".join(f"{count:>{width},}" for count, width in zip(sums, (12, 12, 12, 10, 8), strict=True)))


def main() -> None:
    """Reads the command line and runs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("executions", type=int, help="over all parsers")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--only", help="names of parsers, separated by commas")
    parser.add_argument("--folder", type=Path, default=ROOT / ".fuzz" / "parsers")
    parser.add_argument("--keep", action="store_true", help="put what is small and new into tests/corpus")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    only = options.only.split(",") if options.only else list(targets())
    if options.executions:
        with tempfile.TemporaryDirectory() as folder:
            corpus = seeds(Path(folder), targets(), TEXT)
        seed = int(time.time())
        share = -(-options.executions // options.jobs)
        processes = [
            multiprocessing.Process(target=work, args=(job, share, options.folder, seed, corpus, only))
            for job in range(options.jobs)
        ]
        for process in processes:
            process.start()
        for process in processes:
            process.join()
    if options.keep:
        keep(options.folder)
    report(options.folder)
    if any((options.folder / "failures").glob("*.txt")):
        print(f"failures: {options.folder / 'failures'}")
        raise SystemExit(1)


if __name__ == "__main__":
    main()
