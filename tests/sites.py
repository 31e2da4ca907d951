"""A served set-up, somebody of each role who is signed in to it, windows of a browser, and what shuts people out."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

import warranted
from overt import api, settings
from overt.access.model import Role
from overt.cli.listening import listening
from overt.setup.initialise import initialise
from overt.store.api_keys import ApiKeys
from overt.store.sessions import Sessions
from overt.store.staff import Staff
from overt.web.access import COOKIE
from overt.web.app import application
from overt.web.limits import Allowance

BROWSER = Path("/usr/bin/chromium")
SERIOUS = ("serious", "critical")
GENEROUS = Allowance(100_000, 100_000)


class Site:
    """A set-up that is served on loopback."""

    def __init__(self, home: Path, **extra: Any) -> None:
        initialise(home, "Example-Studio", **extra)
        self._open(home / "overt.toml")

    @classmethod
    def of(cls, config: Path) -> Site:
        """The site of a set-up that is there."""
        site = cls.__new__(cls)
        site._open(config)
        return site

    def _open(self, config: Path) -> None:
        self.setup = settings.load(config)
        self.store = api.records(self.setup)
        self.address = ""
        self._tokens: dict[str, str] = {}
        self._clients: list[httpx.Client] = []

    def token(self, role: Role) -> str:
        """The session of somebody with this role."""
        if role not in self._tokens:
            if role == "inspector":  # Whose warrant holds everything.
                person = warranted.officer(self.store, warranted.warrant(self.store).id)
            else:
                person = Staff(self.store).add(f"{role.title()} 小明", f"{role}@example.cn", (role,), by="test").id
            self._tokens[role] = Sessions(self.store).begin(person, "test")
        return self._tokens[role]

    def client(self, role: Role | None = None) -> httpx.Client:
        """A program's client with somebody's session, as their browser would send it."""
        cookies = {COOKIE: self.token(role)} if role else {}
        return self._client(cookies=cookies, headers={"Origin": self.address})

    def with_key(self, *scopes: str) -> httpx.Client:
        """A client with an API key of these scopes."""
        _, secret = ApiKeys(self.store).make("test", scopes, by=None)
        return self._client(headers={"Authorization": f"Bearer {secret}"})

    def _client(self, **more: Any) -> httpx.Client:
        limits = httpx.Limits(keepalive_expiry=2.0)
        self._clients.append(httpx.Client(base_url=self.address, timeout=60, limits=limits, **more))
        return self._clients[-1]

    def close(self) -> None:
        """Closes what was opened here."""
        for each in self._clients:
            each.close()
        self.store.close()


@contextlib.contextmanager
def serving(site: Site) -> Iterator[Site]:
    """Serves until the end."""
    uvicorn = pytest.importorskip("uvicorn")
    server = uvicorn.Server(
        uvicorn.Config(application(site.setup, asking=GENEROUS, uploading=GENEROUS), log_level="error")
    )
    with listening("127.0.0.1", 0) as heard:
        site.address = f"http://127.0.0.1:{heard.getsockname()[1]}"
        thread = threading.Thread(target=server.run, kwargs={"sockets": [heard]})
        thread.start()
        try:
            while not server.started and thread.is_alive():
                thread.join(0.01)
            yield site
        finally:
            server.should_exit = True
            thread.join()
            site.close()


def verified(site: Site, **sent: Any) -> httpx.Response:
    """The answer of `/verify` to what is sent, when it is there."""
    with site.client() as client:
        got = client.post("/verify", follow_redirects=True, **sent)
        while 'http-equiv="refresh"' in got.text:
            time.sleep(0.1)
            got = client.get(str(got.url))
        return got


@contextlib.contextmanager
def visit(
    chromium: Any,
    site: Site,
    role: Role | None = None,
    *,
    language: str = "zh",
    width: int = 1280,
    scripts: bool = True,
) -> Iterator[Any]:
    """A window of the browser: signed in as somebody of this role, in one language, 360 pixels wide for a phone."""
    context = chromium.new_context(
        base_url=site.address,
        viewport={"width": width, "height": 800},
        java_script_enabled=scripts,
        locale={"zh": "zh-CN", "en": "en-GB"}[language],
        reduced_motion="reduce",
    )
    if role:
        context.add_cookies([{"name": COOKIE, "value": site.token(role), "url": site.address, "sameSite": "Strict"}])
    page = context.new_page()
    page.set_default_timeout(60_000)
    try:
        yield page
    finally:
        context.close()


def barriers(page: Any) -> list[str]:
    """What axe-core finds serious on the page as shown (WCAG 2.2 A, AA), and whether it is wider than its window."""
    page.wait_for_load_state()
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    # The engine is put in by the browser's own debugger, past the page's content security policy.
    found = axe.run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}).response
    told = [
        f"{each['id']}: {node['html'][:120]}"
        for each in found["violations"]
        if each["impact"] in SERIOUS
        for node in each["nodes"]
    ]
    wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return told + ([f"the page is {wider} pixels wider than its window"] if wider > 0 else [])
