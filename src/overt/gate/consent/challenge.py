"""What a person says or does for this request alone, so that a recording of another day is of no use.

A sentence of drawn words and digits for a voice, a drawn gesture for a face or a body. Drawn afresh whenever the page
is opened, bound to the request, and valid for minutes. Whether the recording shows it is for an engine
(`overt.gate.consent.engine`) or for a person of staff to say: nothing here listens or looks.

There are some 10¹² sentences and some 10³ gestures; a gesture alone can be guessed, so a film of it is better than a
photo, and staff see which it was.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from overt.gate.model import Likeness
from overt.language import Text

Kind = Literal["sentence", "gesture"]
MINUTES: Final = 30
"""So long is a challenge valid [ours]: time to read the page in peace."""
_WORDS: Final = tuple(
    Text(zh=zh, en=en)
    for zh, en in (
        ("月亮", "moon"), ("河流", "river"), ("茶杯", "teacup"), ("森林", "forest"), ("雨伞", "umbrella"),
        ("苹果", "apple"), ("钥匙", "key"), ("灯塔", "lighthouse"), ("棉花", "cotton"), ("石头", "stone"),
        ("窗户", "window"), ("蝴蝶", "butterfly"), ("面包", "bread"), ("铅笔", "pencil"), ("火车", "train"),
        ("海浪", "wave"), ("麦田", "wheat field"), ("钟表", "clock"), ("风筝", "kite"), ("橘子", "orange"),
    )
)  # fmt: skip
_WORDS_SAID, _DIGITS_SAID = 4, 6
_NUMBERS = Text(zh="一二三四五", en="one two three four five")
_SIDES = (Text(zh="左", en="left"), Text(zh="右", en="right"))
_PLACES = (
    Text(zh="额头前", en="in front of your forehead"),
    Text(zh="左耳旁", en="beside your left ear"),
    Text(zh="右耳旁", en="beside your right ear"),
    Text(zh="下巴下", en="below your chin"),
    Text(zh="左肩上", en="above your left shoulder"),
    Text(zh="右肩上", en="above your right shoulder"),
)
_TURNS = (
    Text(zh="再慢慢向左转头", en="then turn your head slowly to the left"),
    Text(zh="再慢慢向右转头", en="then turn your head slowly to the right"),
    Text(zh="再抬头看天花板", en="then look up at the ceiling"),
    Text(zh="再低头看地面", en="then look down at the floor"),
)


@dataclass(frozen=True, slots=True)
class Challenge:
    """What is asked for, until when. `expires` is UTC, ISO 8601."""

    id: str
    kind: Kind
    text: Text
    expires: str

    def is_over(self, at: datetime) -> bool:
        """Whether its time has run out."""
        return at >= datetime.fromisoformat(self.expires)


def draw(likeness: Sequence[Likeness], at: datetime) -> Challenge | None:
    """A fresh challenge for these likenesses; None where a name alone is used. A voice is asked to speak."""
    if "voice" in likeness:
        kind: Kind = "sentence"
        text = _sentence()
    elif {"face", "body"} & set(likeness):
        kind, text = "gesture", _gesture()
    else:
        return None
    return Challenge(secrets.token_hex(16), kind, text, (at + timedelta(minutes=MINUTES)).isoformat())


def _sentence() -> Text:
    words = secrets.SystemRandom().sample(_WORDS, _WORDS_SAID)
    digits = "\N{NO-BREAK SPACE}".join(str(secrets.randbelow(10)) for _ in range(_DIGITS_SAID))
    return Text(
        zh=f"{'、'.join(word.zh for word in words)}，{digits}", en=f"{', '.join(word.en for word in words)}, {digits}"
    )


def _gesture() -> Text:
    number, side = secrets.randbelow(5), secrets.choice(_SIDES)
    place, turn = secrets.choice(_PLACES), secrets.choice(_TURNS)
    fingers = _NUMBERS.en.split()[number]
    return Text(
        zh=f"用{side.zh}手在{place.zh}伸出{_NUMBERS.zh[number]}根手指，{turn.zh}",
        en=f"hold up {fingers} finger{'s' if number else ''} of your {side.en} hand {place.en}, {turn.en}",
    )
