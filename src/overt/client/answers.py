"""Answers of the API as the objects that the library gives locally, and requests the other way round."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from overt.errors import UsageError
from overt.gate.model import Reason as GateReason
from overt.inspection import Inspection
from overt.inspection.verdict import Contradiction, Reason, Verdict
from overt.language import Text
from overt.marking.work import Released
from overt.marks.examine import Examination
from overt.marks.model import Defect, Reading
from overt.marks.proof import Outcome, Proof

if TYPE_CHECKING:
    from overt.gate.model import Ask


def inspection(told: Mapping[str, Any], file: str) -> Inspection:
    """An inspection; `file` is what the caller calls it."""
    readings = tuple(reading(each) for each in told["readings"])
    verdict = Verdict(
        told["verdict"],
        tuple(Reason(_text(each), each.get("duty")) for each in told["reasons"]),
        tuple(Contradiction(each["name"], _text(each)) for each in told["contradictions"]),
    )
    # The server does not say how large the file is, nor whether its name fits: whoever asked has both.
    examination = Examination(told["sha256"], 0, None, told["media_type"], None, readings)
    return Inspection(file, examination, verdict, _text(told["notice"]), told["write_back"])


def released(told: Mapping[str, Any], source: Path, target: Path) -> Released:
    """A release, whose file was fetched."""
    return Released(
        content_id=told["content_id"],
        source=source,
        path=target,
        sidecar=None,
        sha256=told["sha256"],
        media_type=told["media_type"],
        techniques=tuple(told["techniques"]),
        marks=tuple(reading(each) for each in told["marks"]),
        ledger_index=told["ledger_index"],
        remarks=tuple(_text(each) for each in told["remarks"]),
    )


def because(told: Sequence[Mapping[str, Any]]) -> Iterator[GateReason]:
    """The reasons of a refusal; one that several duties ask for was told with each of them."""
    for text, same in groupby(told, _text):
        yield GateReason("", text, tuple(each["duty"] for each in same if each.get("duty")))


def reading(told: Mapping[str, Any]) -> Reading:
    """What one reader found."""
    reason = told.get("reason")
    return Reading(
        told["mark"],
        told["state"],
        told.get("carrier"),
        told.get("offset"),
        dict(told.get("values") or {}),
        tuple(Defect(each["name"], each["clause"], _text(each)) for each in told.get("defects", ())),
        _text(reason) if reason else None,
        tuple(_proof(each) for each in told.get("proofs", ())),
    )


def request(ask: Ask) -> tuple[dict[str, Any], list[Path]]:
    """What is asked, as the API takes it, and the files that are put in."""
    prompts = [each for each in ask.materials if each.role == "prompt"]
    files = [each for each in ask.materials if each.role == "input"]
    if len(prompts) > 1 or len(prompts) + len(files) < len(ask.materials) or any(each.path is None for each in files):
        raise UsageError(
            "a server is asked with one prompt, and inputs that are files",
            "向服务器提出的请求只能包含一条提示词和文件输入",
        )
    names = ("account", "purpose", "function", "model", "outputs", "unlabelled", "recipient", "channel")
    told: dict[str, Any] = {name: getattr(ask, name) for name in names}
    told |= {
        "techniques": list(ask.techniques),
        "prompt": prompts[0].text if prompts else "",
        "depicted": [asdict(each) for each in ask.depicted],
    }
    return told, [each.path for each in files if each.path is not None]


def digest(header: str) -> str:
    """The SHA-256 of a `Repr-Digest` (RFC 9530), in hexadecimal."""
    return b64decode(header.partition("=:")[2].rstrip(":")).hex()


def _proof(told: Mapping[str, Any]) -> Proof:
    names = ("field", "covers", "algorithm", "key")
    return Proof(outcome=Outcome(told["outcome"]), **{name: told[name] for name in names if name in told})


def _text(told: Mapping[str, str]) -> Text:
    return Text(zh=told["zh"], en=told["en"])
