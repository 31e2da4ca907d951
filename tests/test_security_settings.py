"""Signed labels the whole way: from `overt.toml` to what a stranger and a partner see."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

import overt
from overt import settings
from overt.errors import SetupError
from overt.inspection import Inspection
from overt.marks.proof import Outcome
from overt.settings import Setup
from overt.setup.initialise import initialise

KEYS = {"es256": "keys/TEST-ONLY-signing-key.pem", "sm2": "keys/TEST-ONLY-sm2-key.pem"}


def house(folder: Path, name: str, security: str) -> Setup:
    initialise(folder, name)
    config = folder / "overt.toml"
    text = config.read_text(encoding="utf-8").replace('sign = "digest"\n', security)
    config.write_text(text, encoding="utf-8")
    return settings.load(config)


def outcome(answer: Inspection) -> Outcome:
    (reading,) = [reading for reading in answer.examination.readings if reading.mark == "metadata"]
    assert reading.defects == ()
    return next(proof.outcome for proof in reading.proofs if proof.field == "ReservedCode1")


@pytest.mark.parametrize("sign", KEYS)
def test_a_signed_label_is_known_again_by_whoever_pinned_its_key(sign: str, samples: dict[str, Path], tmp_path: Path):
    ours = house(tmp_path / "ours", "Example-Studio", f'sign = "{sign}"\nkey = "{KEYS[sign]}"\n')
    public = tmp_path / "public.pem"
    subprocess.run(["openssl", "pkey", "-in", ours.home / KEYS[sign], "-pubout", "-out", public], check=True)
    partner = house(tmp_path / "partner", "Example-Platform", f'sign = "none"\npinned = ["{public}"]\n')
    stranger = house(tmp_path / "stranger", "Example-Reader", 'sign = "digest"\n')

    marked = overt.mark(samples["png"], tmp_path / "m.png", technique="other", only=["metadata"], setup=ours)

    seen = {
        name: outcome(overt.inspect(marked.path, kinds=("metadata",), setup=setup))
        for name, setup in {"ours": ours, "partner": partner, "stranger": stranger}.items()
    }
    assert seen == {"ours": Outcome.PINNED, "partner": Outcome.PINNED, "stranger": Outcome.SELF_SUPPLIED}


def test_a_changed_label_contradicts_its_signature(samples: dict[str, Path], tmp_path: Path):
    ours = house(tmp_path / "ours", "Example-Studio", f'sign = "es256"\nkey = "{KEYS["es256"]}"\n')
    marked = overt.mark(samples["md"], tmp_path / "m.md", technique="other", only=["metadata"], setup=ours)
    text = marked.path.read_text(encoding="utf-8")
    marked.path.write_text(text.replace(marked.content_id, "another-id"), encoding="utf-8")

    answer = overt.inspect(marked.path, kinds=("metadata",), setup=ours)

    assert outcome(answer) == Outcome.DIFFERS
    assert "label-signature" in {each.name for each in answer.verdict.contradictions}


WRONG = {
    "no key named": 'sign = "sm2"\n',
    "no such file": 'sign = "es256"\nkey = "keys/none.pem"\n',
    "a key of another kind": 'sign = "es256"\nkey = "keys/TEST-ONLY-sm2-key.pem"\n',
    "a certificate": 'sign = "es256"\nkey = "keys/TEST-ONLY-signing-certificates.pem"\n',
}


@pytest.mark.parametrize("security", WRONG.values(), ids=WRONG)
def test_what_cannot_sign_is_named_before_anything_is_marked(security: str, samples: dict[str, Path], tmp_path: Path):
    ours = house(tmp_path / "ours", "Example-Studio", security)

    with pytest.raises(SetupError):
        overt.mark(samples["png"], tmp_path / "m.png", technique="other", only=["metadata"], setup=ours)
    assert not (tmp_path / "m.png").exists()


def test_a_pinned_key_that_is_none_is_named(samples: dict[str, Path], tmp_path: Path):
    ours = house(tmp_path / "ours", "Example-Studio", 'sign = "none"\npinned = ["not a key"]\n')

    with pytest.raises(SetupError, match="not a key"):
        overt.inspect(samples["png"], setup=ours)
