"""Whether there is a credential, and what is made of it: real files, broken ones, invented reports."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import credentials
from overt import api
from overt.errors import FormatError
from overt.formats import containers, identify
from overt.marking.pipeline import Marker
from overt.marks.credential import presence
from overt.marks.credential.carriers import CARRIERS
from overt.marks.credential.model import Trust, Values
from overt.marks.credential.read import reading
from overt.marks.credential.split import MOST_MANIFESTS, MOST_STATEMENTS, known_manifests, split
from overt.marks.credential.words import in_words
from overt.marks.files import mapped
from overt.marks.model import Reading
from overt.settings import Setup

AI = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"


def read(path: Path, trust: Trust | None = None) -> Reading:
    with mapped(path) as data:
        return reading(path, data, identify(data, path.name).name, trust or Trust())


# -- files of others ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["ai_chatgpt-1.png", "ai_chatgpt-2.png"])
def test_a_genuine_file_with_an_ended_certificate_is_not_called_changed(name: str, media: Path):
    found = read(media / "images" / name)

    assert (found.values["binding"], found.values["signature"]) == ("intact", "valid")
    assert found.values["validity"] == "expired"
    assert found.values["trust"] == "not-judged"
    assert not [code for code in found.values["codes"] if code.endswith(".mismatch")]
    assert [defect.name for defect in found.defects] == ["signingCredential.expired"]


def test_what_an_ingredient_states_is_found(media: Path):
    found = read(media / "images" / "ai_chatgpt-1.png").values

    # The active manifest only says that something was opened.
    assert [(s["manifest"], s["action"]) for s in found["statements"]] == [
        (0, "c2pa.opened"),
        (1, "c2pa.created"),
        (1, "c2pa.converted"),
    ]
    assert found["says_ai"]
    assert found["agents"] == ["GPT-4o"]


def test_a_stamped_file_is_good_and_says_when(media: Path):
    found = read(media / "images" / "ai_firefly-1.png").values

    assert (found["binding"], found["signature"], found["validity"]) == ("intact", "valid", "valid")
    assert found["time"] == "2026-03-26T00:14:26+00:00"
    assert found["signer"] == "Adobe Inc. Adobe Firefly C2PA"
    assert found["source_types"] == ["trainedAlgorithmicMedia"]


@pytest.mark.parametrize("name", ["c2pa_adobe_I.jpg", "ai_pixart_0_0.png", "mdn_larch.jpg"])
def test_files_without_one_are_said_to_have_none(name: str, media: Path):
    assert read(media / "images" / name).state == "absent"


def test_a_changed_file_of_others_is_called_changed(media: Path, tmp_path: Path):
    data = bytearray((media / "images" / "ai_firefly-1.png").read_bytes())
    data[-100] ^= 1
    (tmp_path / "changed.png").write_bytes(data)

    assert read(tmp_path / "changed.png").values["binding"] == "mismatch"


# -- broken and misleading files --------------------------------------------------------------------------------


def test_a_file_cut_within_its_credential_is_unreadable(media: Path, tmp_path: Path):
    data = (media / "images" / "ai_firefly-1.png").read_bytes()
    start = data.index(presence.DESCRIPTION)
    for length in (start + 40, start + 400, start + 4000):
        (tmp_path / "cut.png").write_bytes(data[:length])

        found = read(tmp_path / "cut.png")
        assert found.state == "unreadable"
        assert found.reason is not None


def test_a_credential_full_of_zeros_is_unreadable(media: Path, tmp_path: Path):
    data = bytearray((media / "images" / "ai_firefly-1.png").read_bytes())
    start = data.index(presence.DESCRIPTION) + len(presence.DESCRIPTION)
    data[start : start + 5000] = bytes(5000)
    (tmp_path / "zeros.png").write_bytes(data)

    assert read(tmp_path / "zeros.png").state == "unreadable"


@pytest.fixture(scope="module")
def marker(house: Setup, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Marker]:
    with api.marker(house, tmp_path_factory.mktemp("reading"), only=["metadata", "credential"]) as marker:
        yield marker


@pytest.mark.parametrize("suffix", ["png", "webp", "gif", "wav", "mp3", "flac", "heic"])
def test_a_credential_whose_first_bytes_are_damaged_is_unreadable(
    suffix: str, media: Path, marker: Marker, tmp_path: Path
):
    source = credentials.make(suffix, media, tmp_path)
    signed = marker.mark(source, marker.folder / source.name, ["image_generation"]).path
    damaged = tmp_path / f"damaged.{suffix}"
    damaged.write_bytes(signed.read_bytes().replace(presence.DESCRIPTION, bytes(len(presence.DESCRIPTION)), 1))

    assert read(damaged).state == "unreadable"


def test_the_letters_alone_are_no_credential(tmp_path: Path, media: Path):
    data = (media / "images" / "mdn_larch.jpg").read_bytes()
    comment = b"c2pa jumb jumd C2PA_Manifest"
    (tmp_path / "letters.jpg").write_bytes(data[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2) + comment + data[2:])

    assert read(tmp_path / "letters.jpg").state == "absent"


def test_a_manifest_elsewhere_is_not_fetched(media: Path, tmp_path: Path):
    address = "http://127.0.0.1:9/manifest.c2pa"
    packet = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description rdf:about="" xmlns:dcterms="http://purl.org/dc/terms/" dcterms:provenance="{address}"/>'
        "</rdf:RDF></x:xmpmeta>"
    )
    segment = b"http://ns.adobe.com/xap/1.0/\0" + packet.encode()
    jpeg = (media / "images" / "mdn_larch.jpg").read_bytes()
    remote = jpeg[:2] + b"\xff\xe1" + (len(segment) + 2).to_bytes(2) + segment + jpeg[2:]
    (tmp_path / "remote.jpg").write_bytes(remote)

    found = read(tmp_path / "remote.jpg")
    assert found.state == "unreadable"
    assert "not fetched" in found.reason.en
    assert address in found.reason.en


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param(
            "a.html", '<!DOCTYPE html><html><head><script TYPE="application/c2pa">AAAA</script></head></html>', id="A.7"
        ),
        pytest.param(
            "a.html", '<!DOCTYPE html><html><head><link rel="c2pa-manifest" href="x"></head></html>', id="link"
        ),
        pytest.param("a.txt", "\ufeff" + "".join(chr(0xE0100 + b - 16) for b in b"C2PATXT") + " words", id="A.8"),
        pytest.param("a.md", "# T\n\n-----BEGIN C2PA MANIFEST-----\nAAAA\n", id="A.9"),
    ],
)
def test_a_credential_that_nobody_can_read_here_is_named(name: str, text: str, tmp_path: Path):
    (tmp_path / name).write_text(text, encoding="utf-8")
    found = read(tmp_path / name)

    assert found.state == "unreadable"
    assert "no reader" in found.reason.en


# -- the presence test ------------------------------------------------------------------------------------------


@given(st.binary(max_size=3000), st.sampled_from([each.name for each in containers()]))
def test_any_bytes_get_an_answer(data: bytes, container: str):
    assert isinstance(presence.may_hold(memoryview(data), container), bool)


@settings(max_examples=30)
@given(st.integers(0, 3 * presence.CHUNK), st.sampled_from(sorted(CARRIERS)))
def test_it_is_found_wherever_it_begins(before: int, container: str):
    assert presence.may_hold(bytes(before) + presence.DESCRIPTION, container)


@given(st.binary(min_size=12, max_size=12), st.binary(max_size=50))
def test_it_is_found_in_base64(header: bytes, rest: bytes):
    store = base64.b64encode(header + presence.DESCRIPTION + rest)

    assert presence.may_hold(b"<svg>" + store + b"</svg>", "svg")


# -- reports that no honest file gives ----------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)
NAMES = (
    "manifests", "active_manifest", "a", "validation_results", "activeManifest", "failure", "success", "code",
    "ingredients", "assertions", "label", "data", "actions", "softwareAgent", "softwareAgents", "softwareAgentIndex",
    "digitalSourceType", "signature_info", "cert_serial_number", "ingredientDeltas", "claim_generator_info", "name",
)  # fmt: skip
LIKE_A_REPORT = st.recursive(
    JSON | st.sampled_from(["a", "c2pa.actions.v2", "cn.tc260.aigc", AI, "assertion.dataHash.match"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=6),
    max_leaves=40,
)


@given(LIKE_A_REPORT, LIKE_A_REPORT, LIKE_A_REPORT)
def test_no_report_brings_it_down(manifest: Any, results: Any, more: Any):
    report = {"active_manifest": "a", "manifests": {"a": manifest, "b": more}, "validation_results": results}
    try:
        values = split(report, Trust())
    except FormatError:
        assert not isinstance(manifest, dict)
    else:
        assert json.dumps(values.as_dict())


@pytest.mark.parametrize(
    "report",
    [
        pytest.param({}, id="empty"),
        pytest.param({"active_manifest": "a", "manifests": {}}, id="an active manifest that is not there"),
        pytest.param({"active_manifest": "a", "manifests": {"b": {}}}, id="another manifest"),
        pytest.param({"active_manifest": 7, "manifests": {"7": {}}}, id="a number for a name"),
        pytest.param({"manifests": {"a": {}}}, id="no active manifest"),
    ],
)
def test_a_report_without_its_active_manifest_is_unreadable(report: dict[str, Any]):
    with pytest.raises(FormatError):
        split(report, Trust())


def told(codes: list[str], good: list[str], **manifest: Any) -> Values:
    results = {"failure": [{"code": each} for each in codes], "success": [{"code": each} for each in good]}
    report = {"active_manifest": "a", "manifests": {"a": manifest}, "validation_results": {"activeManifest": results}}
    return split(report, Trust())


@pytest.mark.parametrize(
    ("bad", "good", "binding", "signature", "validity", "changed"),
    [
        ([], ["assertion.dataHash.match", "claimSignature.validated", "claimSignature.insideValidity"],
         "intact", "valid", "valid", False),
        (["signingCredential.expired"], ["assertion.bmffHash.match", "claimSignature.validated"],
         "intact", "valid", "expired", False),
        (["signingCredential.invalid"], ["assertion.dataHash.match", "claimSignature.validated"],
         "intact", "valid", "invalid", False),
        (["signingCredential.ocsp.revoked"], ["assertion.dataHash.match", "claimSignature.validated"],
         "intact", "valid", "revoked", False),
        (["assertion.dataHash.mismatch"], ["claimSignature.validated", "claimSignature.insideValidity"],
         "mismatch", "valid", "valid", True),
        (["claimSignature.mismatch"], ["assertion.dataHash.match"], "intact", "mismatch", "unknown", True),
        (["assertion.hashedURI.mismatch"], ["assertion.dataHash.match", "claimSignature.validated"],
         "unknown", "valid", "unknown", True),
        (["assertion.missing"], ["claimSignature.validated"], "unknown", "valid", "unknown", False),
        ([], [], "unknown", "unknown", "unknown", False),
    ],
)  # fmt: skip
def test_each_answer_rests_on_its_own_codes(
    bad: list[str], good: list[str], binding: str, signature: str, validity: str, changed: bool
):
    values = told(bad, good)

    assert (values.binding, values.signature, values.validity) == (binding, signature, validity)
    assert values.changed is changed


MANIFEST = "self#jumbf=/c2pa/urn:c2pa:b/c2pa.signature"
TRUSTED = {"code": "signingCredential.trusted", "url": MANIFEST}
UNTRUSTED = {"code": "signingCredential.untrusted", "url": MANIFEST}
EXPIRED = {"code": "signingCredential.expired", "url": MANIFEST}


@pytest.mark.parametrize(
    ("noted", "now", "known"),
    [
        pytest.param(([], [UNTRUSTED]), ([TRUSTED], []), True, id="not to them, but to us"),
        pytest.param(([TRUSTED], []), ([], []), True, id="to both"),
        pytest.param(([TRUSTED], []), ([], [UNTRUSTED]), False, id="to them, not to us"),
        pytest.param(([TRUSTED], [UNTRUSTED]), ([], []), False, id="noted both ways, so that neither differs"),
        pytest.param(([TRUSTED], [EXPIRED]), ([], []), False, id="ended"),
        pytest.param(([], []), ([TRUSTED], [EXPIRED]), False, id="ended since"),
        pytest.param(([], [UNTRUSTED]), ([], []), False, id="to nobody"),
        pytest.param(([], []), ([TRUSTED | {"url": "self#jumbf=/c2pa/urn:c2pa:c/x"}], []), False, id="another one"),
    ],
)
def test_an_ingredients_signer_is_known_by_what_was_verified_now(
    noted: tuple[list[Any], list[Any]], now: tuple[list[Any], list[Any]], known: bool
):
    ingredient = {
        "active_manifest": "urn:c2pa:b",
        "validation_results": {"activeManifest": dict(zip(("success", "failure"), noted, strict=True))},
    }
    report = {
        "active_manifest": "a",
        "manifests": {"a": {"ingredients": [ingredient]}, "urn:c2pa:b": {}},
        "validation_results": {
            "ingredientDeltas": [{"validationDeltas": dict(zip(("success", "failure"), now, strict=True))}]
        },
    }

    assert ("urn:c2pa:b" in known_manifests(report)) is known


def test_an_ended_certificate_is_not_said_to_be_missing_on_the_lists():
    untrusted = ["signingCredential.untrusted"]

    def words(bad: list[str]) -> str:
        values = replace(told(bad, []), trust="untrusted")
        return next(text.en for name, text in in_words(values.as_dict()) if name.en == "trust")

    assert words(untrusted) == "not on our trust lists"
    assert "ended" in words([*untrusted, "signingCredential.expired"])


def test_a_changed_ingredient_is_told_in_words():
    values = replace(told([], []), ingredients_changed=True)

    assert "ingredients" in [name.en for name, _ in in_words(values.as_dict())]
    assert "ingredients" not in [name.en for name, _ in in_words(told([], []).as_dict())]


def test_circles_and_crowds_of_ingredients_end():
    label = [f"m{number}" for number in range(500)]
    action = {"label": "c2pa.actions", "data": {"actions": [{"action": "c2pa.edited", "digitalSourceType": AI}] * 50}}
    manifests = {
        each: {"ingredients": [{"active_manifest": other} for other in label], "assertions": [action]} for each in label
    }
    values = split({"active_manifest": "m0", "manifests": manifests}, Trust())

    assert values.manifests == MOST_MANIFESTS
    assert len(values.statements) == MOST_STATEMENTS


def test_every_way_of_naming_a_source_is_understood():
    actions = [
        {"action": "c2pa.created", "digitalSourceType": "trainedAlgorithmicMedia", "softwareAgent": "A 1"},
        {"action": "c2pa.edited", "parameters": {"digitalSourceType": AI}, "softwareAgentIndex": 0},
        {"action": "c2pa.edited", "softwareAgentIndex": 99},
    ]
    values = told(
        [],
        [],
        assertions=[
            {
                "label": "c2pa.actions.v2__1",
                "data": {"actions": actions, "softwareAgents": [{"name": "B", "version": "2"}]},
            },
            {"label": "stds.schema-org.CreativeWork", "data": {"digitalSourceType": AI + "/"}},
        ],
        ingredients=[{"digitalSourceType": "http://c2pa.org/digitalsourcetype/empty"}],
    )

    assert values.source_types == ("trainedAlgorithmicMedia", "empty")
    assert values.agents == ("A 1", "B 2")
    assert values.says_ai


def test_texts_that_a_terminal_would_obey_are_cleaned():
    values = told([], [], signature_info={"issuer": "\x1b[31mEvil\u202e" + "x" * 1000})

    assert "\x1b" not in values.signer
    assert len(values.signer) < 300


@pytest.mark.parametrize("suffix", ["mp4", "wav", "avi"])
def test_what_is_played_is_not_looked_through(suffix: str, media: Path, tmp_path: Path):
    source = credentials.make(suffix, media, tmp_path)
    data = bytearray(source.read_bytes())
    sound = data.index({"mp4": b"mdat", "wav": b"data", "avi": b"movi"}[suffix]) + 200
    data[sound : sound + len(presence.DESCRIPTION)] = presence.DESCRIPTION

    assert not presence.may_hold(bytes(data), suffix)
    assert presence.may_hold(bytes(data) + presence.DESCRIPTION, suffix)
