"""Traces of synthesis in a file's metadata (formats/marks.md 3.1 and 3.5): what is said, and how strongly."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from overt.formats import Field, Survey, identify
from overt.inspection import Inspector
from overt.marks import trace
from overt.marks.examine import KINDS, examine
from overt.media.budget import INSPECTION

BASE = "http://cv.iptc.org/newscodes/digitalsourcetype/"
EXT = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"


def said(fields: list[Field]) -> list[tuple[str, str]]:
    found = trace.readings(Survey(tuple(fields)), "XMP")
    return [(reading.values["name"], reading.values["strength"]) for reading in found if reading.state == "found"]


def note(key: str, text: str, place: str = "PNG tEXt") -> list[Field]:
    return [Field(place, key, text)]


GENERATORS = {
    "SD-WebUI": (
        note("parameters", "a cat\nNegative prompt: dog\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1"),
        "sd-webui-parameters",
        "generator",
    ),
    "ComfyUI prompt": (
        note("prompt", '{"3": {"inputs": {"seed": 1}, "class_type": "KSampler"}}'), "comfyui-prompt", "generator",
    ),
    "ComfyUI workflow": (
        note("workflow", '{"last_node_id": 9, "nodes": []}'), "comfyui-workflow", "generator",
    ),
    "Higgsfield": (note("hf-job-id", "6b1d"), "higgsfield-job", "generator"),
    "Ideogram": (note("Make", "Ideogram AI", "EXIF Make"), "ideogram", "generator"),
    "ByteDance": (
        note("ImageDescription", '{"aigc_info":{"aigc_label_type":0}}', "EXIF ImageDescription"),
        "bytedance-aigc-info",
        "generator",
    ),
    "Tencent Cloud": (
        note("ImageDescription", '{"ServiceProvider":"x","ServiceUser":"y"}', "EXIF ImageDescription"),
        "tencent-cloud-provider",
        "hint",
    ),
    "Grok": (
        [
            *note("ImageDescription", "Signature: " + "Ab3/" * 20, "EXIF ImageDescription"),
            *note("Artist", "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "EXIF Artist"),
        ],
        "grok-signature",
        "generator",
    ),
    "Google": (note("Credit", "Edited with Google AI", "XMP"), "google-ai-credit", "states-ai"),
    "Apple": (note("Credit", "Apple Image Playground", "XMP"), "apple-image-playground", "states-ai"),
    "IPTC 2025.1": ([Field("XMP", "AISystemUsed", "DALL-E via Bing", EXT)], "iptc-ai-system", "states-ai"),
    "a program's name": (note("Software", "Stable Diffusion 3", "EXIF Software"), "generator-named", "generator"),
}  # fmt: skip


@pytest.mark.parametrize(("fields", "name", "strength"), GENERATORS.values(), ids=GENERATORS)
def test_what_generators_leave_is_named(fields: list[Field], name: str, strength: str):
    assert (name, strength) in said(fields)


ORDINARY = {
    "a camera": [*note("Make", "Canon", "EXIF Make"), *note("Software", "Adobe Photoshop 25", "EXIF Software")],
    "half of Grok's pair": note("Artist", "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "EXIF Artist"),
    "a caption about AI": note("Description", "A talk about Midjourney and Stable Diffusion"),
    "parameters of another program": note("parameters", "width=3 height=4"),
    "a credit": note("Credit", "Reuters", "XMP"),
    "a Spanish program": note("Software", "Imagenes 2.0"),
    "an encoder": note("encoder", "Lavf59.27.100", "moov/udta/meta/ilst"),
}


@pytest.mark.parametrize("fields", ORDINARY.values(), ids=ORDINARY)
def test_ordinary_metadata_accuse_nobody(fields: list[Field]):
    assert said(fields) == []


SOURCE_TYPES = {
    "the address": (BASE + "trainedAlgorithmicMedia", "states-ai", set()),
    "https": (BASE.replace("http", "https") + "compositeWithTrainedAlgorithmicMedia", "states-ai", set()),
    "a bare code": ("trainedAlgorithmicMedia", "states-ai", {"source-type-bare"}),
    "C2PA's own": ("http://c2pa.org/digitalsourcetype/trainedAlgorithmicData", "states-ai", set()),
    "a camera": (BASE + "digitalCapture", "other", set()),
    "a retired code": (BASE + "digitalArt", "other", {"source-type-retired"}),
    "no code at all": (BASE + "madeUp", "hint", {"source-type-unknown"}),
}


@pytest.mark.parametrize(("value", "strength", "defects"), SOURCE_TYPES.values(), ids=SOURCE_TYPES)
def test_iptc_digital_source_types(value: str, strength: str, defects: set[str]):
    (reading,) = trace.readings(Survey((Field("XMP", "DigitalSourceType", value, EXT),)), "XMP")

    assert reading.values["strength"] == strength
    assert {defect.name for defect in reading.defects} == defects
    assert value in trace.told(reading.values).en


PAGES = {
    "JSON-LD": '<script type="application/ld+json">{"@graph":[{"image":{"digitalSourceType":'
    '{"@id":"https://schema.org/TrainedAlgorithmicMediaDigitalSource"}}}]}</script>',
    "microdata in a link": '<link itemprop="digitalSourceType" '
    'href="https://schema.org/TrainedAlgorithmicMediaDigitalSource">',
    "microdata in a meta": '<meta itemprop="digitalSourceType" content="TrainedAlgorithmicMediaDigitalSource">',
}


@pytest.mark.parametrize("markup", PAGES.values(), ids=PAGES)
def test_schema_org_in_a_page(markup: str):
    page = f"<!DOCTYPE html><html><head><meta charset='utf-8'>{markup}</head><body></body></html>".encode()

    (reading,) = trace.readings(identify(page).survey(page), "HTML meta")

    assert (reading.values["code"], reading.values["strength"]) == ("trainedAlgorithmicMedia", "states-ai")
    assert reading.defects == ()


def test_an_xmp_source_type_that_exiftool_wrote_gives_suspected(media: Path, tmp_path: Path, stranger: Inspector):
    photo = tmp_path / "photo.jpg"
    photo.write_bytes((media / "images" / "mdn_larch.jpg").read_bytes())
    subprocess.run(
        ["exiftool", "-q", "-overwrite_original", f"-XMP-iptcExt:DigitalSourceType={BASE}trainedAlgorithmicMedia",
         photo],
        check=True,
    )  # fmt: skip

    answer = stranger.inspect(photo)

    assert answer.verdict.kind == "suspected"
    assert any("trainedAlgorithmicMedia" in reason.text.en for reason in answer.verdict.reasons)


def test_a_hint_alone_is_no_ground(media: Path, tmp_path: Path):
    picture = tmp_path / "p.png"
    info = PngInfo()
    info.add_text("postprocessing", "Postprocess upscale by: 4, Postprocess upscaler: R-ESRGAN")
    with Image.open(media / "images" / "skimage_chelsea.png") as source:
        source.save(picture, pnginfo=info)
    with Inspector(kinds=("metadata", "trace")) as inspector:
        answer = inspector.inspect(picture)

    assert [reading.state for reading in answer.examination.readings] == ["absent", "found"]
    assert answer.verdict.kind == "none"


def test_a_camera_and_a_label_contradict_each_other(media: Path, tmp_path: Path, stranger: Inspector):
    photo = tmp_path / "photo.jpg"
    photo.write_bytes((media / "images" / "mdn_larch.jpg").read_bytes())
    subprocess.run(
        ["exiftool", "-q", "-overwrite_original", f"-XMP-iptcExt:DigitalSourceType={BASE}digitalCapture",
         '-UserComment={"AIGC":{"Label":"1","ContentProducer":"P","ProduceID":"x"}}', photo],
        check=True,
    )  # fmt: skip

    answer = stranger.inspect(photo)

    assert answer.verdict.kind == "confirmed"
    assert [each.name for each in answer.verdict.contradictions] == ["source-type-differs"]


def test_the_kind_can_be_asked_for():
    assert "trace" in KINDS


@pytest.mark.parametrize("row", trace.table(), ids=lambda row: row.name)
def test_every_row_is_sourced_and_its_expressions_are_quick(row: trace.Row):
    assert row.says in ("states-ai", "generator", "hint")
    assert row.mark in ("read", "memory")
    assert row.source
    if row.value:
        for text in ("a" * 60_000, '"ServiceProvider":' * 3_000, "Steps: 1, " * 6_000, " " * 60_000):
            row.value.search(text)


def test_no_two_rows_have_one_name():
    names = [row.name for row in trace.table()]
    assert len(set(names)) == len(names)


keys = st.sampled_from(["parameters", "DigitalSourceType", "application/ld+json", "Make", "Artist", "workflow", "x"])


@given(st.lists(st.builds(Field, st.sampled_from(["XMP", "EXIF Make"]), keys, st.text(max_size=200)), max_size=6))
def test_any_fields_give_readings_or_none_at_all(fields: list[Field]):
    found = trace.readings(Survey(tuple(fields)), "XMP")

    assert found
    assert all(re.search(r"\S", trace.told(each.values).zh) for each in found if each.state == "found")


def test_a_bomb_of_linked_data_ends():
    assert said([Field("HTML JSON-LD", "application/ld+json", "[" * 100_000)]) == []
    assert said([Field("HTML JSON-LD", "application/ld+json", "[" + "[]," * 20_000 + "[]]")]) == []


EXIFTOOL = {
    "Ideogram": (["-EXIF:Make=Ideogram AI"], "ideogram", "EXIF Make"),
    "Grok": (
        ["-EXIF:ImageDescription=Signature: " + "Ab3/" * 20, "-EXIF:Artist=6ba7b810-9dad-11d1-80b4-00c04fd430c8"],
        "grok-signature", "EXIF ImageDescription",
    ),
    "Google": (["-XMP-photoshop:Credit=Edited with Google AI"], "google-ai-credit", "XMP"),
    "a program's name in XMP": (["-XMP-xmp:CreatorTool=Adobe Firefly"], "generator-named", "XMP"),
    "parameters in a comment": (
        ["-EXIF:UserComment=a cat\nSteps: 20, Sampler: Euler a, CFG scale: 7"], "sd-webui-parameters",
        "EXIF UserComment",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("arguments", "name", "carrier"), EXIFTOOL.values(), ids=EXIFTOOL)
def test_traces_that_exiftool_wrote(arguments: list[str], name: str, carrier: str, media: Path, tmp_path: Path):
    photo = tmp_path / "photo.jpg"
    photo.write_bytes((media / "images" / "wam_sea.jpg").read_bytes())
    subprocess.run(["exiftool", "-q", "-overwrite_original", *arguments, photo], check=True)

    (reading,) = examine(photo, photo.name, ("trace",), "cn", INSPECTION).readings

    assert (reading.values["name"], reading.carrier) == (name, carrier)
