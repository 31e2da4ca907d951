from __future__ import annotations

import io
import os
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pxr import Sdf, Usd, UsdGeom

from overt.errors import BudgetError, FormatError, MediaError, TruncatedError, UnsupportedError
from overt.formats import identify, usd_packing, usd_text, usda, usdc, usdz
from overt.formats.container import Container, Field, Note
from overt.formats.usd_crate import Crate

URI = "http://www.tc260.org.cn/ns/AIGC/1.0/"
JSON = '{"Label":"1","ContentProducer":"00191110000000000000000000000","ProduceID":"a-\\"b"}'
OLD = '{"Label":"2"}'
NOTE, OTHER_NOTE = Note("AIGC", JSON, URI, "TC260"), Note("AIGC", '{"Label":"3"}', URI, "TC260")
USDA, USDC, USDZ = usda.CONTAINER, usdc.CONTAINER, usdz.CONTAINER


def superseded(found: Field) -> bool:
    return "AIGC" in found.key.upper()


def put(container: Container, data: bytes, note: Note = NOTE) -> bytes:
    return container.put(data, note, superseded).apply(data)


def labels(container: Container, data: bytes) -> list[tuple[str, str]]:
    survey = container.survey(data)
    assert not survey.faults
    return [(found.place, found.text) for found in survey.fields if superseded(found)]


def layer(custom: dict[str, object] | None, *, comment: str = "") -> Sdf.Layer:
    """A layer with a few hundred prims, so that its sections are packed in earnest."""
    made = Sdf.Layer.CreateAnonymous(".usda")
    stage = Usd.Stage.Open(made)
    UsdGeom.SetStageUpAxis(stage, UsdGeom.Tokens.y)
    stage.SetDefaultPrim(UsdGeom.Xform.Define(stage, "/World").GetPrim())
    for number in range(150):
        box = UsdGeom.Cube.Define(stage, f"/World/Box{number}")
        box.AddTranslateOp().Set((number, number * 0.5, -number))
        box.GetPrim().SetMetadata("comment", f"box {number} 盒")
    made.documentation = "文档 docs"
    if comment:
        made.comment = comment
    if custom is not None:
        made.customLayerData = custom
    return made


CUSTOM: dict[str, dict[str, object] | None] = {
    "none": None,
    "other entries": {"keep": 3, "title": "标题", "deep": {"a": "b", "half": 2.5}},
    "a label": {"AIGC": OLD, "keep": 3},
    "a label further in": {"maker": {"aigc_info": OLD, "keep": "x"}, "keep": 3},
    "a label as a dictionary": {"AIGC": {"Label": "2"}, "keep": 3},
    "a label that is a number": {"AIGC": 2, "keep": 3},
    "several": {"AIGC": OLD, "aigc2": OLD, "z": {"AIGC": OLD}},
}


def without_labels(custom: dict[str, object] | None) -> dict[str, object]:
    return {
        key: without_labels(value) if isinstance(value, dict) else value
        for key, value in (custom or {}).items()
        if "AIGC" not in key.upper()
    }


def exported(made: Sdf.Layer, folder: Path, suffix: str) -> bytes:
    assert made.Export(str(folder / f"made.{suffix}"))
    return (folder / f"made.{suffix}").read_bytes()


def opened(data: bytes, folder: Path, suffix: str) -> Sdf.Layer:
    """As a stranger reads it; under a new name each time, since that reader keeps files by their names."""
    path = folder / f"{len(list(folder.iterdir()))}.{suffix}"
    path.write_bytes(data)
    found = Sdf.Layer.FindOrOpen(str(path))
    assert found
    return found


@pytest.mark.parametrize("what", CUSTOM)
@pytest.mark.parametrize("suffix", ["usda", "usdc"])
def test_a_stranger_reads_the_note_and_everything_else(what: str, suffix: str, tmp_path: Path):
    container = USDA if suffix == "usda" else USDC
    made = layer(CUSTOM[what])
    data = exported(made, tmp_path, suffix)
    new = put(container, data)
    found = opened(new, tmp_path, suffix)

    assert found.customLayerData == {**without_labels(CUSTOM[what]), "AIGC": JSON}
    assert labels(container, new) == [("customLayerData", JSON)]
    assert put(container, new) == new
    found.customLayerData = made.customLayerData = {}
    assert found.ExportToString() == made.ExportToString()
    again = put(container, put(container, new, OTHER_NOTE))
    assert opened(again, tmp_path, suffix).customLayerData["AIGC"] == JSON
    if suffix == "usdc":
        assert again == new
        assert new[24 : len(data)] == data[24:]


def test_the_note_survives_exports_to_other_forms(tmp_path: Path):
    data = exported(layer({"keep": 1}), tmp_path, "usdc")
    found = opened(put(USDC, data), tmp_path, "usdc")
    text = exported(found, tmp_path, "usda")
    binary = exported(opened(put(USDA, text), tmp_path, "usda"), tmp_path, "usdc")

    assert labels(USDA, text) == labels(USDC, binary) == [("customLayerData", JSON)]


def test_a_scene_saved_by_a_stranger_after_us_is_marked_again(tmp_path: Path):
    path = tmp_path / "scene.usdc"
    path.write_bytes(put(USDC, exported(layer({"keep": 1}), tmp_path, "usdc")))
    stage = Usd.Stage.Open(str(path))
    UsdGeom.Sphere.Define(stage, "/World/Ball")
    stage.GetRootLayer().Save()
    del stage
    saved = path.read_bytes()
    new = put(USDC, saved, OTHER_NOTE)

    assert labels(USDC, saved) == [("customLayerData", JSON)]
    assert opened(new, tmp_path, "usdc").GetPrimAtPath("/World/Ball")
    assert labels(USDC, new) == [("customLayerData", OTHER_NOTE.text)]
    assert put(USDC, new, OTHER_NOTE) == new


def test_texts_beside_the_note_are_told(tmp_path: Path):
    made = layer(CUSTOM["other entries"], comment="说明 comment")
    for container, suffix, name in ((USDA, "usda", "doc"), (USDC, "usdc", "documentation")):
        told = {(f.place, f.key): f.text for f in container.survey(exported(made, tmp_path, suffix)).fields}
        assert told["USD layer", "comment"] == "说明 comment"
        assert told["USD layer", name] == "文档 docs"
        assert told["customLayerData", "title"] == "标题"
        assert told["customLayerData", "a"] == "b"


def test_a_comment_that_is_a_label_goes(tmp_path: Path):
    made = layer(None, comment=f"AIGC{OLD}")
    for container, suffix in ((USDA, "usda"), (USDC, "usdc")):
        data = exported(made, tmp_path, suffix)
        new = container.put(data, NOTE, lambda found: "AIGC" in found.text + found.key).apply(data)
        found = opened(new, tmp_path, suffix)
        assert found.comment == ""
        assert found.customLayerData == {"AIGC": JSON}


VERSIONS = (
    "0.4.0",
    "0.5.0",
    "0.6.0",
    "0.7.0",
    "0.8.0",
    "0.9.0",
    "0.10.0",
    "0.11.0",
    "0.12.0",
    "0.13.0",
    "0.14.0",
    "0.15.0",
    "0.16.0",
)
_WRITE = "import sys; from pxr import Sdf; Sdf.Layer.FindOrOpen(sys.argv[1]).Export(sys.argv[2])"


@pytest.mark.parametrize("version", VERSIONS)
def test_each_version_of_the_binary_form(version: str, tmp_path: Path):
    exported(layer({"keep": 1}), tmp_path, "usda")
    command = [sys.executable, "-c", _WRITE, str(tmp_path / "made.usda"), str(tmp_path / "made.usdc")]
    subprocess.run(command, check=True, env={**os.environ, "USD_WRITE_NEW_USDC_FILES_AS_VERSION": version})
    data = (tmp_path / "made.usdc").read_bytes()
    assert ".".join(map(str, data[8:11])) == version

    assert opened(put(USDC, data), tmp_path, "usdc").customLayerData == {"keep": 1, "AIGC": JSON}


@pytest.mark.parametrize("version", [(0, 3, 0), (0, 17, 0), (1, 0, 0)])
def test_other_versions_are_refused_with_the_way_out(version: tuple[int, ...], tmp_path: Path):
    data = bytearray(exported(layer(None), tmp_path, "usdc"))
    data[8:11] = bytes(version)
    for use in (USDC.survey, lambda found: put(USDC, found)):
        with pytest.raises(UnsupportedError, match="version") as caught:
            use(bytes(data))
        assert "usdcat" in caught.value.diagnostics().en


TEXTS = {
    "no metadata": '#usda 1.0\n\ndef Xform "W" {}\n',
    "the first line alone": "#usda 1.0",
    "empty metadata": '#usda 1.0\n()\ndef Xform "W" {}\n',
    "on one line": '#usda 1.0\n(defaultPrim = "W"; metersPerUnit = 0.01)\ndef Xform "W" {}\n',
    "a dictionary on one line": '#usda 1.0\n(customLayerData = { string AIGC = "x"; string b = "c" })\n',
    "an empty dictionary": "#usda 1.0\n(\n    customLayerData = {}\n)\n",
    "Windows": '#usda 1.0\r\n(\r\n    "comment"\r\n    upAxis = "Y"\r\n)\r\n',
    "everything": (
        '#usda 1.0\n(\n  """several\n " lines"""\n  subLayers = [ @a.usda@ (offset = 10; scale = 2), @b.usda@ ]\n'
        "  customLayerData = {\n    dictionary Creator = { string aigc_x = 'no'\n double[] q = [1, 2]\n"
        ' asset a = @x.png@\n token "a:b" = "tok" }\n    string AIGC = """{"Label":\n"2"}"""\n  }\n'
        '  # a comment ) with } brackets\n  /* and ( another */\n  upAxis = "Y"\n  startTimeCode = 1\n)\n'
    ),
}


@pytest.mark.parametrize("what", TEXTS)
def test_the_text_form_is_edited_in_its_layout(what: str):
    data = TEXTS[what].encode()
    new = put(USDA, data)
    found = Sdf.Layer.CreateAnonymous(".usda")

    assert found.ImportFromString(new.decode())
    assert found.customLayerData["AIGC"] == JSON
    assert put(USDA, new) == new
    assert labels(USDA, new) == [("customLayerData", JSON)]
    old = [line for line in data.split(b"\n") if b"AIGC" not in line and b"aigc" not in line and b"{}" not in line]
    for line in old[4:] if what == "everything" else ():
        assert line.strip() in new or b'"2"' in line


def test_a_long_text_file_is_not_read_to_its_end():
    data = b'#usda 1.0\n(\n    upAxis = "Y"\n)\n' + b"\xff\xfe broken {" * 1_000_000
    splice = USDA.put(data, NOTE, superseded)
    assert splice.pieces[-1] == range(splice.pieces[-1].start, len(data))
    assert sum(isinstance(piece, range) for piece in splice.pieces) == 2


BROKEN_TEXT: dict[str, tuple[bytes, type[MediaError]]] = {
    "another first line": (b"#sdf 1.4.32\n", FormatError),
    "metadata without end": (b'#usda 1.0\n(\n  upAxis = "Y"\n', TruncatedError),
    "a string without end": (b'#usda 1.0\n(\n  upAxis = "Y\n)', FormatError),
    "a dictionary without end": (b"#usda 1.0\n(\n customLayerData = {\n string a = 'b'\n)", FormatError),
    "no value": (b"#usda 1.0\n(\n  upAxis = )\n", FormatError),
    "no dictionary": (b"#usda 1.0\n(\n  customLayerData = 3\n)\n", FormatError),
    "two dictionaries": (b"#usda 1.0\n(\n  customLayerData = {}\n  customLayerData = {}\n)\n", FormatError),
    "a nesting bomb": (b"#usda 1.0\n(\n" + b"customLayerData = {" * 100_000, BudgetError),
    "a comment without end": (b"#usda 1.0\n(\n a = [" + b"/* " * (1 << 20), TruncatedError),
    "entries without end": (b"#usda 1.0\n(\n" + b"a = 1\n" * 20_000 + b")\n", BudgetError),
    "long metadata": (b"#usda 1.0\n(\n a = [" + b"1," * (3 << 20) + b"]\n)\n", BudgetError),
}


@pytest.mark.parametrize("what", BROKEN_TEXT)
def test_broken_text_is_refused(what: str):
    data, error = BROKEN_TEXT[what]
    with pytest.raises(error) as caught:
        put(USDA, data)
    assert caught.value.diagnostics().zh


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=80))
@example("\\'\"\n\t\x7f\x01é漢\U0001f600")
def test_any_text_survives_in_the_text_form(text: str):
    assert usd_text.unquoted(usd_text.quoted(text)) == text
    found = Sdf.Layer.CreateAnonymous(".usda")
    assert found.ImportFromString(put(USDA, b"#usda 1.0\n", Note("AIGC", text, URI, "TC260")).decode())
    assert found.customLayerData["AIGC"] == text


@given(text=st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=400))
def test_any_text_survives_in_the_binary_form(binary: bytes, text: str):
    note = Note("AIGC", text, URI, "TC260")
    new = put(USDC, binary, note)
    assert labels(USDC, new) == [("customLayerData", text)]
    assert put(USDC, new, note) == new


def test_what_usd_cannot_hold_is_refused(binary: bytes):
    for text in ("a\0b", "a\ud800"):
        for container, data in ((USDA, b"#usda 1.0\n"), (USDC, binary)):
            with pytest.raises(UnsupportedError):
                put(container, data, Note("AIGC", text, URI, "TC260"))


@pytest.fixture(scope="module")
def binary(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return exported(layer(CUSTOM["several"]), tmp_path_factory.mktemp("binary"), "usdc")


@given(data=st.data())
def test_mutated_binary_files_raise_our_errors_alone(binary: bytes, data: st.DataObject):
    sample = data.draw(st.sampled_from([binary, put(USDC, binary)]))
    broken = bytearray(sample)
    start = min(section.start for section in Crate(binary).sections)
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.one_of(st.integers(start, len(sample) - 1), st.integers(0, 87)))
        broken[at] = data.draw(st.integers(0, 255))
    del broken[data.draw(st.one_of(st.just(len(broken)), st.integers(0, len(broken)))) :]
    _only_our_errors(USDC, bytes(broken))


def _only_our_errors(container: Container, data: bytes) -> None:
    container.sniff(data[:4096])
    for use in (container.survey, lambda found: container.put(found, NOTE, superseded).apply(found)):
        try:
            use(data)
        except MediaError:
            continue


@given(st.binary(max_size=300), st.sampled_from([b"", b"#usda 1.0\n(", b"PXR-USDC\0\x08\0\0\0\0\0\0", b"PK\3\4"]))
def test_any_bytes_raise_our_errors_alone(data: bytes, head: bytes):
    for container in (USDA, USDC, USDZ):
        _only_our_errors(container, head + data)


@given(st.sampled_from(sorted(TEXTS)), st.data())
def test_mutated_texts_raise_our_errors_alone(what: str, data: st.DataObject):
    broken = bytearray(TEXTS[what].encode())
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(6, len(broken)))
        broken[at : at + data.draw(st.integers(0, 4))] = data.draw(
            st.sampled_from([b'"', b"'", b"{", b")", b"=", b"@", b"\xff", b";"])
        )
    _only_our_errors(USDA, bytes(broken))


def test_sections_of_four_gigabytes_and_loops_are_refused(binary: bytes):
    toc = int.from_bytes(binary[16:24], "little")
    for offset, value in ((16, 1 << 62), (toc, 1 << 40), (toc + 8 + 16, 1 << 63), (toc + 8 + 24, 0xFFFFFFFF)):
        broken = bytearray(binary)
        if offset == 16:
            broken[16:24] = struct.pack("<Q", value)
        else:
            broken[offset : offset + 8] = struct.pack("<Q", value)
        with pytest.raises(FormatError):
            USDC.survey(bytes(broken))
    tokens = Crate(binary).section(b"TOKENS").start
    for count in (1 << 40, 5):
        broken = bytearray(binary)
        broken[tokens : tokens + 8] = struct.pack("<Q", count)
        survey = USDC.survey(bytes(broken))
        assert survey.faults
        with pytest.raises(MediaError):
            put(USDC, bytes(broken))


def test_a_dictionary_in_itself_ends(binary: bytes):
    crate = Crate(binary)
    rep = next(rep for _, name, rep in crate.layer() if name == "customLayerData")
    broken = bytearray(binary)
    at = rep & (1 << 48) - 1
    broken[at + 12 + 8 : at + 12 + 16] = struct.pack("<Q", rep)
    broken[at + 8 + 4 : at + 8 + 12] = struct.pack("<q", 8)
    broken[at + 8 : at + 12] = struct.pack("<I", 3)
    _only_our_errors(USDC, bytes(broken))


@given(st.lists(st.integers(-(1 << 31), (1 << 31) - 1), max_size=200))
@example([0] * 50 + [1 << 30, -(1 << 31), (1 << 31) - 1])
def test_integers_survive_packing(values: list[int]):
    packed = usd_packing.packed_integers(np.array(values, np.int32))
    assert usd_packing.integers(packed, len(values)).tolist() == values


@given(st.binary(max_size=2000))
def test_bytes_survive_packing(data: bytes):
    assert usd_packing.unpacked(usd_packing.packed(data), len(data)) == data


@given(st.binary(max_size=100), st.integers(0, 10_000))
def test_any_packed_bytes_raise_our_errors_alone(data: bytes, size: int):
    for use in (usd_packing.unpacked, usd_packing.integers):
        try:
            use(data, size)
        except MediaError:
            continue


def test_a_packing_bomb_is_over_budget():
    with pytest.raises(BudgetError):
        usd_packing.unpacked(b"\0\x1fa\1\0" + b"\xff" * 1000, 1 << 40)
    with pytest.raises(FormatError):
        usd_packing.unpacked(b"\0\x1fa\1\0" + b"\xff" * 100_000 + b"\0", 1000)


def package(folder: Path, *files: tuple[str, bytes]) -> bytes:
    target = folder / f"package{len(list(folder.iterdir()))}.usdz"
    with Sdf.ZipFileWriter.CreateNew(str(target)) as writer:
        for name, body in files:
            (folder / Path(name).name).write_bytes(body)
            writer.AddFile(str(folder / Path(name).name), name)
    return target.read_bytes()


PICTURE = b"\x89PNG" + bytes(range(256)) * 5


@pytest.mark.parametrize("suffix", ["usda", "usdc"])
def test_a_package_stays_aligned_and_sound(suffix: str, tmp_path: Path):
    first = exported(layer(CUSTOM["a label"]), tmp_path, suffix)
    other = exported(layer({"AIGC": OLD, "keep": 1}), tmp_path, "usda")
    data = package(tmp_path, (f"scene.{suffix}", first), ("tex/a b.png", PICTURE), ("more/other.usda", other))
    assert identify(data).name == "usdz"
    new = put(USDZ, data)
    target = tmp_path / "out.usdz"
    target.write_bytes(new)

    assert labels(USDZ, new) == [("customLayerData", JSON)]
    assert len(labels(USDZ, data)) == 2
    assert put(USDZ, new) == new
    with zipfile.ZipFile(io.BytesIO(new)) as archive:
        assert archive.testzip() is None
        assert archive.read("tex/a b.png") == PICTURE
        assert all(info.compress_type == zipfile.ZIP_STORED for info in archive.infolist())
    files = Sdf.ZipFile.Open(str(target))
    assert files.GetFileNames() == [f"scene.{suffix}", "tex/a b.png", "more/other.usda"]
    assert all(files.GetFileInfo(name).dataOffset % 64 == 0 for name in files.GetFileNames())
    stage = Usd.Stage.Open(str(target))
    assert stage.GetRootLayer().customLayerData == {"AIGC": JSON, "keep": 3}
    assert stage.GetPrimAtPath("/World/Box7")
    pieces = USDZ.put(data, NOTE, superseded).pieces
    picture = data.index(PICTURE)
    assert any(
        isinstance(piece, range) and picture in piece and picture + len(PICTURE) - 1 in piece for piece in pieces
    )


def _zip(*files: tuple[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, body in files:
            archive.writestr(name, body)
    return out.getvalue()


def test_a_package_that_breaks_the_rules_is_read_and_not_written():
    layer_text = b'#usda 1.0\n(\n customLayerData = { string AIGC = "x" }\n)\n'
    packed = _zip(("a.usda", layer_text), method=zipfile.ZIP_DEFLATED)
    assert labels(USDZ, packed) == [("customLayerData", "x")]
    with pytest.raises(UnsupportedError, match="compressed"):
        put(USDZ, packed)
    with pytest.raises(FormatError, match="first"):
        put(USDZ, _zip(("t.png", PICTURE), ("a.usda", layer_text)))
    unaligned = put(USDZ, _zip(("a.usda", layer_text), ("t.png", PICTURE)))
    with zipfile.ZipFile(io.BytesIO(unaligned)) as archive:
        assert archive.testzip() is None
    assert unaligned.index(PICTURE) % 64 == 0


def test_a_broken_layer_in_a_package_could_not_be_told():
    survey = USDZ.survey(_zip(("a.usda", b"#usda 1.0\n(\n"), ("b.usdc", b"PXR-USDC")))
    assert [fault.place for fault in survey.faults] == ["customLayerData", "b.usdc customLayerData"]


@given(data=st.data())
def test_mutated_packages_raise_our_errors_alone(data: st.DataObject):
    sample = put(USDZ, _zip(("a.usda", TEXTS["everything"].encode()), ("t.png", PICTURE)))
    broken = bytearray(sample)
    for _ in range(data.draw(st.integers(1, 5))):
        broken[data.draw(st.integers(0, len(broken) - 1))] = data.draw(st.integers(0, 255))
    del broken[data.draw(st.one_of(st.just(len(broken)), st.integers(0, len(broken)))) :]
    _only_our_errors(USDZ, bytes(broken))


FORMS: dict[str, Callable[[], bytes]] = {
    "usda": lambda: b"#usda 1.0\n", "usdc": lambda: b"PXR-USDC" + bytes(80), "usdz": lambda: _zip(("a.usdc", b"x")),
}  # fmt: skip


@pytest.mark.parametrize("kind", FORMS)
def test_each_form_is_told_by_its_bytes(kind: str):
    assert identify(FORMS[kind](), "scene.usd").name == kind
