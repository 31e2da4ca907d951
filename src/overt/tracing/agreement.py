"""Whether a watermark's id and the content that carries it belong together. Pure rules.

```
agrees           the content is like what was released under the id: by its fingerprint, or laid on it by the mark's
                 own geometry
differs          it is not like that: laid on it, nothing fits anywhere; or it is like another content of ours; or it is
                 sound long enough to be known, and nothing in it is. The id was copied from another content
could-not-tell   there is nothing to compare, or what there is says nothing about so strong an edit: never agreement
unknown          the id is not in the record
```

A fingerprint of a whole picture or film that is far off says nothing by itself: a crop is as far off, and keeps its
mark.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from overt.fingerprints.calibration import FLOOR
from overt.language import Text

if TYPE_CHECKING:
    from overt.fingerprints.model import Comparison
    from overt.tracing.align import Likeness
    from overt.tracing.match import Match

Agreement = Literal["agrees", "differs", "could-not-tell", "unknown"]

ALIKE = 0.60
"""The correlation from which a copy that was laid on a content shows the same. Of 56 copies of 14 pictures (JPEG 50,
crops to half of each side, a turn by 7 degrees, a picture in a picture) the worst had 0.91; of 54 harder ones of seven
others (among them the lower quarter covered, a tilt, noise, a median of 5 x 5) 0.64."""
OTHER = 0.50
"""The correlation up to which it shows another. Of 725 pairs of different pictures the best had 0.37."""
_KNOWN_TERMS = 200
"""Landmarks of sound with which it would be known: some five seconds of it."""
_NOTHING_SHARED = -2.0
"""The logarithm of the chance of what two sounds share, from which on they share nothing. Of 100 copies of ten sounds
(noise at 10 and 5 dB, telephone, MP3 of 32 kbit/s, low-pass, echo, speed by 8 %, stretch by 10 %, a cut of 5 s, another
sound mixed in) one was so far off, under noise at 5 dB; of 54 pairs of different sounds 52 were."""


def error_rate(likeness: Likeness) -> float:
    """How often a picture laid on another one by chance fits as well, 0 to 1.

    An exponential tail, on the safe side of what was measured on 725 pairs (see `OTHER`): one in ten reaches 0.16, one
    in a hundred 0.25, one in a thousand 0.34. Beyond 0.37 it is the tail's word.
    """
    return float(min(1.0, max(FLOOR, 10 ** (-(likeness.score - 0.06) / 0.1))))


def agreement(
    likeness: Likeness | None,
    matches: Sequence[Match],
    comparisons: Sequence[Comparison],
    *,
    like_another: bool,
) -> Agreement:
    """Whether a content that carries a known id is what was released under it.

    Args:
        likeness: the copy laid on the content by the mark's geometry, where that could be done.
        matches: what matched this content.
        comparisons: all that was compared with this content, whatever came of it.
        like_another: whether the copy matches another content of ours, and not this one.
    """
    if matches or (likeness is not None and likeness.score >= ALIKE):
        return "agrees"
    if likeness is not None and likeness.score <= OTHER:
        return "differs"
    if like_another or any(_is_other_sound(each) for each in comparisons):
        return "differs"
    return "could-not-tell"


def _is_other_sound(comparison: Comparison) -> bool:
    enough = min(comparison.of_query, comparison.of_reference) >= _KNOWN_TERMS
    return comparison.kind == "sound" and enough and comparison.distance >= _NOTHING_SHARED


WORDS: dict[Agreement, Text] = {
    "agrees": Text(zh="内容与该编号下发布的内容相符", en="the content is what was released under this id"),
    "differs": Text(
        zh="内容与该编号下发布的不同：水印编号取自另一内容",
        en="the content is another than what was released under this id: the id was copied from there",
    ),
    "could-not-tell": Text(
        zh="无法判断内容是否就是该编号下发布的内容",
        en="could not tell whether the content is what was released under this id",
    ),
    "unknown": Text(zh="该编号不在我方记录中", en="the id is not in our record"),
}
