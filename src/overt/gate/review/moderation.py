"""Outside engines that speak OpenAI's moderation protocol (`POST /v1/moderations`, as of the omni-moderation models).

One engine is one TOML file:

```toml
name = "own-guard"
url = "https://guard.example/v1/moderations"
model = "omni-moderation-latest"
key_env = "OVERT_GUARD_KEY"          # the environment variable with the key; none is sent where it is empty
media = ["text", "image"]
timeout_s = 10
unsure = "hold"                      # what a failure means: "hold" or "refuse", never to let pass
thorough = false                     # true: asked only where a review goes deep

[category."sexual/minors"]           # their category
is = "minors-sexual"                 # ours
refuse = 0.3                         # from this score on
hold = 0.05

[category.violence]
is = "violence"
hold = 0.7
```

Contents leave the house: whoever configures such an engine decides that, and names it in the notice to users. Pictures
are sent as data URLs, up to a size. An answer in another shape, a time-out, "too many requests", anything but a plain
result is "could not tell". A category of theirs that is flagged and not mapped is held, so that none is lost.
"""

from __future__ import annotations

import base64
import os
import time
import tomllib
from pathlib import Path
from typing import Any, Final, Literal

import httpx
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from overt.errors import OvertError, SetupError, UnsupportedError
from overt.gate.model import Material, Medium, Outcome
from overt.gate.review.categories import all_categories
from overt.gate.review.chain import strictest
from overt.gate.review.model import Hit, Opinion
from overt.language import Text

MOST_PICTURE: Final = 20 << 20
"""Bytes of the largest picture that is sent (the protocol's own limit)."""
MOST_ANSWER: Final = 1 << 20
_MEDIA_TYPES: Final = {
    b"\x89PNG": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF8": "image/gif",
    b"RIFF": "image/webp",
}


class OutsideError(OvertError):
    """An outside engine did not give an answer that can be used."""

    exit_code = 3
    whose = Text(zh="外部审核引擎", en="The outside engine")
    hint = Text(
        zh="检查引擎的地址、密钥和额度；在此期间内容会交人工审核。",
        en="Look at the engine's address, key and quota; meanwhile contents go to people.",
    )


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Mapping(_Strict):
    """What one category of theirs means to us. Scores are 0 to 1; without any, their own flag holds."""

    is_: str = Field(alias="is")
    refuse: float | None = Field(default=None, ge=0, le=1)
    hold: float | None = Field(default=None, ge=0, le=1)

    @field_validator("is_")
    @classmethod
    def _known(cls, category: str) -> str:
        if category not in all_categories():
            raise ValueError(f"there is no category {category!r}; there are: {', '.join(all_categories())}")
        return category

    def outcome(self, score: float, *, flagged: bool) -> Outcome:
        """What their score and flag mean."""
        if self.refuse is not None and score >= self.refuse:
            return "refuse"
        if self.hold is not None and score >= self.hold:
            return "hold"
        return "hold" if flagged and self.refuse is None and self.hold is None else "allow"


class Settings(_Strict):
    """One engine's file."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")
    url: str = Field(pattern=r"^https?://")
    model: str = ""
    key_env: str = ""
    media: tuple[Medium, ...] = ("text",)
    timeout_s: float = Field(default=10.0, gt=0, le=120)
    unsure: Literal["hold", "refuse"] = "hold"
    thorough: bool = False
    category: dict[str, Mapping] = {}

    @field_validator("media")
    @classmethod
    def _spoken(cls, media: tuple[Medium, ...]) -> tuple[Medium, ...]:
        if not media or not set(media) <= {"text", "image"}:
            raise ValueError("the protocol takes text and image alone")
        return media


class _Result(BaseModel):
    flagged: bool
    categories: dict[str, bool | None]
    category_scores: dict[str, float | None]


class _Answer(BaseModel):
    model: str = Field(default="", max_length=200)
    results: list[_Result] = Field(min_length=1, max_length=100)


class Moderation:
    """The engine."""

    def __init__(self, settings: Settings, client: httpx.Client | None = None) -> None:
        """`client` is for operators with a proxy or a certificate of their own."""
        self.settings = settings
        self._client = client or httpx.Client(follow_redirects=False)
        self.name = settings.name
        self.version = settings.model or "unnamed"
        self.media: frozenset[Medium] = frozenset(settings.media)
        self.thorough = settings.thorough

    def close(self) -> None:
        """Lets the connections go."""
        self._client.close()

    def review(self, material: Material) -> Opinion:
        """What the engine says. A failure is an opinion, too: the one that its file asks for."""
        try:
            answer = self._ask(_input(material))
        except OutsideError as error:
            return Opinion(self.name, self.version, self.settings.unsure, could_not_tell=True, why=error.message)
        hits = [hit for result in answer.results for hit in self._hits(result)]
        version = answer.model or self.version
        return Opinion(self.name, version, strictest([each.outcome for each in hits]), tuple(hits))

    def _ask(self, told: object) -> _Answer:
        body: dict[str, object] = {"input": told} | ({"model": self.settings.model} if self.settings.model else {})
        limit = self.settings.timeout_s
        end = time.monotonic() + limit
        late = OutsideError(f"it did not answer within {limit:g} s", f"{limit:g} 秒内没有答复")
        try:
            with self._client.stream(
                "POST", self.settings.url, json=body, headers=self._headers(), timeout=limit
            ) as response:
                if response.status_code != httpx.codes.OK:
                    code = response.status_code
                    raise OutsideError(f"it answered with HTTP {code}", f"返回了 HTTP {code}")
                data = b""
                for piece in response.iter_bytes():
                    data += piece
                    if len(data) > MOST_ANSWER:
                        raise OutsideError("its answer is too long", "返回内容过长")
                    if time.monotonic() > end:  # One that sends a byte now and then is late, too.
                        raise late
            return _Answer.model_validate_json(data)
        except httpx.TimeoutException as error:
            raise late from error
        except httpx.HTTPError as error:
            told_en = type(error).__name__
            raise OutsideError(f"it cannot be reached ({told_en})", f"无法连接（{told_en}）") from error
        except ValidationError as error:
            raise OutsideError("its answer has another shape", "返回内容的格式不符") from error

    def _headers(self) -> dict[str, str]:
        if not self.settings.key_env:
            return {}
        key = os.environ.get(self.settings.key_env, "")
        if not key:
            name = self.settings.key_env
            raise OutsideError(f"its key is missing ({name} is not set)", f"缺少密钥（未设置 {name}）")
        return {"Authorization": f"Bearer {key}"}

    def _hits(self, result: _Result) -> list[Hit]:
        hits = []
        for name, score in result.category_scores.items():
            mapping = self.settings.category.get(name)
            flagged = bool(result.categories.get(name))
            sure = min(max(score or 0.0, 0.0), 1.0)
            if mapping is None:
                outcome: Outcome = "hold" if flagged else "allow"
                category = "other"
            else:
                outcome, category = mapping.outcome(sure, flagged=flagged), mapping.is_
            if outcome != "allow":
                hits.append(Hit(category, outcome, round(100 * sure), rule=name))
        if result.flagged and not hits and not any(result.categories.get(name) for name in self.settings.category):
            hits.append(Hit("other", "hold", rule="flagged"))
        return hits


def load(path: Path) -> Moderation:
    """The engine that a file describes. Raises `SetupError`."""
    try:
        return Moderation(Settings.model_validate(tomllib.loads(path.read_text(encoding="utf-8"))))
    except OSError as error:
        raise SetupError(f"{path} cannot be read: {error.strerror}", f"无法读取 {path}：{error.strerror}") from error
    except ValidationError as error:
        told = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()[:5])
        raise SetupError(f"{path} describes no engine: {told}", f"{path} 不是有效的引擎描述：{told}") from error
    except ValueError as error:
        raise SetupError(f"{path} is no TOML: {error}", f"{path} 不是有效的 TOML：{error}") from error


def _input(material: Material) -> Any:
    """A material in the protocol's own form."""
    if material.text is not None:
        return material.text
    if material.medium != "image" or material.path is None:
        raise UnsupportedError("the moderation protocol takes text and pictures", "审核协议只接受文本和图片")
    data = material.path.read_bytes() if material.path.stat().st_size <= MOST_PICTURE else b""
    kind = next((name for head, name in _MEDIA_TYPES.items() if data.startswith(head)), None)
    if kind is None:
        raise UnsupportedError(
            "the moderation protocol takes PNG, JPEG, GIF and WebP of up to 20 MiB",
            "审核协议只接受不超过 20 MiB 的 PNG、JPEG、GIF、WebP 图片",
        )
    return [{"type": "image_url", "image_url": {"url": f"data:{kind};base64,{base64.b64encode(data).decode()}"}}]
