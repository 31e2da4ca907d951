"""The label of virtual scenes: a plate with the wording, in the picture that a scene opens with.

Source: GB 45438-2025, 5.5 through the rulebook; Labeling Measures art. 4(1)(5) and 4(2).
glTF and GLB scenes carry the label in themselves, as `overt.marks.label.scene.gltf` says; of a file with several
scenes, the one that opens. USD scenes are not labelled; the web page that shows one can be, whatever shows it:
`overt.marks.label.scene.page`.
"""

from __future__ import annotations

from pathlib import Path

from overt.errors import ReadBackError, UnsupportedError
from overt.formats import Buffer, glb, gltf
from overt.formats.json_text import Edit
from overt.formats.splice import Splice, write
from overt.language import Text
from overt.marks.files import mapped
from overt.marks.label.glyphs import LEAST_CONTRAST
from overt.marks.label.model import LabelPlace, LabelReport, LabelStyle
from overt.marks.label.picture import burn
from overt.marks.label.scene import gltf as scene_gltf
from overt.marks.label.scene.gltf import Found, Scene
from overt.rulebook import LabelRules

_USD = ("usda", "usdc", "usdz")


class SceneLabeller:
    """Labels for glTF and GLB; says of USD that it cannot."""

    containers: tuple[str, ...] = ("glb", "gltf", *_USD)

    def put(self, source: Path, target: Path, container: str, rules: LabelRules, style: LabelStyle) -> LabelReport:
        """Write `target`: the scene with a plate in its first picture. A plate that is there and suffices stays."""
        if container in _USD:
            raise _no_usd()
        words = burn.wording(rules, style)
        with mapped(source) as data:
            scene, splice = _scene(data, container), Splice([range(len(data))])
            found = scene_gltf.find(scene, rules)
            if found is None or (found.wording, found.second) != words or _shortfall(found, rules):
                splice = _spliced(data, container, *scene_gltf.edits(scene, words, rules))
            with source.open("rb") as old, target.open("wb") as new:
                write(splice, old, new)
        found = self._find(target, container, rules)
        missing = ReadBackError("the label is not in the scene", "写出的场景中未找到标识")
        short = _shortfall(found, rules) if found else missing
        if found is None or short is not None:
            target.unlink()
            raise short or missing
        return _report(found)

    def read(self, path: Path, container: str, rules: LabelRules) -> LabelReport | None:
        """The label of the scene, or None. Raises `MediaError` where it could not tell."""
        if container in _USD:
            raise _no_usd()
        found = self._find(path, container, rules)
        return _report(found) if found else None

    def _find(self, path: Path, container: str, rules: LabelRules) -> Found | None:
        with mapped(path) as data:
            return scene_gltf.find(_scene(data, container), rules)


LABELLER = SceneLabeller()


def _scene(data: Buffer, container: str) -> Scene:
    if container == "gltf":
        return Scene(gltf.text_file(data).text, data, None)
    file = glb.read(data)
    return Scene(file.text, data, file.binary)


def _spliced(data: Buffer, container: str, edits: list[Edit], more: bytes) -> Splice:
    if container == "gltf":
        return gltf.text_file(data).splice(sorted(edits))
    return glb.read(data).splice(data, edits, more)


def _report(found: Found) -> LabelReport:
    measures = {"glyph_height_ratio": round(min(found.views.values()), 4)} if found.views else {}
    if found.views:
        measures["contrast"] = round(found.contrast, 2)
    places = tuple(LabelPlace(where) for where, ratio in found.views.items() if ratio > 0)
    return LabelReport("scene", found.wording, places or (LabelPlace("in the scene"),), measures)


def _shortfall(found: Found, rules: LabelRules) -> ReadBackError | None:
    ratio = min(found.views.values(), default=0.0)
    if ratio < rules.glyph_height_ratio.value:
        return ReadBackError(
            f"the label's glyphs measure {ratio:.2%} of the picture's shorter side, "
            f"{rules.glyph_height_ratio.value:.0%} are needed",
            f"标识文字实测高度为画面最短边的 {ratio:.2%}，低于 {rules.glyph_height_ratio.value:.0%}",
        )
    if found.contrast < LEAST_CONTRAST:
        return ReadBackError(
            f"the label's contrast measures {found.contrast:.1f}, {LEAST_CONTRAST} is needed",
            f"标识文字实测对比度为 {found.contrast:.1f}，低于 {LEAST_CONTRAST}",
        )
    return None


def _no_usd() -> UnsupportedError:
    return UnsupportedError(
        "labels in USD scenes are neither written nor read",
        "不支持写入或读取 USD 场景中的显式标识",
        hint=Text(
            zh="请转换为 GLB 后标识，或在 Overt 的网页查看框架中展示；仅添加元数据标识：--only metadata。",
            en="Convert it to GLB and mark that, or show it in Overt's web viewer frame. For the metadata mark alone: "
            "--only metadata.",
        ),
    )
