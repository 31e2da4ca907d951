"""From an empty folder to the first marked file, in a browser; and what the guide refuses."""

from __future__ import annotations

import contextlib
import os
import re
import stat
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pyotp
import pytest

from overt import api, settings
from overt.errors import UsageError
from overt.setup.generator import generator_at
from overt.setup.initialise import initialise
from overt.setup.keys import make_test_keys
from overt.setup.own_keys import own_keys
from sites import barriers

PASSWORD = "fünf blaue Laternen am Fluss"


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """`overt serve` in a folder of its own. Gives the link that it prints."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OVERT_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "overt", "serve", "--port", "0"],
        cwd=folder,
        env=environment | {"OVERT_LANG": "en", "PYTHONUNBUFFERED": "1"},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr
        told = ""
        while line := process.stderr.readline():
            told += line
            if found := re.search(r"http://\S+/(set-up|welcome)/\S+", line):
                yield found[0]
                return
        raise AssertionError(told)
    finally:
        process.terminate()
        assert process.stderr
        process.stderr.close()
        process.wait(60)


def test_from_an_empty_folder_to_the_first_marked_file(
    chromium: Any, media: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    began, steps = time.monotonic(), 0
    with served(tmp_path) as link:
        context = chromium.new_context(locale="en-GB", viewport={"width": 360, "height": 800}, reduced_motion="reduce")
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.goto(link)
        page.get_by_label("Provider", exact=True).fill("001191110000MA00XXXX9X10000")
        page.get_by_text("✗").wait_for()
        page.get_by_label("Provider", exact=True).fill("Example-Studio")
        page.get_by_text("A name; it will do.").wait_for()
        assert barriers(page) == []
        for heading in ("Keys and certificate", "The generator behind the gateway"):
            page.get_by_role("button", name="Continue").press("Enter")
            page.get_by_role("heading", level=1, name=heading).wait_for()
            assert barriers(page) == []
            steps += 1
        page.close()
        page = context.new_page()
        page.goto(link)  # Whoever closed the browser goes on where they were.
        page.get_by_label("address").fill("http://127.0.0.1:9/v1")
        page.get_by_role("button", name="Try it").click()
        page.get_by_text("nothing answered there").wait_for()
        assert page.get_by_label("address").input_value() == "http://127.0.0.1:9/v1"
        assert not (tmp_path / "overt.toml").exists()
        page.get_by_role("button", name="Later").click()
        page.get_by_role("heading", level=1, name="The gate").wait_for()
        assert barriers(page) == []
        page.get_by_role("button", name="Finish").click()
        page.wait_for_url("**/welcome/*")
        steps += 2
        page.locator("input[name=name]").fill("Li Lei")
        page.locator("input[name=login]").fill("li@example.com")
        page.locator("input[name=password]").fill(PASSWORD)
        page.locator("input[name=repeat]").fill(PASSWORD)
        secret = page.locator(".secret").first.inner_text().replace(" ", "")
        page.locator("input[name=code]").fill(pyotp.TOTP(secret).now())
        page.locator("form:has(input[name=password]) button[type=submit]").last.click()
        page.wait_for_url("**/account/recovery")
        steps += 1
        page.goto(link.partition("/set-up/")[0] + "/console")
        page.get_by_role("link", name="Mark your first file").click()
        page.locator("input[type=file]").set_input_files(str(media / "images" / "kodim23.png"))
        page.locator("label.chip", has=page.locator("input[value=image_generation]")).click()
        page.locator("main form button[type=submit]").last.click()
        page.wait_for_url(re.compile(r"/console/(contents|tasks|jobs)/(?!new)"))
        steps += 1
        with page.expect_download() as download:
            page.locator("a[href*='file'], a[download]").first.click()
        marked = tmp_path / "marked.png"
        download.value.save_as(marked)
        context.close()
        took = time.monotonic() - began
        assert httpx.get(link).status_code == 404

    assert api.inspect(marked, setup=settings.load(tmp_path / "overt.toml")).verdict.kind == "confirmed"
    with capsys.disabled():
        print(f"\nset-up guide: {steps} forms, {took:.0f} s for a script")


def test_the_guide_is_only_for_whoever_has_the_link(tmp_path: Path) -> None:
    with served(tmp_path) as link:
        base = link.partition("/set-up/")[0]
        with httpx.Client(base_url=base) as client:
            for path in ("/", "/console", "/set-up/", "/set-up/wrong", "/set-up/wrong/provider", "/v1/contents"):
                answer = client.get(path)
                assert answer.status_code == 404, path
                assert link.rpartition("/")[2] not in answer.text
                assert answer.headers["content-security-policy"].startswith("default-src 'none'")
            form = {"producer": "Example-Studio", "rulebook": "cn"}
            assert client.post(f"{link}/provider", data=form, headers={"Origin": "http://evil"}).status_code == 403
            ours = {"Origin": base}
            assert (
                client.post(f"{link}/gate", data={"gate": "off"}, headers=ours)
                .headers["location"]
                .endswith(link.rpartition("/")[2])
            ), "no step is skipped"
            big = {"chain": ("c.pem", b"x" * 600_000)}
            assert client.post(f"{link}/keys", files=big, headers=ours).status_code == 413
            assert client.post(f"{link}/provider", data=form, headers=ours).status_code == 303
            wrong = {"keys": "own"}, {"chain": ("c.pem", b"-----"), "key": ("k.pem", b"-----")}
            refused = client.post(f"{link}/keys", data=wrong[0], files=wrong[1], headers=ours)
            assert refused.status_code == 422
            assert re.search(r'value="own" checked', refused.text), "what was chosen stays chosen"
            assert "overt --help" not in refused.text
        assert not any(tmp_path.iterdir())


def test_own_keys_and_the_generator_go_into_files_that_others_cannot_read(tmp_path: Path) -> None:

    key, chain = make_test_keys(tmp_path / "theirs")
    own = own_keys(chain.read_bytes(), key.read_bytes())
    home = tmp_path / "home"
    initialise(home, "Example-Studio", own=own, generator=generator_at("https://gen.example/v1/", "sk-1"))
    found = settings.load(home / "overt.toml").settings
    assert found.gateway.upstream == "https://gen.example/v1"
    assert (home / "keys/generator.key").read_text() == "sk-1\n"
    for name in ("generator.key", "signing-key.pem"):
        assert stat.S_IMODE((home / "keys" / name).stat().st_mode) == 0o600
    assert tomllib.loads((home / "overt.toml").read_text())["credential"]["key"] == "keys/signing-key.pem"
    other, _ = make_test_keys(tmp_path / "others")
    with pytest.raises(UsageError):
        own_keys(chain.read_bytes(), other.read_bytes())
    with pytest.raises(UsageError):
        own_keys(chain.read_bytes(), key.read_bytes(), datetime.now(UTC) + timedelta(days=4000))


@pytest.mark.parametrize("address", ["", "gen.example/v1", "ftp://gen.example", "http://me:pw@gen.example", "http://"])
def test_what_is_no_address_of_a_generator(address: str) -> None:

    with pytest.raises(UsageError):
        generator_at(address)
