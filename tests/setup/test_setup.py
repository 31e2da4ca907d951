"""Making a set-up, finding it again, and being told what it lacks."""

from __future__ import annotations

import re
import stat
import subprocess
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from cryptography import x509
from sqlalchemy import update

from overt import api, settings
from overt.errors import SetupError, UsageError
from overt.ledger.signing import load as load_key
from overt.setup.accountability import accountability
from overt.setup.doctor import examine_setup
from overt.setup.initialise import UNNAMED_PRODUCER, initialise
from overt.store.statements import Statements
from overt.store.tables.ledger import ledger_entries


def test_a_set_up_is_found_from_below(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    initialise(tmp_path, "Example Studio")
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    monkeypatch.delenv("OVERT_CONFIG", raising=False)

    setup = settings.load()

    assert setup.home == tmp_path
    assert setup.settings.producer == "Example-Studio"


def test_the_environment_names_another_set_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    initialise(tmp_path / "other", "Other")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OVERT_CONFIG", str(tmp_path / "other" / "overt.toml"))
    monkeypatch.setenv("OVERT_SYSTEM", "generator 2")

    setup = settings.load()

    assert setup.settings.producer == "Other"
    assert setup.settings.system == "generator 2"


def test_nothing_is_overwritten(tmp_path: Path):
    initialise(tmp_path, "First")

    with pytest.raises(SetupError):
        initialise(tmp_path, "Second")
    assert settings.load(tmp_path / "overt.toml").settings.producer == "First"


def test_keys_say_what_they_are_and_are_private(tmp_path: Path):
    made = initialise(tmp_path, "X")

    assert "TEST-ONLY" in made.signing_key.name
    assert stat.S_IMODE(made.signing_key.stat().st_mode) == 0o600
    signer, authority = x509.load_pem_x509_certificates(made.certificates.read_bytes())
    assert "TEST ONLY" in signer.subject.rfc4514_string()
    signer.verify_directly_issued_by(authority)


def test_two_set_ups_never_share_a_key(tmp_path: Path):
    first, second = initialise(tmp_path / "1", "X"), initialise(tmp_path / "2", "X")

    assert first.signing_key.read_bytes() != second.signing_key.read_bytes()


def test_without_a_producer_the_name_is_told_and_never_a_code(tmp_path: Path):
    made = initialise(tmp_path)

    assert made.producer == UNNAMED_PRODUCER
    assert any(UNNAMED_PRODUCER in remark.en for remark in made.remarks)


def test_a_wrong_code_makes_nothing(tmp_path: Path):
    with pytest.raises(UsageError):
        initialise(tmp_path, "001191110000000000000010000")
    assert list(tmp_path.iterdir()) == []


WRONG = {
    "not TOML": "producer = ",
    "unknown setting": 'producer = "X"\ncolour = "red"',
    "no producer": 'rulebook = "cn"',
    "producer in Han": 'producer = "明示"',
    "no text": b'producer = "\xff\xfe"',
    "limit of nothing": 'producer = "X"\n[budget]\nmax_bytes = 0',
}


@pytest.mark.parametrize("text", WRONG.values(), ids=WRONG)
def test_a_wrong_file_says_what_is_wrong_with_it(tmp_path: Path, text: str | bytes):
    path = tmp_path / "overt.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())

    with pytest.raises(SetupError) as caught:
        settings.load(path)
    assert str(path) in str(caught.value)


def test_a_wrong_value_in_the_environment_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    initialise(tmp_path, "X")
    monkeypatch.setenv("OVERT_BUDGET", "much")

    with pytest.raises(SetupError, match="environment"):
        settings.load(tmp_path / "overt.toml")


def test_the_doctor_names_what_is_missing_and_how_to_mend_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("OVERT_CONFIG", raising=False)
    before = {check.name.en: check for check in examine_setup()}
    initialise(tmp_path)
    after = {check.name.en: check for check in examine_setup()}

    assert before["Configuration"].state == "missing"
    assert "overt init" in before["Configuration"].mend.en
    assert after["Configuration"].state == "ok"
    assert after["Producer"].state == "missing"


def test_the_doctor_tells_an_older_set_up_what_it_cannot_do_yet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A folder from before there were decisions: its mends, done as they are told, bring it up."""
    monkeypatch.chdir(tmp_path)
    initialise(tmp_path, "X")
    for name in ("vault.key", "ledger.pem"):
        (tmp_path / "keys" / name).unlink()
    config = tmp_path / "overt.toml"
    config.write_text(re.sub(r'(?m)^key = "keys/ledger.pem"', "", config.read_text("utf-8")), "utf-8")

    before = list(accountability(settings.load()))
    assert [check.state for check in before] == ["note"] * 4
    for check in before[:2]:
        command = re.match(r"\(umask .*?\)", check.mend.en)
        subprocess.run(["bash", "-c", command[0]], check=True, capture_output=True)
    keyed = config.read_text("utf-8").replace("[ledger]", '[ledger]\nkey = "keys/ledger.pem"', 1)
    config.write_text(keyed, "utf-8")

    assert [check.state for check in accountability(settings.load())] == ["ok", "ok", "note", "note"]
    (tmp_path / "keys" / "vault.key").chmod(0o644)
    assert next(accountability(settings.load())).state == "missing"


def test_the_doctor_sees_checkpoints_that_lag_and_a_clock_that_is_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    initialise(tmp_path, "X")
    with closing(api.records(settings.load())) as store:
        Statements(store).state(load_key(tmp_path / "keys" / "ledger.pem"), ["DS-99"], "x", "y", date(2099, 1, 1))
        states = {}
        for time in ("2020-01-01T00:00:00.000Z", "2099-01-01T00:00:00.000Z"):
            with store.engine.begin() as connection:
                connection.execute(update(ledger_entries).values(time=time))
            states[time[:4]] = [check.state for check in accountability(settings.load())][-2:]

    assert states == {"2020": ["ok", "missing"], "2099": ["missing", "note"]}


def test_the_doctor_sees_a_key_that_others_may_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    initialise(tmp_path, "X").signing_key.chmod(0o644)

    keys = next(check for check in examine_setup() if check.name.en == "Keys and certificate")

    assert keys.state == "missing"
    assert "chmod 600" in keys.mend.en


def test_the_doctor_tells_of_a_damaged_certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    initialise(tmp_path, "X").certificates.write_text("no certificate")

    keys = next(check for check in examine_setup() if check.name.en == "Keys and certificate")

    assert keys.state == "missing"
    assert "cannot be read" in keys.found.en


def test_the_doctor_looks_into_the_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    damaged = initialise(tmp_path, "X").data / "overt.db"
    damaged.write_bytes(b"no database" * 1000)

    data = next(check for check in examine_setup() if check.name.en == "Data folder")

    assert data.state == "missing"
    assert "database" in data.found.en
