from __future__ import annotations

import base64
import io
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pygltflib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import scenes
from overt.errors import MediaError, ReadBackError, UnsupportedError, UsageError
from overt.marks.label import labeller
from overt.marks.label.model import LabelReport, LabelStyle
from overt.marks.label.scene import page as scene_page
from overt.marks.label.scene import plate as scene_plate
from overt.marks.label.scene import view as scene_view
from overt.marks.label.scene.graph import Graph
from overt.marks.label.scene.view import Box
from overt.rulebook import load

RULES = load("cn").label
PLAIN, BILINGUAL = LabelStyle(), LabelStyle(second_language="en")
LABELLER = labeller("glb")
QUARTER = math.sqrt(0.5)


def with_camera(place: list[float], turn: list[float] | None = None, **kind: Any) -> dict[str, Any]:
    camera = kind or {"type": "perspective", "perspective": {"yfov": 0.7, "znear": 0.01}}
    scene = scenes.document(cameras=[camera])
    scene["nodes"].append({"camera": 0, "translation": place, **({"rotation": turn} if turn else {})})
    scene["scenes"][0]["nodes"].append(1)
    return scene


def stretched(*scale: float) -> dict[str, Any]:
    scene = scenes.document()
    scene["nodes"][0]["scale"] = list(scale)
    return scene


def skinned() -> dict[str, Any]:
    scene = scenes.document(skins=[{"joints": [1]}])
    scene["nodes"] = [{"mesh": 0, "skin": 0, "translation": [500, 0, 0]}, {"translation": [0, 3, 0]}]
    scene["scenes"] = [{"nodes": [0, 1]}]
    return scene


def deep() -> dict[str, Any]:
    scene = scenes.document()
    scene["nodes"] += [
        {"children": [2], "matrix": [2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 2, 0, 7, 0, 0, 1]},
        {"children": [0], "rotation": [0, QUARTER, 0, QUARTER]},
    ]
    scene["scenes"] = [{"nodes": [1]}]
    return scene


SCENES: dict[str, tuple[Callable[[], dict[str, Any]], int]] = {
    "a box": (scenes.document, 1),
    "tall": (lambda: stretched(0.2, 3, 0.1), 1),
    "flat": (lambda: stretched(40, 0.01, 40), 1),
    "a long way back": (lambda: stretched(1, 1, 60), 1),
    "tiny": (lambda: stretched(1e-5, 1e-5, 1e-5), 1),
    "huge": (lambda: stretched(1e6, 1e6, 1e6), 1),
    "nested": (deep, 1),
    "skinned": (skinned, 1),
    "a camera in front": (lambda: with_camera([0, 0.5, 3]), 1),
    "a camera beside": (lambda: with_camera([4, 0.5, 0], [0, QUARTER, 0, QUARTER]), 2),
    "a camera behind": (lambda: with_camera([0, 0.5, -4], [0, 1, 0, 0]), 2),
    "a camera inside": (lambda: with_camera([0, 0.5, 0.1]), 2),
    "a camera far away": (lambda: with_camera([0, 0.5, 300]), 2),
    "a parallel camera": (
        lambda: with_camera(
            [0, 0.5, 9], type="orthographic", orthographic={"xmag": 9, "ymag": 5, "znear": 0.1, "zfar": 100}
        ),
        2,
    ),
}  # fmt: skip


def put(folder: Path, data: bytes, style: LabelStyle = PLAIN, kind: str = "glb") -> tuple[bytes, LabelReport]:
    source, target = folder / f"in.{kind}", folder / f"out.{kind}"
    source.write_bytes(data)
    report = LABELLER.put(source, target, kind, RULES, style)
    return target.read_bytes(), report


def read(folder: Path, data: bytes, kind: str = "glb") -> LabelReport | None:
    (folder / f"read.{kind}").write_bytes(data)
    return LABELLER.read(folder / f"read.{kind}", kind, RULES)


def json_of(data: bytes) -> dict[str, Any]:
    return json.loads(data[20 : 20 + int.from_bytes(data[12:16], "little")])


@pytest.mark.parametrize("what", SCENES)
@pytest.mark.parametrize("style", [PLAIN, BILINGUAL], ids=["plain", "bilingual"])
def test_the_label_is_put_on_measured_and_put_on_once(what: str, style: LabelStyle, tmp_path: Path):
    make, count = SCENES[what]
    data = scenes.glb(make())
    assert read(tmp_path, data) is None
    labelled, report = put(tmp_path, data, style)

    assert report == read(tmp_path, labelled)
    assert report.modality == "scene"
    assert RULES.has_elements(report.wording)
    assert report.measures["glyph_height_ratio"] >= RULES.glyph_height_ratio.value
    assert report.measures["contrast"] >= 7
    assert put(tmp_path, labelled, style)[0] == labelled
    nodes = json_of(labelled)["nodes"]
    assert sum("overt_label" in node.get("extras", {}) for node in nodes) == count


@pytest.mark.parametrize("what", SCENES)
def test_nothing_of_the_scene_is_changed(what: str, tmp_path: Path):
    scene = SCENES[what][0]()
    new = json_of(put(tmp_path, scenes.glb(scene))[0])

    for section in ("accessors", "bufferViews", "meshes", "materials", "cameras", "skins", "asset"):
        old = scene.get(section, [])
        assert new.get(section, [])[: len(old)] == old if isinstance(old, list) else new[section] == old
    for number, node in enumerate(scene["nodes"]):
        kept = {key: value for key, value in new["nodes"][number].items() if key != "children" or "children" in node}
        assert kept == node
    assert new["scenes"][0]["nodes"][: len(scene["scenes"][0]["nodes"])] == scene["scenes"][0]["nodes"]
    labelled = (tmp_path / "out.glb").read_bytes()
    binary = labelled[labelled.index(b"BIN\0") + 4 :]
    assert binary.startswith(scenes.geometry())
    assert int.from_bytes(labelled[labelled.index(b"BIN\0") - 4 :][:4], "little") == len(binary)
    assert len(binary) - 3 <= new["buffers"][0]["byteLength"] <= len(binary)
    assert len(new["buffers"]) == 1


@pytest.mark.parametrize("what", ["a box", "a camera beside", "a camera inside"])
def test_another_wording_replaces_the_label_in_its_place(what: str, tmp_path: Path):
    data = scenes.glb(SCENES[what][0]())
    plain, both = put(tmp_path, data)[0], put(tmp_path, data, BILINGUAL)[0]

    assert plain != both
    again = put(tmp_path, plain, BILINGUAL)[0]
    assert json_of(again)["nodes"] == json_of(both)["nodes"]
    assert put(tmp_path, again, BILINGUAL)[0] == again
    assert json_of(put(tmp_path, both)[0])["nodes"] == json_of(plain)["nodes"]


def test_a_gltf_file_keeps_its_layout(tmp_path: Path):
    data = scenes.gltf()
    labelled, report = put(tmp_path, data, kind="gltf")

    assert report.measures["glyph_height_ratio"] >= RULES.glyph_height_ratio.value
    assert put(tmp_path, labelled, kind="gltf")[0] == labelled
    old = iter(data.decode().splitlines())
    line = next(old)
    for new in labelled.decode().splitlines():
        if new.rstrip(",") == line.rstrip(","):
            line = next(old, "")
    assert line == ""


def test_an_independent_reader_sees_a_sound_plate(tmp_path: Path):
    put(tmp_path, scenes.glb(scenes.document()))
    scene = pygltflib.GLTF2().load(str(tmp_path / "out.glb"))
    node = scene.nodes[scene.scenes[0].nodes[-1]]
    primitive = scene.meshes[node.mesh].primitives[0]
    positions = _vectors(scene, primitive.attributes.POSITION, 3)
    material = json_of((tmp_path / "out.glb").read_bytes())["materials"][primitive.material]
    texture = scene.textures[material["pbrMetallicRoughness"]["baseColorTexture"]["index"]]
    view = scene.bufferViews[scene.images[texture.source].bufferView]
    picture = Image.open(io.BytesIO(scene.binary_blob()[view.byteOffset :][: view.byteLength]))

    assert RULES.has_elements(node.name)
    assert positions.min(axis=0).tolist() == scene.accessors[primitive.attributes.POSITION].min
    assert positions.max(axis=0).tolist() == scene.accessors[primitive.attributes.POSITION].max
    assert picture.format == "PNG"
    assert picture.width / picture.height == pytest.approx(node.scale[0] / node.scale[1], rel=1e-4)
    assert "KHR_materials_unlit" in scene.extensionsUsed
    assert "KHR_materials_unlit" not in (scene.extensionsRequired or [])


def _vectors(scene: pygltflib.GLTF2, number: int, width: int) -> np.ndarray:
    accessor = scene.accessors[number]
    view = scene.bufferViews[accessor.bufferView]
    raw = scene.binary_blob()[view.byteOffset :]
    return np.frombuffer(raw, "<f4", accessor.count * width).reshape(-1, width)


def test_what_is_drawn_is_as_high_as_what_was_measured(tmp_path: Path):
    """A small renderer of its own: every pixel of the first picture asks which point of the plate it shows."""
    scene = _labelled(tmp_path)
    node = scene["nodes"][1]
    picture = Image.open(io.BytesIO(base64.b64decode(scene["images"][0]["uri"].partition(",")[2]))).convert("L")
    side, field, up = 800, math.radians(30), math.radians(15)
    low = np.minimum([-0.5, 0, -0.5], node["translation"] - np.array(node["scale"]) / 2 * [1, 1, 0])
    high = np.maximum([0.5, 1, 0.5], node["translation"] + np.array(node["scale"]) / 2 * [1, 1, 0])
    away = 1.05 * np.linalg.norm(high - low) / 2 / math.sin(field / 2)
    eye = (low + high) / 2 + away * np.array([0, math.sin(up), math.cos(up)])
    y, x = np.mgrid[0:side, 0:side]
    tangent = math.tan(field / 2)
    across, rise = (2 * (x + 0.5) / side - 1) * tangent, (1 - 2 * (y + 0.5) / side) * tangent
    rays = np.stack([across, rise * math.cos(up) - math.sin(up), -rise * math.sin(up) - math.cos(up)], axis=-1)
    hit = eye + rays * ((node["translation"][2] - eye[2]) / rays[..., 2])[..., None]
    u = (hit[..., 0] - node["translation"][0]) / node["scale"][0] + 0.5
    v = 0.5 - (hit[..., 1] - node["translation"][1]) / node["scale"][1]
    on = (u >= 0) & (u < 1) & (v >= 0) & (v < 1)
    seen = np.zeros((side, side), np.uint8)
    texels = np.asarray(picture)
    seen[on] = texels[(v[on] * picture.height).astype(int), (u[on] * picture.width).astype(int)]
    left, _, width, _ = node["extras"]["overt_label"]["glyph"]
    column = on & (u * picture.width >= left) & (u * picture.width < left + width)
    rows = np.flatnonzero(((seen > 128) & column).any(axis=1))

    assert (rows[-1] - rows[0] + 1) / side >= RULES.glyph_height_ratio.value
    assert on.any(axis=0).sum() < side
    assert not on[0].any()
    assert not on[-1].any()


def test_the_label_widens_what_viewers_frame_by_little(tmp_path: Path):
    for name in ("a box", "tall", "flat", "a long way back", "a camera beside", "a camera inside"):
        scene = SCENES[name][0]()
        before = Graph(scene, b"", None).box()
        after = Graph(json_of(put(tmp_path, scenes.glb(scene))[0]), b"", None).box()
        assert after.radius <= 1.3 * before.radius, name


def test_a_label_of_another_maker_is_found_and_not_measured(tmp_path: Path):
    scene = scenes.document()
    scene["nodes"][0]["name"] = "AI生成"
    assert read(tmp_path, scenes.glb(scene)).wording == "AI生成"
    assert read(tmp_path, scenes.glb(scene)).measures == {}


def _labelled(tmp_path: Path) -> dict[str, Any]:
    """With its data in data URIs, so that it can be changed at will."""
    return json.loads(put(tmp_path, scenes.gltf(), kind="gltf")[0])


def test_a_label_that_was_made_small_or_moved_away_is_told_as_it_is(tmp_path: Path):
    small, turned, gone = (_labelled(tmp_path) for _ in range(3))
    small["nodes"][1]["scale"] = [value / 4 for value in small["nodes"][1]["scale"]]
    turned["nodes"][1]["rotation"] = [0, 1, 0, 0]
    gone["nodes"][1]["translation"] = [0, 0, -3000]

    assert read(tmp_path, scenes.glb(small)).measures["glyph_height_ratio"] < 0.02
    assert read(tmp_path, scenes.glb(turned)).measures["glyph_height_ratio"] == 0
    assert read(tmp_path, scenes.glb(gone)).measures["glyph_height_ratio"] < 0.02
    for spoilt in (small, turned, gone):
        mended, report = put(tmp_path, scenes.glb(spoilt))
        assert report.measures["glyph_height_ratio"] >= RULES.glyph_height_ratio.value
        assert len(json_of(mended)["nodes"]) == 2


def test_a_picture_moved_into_the_binary_chunk_is_still_measured(tmp_path: Path):
    scene = _labelled(tmp_path)
    png = base64.b64decode(scene["images"][0].pop("uri").partition(",")[2])
    binary = scenes.geometry() + png
    scene["bufferViews"].append({"buffer": 0, "byteOffset": 168, "byteLength": len(png)})
    scene["buffers"][0] = {"byteLength": len(binary)}
    scene["images"][0]["bufferView"] = len(scene["bufferViews"]) - 1
    report = read(tmp_path, scenes.glb(scene, binary + bytes(-len(binary) % 4)))

    assert report.measures["glyph_height_ratio"] >= RULES.glyph_height_ratio.value


def _broken(**changes: Any) -> bytes:
    return scenes.glb({**scenes.document(), **changes})


def _mesh(**accessor: Any) -> bytes:
    scene = scenes.document()
    scene["accessors"][0].update(accessor)
    return scenes.glb(scene)


REFUSED = {
    "no scene": _broken(scenes=[], scene=0),
    "an empty scene": _broken(scenes=[{"nodes": []}]),
    "no mesh": _broken(nodes=[{"name": "x"}]),
    "a scene that is not there": _broken(scene=4),
    "a node that is not there": _broken(scenes=[{"nodes": [7]}]),
    "a node in itself": _broken(nodes=[{"mesh": 0, "children": [0]}]),
    "children that are no list": _broken(nodes=[{"mesh": 0, "children": {"a": 1}}]),
    "a node that is no object": _broken(nodes=[[]]),
    "no span": _mesh(min=None),
    "a span of two numbers": _mesh(min=[0, 0]),
    "a span that is not finite": _mesh(max=[1e999, 0, 0]).replace(b"Infinity", b"1e999   "),
    "a number beyond all": _mesh(max=[10**400, 0, 0]),
    "no extent": _mesh(min=[0, 0, 0], max=[0, 0, 0]),
    "copies by an extension": _broken(extensionsUsed=["EXT_mesh_gpu_instancing"]),
    "a list that is none": _broken(meshes={}),
    "a camera of no kind": scenes.glb(with_camera([0, 0, 3], type="fisheye")),
    "a camera without numbers": scenes.glb(with_camera([0, 0, 3], type="perspective", perspective={})),
    "labels without end": scenes.glb(
        scenes.document(nodes=[{"children": [*range(1, 30)]}] + [{"mesh": 0, "extras": {"overt_label": {}}}] * 29)
    ),
    "nodes twice": scenes.glb(json.dumps(scenes.document()).encode()[:-1] + b',"nodes":[]}'),
    "glTF 1": _broken(asset={"version": "1.0"}),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_labelled_is_refused_and_nothing_is_written(what: str, tmp_path: Path):
    with pytest.raises(MediaError) as caught:
        put(tmp_path, REFUSED[what])
    assert caught.value.diagnostics().zh
    assert not (tmp_path / "out.glb").exists()


@pytest.mark.parametrize("kind", ["usda", "usdc", "usdz"])
def test_usd_is_refused_with_the_way_out(kind: str, tmp_path: Path):
    for use in (LABELLER.read, lambda *given: LABELLER.put(given[0], tmp_path / "out", *given[1:], PLAIN)):
        with pytest.raises(UnsupportedError) as caught:
            use(tmp_path / "in", kind, RULES)
        assert "GLB" in caught.value.diagnostics().en


SAMPLE = scenes.gltf(with_camera([4, 0.5, 0], [0, QUARTER, 0, QUARTER]))


@pytest.fixture(scope="module")
def labelled_sample(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return put(tmp_path_factory.mktemp("sample"), SAMPLE, kind="gltf")[0]


@settings(max_examples=60)
@given(st.data())
def test_mutated_scenes_raise_our_errors_alone(
    labelled_sample: bytes, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
):
    folder = tmp_path_factory.getbasetemp()
    scene = json.loads(labelled_sample)
    junk = st.one_of(
        st.none(),
        st.integers(-3, 9),
        st.floats(width=16),
        st.text(max_size=3),
        st.lists(st.integers(), max_size=2),
        st.just({}),
    )
    for _ in range(data.draw(st.integers(1, 3))):
        place: Any = scene
        while isinstance(place, dict | list) and place:
            key = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
            if not isinstance(place[key], dict | list) or not place[key] or data.draw(st.booleans()):
                place[key] = data.draw(junk)
                break
            place = place[key]
    broken = scenes.glb(json.dumps(scene).encode())
    (folder / "mutated.glb").write_bytes(broken)
    for use in (
        lambda: LABELLER.read(folder / "mutated.glb", "glb", RULES),
        lambda: LABELLER.put(folder / "mutated.glb", folder / "mutated.out.glb", "glb", RULES, PLAIN),
    ):
        try:
            use()
        except (MediaError, ReadBackError):
            continue


@given(st.tuples(*[st.floats(1e-3, 1e3)] * 3), st.floats(0.2, 12), st.floats(0.1, 0.9), st.floats(0.03, 0.08))
def test_a_plate_is_read_in_front_of_any_box(size: tuple[float, ...], aspect: float, glyph: float, ratio: float):
    box = Box(np.zeros(3), np.array(size))
    _, sheet = scene_view.in_front(box, [scene_view.Shape(aspect, glyph), scene_view.Shape(0.5, 0.2)], ratio)
    after = box | Box.around(sheet.corners)
    seen = sheet.ratio(scene_view.opening(after))

    assert seen == pytest.approx(ratio, rel=0.02) or aspect * ratio / glyph > 0.5
    assert sheet.middle[2] > box.high[2]


def test_the_frame_shows_its_label_over_any_viewer():
    page = scene_page.page(
        '<model-viewer src="a.glb"></model-viewer>', "甲 <b>", RULES, BILINGUAL, "<script></script>\n"
    )

    assert '<html lang="zh-CN">' in page
    assert "<title>甲 &lt;b&gt;</title>" in page
    assert 'role="note" aria-label="人工智能生成 / AI-generated"' in page
    assert '<span lang="en" class="second">AI-generated</span>' in page
    assert "<script" not in scene_page.frame("<canvas></canvas>", RULES, PLAIN)
    em = float(scene_page.frame("", RULES, PLAIN).partition("font-size: ")[2].partition("cqmin")[0])
    assert em / 100 * 0.9 >= RULES.glyph_height_ratio.value


def test_the_frame_is_a_page_with_a_label_to_our_reader(tmp_path: Path):
    path = tmp_path / "page.html"
    path.write_text(scene_page.framed("https://example.org/?a=1&b=2", "A scene", RULES, PLAIN), encoding="utf-8")

    assert "https://example.org/?a=1&amp;b=2" in path.read_text(encoding="utf-8")
    assert labeller("html").read(path, "html", RULES).wording == "人工智能生成"


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", " JavaScript:alert(1)", "data:text/html,x", "java\tscript:x"]
)
def test_no_script_is_framed(address: str):
    with pytest.raises(UsageError):
        scene_page.framed(address, "x", RULES, PLAIN)


def test_wordings_break_before_what_they_say():
    assert scene_plate._broken("人工智能生成", RULES)[:2] == ["人工智能生成", "人工智能\n生成"]
    assert scene_plate._broken("AI-generated", load("eu").label) == ["AI-generated", "AI-\ngenerated"]
