"""200 visitors who verify pictures on the page of `overt serve`, against the same inspections called in this process.

Each visitor does what a browser without scripts does: sends the form, follows to the page of the task, asks again as
often as the page says, until the answer stands there; then thinks for a while and sends the next picture. The pictures
are photographs, half of them marked. Visitors come from addresses of their own, by a proxy's `X-Forwarded-For`.

Peer: the same pictures through `api.inspector`, by as many threads as the service has workers, and drawn as the page
draws them; nothing of HTTP. The ratio is that of files a second while all visitors wait.
`python -m bench.visitors [VISITORS] [SECONDS]`
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from pathlib import Path
from threading import local
from typing import Any

import httpx
from PIL import Image

from bench.timing import MEDIA
from overt import api, settings
from overt.inspection.conformance import medium_of
from overt.report.preview import preview
from overt.settings import Setup
from overt.setup.initialise import initialise

VISITORS, SECONDS, PICTURES, SIDE = 200, 90, 6, 1024
WORKERS = max(2, os.cpu_count() or 2)
_REFRESH = re.compile(r'http-equiv="refresh" content="(\d+)"')


def _told(page: str) -> str:
    """What a page says first."""
    main = re.search(r"<main.*?</main>", page, re.DOTALL)
    return " ".join(re.sub(r"<[^>]*>", " ", main[0] if main else page).split())[:120]


def prepared(folder: Path) -> tuple[Setup, list[Path]]:
    """A set-up behind a proxy, and pictures: photographs, and the same marked by it."""
    home = folder / "home"
    initialise(home, "Bench")
    toml = home / "overt.toml"
    toml.write_text(f"{toml.read_text('utf-8')}\n[web]\nproxies = 1\nworkers = {WORKERS}\n", "utf-8")
    setup = settings.load(toml)
    plain = [_small(each, folder) for each in sorted((MEDIA / "images").glob("kodim*.png"))[:PICTURES]]
    made = [_small(each, folder) for each in sorted((MEDIA / "images").glob("da2_*.jpg"))[:PICTURES]]
    with api.marker(setup, folder) as marker:
        marked = [marker.mark(each, folder / f"marked-{each.name}", ["image_generation"]).path for each in made]
    pictures = [each for pair in zip(plain, marked, strict=True) for each in pair]
    return setup, pictures


def _small(source: Path, folder: Path) -> Path:
    with Image.open(source) as picture:
        picture.thumbnail((SIDE, SIDE))
        picture.convert("RGB").save(folder / f"{source.stem}.jpg", quality=90)
    return folder / f"{source.stem}.jpg"


def in_process(setup: Setup, pictures: list[Path], seconds: float) -> float:
    """Files a second by as many threads as the service has workers."""
    own = local()
    opened = contextlib.ExitStack()

    def one(path: Path) -> None:
        if not hasattr(own, "inspector"):
            own.inspector = opened.enter_context(api.inspector(setup))
        examination = own.inspector.inspect(path).examination
        medium = medium_of(examination.media_type)
        if medium and examination.container:
            own.inspector.guard.call(preview, path, examination.container, medium, setup.settings.budget)

    with opened, ThreadPoolExecutor(WORKERS) as threads:
        list(threads.map(one, pictures[:WORKERS] * 2))  # Their processes start.
        began, done = time.perf_counter(), 0
        while time.perf_counter() - began < seconds:
            done += len(list(threads.map(one, pictures)))
        return done / (time.perf_counter() - began)


@contextlib.contextmanager
def served(setup: Setup) -> Iterator[str]:
    """`overt serve`, by its address."""
    overt = str(Path(sys.executable).with_name("overt"))
    environment = os.environ | {"OVERT_CONFIG": str(setup.home / "overt.toml"), "OVERT_LANG": "en"}
    with subprocess.Popen(
        [overt, "serve", "--port", "0"], stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stderr is not None
        try:
            for line in process.stderr:
                if found := re.search(r"http://[\d.:]+", line):
                    yield found[0]
                    return
            raise SystemExit("overt serve did not start")
        finally:
            process.terminate()


def visited(address: str, pictures: list[Path], visitors: int, seconds: float) -> dict[str, Any]:
    """What the visitors saw, by a process of locust's own: its loop replaces Python's sockets."""
    told = {"address": address, "pictures": [str(each) for each in pictures], "visitors": visitors, "seconds": seconds}
    command = [sys.executable, "-m", "bench.visitors", "--visit", json.dumps(told)]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    answer: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return answer


def visit(told: dict[str, Any]) -> None:
    """The visitors themselves."""
    import gevent.monkey  # noqa: PLC0415

    gevent.monkey.patch_all()
    import gevent  # noqa: PLC0415
    import locust  # noqa: PLC0415
    from locust.env import Environment  # noqa: PLC0415
    from requests.adapters import HTTPAdapter  # noqa: PLC0415
    from urllib3.util import Retry  # noqa: PLC0415

    contents = [(Path(each).name, Path(each).read_bytes()) for each in told["pictures"]]
    turn, numbers = cycle(range(len(contents))), iter(range(1 << 20))

    class Visitor(locust.HttpUser):
        host = told["address"]
        wait_time = locust.between(1, 5)

        def on_start(self) -> None:
            number = next(numbers)
            self.client.headers["Origin"] = told["address"]
            # As browsers do: what was closed while nobody said anything is asked for once more.
            self.client.mount("http://", HTTPAdapter(max_retries=Retry(2, allowed_methods=["GET"])))
            self.client.headers["X-Forwarded-For"] = f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"

        @locust.task
        def verify(self) -> None:
            name, data = contents[next(turn)]
            began = time.perf_counter()
            files = {"file": (name, data, "image/jpeg")}
            with self.client.post("/verify", files=files, name="send", catch_response=True) as got:
                if got.status_code != 200:
                    return
                page, at = got.text, got.url
            while again := _REFRESH.search(page):
                gevent.sleep(int(again[1]))
                page = self.client.get(at, name="wait").text
            took = 1000 * (time.perf_counter() - began)
            right = "answer-head" in page and ("badge confirmed" in page) == name.startswith("marked")
            self.environment.events.request.fire(
                request_type="", name="answer", response_time=took, response_length=0, context={},
                exception=None if right else ValueError(f"another answer to {name}: {_told(page)}"),
            )  # fmt: skip

    environment = Environment(user_classes=[Visitor])
    runner = environment.create_local_runner()
    runner.start(told["visitors"], spawn_rate=50)
    gevent.sleep(told["seconds"])
    runner.quit()
    rows = {
        each.name: {
            "count": each.num_requests,
            "failures": each.num_failures,
            "p50": each.get_response_time_percentile(0.5),
            "p95": each.get_response_time_percentile(0.95),
        }
        for each in environment.stats.entries.values()
    }
    errors = [f"{each.occurrences} x {each.name}: {each.error}" for each in environment.stats.errors.values()]
    print(json.dumps({"rows": rows, "errors": errors}))


def main() -> None:
    numbers = [int(each) for each in sys.argv[1:] if each.isdecimal()]
    visitors, seconds = (*numbers, VISITORS, SECONDS)[0], (*numbers[1:], SECONDS)[0]
    with tempfile.TemporaryDirectory() as folder:
        setup, pictures = prepared(Path(folder))
        whole = [each.read_bytes() for each in pictures[: 2 * WORKERS]]
        alone = in_process(setup, pictures, 15)
        with served(setup) as address:
            with ThreadPoolExecutor(WORKERS) as threads:  # Their processes start.
                list(threads.map(lambda each: httpx.post(f"{address}/v1/inspections", content=each, timeout=60), whole))
            found = visited(address, pictures, visitors, seconds)
        after = in_process(setup, pictures, 15)
    peer = (alone + after) / 2
    answered = found["rows"]["answer"]["count"] / seconds
    print(f"{visitors} visitors for {seconds} s, {WORKERS} workers, pictures of {SIDE} pixels")
    for name, row in found["rows"].items():
        took = f"p50 {row['p50'] / 1000:6.2f} s   p95 {row['p95'] / 1000:6.2f} s"
        print(f"  {name:8} {row['count']:6} requests   {row['failures']:4} errors   {took}")
    for error in found["errors"]:
        print(f"  error: {error}")
    print(f"  answers a second      {answered:6.2f}   {answered / peer:5.2f} x the speed of in-process calls")
    print(f"  in-process calls      {peer:6.2f}   {WORKERS} threads, before {alone:.2f}, after {after:.2f}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--visit"]:
        visit(json.loads(sys.argv[2]))
    else:
        main()
