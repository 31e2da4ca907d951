"""Which digital source type (IPTC) each technique is, and whether it makes something new or edits what was there.

Source: IPTC NewsCodes, digital source type; the choice for each technique of the Deep Synthesis Provisions, art. 23,
is ours. It does not depend on a jurisdiction: the techniques are the words of this house, the codes the world's.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

Origin = Literal["generated", "edited", "algorithmic"]

BASE: Final = "http://cv.iptc.org/newscodes/digitalsourcetype/"
CODES: Final[dict[Origin, str]] = {
    "generated": "trainedAlgorithmicMedia",
    "edited": "compositeWithTrainedAlgorithmicMedia",
    "algorithmic": "algorithmicMedia",
}
ORIGINS: Final[dict[str, Origin]] = {
    "passage_generation": "generated",
    "text_style_conversion": "edited",
    "question_answering": "generated",
    "text_to_speech": "generated",
    "voice_conversion": "edited",
    "voice_editing": "edited",
    "music_generation": "generated",
    "scene_sound_editing": "edited",
    "face_generation": "generated",
    "face_replacement": "edited",
    "person_attribute_editing": "edited",
    "face_manipulation": "edited",
    "pose_manipulation": "edited",
    "image_generation": "generated",
    "image_enhancement": "edited",
    "image_restoration": "edited",
    "video_generation": "generated",
    "video_editing": "edited",
    "three_d_reconstruction": "algorithmic",
    "digital_simulation": "algorithmic",
    "other": "generated",
}
SYNTHETIC: Final = frozenset(
    {
        "trainedAlgorithmicMedia",
        "compositeWithTrainedAlgorithmicMedia",
        "compositeSynthetic",
        "algorithmicMedia",
        "virtualRecording",
    }
)
"""Codes that state synthesis."""
CAPTURED: Final = frozenset({"digitalCapture", "computationalCapture", "negativeFilm", "positiveFilm", "print"})
"""Codes that state a camera or a scanner."""


def origin(techniques: Iterable[str]) -> Origin:
    """What several techniques together are: one that edits makes it an edit of something that was there."""
    found = {ORIGINS.get(each, "generated") for each in techniques}
    if "edited" in found:
        return "edited"
    return "algorithmic" if found == {"algorithmic"} else "generated"


def code_of(uri: str) -> str:
    """The code at the end of a source type's address; some write the bare code."""
    return uri.rstrip("/").rsplit("/", 1)[-1]
