from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import pygltflib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overt.errors import BudgetError, FormatError, MediaError, TruncatedError, UnsupportedError
from overt.formats import glb as glb_module
from overt.formats import gltf as gltf_module
from overt.formats import gltf_json, identify, json_text
from overt.formats.container import Container, Field, Note
from scenes import document, geometry, glb, gltf

URI = "http://www.tc260.org.cn/ns/AIGC/1.0/"
JSON = '{"Label":"1","ContentProducer":"00191110000000000000000000000","ProduceID":"a-\\"b"}'
OLD = '{"Label":"2"}'
NOTE = Note("AIGC", JSON, URI, "TC260")
GLTF, GLB = gltf_module.CONTAINER, glb_module.CONTAINER


def superseded(found: Field) -> bool:
    return "AIGC" in found.key.upper()


def put(container: Container, data: bytes) -> bytes:
    return container.put(data, NOTE, superseded).apply(data)


def labels(container: Container, data: bytes) -> list[tuple[str, str]]:
    survey = container.survey(data)
    assert not survey.faults
    return [(found.place, found.text) for found in survey.fields if superseded(found)]


PACKETS = {
    "KHR_xmp_json_ld": {
        "packets": [
            {"@context": {"dc": "http://purl.org/dc/elements/1.1/", "t": URI}, "dc:format": "x", "t:AIGC": OLD},
            {"@context": [{"dc": "http://purl.org/dc/elements/1.1/"}], f"{URI}AIGC": {"@value": OLD}, "dc:title": "T"},
        ]
    }
}
LABELLED: dict[str, tuple[dict[str, Any], list[tuple[str, str]]]] = {
    "extras": ({"extras": {"AIGC": OLD, "keep": 1}}, [("glTF extras", OLD)]),
    "an object in extras": ({"extras": {"keep": 1, "AIGC": {"Label": "2"}}}, [("glTF extras", OLD)]),
    "deep in extras": ({"extras": {"a": [{"b": {"aigc_info": OLD, "keep": 1}}]}}, [("glTF extras", OLD)]),
    "asset extras": ({"asset": {"version": "2.0", "extras": {"AIGC": OLD}}}, [("glTF asset extras", OLD)]),
    "extras of the scene": ({"scenes": [{"extras": {"AIGC": OLD, "keep": []}}]}, [("glTF scenes extras", OLD)]),
    "extras in extras": ({"extras": {"extras": {"AIGC": OLD, "keep": 1}}}, [("glTF extras", OLD)]),
    "XMP": ({"extensions": PACKETS}, [("KHR_xmp_json_ld", OLD), ("KHR_xmp_json_ld", OLD)]),
    "everywhere": (
        {"extensions": PACKETS, "extras": {"AIGC": OLD, "aigc2": OLD}, "nodes": [{"extras": {"AIGC": OLD}}]},
        [("glTF nodes extras", OLD), ("glTF extras", OLD), ("glTF extras", OLD)] + [("KHR_xmp_json_ld", OLD)] * 2,
    ),
}


@pytest.mark.parametrize("what", LABELLED)
@pytest.mark.parametrize("indent", [None, 2])
def test_a_label_is_found_where_others_put_it_and_replaced(what: str, indent: int | None):
    more, found = LABELLED[what]
    scene = document(**more)
    for container, data in ((GLTF, gltf(scene, indent)), (GLB, glb(json.dumps(scene, indent=indent).encode()))):
        assert sorted(labels(container, data)) == sorted(found)
        new = put(container, data)

        assert labels(container, new) == [("glTF extras", JSON)]
        assert put(container, new) == new
    after = json.loads(put(GLTF, gltf(scene, indent)))
    kept = json.dumps(scene).count('"keep"')
    assert json.dumps(after).count('"keep"') == kept


@pytest.mark.parametrize("indent", [None, 1, 4])
def test_everything_else_stays_byte_for_byte(indent: int | None):
    data = gltf(indent=indent)
    new = put(GLTF, data)
    at = next(index for index, (old, other) in enumerate(zip(data, new, strict=False)) if old != other)
    inserted = len(new) - len(data)

    assert new[:at] + new[at + inserted :] == data
    assert json.loads(new)["extras"] == {"AIGC": JSON}
    assert {**json.loads(new), "extras": None} == {**json.loads(data), "extras": None}


def test_numbers_duplicates_and_escapes_are_not_written_anew():
    data = b'{"asset":{"version":"2.0"},"a":1.10E+2,"a":1e5,"s":"\\u4e2d\\/","extras" : { } }\n'
    new = put(GLTF, data)

    assert new.startswith(b'{"asset":{"version":"2.0"},"a":1.10E+2,"a":1e5,"s":"\\u4e2d\\/","extras" : {"AIGC":')
    assert new.endswith(b"} }\n")


def test_a_byte_order_mark_stays_and_does_not_disturb():
    data = b"\xef\xbb\xbf" + gltf()
    assert identify(data).name == "gltf"
    assert put(GLTF, data).startswith(b"\xef\xbb\xbf{")
    assert labels(GLTF, put(GLTF, data)) == [("glTF extras", JSON)]


def test_an_independent_reader_shows_the_note(tmp_path: Path):
    for name, data in (("a.gltf", put(GLTF, gltf())), ("a.glb", put(GLB, glb(document())))):
        (tmp_path / name).write_bytes(data)
        scene = pygltflib.GLTF2().load(str(tmp_path / name))

        assert scene.extras["AIGC"] == JSON
        assert scene.accessors[0].max == [0.5, 1.0, 0.5]
        if name.endswith("glb"):
            assert scene.binary_blob() == geometry()


def test_the_binary_chunk_and_unknown_chunks_are_kept_ranges():
    data = glb(document(), None, (b"XTRA", b"12345678"))
    splice = GLB.put(data, NOTE, superseded)
    new = splice.apply(data)
    size, length = struct.unpack_from("<I", new, 8)[0], struct.unpack_from("<I", new, 12)[0]

    assert [type(piece) for piece in splice.pieces] == [bytes, range]
    assert size == len(new)
    assert length % 4 == 0
    assert new.endswith(data[data.index(b"BIN\0") - 4 :])
    assert new[20 + length - 1 : 20 + length] in (b" ", b"}")


def test_what_lies_behind_the_declared_length_stays_there():
    data = glb(document()) + b"tail"
    new = put(GLB, data)
    assert new.endswith(b"tail")
    assert struct.unpack_from("<I", new, 8)[0] == len(new) - 4


def test_zero_padding_of_older_exporters_becomes_spaces():
    text = json.dumps(document()).encode()
    data = glb(text + b"\0" * (-len(text) % 4 + 4))
    assert labels(GLB, put(GLB, data)) == [("glTF extras", JSON)]
    assert put(GLB, put(GLB, data)) == put(GLB, data)


def test_texts_are_told_with_their_namespaces():
    fields = GLTF.survey(json.dumps(document(extensions=PACKETS, extras={"title": "\ud800x"})).encode()).fields
    assert Field("KHR_xmp_json_ld", "format", "x", "http://purl.org/dc/elements/1.1/") in fields
    assert Field("glTF asset", "generator", "overt tests") in fields
    assert Field("glTF extras", "title", "?x") in fields


BROKEN = {
    "no JSON": (b"{]", FormatError),
    "an array": (b"[1]", FormatError),
    "NaN": (b'{"asset":{"version":"2.0"},"a":NaN}', FormatError),
    "two objects": (b'{"asset":{"version":"2.0"}}{}', FormatError),
    "no version": (b'{"asset":{}}', FormatError),
    "asset twice": (b'{"asset":{"version":"2.0"},"asset":{"version":"2.0"}}', FormatError),
    "extras twice": (b'{"asset":{"version":"2.0"},"extras":{},"extras":{}}', FormatError),
    "extras that are no object": (b'{"asset":{"version":"2.0"},"extras":[1]}', UnsupportedError),
    "glTF 1": (b'{"asset":{"version":"1.0"}}', UnsupportedError),
    "UTF-16": ('{"asset":{"version":"2.0"}}'.encode("utf-16"), FormatError),
    "a nesting bomb": (b'{"asset":{"version":"2.0"},"a":' + b"[" * 200_000, BudgetError),
    "nested extras": (b'{"asset":{"version":"2.0"},"extras":' + b'{"a":' * 20 + b"1" + b"}" * 21, BudgetError),
    "a number without end": (b'{"asset":{"version":"2.0"},"a":' + b"1" * 5000 + b"}", FormatError),
    "cut off": (b'{"asset":{"version":"2.0"}', FormatError),
}


@pytest.mark.parametrize("what", BROKEN)
def test_what_cannot_be_marked_is_refused(what: str):
    data, error = BROKEN[what]
    with pytest.raises(error) as caught:
        put(GLTF, data)
    assert caught.value.diagnostics().zh
    with pytest.raises(error):
        put(GLB, glb(data))


def test_what_is_nested_too_deeply_could_not_be_told():
    survey = GLTF.survey(BROKEN["nested extras"][0])
    assert survey.faults


def _header(version: int, length: int, *rest: bytes) -> bytes:
    return b"glTF" + struct.pack("<II", version, length) + b"".join(rest)


BROKEN_GLB = {
    "no header": (b"glTF\2\0\0", TruncatedError),
    "another magic": (b"glTX" + bytes(20), FormatError),
    "version 1": (_header(1, 20, bytes(8)), UnsupportedError),
    "cut off": (glb(document())[:-8], TruncatedError),
    "a length of 4 GB": (_header(2, 0xFFFFFFFF, bytes(8)), TruncatedError),
    "a chunk of 4 GB": (_header(2, 28, struct.pack("<I", 0xFFFFFFFF), b"JSON", b"{}      "), TruncatedError),
    "the binary first": (_header(2, 28, struct.pack("<I", 8), b"BIN\0", bytes(8)), FormatError),
    "chunks without end": (glb(document(), None, *[(b"ABCD", b"")] * 2000), FormatError),
}


@pytest.mark.parametrize("what", BROKEN_GLB)
def test_a_broken_glb_is_refused(what: str):
    data, error = BROKEN_GLB[what]
    for use in (GLB.survey, lambda data: GLB.put(data, NOTE, superseded)):
        with pytest.raises(error):
            use(data)


def test_a_long_json_is_over_budget_and_told_the_way_out(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(gltf_json, "JSON_LIMIT", 1000)
    with pytest.raises(BudgetError) as caught:
        GLTF.survey(gltf())
    assert "GLB" in caught.value.diagnostics().en


def test_it_is_told_from_other_json():
    assert identify(gltf()).name == "gltf"
    assert identify(gltf(indent=None)).name == "gltf"
    late = {"accessors": document()["accessors"] * 60, **document()}
    assert identify(json.dumps(late).encode()).name == "gltf"
    assert identify(glb(document())).name == "glb"
    assert GLTF.sniff(b'{"asset": "no scene"}') == 0
    assert GLTF.sniff(b'{"nodes": [1, 2]}') == 0


@given(st.text(max_size=60), st.sampled_from([None, 2]))
def test_any_text_survives(text: str, indent: int | None):
    data = gltf(indent=indent)
    note = Note("AIGC", text, URI, "TC260")
    new = GLTF.put(data, note, superseded).apply(data)
    assert labels(GLTF, new) == [("glTF extras", text)]
    assert GLTF.put(new, note, superseded).apply(new) == new


SAMPLES = {
    "gltf": (GLTF, gltf(document(**LABELLED["everywhere"][0]))),
    "glb": (GLB, glb(document(extras={"AIGC": OLD}))),
}


@given(st.sampled_from(sorted(SAMPLES)), st.data())
def test_mutated_files_raise_our_errors_alone(kind: str, data: st.DataObject):
    container, sample = SAMPLES[kind]
    broken = bytearray(sample)
    for _ in range(data.draw(st.integers(1, 6))):
        broken[data.draw(st.integers(0, len(broken) - 1))] = data.draw(st.integers(0, 255))
    del broken[data.draw(st.integers(0, len(broken))) :]
    for use in (container.survey, lambda found: container.put(found, NOTE, superseded).apply(found)):
        try:
            use(bytes(broken))
        except MediaError:
            continue


@given(st.binary(max_size=200))
def test_any_bytes_raise_our_errors_alone(data: bytes):
    for container in (GLTF, GLB):
        container.sniff(data)
        for use in (container.survey, lambda found, it=container: it.put(found, NOTE, superseded)):
            try:
                use(data)
            except MediaError:
                continue


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=8,
    ),
    st.sampled_from([None, 1]),
)
def test_spans_are_those_of_the_json(value: Any, indent: int | None):
    text = json.dumps({"a": value, "b": 1}, indent=indent)
    found = json_text.document(text)
    assert [(part.key, part.value) for part in found.parts] == [("a", value), ("b", 1)]
    assert json.loads(text[found.parts[0].at : found.parts[0].stop]) == value
    assert json.loads(json_text.applied(text, found.without([found.parts[0]]))) == {"b": 1}
    assert json.loads(json_text.applied(text, [found.appended(text, ['"c":2'])]))["c"] == 2
