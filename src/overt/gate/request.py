"""A request in a JSON file, as an application writes it down: `overt gate ask FILE.json`.

```json
{"account": "…", "purpose": "satire", "techniques": ["image_generation"], "prompt": "…",
 "depicted": [{"likeness": "face", "official": true}], "inputs": ["photo.jpg"]}
```

Fields are those of `Ask`, with `prompt` and `inputs` in place of the materials.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Sequence
from hashlib import file_digest, sha256
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from overt.errors import UsageError
from overt.gate.model import Ask, Channel, Depicted, Material, Medium
from overt.language import Text

_TREES: dict[str, Medium] = {"image": "image", "audio": "audio", "video": "video", "text": "text", "model": "scene"}


class Wanted(BaseModel):
    """What is asked for, without the files that are put in."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    account: str = Field(min_length=1, max_length=64)
    techniques: tuple[str, ...] = Field(min_length=1)
    purpose: str = Field(max_length=64)
    function: str = Field(default="content.generate", max_length=64)
    model: str = Field(default="", max_length=256)
    prompt: str = ""
    depicted: tuple[Depicted, ...] = ()
    outputs: int = Field(default=1, ge=1, le=1000)
    unlabelled: bool = False
    recipient: str = Field(default="", max_length=256)
    channel: Channel = "public"

    def with_files(self, files: Sequence[Path]) -> Ask:
        """The request as the gate takes it, with what is put in. Raises `UsageError`."""
        materials = [text_material(self.prompt)] if self.prompt else []
        materials += [file_material(path) for path in files]
        fields = {name: getattr(self, name) for name in Wanted.model_fields if name != "prompt"}
        return Ask(**fields, materials=tuple(materials))


class Request(Wanted):
    """The file."""

    inputs: tuple[Path, ...] = ()

    def ask(self, folder: Path) -> Ask:
        """The request as the gate takes it; inputs are relative to `folder`. Raises `UsageError`."""
        return self.with_files([folder / path for path in self.inputs])


def read(path: Path) -> Ask:
    """The request in a file. Raises `UsageError`, which says what is wrong."""
    try:
        return Request.model_validate_json(path.read_bytes()).ask(path.parent)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", f"无法读取 {path}：{error.strerror}") from error
    except ValidationError as error:
        raise wrong(error, str(path)) from error


def wrong(error: ValidationError, where: str) -> UsageError:
    """What is wrong with a request, by field."""
    told = [(".".join(map(str, each["loc"])), _said(each["type"], each["msg"])) for each in error.errors()]
    zh, en = "；".join(f"{at}：{said.zh}" for at, said in told), "; ".join(f"{at}: {said.en}" for at, said in told)
    return UsageError(f"{where}: {en}", f"{where} 有误：{zh}", hint=_HINT)


def _said(kind: str, message: str) -> Text:
    if kind in ("missing", "string_too_short", "too_short"):
        return Text(zh="缺少", en="is missing")
    return Text(zh=_ZH.get(kind, message), en=message)


_ZH = {
    "literal_error": "不在可选值之内",
    "extra_forbidden": "没有此字段",
    "string_too_long": "过长",
    "json_invalid": "不是有效的 JSON",
}
_HINT = Text(zh="运行 overt gate ask --help 查看各项。", en="`overt gate ask --help` lists what there is.")


def text_material(text: str) -> Material:
    """A prompt."""
    return Material("prompt", "text", sha256(text.encode()).hexdigest(), text=text)


def file_material(path: Path) -> Material:
    """Something that is put in. What it is follows from its name; the engines look at its bytes."""
    try:
        with path.open("rb") as file:
            digest = file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", f"无法读取 {path}：{error.strerror}") from error
    guessed = mimetypes.guess_type(path.name)[0] or ""
    return Material("input", _TREES.get(guessed.partition("/")[0], "document"), digest, path=path)
