"""A generator's interface as data: where a request says what is wanted, and where the answer's contents lie.

An adapter is a TOML file of such routes. Those of OpenAI for pictures and speech are one, too (`adapters/openai.toml`).

```toml
[[route]]
path = "/sdapi/v1/txt2img"
function = "images.generate"
techniques = ["image_generation"]
prompts = ["/prompt", "/negative_prompt"]
outputs = "/batch_size"
answers = [{ kind = "base64", at = "/images/*", medium = "image" }]
```

Places are JSON pointers (RFC 6901), in which `*` stands for each element; for forms, their first part is the field's
name. Not here: answers that come as a stream, or later under a number.
"""

from __future__ import annotations

import re
import tomllib
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from overt.errors import SetupError
from overt.gate.model import Medium
from overt.language import Text

_MOST_OUTPUTS: Final = 16


def _is_pointer(text: str) -> str:
    if text and not text.startswith("/"):
        raise ValueError("a place begins with /")
    return text


Pointer = Annotated[str, AfterValidator(_is_pointer)]
_FROZEN: Final = ConfigDict(extra="forbid", frozen=True)


class Input(BaseModel):
    """Where a request brings a file: of a form, in Base64, as a data URL, or as an address."""

    model_config = _FROZEN

    at: Pointer
    medium: Medium


class Answer(BaseModel):
    """Where the answer has a content: as Base64, an address, a text, or as its whole body."""

    model_config = _FROZEN

    kind: Literal["base64", "url", "text", "body"]
    medium: Medium
    at: Pointer = ""


class When(BaseModel):
    """Other techniques, where the request has something at a place, or has there what is named."""

    model_config = _FROZEN

    at: Pointer
    equals: tuple[str | int | bool, ...] = ()
    techniques: tuple[str, ...]


class Refusal(BaseModel):
    """What this route cannot let through with marks, and why; `but` names values that may stand there."""

    model_config = _FROZEN

    at: Pointer
    equals: tuple[str | int | bool, ...] = ()
    but: tuple[str | int | bool, ...] = ()
    zh: str
    en: str


class Route(BaseModel):
    """One address of a generator."""

    model_config = _FROZEN

    path: str = Field(pattern=r"^/[\w./{}:-]*$")
    method: Literal["POST", "PUT", "GET"] = "POST"
    function: str
    techniques: tuple[str, ...] = Field(min_length=1)
    prompts: tuple[Pointer, ...] = ()
    inputs: tuple[Input, ...] = ()
    outputs: Pointer = ""
    most_outputs: int = Field(default=_MOST_OUTPUTS, ge=1, le=128)
    model: Pointer = "/model"
    answers: tuple[Answer, ...] = Field(min_length=1)
    when: tuple[When, ...] = ()
    refuse: tuple[Refusal, ...] = ()

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """What an address has to look like; `{name}` stands for one part of it."""
        parts = re.split(r"\{\w+\}", self.path)
        return re.compile("[^/]+".join(map(re.escape, parts)))

    @cached_property
    def names(self) -> frozenset[str]:
        """The members of a request that this route reads."""
        places = {*self.prompts, self.outputs, self.model}
        places |= (
            {each.at for each in self.inputs} | {each.at for each in self.when} | {each.at for each in self.refuse}
        )
        return frozenset(at.split("/")[1] for at in places if at)

    def meets(self, method: str, path: str) -> bool:
        """Whether a request is one of this route."""
        return method == self.method and bool(self.pattern.fullmatch(path))


class _Adapter(BaseModel):
    model_config = _FROZEN

    route: tuple[Route, ...]


def shipped() -> tuple[Route, ...]:
    """The routes of the OpenAI interface whose answers are files."""
    file = resources.files(__package__).joinpath("adapters", "openai.toml")
    return _Adapter(**tomllib.loads(file.read_text("utf-8"))).route


def load(path: Path, techniques: Any) -> tuple[Route, ...]:
    """The routes in an adapter file. Raises `SetupError`, which says what is wrong with it."""
    try:
        routes = _Adapter(**tomllib.loads(path.read_text("utf-8"))).route
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _wrong(path, str(error)) from error
    except ValidationError as error:
        told = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        raise _wrong(path, told) from error
    named = {each for route in routes for each in (*route.techniques, *(t for w in route.when for t in w.techniques))}
    if unknown := sorted(named - set(techniques)):
        raise _wrong(path, f"unknown technique: {', '.join(unknown)}")
    return routes


def _wrong(path: Path, told: str) -> SetupError:
    return SetupError(
        f"the adapter {path}: {told}",
        f"适配文件 {path} 有误：{told}",
        hint=Text(
            zh="格式见文档“把网关放在生成服务之前”。",
            en='The page "Put the gateway in front of a generator" shows the format.',
        ),
    )
