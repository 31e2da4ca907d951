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
    first = values["matches"][0]
    kind, match = KINDS[first["kind"]], match_in_words(first)
    best = Text(zh=f"{kind.zh}：{match.zh}", en=f"{kind.en}: {match.en}")
    return Text(
        zh=f"内容的指纹与我方以内容编号 {values['content_id']} 发布的合成内容相符（{best.zh}）",
        en=f"the fingerprint is that of the synthetic content that we released as {values['content_id']} ({best.en})",
    )


KINDS = {
    "pdq": Text(zh="整幅画面（PDQ）", en="the whole picture (PDQ)"),
    "points": Text(zh="画面特征点", en="points that stand out"),
    "film": Text(zh="影片画面", en="the film's pictures"),
    "sound": Text(zh="声音", en="sound"),
    "text": Text(zh="文字", en="text"),
    "": Text(zh="内容", en="content"),
}
_IN_BITS = ("pdq", "film")
"""Kinds whose distance says something to people; that of the others is a logarithm of chance, or a share."""
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
    """One match: how far apart if that is counted in bits, how often by chance, how much of the copy."""
    rate, share = f"{match['error_rate']:.1g}", f"{match['of_copy']:.0%}"
    chance = Text(zh=f"误报率 {rate}，占副本的 {share}", en=f"error rate {rate}, {share} of the copy")
    if match["kind"] not in _IN_BITS:
        return chance
    distance = f"{match['distance']:g}"
    return Text(zh=f"距离 {distance} 位（共 256 位），{chance.zh}", en=f"distance {distance} of 256 bits, {chance.en}")
