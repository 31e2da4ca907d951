"""Uploads that mean harm: words that want to be markup, files that want to be pages, endless bodies, other hosts."""

from __future__ import annotations

import io
import ipaddress
import socket
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from overt import settings
from overt.web import fetching
from overt.web.errors import BusyError
from overt.web.shelf import Shelf, Stay
from overt.web.uploads import shown_name
from sites import Site, serving, verified, visit

MARKUP = """"><script>document.title='ran'</script><img src=x onerror="document.title='ran'">'{{1337*1337}}"""
LABEL = """{"AIGC":{"Label":"1","ContentProducer":%s,"ProduceID":%s,"ReservedCode1":"","ContentPropagator":%s,
"PropagateID":%s,"ReservedCode2":""}}"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A set-up that takes little, and waits for nobody long."""
    made = Site(tmp_path_factory.mktemp("attacked"))
    toml = made.setup.home / "overt.toml"
    toml.write_text(f'{toml.read_text("utf-8")}\n[web]\nuploads = "8 MiB"\npatience = 0.5\n', "utf-8")
    made.setup = settings.load(toml)
    with serving(made) as ready:
        yield ready


def _picture(**texts: str) -> bytes:
    told = PngInfo()
    for key, value in texts.items():
        told.add_itxt(key, value)
    data = io.BytesIO()
    Image.effect_noise((96, 64), 40).save(data, "PNG", pnginfo=told)
    return data.getvalue()


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _answer(site: Site, name: str, data: bytes) -> httpx.Response:
    return verified(site, files={"file": (name, data)})


def test_nothing_that_a_file_says_runs_on_the_page(site: Site, chromium: Any) -> None:
    label = LABEL % ((_quoted(MARKUP),) * 4)
    data = _picture(AIGC=label, parameters=f"{MARKUP}\nSteps: 20, Sampler: {MARKUP}", Software=MARKUP, Comment=MARKUP)
    at = _answer(site, f"{MARKUP}\u202egnp.exe\x00.png", data).url.path
    with visit(chromium, site) as page:
        asked: list[str] = []
        shown: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("dialog", lambda dialog: shown.append(dialog.message))
        for address in (at, f"{at}/print"):
            page.goto(address)
            assert page.title() != "ran"
            assert page.locator("main script, main [onerror], main img:not([src^='data:image/jpeg'])").count() == 0
        text = page.inner_text("main")
    assert "<script>" in text  # It is shown as what it is.
    assert str(1337 * 1337) not in text
    assert "\u202e" not in text
    assert shown == []
    assert all(url.startswith((site.address, "data:")) for url in asked)
    assert not [url for url in asked if url.endswith("/x")]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><script>document.title="ran"</script></svg>'),
        ("a.html", b"<!doctype html><title>x</title><script>document.title='ran'</script><p>Words</p>"),
        ("a.gif", b"GIF89a/*" + bytes(40) + b"*/=1;document.title='ran'"),
        ("a.jpg", b"\xff\xd8\xff\xe0" + b"<script>document.title='ran'</script>" * 20),
        ("a.pdf", b"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj\n" + bytes(64)),
    ],
)
def test_what_was_sent_is_never_served_back(site: Site, chromium: Any, name: str, data: bytes) -> None:
    answer = _answer(site, name, data)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert b"<script>document" not in answer.content
    with visit(chromium, site) as page:
        page.goto(answer.url.path)
        assert page.title() != "ran"
        assert page.locator("main svg script, main iframe, main object, main embed").count() == 0


def test_bombs_are_told_as_what_could_not_be_read(site: Site) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", b"<Types/>")
        archive.writestr("word/document.xml", bytes(64 << 20))
    with Image.new("L", (1, 1)) as tiny:
        small = io.BytesIO()
        tiny.save(small, "PNG")
    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)
    huge = bytearray(small.getvalue())
    huge[16:29] = head
    huge[29:33] = struct.pack(">I", zlib.crc32(b"IHDR" + head))
    for name, data in (("bomb.docx", packed.getvalue()), ("huge.png", bytes(huge))):
        answer = _answer(site, name, data)
        assert answer.status_code == 200, name
        assert "确认合成" not in answer.text


def test_bodies_that_are_empty_too_large_broken_or_slow_are_refused(site: Site) -> None:
    with site.client() as client:
        assert client.post("/verify", files={"file": ("a.png", b"")}).status_code == 422
        declared = {"Content-Length": str(1 << 40), "Content-Type": "image/png"}
        assert _raw(site, "POST /v1/inspections", declared, b"x") == 413
        assert _raw(site, "POST /v1/inspections", {"Content-Length": "100", "Content-Type": "image/png"}, b"x") == 408
        # No sign of a length, and more than all uploads together may be.
        full = client.post("/v1/inspections", content=iter([bytes(1 << 20)] * 9))
        assert (full.status_code, full.headers["retry-after"]) == (503, "10")
        form = {"Content-Type": "multipart/form-data; boundary=x"}
        assert client.post("/verify", content=b"--x\r\nno form", headers=form).status_code in (400, 422)
        many = b"".join(b'--x\r\nContent-Disposition: form-data; name="a%d"\r\n\r\nb\r\n' % at for at in range(500))
        assert client.post("/verify", content=many + b"--x--\r\n", headers=form).status_code == 413
        long = b'--x\r\nContent-Disposition: form-data; name="' + b"a" * 100_000 + b'"\r\n\r\nb\r\n--x--\r\n'
        assert client.post("/verify", content=long, headers=form).status_code == 400
        text = client.post("/verify", data={"text": "a" * (2 << 20)}, files={"none": b""})
        assert text.status_code == 413
        # All of it is free again.
        assert client.post("/v1/inspections", content=_picture()).status_code == 200


def _raw(site: Site, line: str, headers: dict[str, str], body: bytes) -> int:
    """The status of a request that never ends."""
    host, port = site.address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=60) as connection:
        told = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        connection.sendall(f"{line} HTTP/1.1\r\nHost: {host}:{port}\r\n{told}\r\n".encode() + body)
        return int(connection.makefile("rb").readline().split()[1])


@pytest.mark.parametrize("name", ["../../../etc/passwd", "..\\..\\a.png", "/etc/cron.d/x", "a\x00.png", "x" * 2000])
def test_a_name_is_never_a_path(site: Site, name: str) -> None:
    before = set(Path(tempfile.gettempdir()).iterdir())
    answer = _answer(site, name, _picture())
    assert answer.status_code == 200
    assert "../" not in shown_name(name)
    assert len(shown_name(name)) <= 120
    left = {each for each in set(Path(tempfile.gettempdir()).iterdir()) - before if "passwd" in each.name}
    assert left == set()


def test_the_shelf_holds_no_more_than_it_has_room_for_and_leaves_nothing(tmp_path: Path) -> None:
    with Shelf(100) as shelf:
        stay = Stay(shelf)
        stay.grow(60)
        stay.path.write_bytes(bytes(60))
        with pytest.raises(BusyError):
            Stay(shelf).grow(60)
        stay.drop()
        stay.drop()
        assert (shelf.taken, stay.path.exists()) == (0, False)
        kept = Stay(shelf).path
        kept.write_bytes(b"left")
    assert not kept.parent.exists()
    # What a service that was killed left goes when the next one starts; what another one uses stays.
    left = Path(tempfile.mkdtemp(prefix="overt-uploads-"))
    (left / "file").write_bytes(b"left")
    with Shelf(1) as running, Shelf(1):
        assert not left.exists()
        assert running.place().parent.exists()


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "255.255.255.255", "198.18.0.1", "::1", "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:127.0.0.1",
        "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::a00:1", "2002:7f00:1::",
        "2001:0:4136:e378:8000:63bf:80ff:fffe",
        "2001:db8::1", "fd00:ec2::254", "::127.0.0.1", "fec0::1", "192.88.99.1", "3fff::1",
    ],
)  # fmt: skip
def test_private_addresses_are_not_public(address: str) -> None:
    assert not fetching.public(ipaddress.ip_address(address))


def test_public_addresses_are() -> None:
    for address in ("93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "64:ff9b::5db8:d70e"):
        assert fetching.public(ipaddress.ip_address(address))


def test_a_name_in_any_writing_is_looked_up_and_named_as_the_net_has_it() -> None:
    assert fetching.taken_apart("http://例子.中国/图.png")[:3] == ("http", "xn--fsqu00a.xn--fiqs8s", 80)
    for disguised in ("http://127.0.0.１/", "http://①27.0.0.1/", "http://１６９.254.169.254/", "http://\ud800.com/"):
        with pytest.raises(fetching.FetchError):
            fetching.taken_apart(disguised)


@pytest.mark.parametrize(
    "link",
    [
        "http://127.0.0.1:8080/", "http://localhost/", "http://[::1]/", "http://2130706433/", "http://0x7f.1/",
        "http://0/", "http://[::ffff:169.254.169.254]/latest/meta-data/", "http://169.254.169.254/",
        "file:///etc/passwd",
        "gopher://example.com/", "http://user:word@example.com/", "http://exa mple.com/", "javascript:alert(1)",
        "//a/b",
        "http://[::1", "http://example.com:99999/", "http://\u2024/", "http://a.\x00b/",
    ],
)  # fmt: skip
def test_links_to_other_places_are_refused(link: str) -> None:
    with pytest.raises(fetching.FetchError):
        _fetched(fetching.Fetcher(), link)


def _fetched(fetcher: fetching.Fetcher, link: str) -> fetching.Fetched:
    """Fetched as the service does it: on a thread of its own, while the browser's loop runs on this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(fetcher.fetch, link, 1 << 20, lambda *_: None).result()


def test_a_redirect_to_a_private_place_is_refused_as_the_place_itself() -> None:
    """The first server is allowed, where it leads is not: each hop is looked at anew."""

    class Leads(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(302)
            self.send_header(
                "Location", f"http://127.0.0.2:{self.server.server_port}/" if self.path == "/" else "/loop"
            )
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with HTTPServer(("127.0.0.1", 0), Leads) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            fetcher = fetching.Fetcher([ipaddress.ip_network("127.0.0.1/32")])
            with pytest.raises(fetching.FetchError, match="public internet"):
                _fetched(fetcher, f"http://127.0.0.1:{server.server_port}/")
            with pytest.raises(fetching.FetchError, match="without end"):
                _fetched(fetcher, f"http://127.0.0.1:{server.server_port}/loop")
        finally:
            server.shutdown()
            thread.join()
