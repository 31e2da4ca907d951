from __future__ import annotations

import gzip
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from PIL import Image

from overt import rulebook
from overt.errors import MediaError, UnsupportedError
from overt.marks.label import labeller
from overt.marks.label.model import LabelReport, LabelStyle
from overt.marks.label.picture import find, svg_plate
from overt.marks.label.picture.svg import LABELLER
from overt.marks.label.picture.svg_view import view

RULES = rulebook.load("cn").label
PLAIN = LabelStyle()
SVG = "{http://www.w3.org/2000/svg}"
DECLARED = 'xmlns="http://www.w3.org/2000/svg"'
SHAPE = '<circle cx="50" cy="40" r="30" fill="teal"/><text x="5" y="20">some words</text>'


def label(data: bytes | str, folder: Path, style: LabelStyle = PLAIN) -> tuple[LabelReport, bytes]:
    (folder / "in.svg").write_bytes(data if isinstance(data, bytes) else data.encode())
    (folder / "out.svg").unlink(missing_ok=True)
    report = LABELLER.put(folder / "in.svg", folder / "out.svg", "svg", RULES, style)
    return report, (folder / "out.svg").read_bytes()


def read(data: bytes | str, folder: Path, container: str = "svg") -> LabelReport | None:
    (folder / "read.svg").write_bytes(data if isinstance(data, bytes) else data.encode())
    return LABELLER.read(folder / "read.svg", container, RULES)


WORD = f'<svg {DECLARED} viewBox="0 0 9 9"><text>{{}}</text></svg>'
DRAWINGS = {
    "a viewBox": f'<svg {DECLARED} viewBox="0 0 200 100">{SHAPE}</svg>',
    "a size": f'<svg {DECLARED} width="300" height="200px">{SHAPE}</svg>',
    "millimetres": f'<svg {DECLARED} width="80mm" height="60mm" viewBox="0 0 80 60">{SHAPE}</svg>',
    "a tiny unit": f'<svg {DECLARED} viewBox="-0.5 -0.5 1 1"><rect width="0.2" height="0.2"/></svg>',
    "a huge unit": f'<svg {DECLARED} viewBox="1e5 2e5 3e6 2e6"/>',
    "a viewport that is wider": f'<svg {DECLARED} width="400" height="200" viewBox="0 0 100 100">{SHAPE}</svg>',
    "a viewport that is sliced": (
        f'<svg {DECLARED} width="400" height="200" viewBox="0 0 100 100" preserveAspectRatio="xMinYMax slice">'
        f"{SHAPE}</svg>"
    ),
    "a viewport that is squeezed": (
        f'<svg {DECLARED} width="400" height="200" viewBox="0 0 100 100" preserveAspectRatio="none">{SHAPE}</svg>'
    ),
    "one side": f'<svg {DECLARED} width="400" viewBox="0 0 100 50">{SHAPE}</svg>',
    "shares of the window": f'<svg {DECLARED} width="100%" height="100%" viewBox="0 0 100 80">{SHAPE}</svg>',
    "an icon": f'<svg {DECLARED} width="24" height="24" viewBox="0 0 24 24"><path d="M0 0h24v24z"/></svg>',
    "a prefix and an empty root": '<s:svg xmlns:s="http://www.w3.org/2000/svg" viewBox="0 0 90 90"/>',
    "a hostile style": (
        f'<svg {DECLARED} viewBox="0 0 200 100"><style>svg *{{display:none!important;fill:red;opacity:.1;stroke:red}}'
        f"g,path{{transform:scale(9);filter:blur(9px)}}</style>{SHAPE}</svg>"
    ),
    "GB 18030": f'<?xml version="1.0" encoding="GB18030"?>{WORD.format("词")}'.encode("gb18030"),
    "Latin-1": f'<?xml version="1.0" encoding="iso-8859-1"?>{WORD.format("é")}'.encode("latin-1"),
}  # fmt: skip


@pytest.mark.parametrize("kind", DRAWINGS)
def test_the_label_is_last_large_enough_and_not_put_twice(kind, tmp_path):
    data = DRAWINGS[kind]
    report, after = label(data, tmp_path)
    assert report.measures["glyph_height_ratio"] >= RULES.glyph_height_ratio.value
    assert report.measures["contrast"] >= 4.5
    tree = etree.fromstring(after)
    group = tree[-1]
    assert group.tag == SVG + "g"
    assert group.get("aria-label") == group[0].text == RULES.wording.value.zh
    del tree[-1]
    before = etree.fromstring(data if isinstance(data, bytes) else data.encode())
    assert etree.tostring(tree, method="c14n") == etree.tostring(before, method="c14n")
    assert label(after, tmp_path)[1] == after
    assert read(after, tmp_path) == report
    again, other = label(
        after.replace(b'data-overt-label="plate" fill', b'data-overt-label="plate" x="1" fill'), tmp_path
    )
    assert other.count(b'"group"') == 1
    assert again.wording == report.wording


def test_a_label_that_was_hidden_shrunk_or_covered_is_replaced(tmp_path):
    _, after = label(DRAWINGS["a viewBox"], tmp_path)
    text = after.decode()
    hidden = text.replace("display:inline!important", "display:none!important", 1)
    shrunk = text.replace('viewBox="0 0 200 100"', 'viewBox="0 0 2000 1000"')
    covered = text.replace("</svg>", '<rect width="200" height="100"/></svg>')
    assert read(hidden, tmp_path) is None
    assert read(shrunk, tmp_path).measures["glyph_height_ratio"] < RULES.glyph_height_ratio.value
    for changed in (hidden, shrunk, covered):
        report, mended = label(changed, tmp_path)
        assert report.measures["glyph_height_ratio"] >= RULES.glyph_height_ratio.value
        assert mended.count(b'data-overt-label="group"') == 1
        assert etree.fromstring(mended)[-1].get("aria-label")


@pytest.mark.parametrize("position", ["top-left", "top", "top-right", "bottom-left", "bottom", "bottom-right"])
def test_places_and_a_second_language(position, tmp_path):
    style = LabelStyle(position=position, second_language="en")
    report, after = label(DRAWINGS["a size"], tmp_path, style)
    assert report.places[0].where == position
    left, top, width, height = report.places[0].box
    assert left >= 0
    assert top >= 0
    assert left + width <= 300
    assert top + height <= 200
    assert etree.fromstring(after)[-1].get("aria-label") == "人工智能生成 AI-generated"


def test_labels_of_others_are_read(tmp_path):
    said = f'<svg {DECLARED} viewBox="0 0 9 9"><text>本图由<tspan>人工智能</tspan>生成</text></svg>'
    assert read(said, tmp_path).wording == "本图由人工智能生成"
    silent = (
        said.replace("<text", "<defs><text").replace("</text>", "</text></defs>"),
        said.replace("<text", '<text style="display: none"'),
        said.replace("生成", "绘画史"),
        DRAWINGS["a viewBox"],
    )
    for other in silent:
        assert read(other, tmp_path) is None
    _, after = label(DRAWINGS["a viewBox"], tmp_path)
    assert read(gzip.compress(after), tmp_path, "svgz") == read(after, tmp_path)
    with pytest.raises(UnsupportedError, match="packed"):
        LABELLER.put(tmp_path / "in.svg", tmp_path / "out.svg", "svgz", RULES, PLAIN)


REFUSED = {
    "no size": f"<svg {DECLARED}>{SHAPE}</svg>",
    "shares and no viewBox": f'<svg {DECLARED} width="100%" height="100%"/>',
    "an empty viewBox": f'<svg {DECLARED} viewBox="0 0 0 9"/>',
    "no side": f'<svg {DECLARED} width="0" height="9" viewBox="0 0 9 9"/>',
    "a drawing that hides itself": f'<svg {DECLARED} viewBox="0 0 9 9" style="opacity:0"/>',
    "a strip": f'<svg {DECLARED} width="10" height="9000"/>',
    "entities": f'<!DOCTYPE svg [<!ENTITY a "b">]><svg {DECLARED} viewBox="0 0 9 9"/>',
    "no XML": "<svg <",
}


@pytest.mark.parametrize("reason", REFUSED)
def test_what_cannot_be_labelled_is_refused(reason, tmp_path):
    if reason == "a strip":
        assert label(REFUSED[reason], tmp_path)[0].measures["glyph_height_ratio"] >= 0.05
        return
    with pytest.raises(MediaError):
        label(REFUSED[reason], tmp_path)
    assert not (tmp_path / "out.svg").exists()


WIDE = {"viewBox": "0,0,10,10", "width": "40", "height": "20"}


@pytest.mark.parametrize(
    ("attributes", "width", "height", "corner"),
    [
        ({"viewBox": "5 6 70 80"}, 70, 80, (5, 6)),
        (WIDE, 40, 20, (-5, 0)),
        (WIDE | {"preserveAspectRatio": "xMinYMin"}, 40, 20, (0, 0)),
        (WIDE | {"preserveAspectRatio": "xMidYMax slice"}, 40, 20, (0, 5)),
        (WIDE | {"preserveAspectRatio": "none"}, 40, 20, (0, 0)),
        ({"width": "1in", "height": "72pt"}, 96, 96, (0, 0)),
    ],
)  # fmt: skip
def test_the_viewport_is_that_of_the_standard(attributes, width, height, corner):
    found = view(attributes)
    assert (found.width, found.height) == (pytest.approx(width), pytest.approx(height))
    assert found.units(0, 0) == pytest.approx(corner)
    assert found.pixels(*found.units(3, 4)) == pytest.approx((3, 4))


RENDERED = ("a viewBox", "a viewport that is wider", "a viewport that is squeezed", "a hostile style", "a tiny unit")


@pytest.fixture(scope="module")
def screenshot(tmp_path_factory) -> Image.Image:
    """Labelled drawings side by side, as a browser shows them."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no browser is installed")
    folder = tmp_path_factory.mktemp("browser")
    for number, kind in enumerate(RENDERED):
        (folder / f"{number}.svg").write_bytes(label(DRAWINGS[kind], folder)[1])
    boxes = "".join(
        f'<img src="{number}.svg" style="position:absolute;left:{number * 410}px;top:0;width:400px">'
        for number in range(len(RENDERED))
    )
    (folder / "page.html").write_text(f'<body style="margin:0;background:#ccc">{boxes}</body>')
    subprocess.run(
        [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size=2050,420",
         f"--user-data-dir={folder}/profile", f"--screenshot={folder}/page.png", (folder / "page.html").as_uri()],
        capture_output=True, check=True, timeout=120,
    )  # fmt: skip
    return Image.open(folder / "page.png").convert("L")


@pytest.mark.parametrize("kind", RENDERED)
def test_a_browser_shows_it(kind, screenshot):
    height = 400 if kind == "a tiny unit" else 200
    number = RENDERED.index(kind)
    shown = screenshot.crop((number * 410, 0, number * 410 + 400, height))
    found = find.search(shown, RULES)
    assert found is not None
    assert found.glyph_px >= RULES.glyph_height_ratio.value * height * 0.97
    left, top, width, height = found.box
    inside = np.asarray(shown)[top : top + height, left : left + width]
    assert np.percentile(inside, 30) < 60
    assert inside.max() > 240


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(sorted(DRAWINGS)),
    edits=st.lists(st.tuples(st.integers(0, 1 << 16), st.integers(32, 127)), min_size=1, max_size=4),
)
def test_damaged_files_raise_only_media_errors(kind, edits, tmp_path):
    data = bytearray(label(DRAWINGS[kind], tmp_path)[1])
    for place, value in edits:
        data[place % len(data) if place % 2 else place % 150] = value
    with suppress(MediaError):
        read(bytes(data), tmp_path)
    with suppress(MediaError):
        label(bytes(data), tmp_path)


def test_the_registry_knows_it():
    assert labeller("svg") is LABELLER is labeller("svgz")
    assert svg_plate.contrast() > 10
