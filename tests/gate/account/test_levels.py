"""The level rises with the purpose, the technique, the channel and whose likeness it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from overt.errors import SetupError
from overt.gate.account.levels import rank, required, rows_of
from overt.gate.model import IDENTITY_LEVELS, Ask, Depicted, IdentityLevel

ROWS = rows_of("cn")
SOMEBODY = (Depicted("face", consent="c1"),)


def ask(**more: object) -> Ask:
    return Ask(**{"account": "a", "techniques": (), "purpose": "art", "function": "f", "channel": "private"} | more)


@pytest.mark.parametrize(
    ("request_", "level", "duty"),
    [
        (ask(techniques=("passage_generation",)), "account", "GA-09b"),
        (ask(techniques=("passage_generation",), channel="public"), "phone", "DS-09b"),
        (ask(techniques=("face_replacement",), channel="public"), "phone", "DS-09b"),
        (ask(techniques=("face_replacement",), depicted=SOMEBODY), "phone", "DS-09a"),
        (ask(techniques=("face_replacement",), depicted=(Depicted("face", fictional=True),)), "account", "GA-09b"),
        (ask(techniques=("image_generation",), purpose="advertising"), "id", "DS-09a"),
        (ask(techniques=("voice_conversion",), depicted=(Depicted("voice", official=True),)), "id", "DS-09a"),
        (ask(techniques=("image_generation",), unlabelled=True, channel="public"), "id", "LB-09a"),
    ],
)
def test_the_strictest_row_counts(request_: Ask, level: IdentityLevel, duty: str) -> None:
    needed, rows = required(request_, ROWS)
    assert needed == level
    assert duty in {row.duty for row in rows}


def test_levels_have_an_order() -> None:
    assert [rank(level) for level in IDENTITY_LEVELS] == [0, 1, 2, 3, 4]


def test_a_rulebook_without_a_table_asks_for_nothing() -> None:
    assert required(ask(), rows_of("eu")) == ("none", ())


def test_an_operators_own_table(tmp_path: Path) -> None:
    own = tmp_path / "levels.toml"
    own.write_text(
        '[[cn]]\nlevel = "national"\nfunctions = ["f"]\nduty = "DS-09a"\nclause = "DS 9"\nmark = "ours"\n'
        'why = { zh = "本平台规定", en = "House rule" }\n',
        "utf-8",
    )
    assert required(ask(), rows_of("cn", own))[0] == "national"
    own.write_text('[[cn]]\nlevel = "blood"\n', "utf-8")
    with pytest.raises(SetupError):
        rows_of("cn", own)
