"""What a fingerprint adds to a verdict. Pure rules.

```
suspected   the content is like one that we released as synthetic
nothing     the content is like one that was reported: what it is has been for those to say who handle the report
```

A likeness is one signal, and no signal confirms by itself (design, decision 3). With the id of a watermark that leads
to the same content it confirms: that is the watermark's ground (`overt.inspection.watermark`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from overt.language import Text


def ground(values: Mapping[str, Any]) -> Text | None:
    """Why a content that is like a known one is suspected; None where that says nothing of synthesis."""
    if values["origin"] != "released":
        return None
    best = values["matches"][0]
    return Text(
        zh=f"内容的指纹与我方以内容编号 {values['content_id']} 发布的合成内容相符"
        f"（{best['kind']}，距离 {best['distance']:g}，误报率 {best['error_rate']:.1g}）",
        en=f"the fingerprint is that of the synthetic content that we released as {values['content_id']} "
        f"({best['kind']}, distance {best['distance']:g}, error rate {best['error_rate']:.1g})",
    )


KINDS = {
    "pdq": Text(zh="整幅画面（PDQ）", en="the whole picture (PDQ)"),
    "points": Text(zh="画面特征点", en="points that stand out"),
    "film": Text(zh="影片画面", en="the film's pictures"),
    "sound": Text(zh="声音", en="sound"),
    "text": Text(zh="文字", en="text"),
    "": Text(zh="内容", en="content"),
}
_UNITS = {
    "pdq": Text(zh="位（共 256 位）", en=" of 256 bits"),
    "film": Text(zh="位（共 256 位）", en=" of 256 bits"),
}
_NONE = Text(zh=" ", en=" ")
_ORIGINS = {
    "released": Text(zh="我方发布的内容", en="a content that we released"),
    "reported": Text(zh="被举报的内容", en="a content that was reported"),
}


def in_words(values: Mapping[str, Any]) -> Iterator[tuple[Text, Text]]:
    """What a found fingerprint says, row by row: the content, then each kind with its distance and error rate."""
    content = Text(
        zh=f"{_ORIGINS[values['origin']].zh} {values['content_id']}",
        en=f"{_ORIGINS[values['origin']].en}: {values['content_id']}",
    )
    yield Text(zh="相似于", en="like"), content
    for match in values["matches"]:
        yield KINDS[match["kind"]], match_in_words(match)


def match_in_words(match: Mapping[str, Any]) -> Text:
    """One match: how far apart, how often by chance, how much of the copy."""
    unit, distance, rate = _UNITS.get(match["kind"], _NONE), match["distance"], match["error_rate"]
    share = f"{match['of_copy']:.0%}"
    return Text(
        zh=f"距离 {distance:g}{unit.zh.strip()}，偶然如此相似的概率 {rate:.1g}，占副本的 {share}",
        en=f"distance {distance:g}{unit.en.rstrip()}, by chance with {rate:.1g}, {share} of the copy",
    )
