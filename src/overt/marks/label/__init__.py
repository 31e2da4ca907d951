"""The explicit label (显式标识): what people see and hear. One module for each family of formats.

To add a style: one TOML file in `styles/`, with the fields of `LabelStyle` (see CONTRIBUTING.md).
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import import_module, resources

from pydantic import TypeAdapter, ValidationError

from overt.errors import UnsupportedError, UsageError
from overt.marks.label.model import Labeller, LabelPlace, LabelReport, LabelStyle

__all__ = ["LabelPlace", "LabelReport", "LabelStyle", "Labeller", "labeller", "style", "styles"]

MODULES = {
    "image": ("jpeg", "png", "webp"),
    "audio": ("wav", "mp3", "flac"),
    "video": ("mp4",),
    "text": ("text", "markdown", "html"),
    "document": ("pdf", "docx"),
}
"""Which module labels which container formats: only that one is loaded."""


@cache
def labeller(container: str) -> Labeller:
    """The labeller for a container format. Raises `UnsupportedError`."""
    for module, served in MODULES.items():
        if container in served:
            found: Labeller = import_module(f"{__name__}.{module}").LABELLER
            return found
    raise UnsupportedError(f"there is no label for the format {container}", f"{container} 格式尚无显式标识方式")


def styles() -> tuple[str, ...]:
    """Names of the styles that come with Overt."""
    folder = resources.files(__package__).joinpath("styles")
    return tuple(sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml")))


@cache
def style(name: str) -> LabelStyle:
    """The style of this name. Raises `UsageError`."""
    if name not in styles():
        raise UsageError(
            f"there is no label style {name!r}; there are: {', '.join(styles())}",
            f"没有标识样式 {name!r}；现有：{'、'.join(styles())}",
        )
    text = resources.files(__package__).joinpath("styles", f"{name}.toml").read_text(encoding="utf-8")
    try:
        return TypeAdapter(LabelStyle).validate_python(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise UsageError(f"label style {name!r}: {error}", f"标识样式 {name!r} 有误：{error}") from error
