"""Labelled films in a browser: every picture is shown in its time, also where the old pictures go on."""

from __future__ import annotations

import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue

import pytest

from overt import rulebook
from overt.formats import identify
from overt.marks.label.film.labeller import LABELLER
from overt.marks.label.model import LabelStyle
from overt.media.av.video import timeline

RULES = rulebook.load("cn").label
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PAGE = """<!doctype html><video id=v src="/film" muted autoplay></video><script>
const v = document.getElementById("v"), times = [];
const send = text => fetch("/told", {method: "POST", body: text});
v.onerror = () => send("error " + v.error.message);
v.requestVideoFrameCallback(function next(_, about) {
  times.push(about.mediaTime.toFixed(3)); v.requestVideoFrameCallback(next);
});
v.onended = () => {
  const said = v.getVideoPlaybackQuality(), seen = times.join(",");
  v.onseeked = () => send(`${said.totalVideoFrames} ${said.corruptedVideoFrames} ${seen}`);
  v.currentTime = 2.45;
};
</script>"""
FILMS = {
    "x.webm": ["-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-g", "6", "-b:v", "0", "-crf", "30"],
    "y.webm": ["-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-g", "6", "-b:v", "300k"],
    "x.mp4": ["-c:v", "libx264", "-g", "6", "-bf", "2", "-pix_fmt", "yuv420p"],
}


class _Server:
    def __init__(self) -> None:
        self.film = b""
        self.told: Queue[str] = Queue()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None:
                pass

            def do_POST(self) -> None:
                outer.told.put(self.rfile.read(int(self.headers["Content-Length"])).decode())
                self._answer(200, "text/plain", b"")

            def do_GET(self) -> None:
                if self.path != "/film":
                    self._answer(
                        200 if self.path == "/" else 404, "text/html", PAGE.encode() if self.path == "/" else b""
                    )
                    return
                kind = "video/mp4" if outer.film[4:8] == b"ftyp" else "video/webm"
                wanted = re.match(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
                start = int(wanted[1]) if wanted else 0
                stop = int(wanted[2]) + 1 if wanted and wanted[2] else len(outer.film)
                about = f"bytes {start}-{stop - 1}/{len(outer.film)}"
                self._answer(206 if wanted else 200, kind, outer.film[start:stop], about if wanted else "")

            def _answer(self, status: int, kind: str, body: bytes, about: str = "") -> None:
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Accept-Ranges", "bytes")
                if about:
                    self.send_header("Content-Range", about)
                self.end_headers()
                self.wfile.write(body)

        class Quiet(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: object) -> None:
                """A browser that has read enough hangs up."""

        self.http = Quiet(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.http.serve_forever, daemon=True).start()


@pytest.fixture(scope="module")
def server() -> Iterator[_Server]:
    server = _Server()
    yield server
    server.http.shutdown()
    server.http.server_close()


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here")
@pytest.mark.parametrize("name", FILMS)
def test_it_plays_through_the_seam(server: _Server, tmp_path: Path, name: str) -> None:
    source, target = tmp_path / name, tmp_path / f"labelled-{name}"
    made = ["-f", "lavfi", "-i", "testsrc2=s=192x144:r=10:d=3", *FILMS[name], str(source)]
    subprocess.run(["ffmpeg", "-v", "error", *made], check=True)
    LABELLER.put(source, target, identify(source.read_bytes()).name, RULES, LabelStyle())
    server.film = target.read_bytes()
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required"]
    address = f"http://127.0.0.1:{server.http.server_port}/"
    browser = subprocess.Popen(
        [str(CHROMIUM), *options, f"--user-data-dir={tmp_path / 'profile'}", address],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        told = server.told.get(timeout=60)
    finally:
        browser.terminate()
        browser.wait()
    if "DEMUXER_ERROR_NO_SUPPORTED_STREAMS" in told:
        pytest.skip("this browser lacks the codec")
    total, corrupted, times = told.split()
    expected = [round(time, 3) for time in timeline(source).shown if time is not None]
    assert (int(total), int(corrupted)) == (len(expected), 0)
    # A busy machine may show fewer of them; those that it shows are in their time.
    shown = [float(time) for time in times.split(",")]
    assert shown == sorted(shown)
    origin = expected[0] if name.endswith("mp4") else 0.0
    assert all(min(abs(time + origin - other) for other in expected) < 0.002 for time in shown)
