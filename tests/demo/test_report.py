from __future__ import annotations

import re
from dataclasses import replace
from importlib.resources import files
from itertools import product as pairs
from pathlib import Path

import pytest
from lxml import html

from overt.demo import excerpts, report
from overt.demo.asking import Evidence, Gated, Request
from overt.gate.model import Decision, Reason
from overt.language import Text
from overt.report.wording import NOT_PROVED, VERDICTS

CONTENT_ID = "3f0c1b8e-7a44-4b7e-9a54-0c8a6f1f2f10"
AIGC = {"Label": "1", "ContentProducer": "<b>&\"'", "ProduceID": CONTENT_ID, "ReservedCode1": ""}
HOSTILE = Text(zh="<script>坏</script>&\"'", en="<img src=x onerror=bad>&\"'")
PLACES = {
    "image": {"where": "bottom-right", "box": [340, 556, 160, 36], "seconds": None},
    "audio": {"where": "start", "box": None, "seconds": [0.0, 1.5]},
    "video": {"where": "top", "box": [10, 10, 160, 36], "seconds": [0.0, 2.5]},
    "text": {"where": "first line", "box": None, "seconds": None},
    "document": {"where": "page 1", "box": None, "seconds": None},
}


DECISION = Decision(
    id="7c77465e-05b3-45f4-99ad-8a8d972db96e",
    outcome="allow",
    account="a",
    identity="phone",
    purpose="education",
    function="image.generate",
    model="m",
    techniques=("image_generation",),
    consents=("c",),
    reviewed=(),
    reasons=(),
    content_ids=(CONTENT_ID,),
    label="required",
    label_style="",
    rulebook="cn",
    rulebook_digest="",
    policy="",
    decided="",
    expires="",
)


def _answer(verdict: str, place: dict | None = None) -> dict:
    metadata = {"mark": "metadata", "state": "absent", "carrier": None, "offset": None, "values": {}, "defects": []}
    label = metadata | {"mark": "label"}
    if place:
        metadata |= {"state": "found", "carrier": "XMP", "offset": 1158, "values": AIGC}
        measures = {"glyph_height_px": 29.0, "glyph_height_ratio": 0.0566, "a_new_measure": 1.0}
        values = {"wording": "在临河茶馆听雨", "places": [place], "measures": measures}
        label |= {"state": "found", "carrier": place["where"], "values": values}
    return {
        "file": "x",
        "sha256": "ab12" * 16,
        "media_type": "image/jpeg" if place else None,
        "verdict": verdict,
        "reasons": [{**HOSTILE.both(), "duty": "LB-06a"}, {"zh": "一", "en": "one", "duty": None}],
        "contradictions": [{"name": "bytes-differ", **HOSTILE.both()}],
        "aigc": AIGC if place else None,
        "readings": [metadata, label | {"reason": HOSTILE.both()}],
        "notice": {"zh": "一", "en": "one"},
        "write_back": None,
    }


@pytest.fixture(scope="module")
def page(products, tmp_path_factory):
    """A report on everything that the generator makes, with each verdict among the strangers' files."""
    exhibits = [
        report.Exhibit(
            HOSTILE, HOSTILE, item.technique, item.kind, item.path, item.path, {"content_id": CONTENT_ID},
            _answer("confirmed", PLACES[item.kind]), item.sources,
        )
        for item in products.values()
    ]  # fmt: skip
    returned = [
        report.Returned(HOSTILE, HOSTILE, path, _answer(verdict), as_promised=False)
        for verdict, path in zip(VERDICTS, [item.path for item in products.values()], strict=False)
    ]
    refusal = replace(DECISION, outcome="refuse", content_ids=(), reasons=(Reason("x", HOSTILE, ("<b>DS-14b",)),))
    requests = [Request(HOSTILE, DECISION, "allow"), Request(HOSTILE, refusal, "hold")]
    evidence = Evidence("evidence.json", (("form", "holds", HOSTILE), ("seal", "fails", HOSTILE)))
    gated = Gated(requests, (CONTENT_ID,), evidence)
    run = report.Run("<b>", "0", 1.0, "2026-11-23")
    path = report.write(tmp_path_factory.mktemp("report") / "report.html", exhibits, returned, gated, run)
    return path.read_text(encoding="utf-8")


def test_the_page_asks_the_network_for_nothing(page):
    tree = html.fromstring(page)
    references = [str(value) for value in tree.xpath("//@src | //@href | //@poster | //@srcset")]

    assert references
    assert all(value.startswith(("data:", "#")) for value in references)
    assert page.count("url(") == page.count("url(data:font/woff;base64,") == 1
    assert "@import" not in page


def test_the_page_runs_nothing(page):
    tree = html.fromstring(page)

    assert not tree.xpath("//script | //iframe | //object | //embed | //form")
    assert not tree.xpath("//@*[starts-with(name(), 'on')]")


def test_everything_is_escaped(page):
    assert "<script" not in page
    assert "onerror=bad>" not in page
    assert "<b>&" not in page


def test_chinese_and_english_are_equals(page):
    """Every text stands in both languages, each with its language named."""
    tree = html.fromstring(page)
    for name, code in (("zh", "zh-CN"), ("en", "en")):
        parts = tree.xpath(f"//*[contains(concat(' ', @class, ' '), ' {name} ')]")

        assert parts
        assert {part.get("lang") for part in parts} == {code}
    assert len(tree.find_class("zh")) == len(tree.find_class("en"))


def test_the_page_is_well_built(page):
    """Ids are unique, references lead somewhere, pictures have texts, and no field of the frame is left over."""
    tree = html.fromstring(page)
    ids = tree.xpath("//@id")

    assert len(ids) == len(set(ids))
    assert {value[1:] for value in tree.xpath("//@href") if value.startswith("#")} <= set(ids)
    assert not tree.xpath("//img[not(@alt)]")
    assert not re.search(r"\$[a-z]+", page)


def test_marks_and_boxes_are_shown(page):
    tree = html.fromstring(page)

    assert "1,158" in page
    assert "5.7%" in page
    assert len(tree.find_class("box")) >= 4
    assert len(tree.find_class("stretch")) == 3
    assert tree.xpath("//mark")
    assert len(tree.xpath("//audio")) == 6
    assert len(tree.xpath("//video")) == 1


def test_each_verdict_has_colour_word_and_icon(page):
    tree = html.fromstring(page)
    for verdict, word in VERDICTS.items():
        badges = tree.xpath(f"//tr//*[contains(@class, 'badge {verdict}')]")

        assert [word.zh in badge.text_content() for badge in badges] == [True], verdict
        assert badges[0].xpath(f".//use[@href='#v-{verdict}']")
    assert set(NOT_PROVED) == set(VERDICTS)


def test_a_file_that_cannot_be_shown_is_a_tile(tmp_path):
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8nothing")

    assert "tile" in report.figures.thumbnail(broken, report.figures.Label("", ()))


def test_excerpts_say_what_the_documents_say(products):
    for ending in ("txt", "md", "html", "pdf", "docx"):
        lines = excerpts.lines(products[f"passage.{ending}"].path)

        assert lines[0].removeprefix("# ") == "在临河茶馆听雨", ending


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast_is_at_least_4_5(scheme):
    """WCAG 2.2, 1.4.3 (AA), for every colour of text on every ground that it stands on."""
    css = files("overt.report").joinpath("style.css").read_text(encoding="utf-8")
    blocks = re.findall(r":root \{([^}]*)\}", css)
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", blocks[0 if scheme == "light" else 1]))
    couples = [*pairs(("ink", "soft", "seal"), ("paper", "card", "wash")), ("ink", "seal-wash"), ("paper", "ink")]
    couples += [(verdict, f"{verdict}-wash") for verdict in VERDICTS]
    for text, ground in couples:
        high, low = sorted((_luminance(colours[text]), _luminance(colours[ground])), reverse=True)

        assert (high + 0.05) / (low + 0.05) >= 4.5, (text, ground)


def test_the_frame_has_no_foreign_address():
    frame = Path(str(files("overt.demo").joinpath("report.html"))).read_text(encoding="utf-8")

    assert "http" not in frame


def test_the_gate_s_answers_are_shown(page):
    tree = html.fromstring(page)
    rows = tree.xpath("//tbody/tr[td/b[@class='allow' or @class='refuse']]")

    assert [row.xpath("string(td/b/@class)") for row in rows] == ["allow", "refuse"]
    assert CONTENT_ID in rows[0].text_content()
    assert rows[1].xpath(".//p[@class='broken']")
    assert rows[1].xpath("string(.//span[@class='duty'])") == "<b>DS-14b"
    assert [item.xpath("string(b)") for item in tree.xpath("//ul[@class='checks']/li")] == ["✓", "✗"]
