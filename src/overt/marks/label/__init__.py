"""The explicit label (显式标识): what people see and hear. One module for each family of formats.

To add a style: one TOML file with the fields of `LabelStyle`, in `styles/` or anywhere (see CONTRIBUTING.md).
"""

from __future__ import annotations

import tomllib
from dataclasses import fields
from functools import cache
from importlib import import_module, resources
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from overt.errors import UnsupportedError, UsageError
from overt.language import Text
from overt.marks.label.model import Labeller, LabelPlace, LabelReport, LabelStyle

__all__ = ["LabelPlace", "LabelReport", "LabelStyle", "Labeller", "labeller", "style", "styles"]

MODULES = {
    "picture.image": ("jpeg", "png", "webp", "avif", "jxl"),
    "picture.heic": ("heic", "heif"),
    "picture.gif": ("gif",),
    "picture.tiff": ("tiff",),
    "picture.svg": ("svg", "svgz"),
    "sound.labeller": ("wav", "aiff", "mp3", "flac", "aac", "m4a", "ogg", "opus"),
    "film.labeller": ("mp4", "mkv", "webm", "flv", "avi"),
    "text.labeller": ("text", "markdown", "html"),
    "scene.labeller": ("glb", "gltf", "usda", "usdc", "usdz"),
    "document.labeller": ("pdf", "docx", "xlsx", "pptx", "odt", "ods", "odp", "epub"),
}
"""Which module labels which container formats: only that one is loaded."""
FILE_ENDING = ".toml"


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
    names = (entry.name for entry in folder.iterdir())
    return tuple(sorted(name.removesuffix(FILE_ENDING) for name in names if name.endswith(FILE_ENDING)))


def style(name: str) -> LabelStyle:
    """The style of this name, or out of an operator's own file where the name ends in .toml. Raises `UsageError`."""
    if name.endswith(FILE_ENDING):
        return _parsed(name, _own(Path(name)))
    return _packaged(name)


@cache
def _packaged(name: str) -> LabelStyle:
    if name not in styles():
        raise UsageError(
            f"there is no label style {name!r}; there are: {', '.join(styles())}, or name a file of your own (.toml)",
            f"没有标识样式 {name!r}；现有：{'、'.join(styles())}，也可指定自己的 .toml 文件",
        )
    folder = resources.files(__package__).joinpath("styles")
    return _parsed(name, folder.joinpath(f"{name}{FILE_ENDING}").read_text(encoding="utf-8"))


def _own(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"label style {path}: {error}", f"无法读取标识样式 {path}：{error}") from error


def _parsed(name: str, text: str) -> LabelStyle:
    try:
        content = tomllib.loads(text)
        if unknown := sorted(set(content) - {field.name for field in fields(LabelStyle)}):
            raise UsageError(
                f"label style {name!r} has unknown fields: {', '.join(unknown)}",
                f"标识样式 {name!r} 含有未知字段：{'、'.join(unknown)}",
                hint=Text(
                    zh=f"可用字段：{'、'.join(field.name for field in fields(LabelStyle))}。",
                    en=f"There are: {', '.join(field.name for field in fields(LabelStyle))}.",
                ),
            )
        return TypeAdapter(LabelStyle).validate_python(content)
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise UsageError(f"label style {name!r}: {error}", f"标识样式 {name!r} 有误：{error}") from error
