"""Keys and certificates in a browser and by the API: ends, what to do, and never a secret or a folder."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from overt.setup.holdings import holdings
from sites import Site, barriers, visit


def test_somebody_looks_at_the_keys_and_examines_the_set_up(site: Site, chromium: Any) -> None:
    """On a phone, in both languages, without scripts."""
    for language, title, button in (("zh", "密钥与证书", "开始检查"), ("en", "Keys and certificates", "Examine")):
        with visit(chromium, site, "security", language=language, width=360, scripts=False) as page:
            page.goto("/console/keys")
            assert page.get_by_role("heading", level=1).inner_text() == title
            told = page.get_by_role("main").inner_text()
            assert "TEST ONLY" in told
            assert "vault.key" in told
            assert str(site.setup.home) not in page.content()
            page.get_by_role("button", name=button, exact=True).click()
            page.locator(".held li").first.wait_for()
            assert str(site.setup.home) not in page.content()
    with visit(chromium, site, "administrator", language="en") as page:
        page.goto("/console/keys")
        assert barriers(page) == []


def test_what_ends_soon_wants_somebody(site: Site) -> None:
    calm = holdings(site.setup, site.store)
    late = holdings(site.setup, site.store, datetime.now(UTC) + timedelta(days=340))
    assert [each.file for each in calm if each.state == "missing"] == []
    assert {each.kind for each in late if each.state == "missing"} == {"credential"}
    assert all(each.mend for each in late if each.state == "missing")


def test_a_key_that_others_may_read_is_told(site: Site) -> None:
    key = site.setup.keys / "ledger.pem"
    key.chmod(0o644)
    try:
        found = [each for each in holdings(site.setup, site.store) if each.file == key.name]
    finally:
        key.chmod(0o600)
    assert [(each.state, each.mend and each.mend.en) for each in found] == [("missing", "chmod 600 ledger.pem")]


def test_programs_read_the_same_and_no_secret(site: Site) -> None:
    secrets = [path.read_text() for path in site.setup.keys.iterdir() if "certificate" not in path.name]
    with site.with_key("keys:read") as client:
        listed = client.get("/v1/certificates")
        assert {each["kind"] for each in listed.json()["items"]} >= {"credential", "ledger", "vault", "watermark"}
        begun = client.post("/v1/certificates/examinations")
        assert begun.status_code == 202
        number = begun.json()["id"]
        while (told := client.get(f"/v1/certificates/examinations/{number}")).json()["state"] != "done":
            pass
        assert any(each["name"]["en"] == "Gate" for each in told.json()["findings"])
        for answer in (listed, told):
            assert str(site.setup.home) not in answer.text
            assert not any(line in answer.text for secret in secrets for line in secret.split() if len(line) > 30)
    with site.with_key("today:read") as client:
        assert client.get("/v1/certificates").status_code == 403
