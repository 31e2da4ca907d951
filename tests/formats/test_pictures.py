"""What JPEG, PNG and WebP promise alike: the note as foreign readers see it, and everything else untouched."""

from __future__ import annotations

import io
import json
import subprocess
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageSequence

from overt.errors import FormatError, MediaError
from overt.formats import jpeg, jpeg_segments, png, png_chunks, riff, webp
from overt.formats.container import Container, Field, Note

JSON = (
    '{"Label":"1","ContentProducer":"00191110000000000000000000000","ProduceID":"a<b>&\'c","ReservedCode1":"",'
    '"ContentPropagator":"","PropagateID":"","ReservedCode2":"]]>"}'
)
NOTE = Note("AIGC", JSON, "http://www.tc260.org.cn/ns/AIGC/1.0/", "TC260")
CONTAINERS: dict[str, Container] = {"jpg": jpeg.CONTAINER, "png": png.CONTAINER, "webp": webp.CONTAINER}
PHOTOS = (
    "c2pa_adobe_I.jpg", "exif_nokia.jpg", "mdn_larch.jpg", "mdn_redpanda.jpg", "pyvips_hdr.jpg", "ai_tm_ufo.jpg",
    "ai_chatgpt-1.png", "compressai_stmalo.png", "skimage_chelsea.png", "kodim01.png",
)  # fmt: skip
# What has to change: lengths, the flag that says that there is XMP, and the sizes in a multi-picture index.
CHANGES = {"File:FileType", "RIFF:WebP_Flags", "MPImage1:MPImageLength", "MPImage2:MPImageStart"}


def superseded(found: Field) -> bool:
    return "AIGC" in found.key.upper() or '"AIGC"' in found.text


def put(container: Container, data: bytes, note: Note = NOTE) -> bytes:
    return container.put(data, note, superseded).apply(data)


def labels(container: Container, data: bytes) -> list[Field]:
    survey = container.survey(data)
    assert not survey.faults
    return [found for found in survey.fields if superseded(found)]


@cache
def drawn(kind: str) -> bytes:
    """Small pictures that no file beside the checkout shows."""
    picture = Image.linear_gradient("L").resize((33, 21)).convert("RGB")
    clear = picture.copy()
    clear.putalpha(90)
    profile = b"\0" * 128
    exif = Image.Exif()
    exif[0x010E] = "a gradient"
    out, name = io.BytesIO(), kind.rpartition(".")[2]
    if kind == "alpha.webp":
        clear.save(out, "WEBP", lossless=True)
    elif kind == "full.webp":
        packet = b'<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>'
        clear.save(out, "WEBP", icc_profile=profile, exif=exif.tobytes(), xmp=packet)
    elif kind == "moving.webp":
        picture.save(out, "WEBP", save_all=True, append_images=[picture.rotate(180)], duration=80)
    elif kind == "moving.png":
        picture.save(out, "PNG", save_all=True, append_images=[picture.rotate(180)], duration=80)
    elif kind == "palette.png":
        picture.quantize(7).save(out, "PNG", transparency=2)
    elif kind == "progressive.jpg":
        picture.save(out, "JPEG", progressive=True, exif=exif, comment="a comment")
    elif kind == "cmyk.jpg":
        picture.convert("CMYK").save(out, "JPEG")
    else:
        picture.save(out, {"jpg": "JPEG"}.get(name, name))
    return out.getvalue()


DRAWN = (
    "plain.jpg", "progressive.jpg", "cmyk.jpg", "plain.png", "palette.png", "moving.png",
    "plain.webp", "alpha.webp", "full.webp", "moving.webp",
)  # fmt: skip


def container_of(name: str) -> Container:
    return CONTAINERS[name.rpartition(".")[2]]


def source(media: Path, name: str) -> bytes:
    return drawn(name) if name in DRAWN else (media / "images" / name).read_bytes()


def exiftool(folder: Path) -> dict[str, dict[str, object]]:
    run = subprocess.run(["exiftool", "-j", "-G1", "-a", "-s", "-ee", str(folder)], capture_output=True, check=False)
    seen = json.loads(run.stdout)
    hidden = ("SourceFile", "System", "ExifTool:ExifToolVersion")
    return {
        Path(item["SourceFile"]).name: {key: value for key, value in item.items() if not key.startswith(hidden)}
        for item in seen
    }


@pytest.fixture(scope="module")
def seen(media: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict, dict]:
    """What exiftool says of every picture, before and after."""
    before, after = tmp_path_factory.mktemp("before"), tmp_path_factory.mktemp("after")
    for name in PHOTOS + DRAWN:
        data = source(media, name)
        (before / name).write_bytes(data)
        (after / name).write_bytes(put(container_of(name), data))
    return exiftool(before), exiftool(after)


@pytest.mark.parametrize("name", PHOTOS + DRAWN)
def test_exiftool_reads_the_note_byte_for_byte_and_all_else_as_before(seen, name):
    before, after = (dict(reading[name]) for reading in seen)
    assert after.pop("XMP-TC260:Aigc") == JSON
    assert not any("Warning" in key or "Error" in key for key in after.keys() - before.keys())
    changed = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    assert changed <= CHANGES


@pytest.mark.parametrize("name", PHOTOS + DRAWN)
def test_the_picture_is_untouched(media, name):
    data = source(media, name)
    marked = put(container_of(name), data)
    for old, new in zip(
        ImageSequence.Iterator(Image.open(io.BytesIO(data))),
        ImageSequence.Iterator(Image.open(io.BytesIO(marked))),
        strict=True,
    ):
        assert old.tobytes() == new.tobytes()
        assert old.info.get("icc_profile") == new.info.get("icc_profile")
        assert old.info.get("transparency") == new.info.get("transparency")


def samples(name: str, data: bytes) -> list[range]:
    """Where the compressed samples are."""
    if name.endswith("jpg"):
        found = jpeg_segments.layout(data)
        return [range(next(s.start for s in found.segments if s.marker == 0xDA), found.stop)]
    if name.endswith("png"):
        kinds = {b"IDAT", b"fdAT"}
        return [range(c.start, c.stop) for c in png_chunks.layout(data).chunks if c.kind in kinds]
    kinds = {b"VP8 ", b"VP8L", b"ALPH", b"ANMF"}
    return [range(c.header, c.stop) for c in riff.walk(data, 12, len(data)) if c.fourcc in kinds]


@pytest.mark.parametrize("name", PHOTOS + DRAWN)
def test_the_samples_are_kept_ranges_of_the_file(media, name):
    data = source(media, name)
    splice = container_of(name).put(data, NOTE, superseded)
    kept = [piece for piece in splice.pieces if isinstance(piece, range)]
    for part in samples(name, data):
        assert any(piece.start <= part.start and part.stop <= piece.stop for piece in kept)


@pytest.mark.parametrize("name", PHOTOS + DRAWN)
def test_there_is_one_note_and_writing_it_again_changes_nothing(media, name):
    container, data = container_of(name), source(media, name)
    marked = put(container, data)
    assert [(found.text, found.place, found.defects) for found in labels(container, marked)] == [
        (JSON, container.place, ())
    ]
    assert put(container, marked) == marked
    other = Note(NOTE.key, '{"Label":"2"}', NOTE.namespace, NOTE.prefix)
    again = put(container, marked, other)
    assert [found.text for found in labels(container, again)] == [other.text]
    assert put(container, again) == marked
    assert container.survey(memoryview(marked)) == container.survey(marked)


@pytest.mark.parametrize("name", DRAWN)
def test_a_file_cut_anywhere_is_never_taken_for_one_without_a_label(name):
    container, marked = container_of(name), put(container_of(name), drawn(name))
    end = marked.index(JSON.encode()[:30].replace(b"&", b"&amp;")) + 600
    for stop in range(0, len(marked), 1 if len(marked) < 1500 else 7):
        try:
            survey = container.survey(marked[:stop])
        except MediaError:
            continue
        if not (name.endswith("png") and marked[:stop].endswith(b"IEND\xaeB`\x82")):
            assert survey.faults, stop
        if stop > end:
            assert [found.text for found in survey.fields if superseded(found)] == [JSON]
        with pytest.raises(MediaError):
            container.put(marked[:stop], NOTE, superseded)


@pytest.mark.parametrize("suffix", CONTAINERS)
@settings(max_examples=150, deadline=None, derandomize=True)
@given(tail=st.binary(max_size=300))
def test_arbitrary_bytes_raise_only_media_errors(suffix, tail):
    container = CONTAINERS[suffix]
    start = {"jpg": b"\xff\xd8\xff", "png": png_chunks.SIGNATURE, "webp": b"RIFF\xff\0\0\0WEBPVP8X"}[suffix]
    for data in (tail, start + tail):
        tolerate(container, data)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    name=st.sampled_from(DRAWN),
    edits=st.lists(st.tuples(st.integers(0, 1 << 16), st.integers(0, 255)), min_size=1, max_size=6),
    cut=st.integers(0, 1 << 16),
)
def test_damaged_files_raise_only_media_errors(name, edits, cut):
    data = bytearray(put(container_of(name), drawn(name)))
    for place, value in edits:
        data[place % len(data)] = value
    tolerate(container_of(name), bytes(data))
    tolerate(container_of(name), bytes(data[: cut % len(data)]))


def tolerate(container: Container, data: bytes) -> None:
    """Survey and put; a file that could be written reads back as marked."""
    try:
        container.survey(data)
        marked = put(container, data)
    except MediaError:
        return
    assert JSON in [found.text for found in container.survey(marked).fields]
    assert put(container, marked) == marked


@pytest.mark.parametrize("name", ["plain.jpg", "plain.png", "plain.webp"])
def test_a_note_that_xml_cannot_hold_is_refused(name):
    bad = Note(NOTE.key, "a\0b", NOTE.namespace, NOTE.prefix)
    with pytest.raises(MediaError, match="XML cannot"):
        container_of(name).put(drawn(name), bad, superseded)


@pytest.mark.parametrize(("container", "head"), [(c, drawn(f"plain.{n}")[:4096]) for n, c in CONTAINERS.items()])
def test_each_knows_its_own(container, head):
    assert [other.sniff(head) > 0 for other in CONTAINERS.values()].count(True) == 1
    assert container.sniff(head) == 100
    assert not container.sniff(b"")
    with pytest.raises(FormatError):
        container.survey(b"GIF89a")
