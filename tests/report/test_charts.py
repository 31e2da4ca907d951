"""Charts tell the same to the eye and to a screen reader, and nothing that they are given becomes markup."""

from __future__ import annotations

from datetime import date
from xml.etree import ElementTree

from overt.report import charts
from overt.report.charts import Series

SVG = "{http://www.w3.org/2000/svg}"


def drawn(*series: Series, count: int = 3) -> ElementTree.Element:
    on = charts.days(date(2026, 3, 1), count)
    told = charts.stacked("c", "Title & <b>", "In all: 9", on, series)
    return ElementTree.fromstring(told.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))


def test_a_chart_has_title_description_and_bars_that_add_up() -> None:
    assert charts.days(date(2026, 3, 1), 3) == ("2026-02-27", "2026-02-28", "2026-03-01")
    chart = drawn(Series("yes", "series-allow", (6, 0, 1)), Series("no", "series-refuse", (2, 0, 1)))
    assert chart.findtext(f"{SVG}title") == "Title & <b>"
    assert chart.get("aria-labelledby") == "c-t c-d"
    days = chart.findall(f"{SVG}g")
    assert [day.findtext(f"{SVG}title") for day in days] == ["2026-02-27: yes 6 · no 2", "2026-03-01: yes 1 · no 1"]
    yes, no, texture = days[0].findall(f"{SVG}rect")
    assert (yes.get("class"), no.get("class"), texture.get("fill")) == (
        "series-allow",
        "series-refuse",
        "url(#c-hatch)",
    )
    assert float(yes.get("height") or 0) == 3 * float(no.get("height") or 0)
    assert float(no.get("y") or 0) + float(no.get("height") or 0) == float(yes.get("y") or 0)


def test_the_scale_is_round_and_never_too_small() -> None:
    for most in (0, 1, 2, 3, 7, 9, 10, 11, 19, 21, 99, 100, 101, 12345):
        chart = drawn(Series("n", "series-main", (most,)), count=1)
        top = max(int(text.text or 0) for text in chart.findall(f"{SVG}text")[:3])
        assert most <= top <= max(2, 2.5 * most)
    assert not drawn(Series("n", "series-main", (0, 0, 0))).findall(f"{SVG}g")


def test_names_are_text() -> None:
    assert "<script>" not in charts.key('"><script>', [Series("<script>", '"><script>', (1,))])
