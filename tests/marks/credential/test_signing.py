"""Who signs, what is signed, and that nothing else happens to the file."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import c2pa
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import credentials
from overt.errors import FormatError, MediaError, SetupError, UnsupportedError
from overt.formats import identify
from overt.marks.credential import manifest, sign, sources, timestamp
from overt.marks.credential.issuer import Issuer
from overt.marks.credential.model import Trust, Watermark
from overt.marks.credential.read import reading
from overt.marks.credential.signer import Command, LocalKey
from overt.marks.files import mapped
from overt.marks.model import Declaration, Reading
from overt.media.budget import MARKING
from overt.media.guard import Guard
from overt.rulebook import load

AIGC = {"Label": "1", "ContentProducer": "P", "ProduceID": "x", "ReservedCode1": "", "ContentPropagator": "P",
        "PropagateID": "x", "ReservedCode2": ""}  # fmt: skip
KEYS: dict[str, Callable[[], Any]] = {
    "es256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "es384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "es512": lambda: ec.generate_private_key(ec.SECP521R1()),
    "ps256": lambda: rsa.generate_private_key(65537, 2048),
    "ed25519": ed25519.Ed25519PrivateKey.generate,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("signing")


@pytest.fixture(scope="module")
def guard(folder: Path) -> Iterator[Guard]:
    with Guard(MARKING, writable=[folder]) as guard:
        yield guard


@pytest.fixture(scope="module")
def key(folder: Path) -> tuple[Path, Path]:
    return credentials.identity(folder / "es256", KEYS["es256"]())


@pytest.fixture(scope="module")
def issuer(key: tuple[Path, Path]) -> Issuer:
    return Issuer(LocalKey(*key))


def declaration(*techniques: str, system: str = "Model X 2.1") -> Declaration:
    return Declaration(
        "0f96082f-06f5-4243-8223-134ab5caf9e5",
        "P",
        techniques or ("image_generation",),
        datetime.now(UTC),
        system=system,
    )


def read(path: Path, trust: Trust | None = None) -> Reading:
    with mapped(path) as data:
        return reading(path, data, identify(data, path.name).name, trust or Trust())


# -- who signs ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", KEYS)
def test_every_algorithm(algorithm: str, guard: Guard, folder: Path, media: Path):
    signer = LocalKey(*credentials.identity(folder / algorithm, KEYS[algorithm]()))
    issuer = Issuer(signer)
    target = folder / f"{algorithm}.jpg"
    issuer.mark(guard, media / "images" / "mdn_larch.jpg", target, "jpeg", declaration(), AIGC)
    found = read(target, issuer.trust)

    assert signer.algorithm == algorithm
    assert (found.values["binding"], found.values["signature"], found.values["trust"]) == ("intact", "valid", "own")


PROGRAM = """
import sys
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
key = serialization.load_pem_private_key(open(sys.argv[1], "rb").read(), None)
sys.stdout.buffer.write(key.sign(sys.stdin.buffer.read(), ec.ECDSA(hashes.SHA256())))
"""


def test_a_program_may_sign(guard: Guard, folder: Path, key: tuple[Path, Path], media: Path):
    (folder / "program.py").write_text(PROGRAM)
    command = Command([sys.executable, str(folder / "program.py"), str(key[0])], key[1])
    target = folder / "command.jpg"
    Issuer(command).mark(guard, media / "images" / "mdn_larch.jpg", target, "jpeg", declaration(), AIGC)

    assert read(target).values["signature"] == "valid"


@pytest.mark.parametrize(
    ("command", "said"),
    [
        pytest.param(["false"], "failed with 1", id="it fails"),
        pytest.param(["true"], "do not belong together", id="it says nothing"),
        pytest.param(["cat"], "do not belong together", id="it says something else"),
        pytest.param(["/no/such/program"], "No such file", id="it is not there"),
    ],
)
def test_a_program_that_does_not_sign_is_the_set_ups_fault(
    command: list[str], said: str, guard: Guard, folder: Path, key: tuple[Path, Path], media: Path
):
    issuer = Issuer(Command(command, key[1]))
    with pytest.raises(SetupError, match=said):
        issuer.mark(guard, media / "images" / "mdn_larch.jpg", folder / "x.jpg", "jpeg", declaration(), AIGC)


def test_a_key_that_is_not_the_certificates_is_found_out(folder: Path, key: tuple[Path, Path]):
    other, _ = credentials.identity(folder / "other", KEYS["es256"]())
    with pytest.raises(SetupError, match="do not belong together"):
        LocalKey(other, key[1]).sign(b"x")


def test_what_is_no_key_is_told(folder: Path, key: tuple[Path, Path]):
    with pytest.raises(SetupError, match="cannot be read"):
        LocalKey(folder / "nowhere.pem", key[1])
    with pytest.raises(SetupError, match=r"certificates .* cannot be read"):
        LocalKey(key[0], key[0])
    weak = credentials.identity(folder / "weak", rsa.generate_private_key(65537, 1024))
    with pytest.raises(SetupError, match="P-256"):
        LocalKey(*weak)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"ends": datetime.now(UTC) - timedelta(days=1)}, id="ended"),
        pytest.param({"use": ExtendedKeyUsageOID.SERVER_AUTH}, id="for something else"),
    ],
)
def test_a_certificate_that_is_not_good_is_the_set_ups_fault(
    changes: dict[str, Any], guard: Guard, folder: Path, media: Path
):
    issuer = Issuer(LocalKey(*credentials.identity(folder / "bad", KEYS["es256"](), **changes)))
    with pytest.raises(SetupError, match="ertificate"):
        issuer.mark(guard, media / "images" / "mdn_larch.jpg", folder / "bad.jpg", "jpeg", declaration(), AIGC)


def test_nobody_else_is_own(guard: Guard, folder: Path, issuer: Issuer, media: Path):
    other = Issuer(LocalKey(*credentials.identity(folder / "else", KEYS["es256"]())))
    target = folder / "else.jpg"
    other.mark(guard, media / "images" / "mdn_larch.jpg", target, "jpeg", declaration(), AIGC)

    assert read(target, issuer.trust).values["trust"] == "not-judged"
    assert read(target, Trust(anchors=issuer.signer.chain)).values["trust"] == "untrusted"
    assert read(target, Trust(anchors=other.signer.chain)).values["trust"] == "trusted"
    assert read(target, Trust(anchors=other.signer.chain, own=issuer.signer.chain)).values["trust"] == "trusted"


# -- what is signed -------------------------------------------------------------------------------------------


def test_every_technique_has_an_origin():
    assert set(sources.ORIGINS) == set(load("cn").techniques)


@pytest.mark.parametrize(
    ("techniques", "action", "source_type"),
    [
        (("image_generation",), "c2pa.created", "trainedAlgorithmicMedia"),
        (("face_replacement",), "c2pa.edited", "compositeWithTrainedAlgorithmicMedia"),
        (("image_generation", "image_enhancement"), "c2pa.edited", "compositeWithTrainedAlgorithmicMedia"),
        (("digital_simulation",), "c2pa.created", "algorithmicMedia"),
    ],
)
def test_the_manifest_says_how_it_was_made(techniques: tuple[str, ...], action: str, source_type: str):
    made = manifest.marked(declaration(*techniques), AIGC, parent=sources.origin(techniques) == "edited")
    last = made["assertions"][0]["data"]["actions"][-1]

    assert (last["action"], last["digitalSourceType"]) == (action, sources.BASE + source_type)
    assert last["softwareAgent"] == {"name": "Model X", "version": "2.1"}


@pytest.mark.parametrize(
    ("system", "agent"),
    [
        ("Model X 2.1", {"name": "Model X", "version": "2.1"}),
        ("模型 v3", {"name": "模型", "version": "v3"}),
        ("Model Seven", {"name": "Model Seven"}),
        ("2.1", {"name": "2.1"}),
        ("", manifest.OVERT),
        ("  ", manifest.OVERT),
    ],
)
def test_name_and_version_of_a_system(system: str, agent: dict[str, str]):
    assert manifest.agent(system) == agent


def test_all_that_can_be_said_is_said_and_signed(guard: Guard, folder: Path, key: tuple[Path, Path], media: Path):
    issuer = Issuer(LocalKey(*key), training="notAllowed")
    target, mark = folder / "all.jpg", Watermark("example.overt.test", "c0ffee")
    issuer.mark(guard, media / "images" / "mdn_larch.jpg", target, "jpeg", declaration(), AIGC, watermark=mark)
    with c2pa.Reader(str(target)) as reader:
        report, detailed = json.loads(reader.json()), json.loads(reader.detailed_json())
    active = report["manifests"][report["active_manifest"]]
    said = {each["label"]: each["data"] for each in active["assertions"]}

    assert report["validation_state"] == "Valid"
    assert said["cn.tc260.aigc"] == AIGC
    assert said["c2pa.ai-disclosure"] == {"modelType": "c2pa.types.model", "modelName": "Model X"}
    assert said["c2pa.soft-binding"]["alg"] == "example.overt.test"
    assert said["c2pa.soft-binding"]["blocks"][0]["value"] == "c0ffee"
    assert set(said["cawg.training-mining"]["entries"]) == set(manifest.TRAINING_KEYS)
    assert [each["action"] for each in said["c2pa.actions.v2"]["actions"]] == ["c2pa.created", "c2pa.watermarked.bound"]
    assert "thumbnail" not in active
    claim = detailed["manifests"][report["active_manifest"]]["claim"]
    assert not claim.get("gathered_assertions")


def test_what_is_not_set_is_not_said():
    labels = {
        each["label"] for each in manifest.marked(declaration("digital_simulation"), None, parent=False)["assertions"]
    }

    assert labels == {manifest.ACTIONS}


# -- the chain ------------------------------------------------------------------------------------------------


def test_a_platform_goes_on_with_the_chain(guard: Guard, folder: Path, issuer: Issuer, media: Path):
    received, changed, target = folder / "received.jpg", folder / "changed.jpg", folder / "distributed.jpg"
    issuer.mark(guard, media / "images" / "mdn_larch.jpg", received, "jpeg", declaration(), AIGC)
    data = received.read_bytes()
    changed.write_bytes(data[:2] + b"\xff\xfe\x00\x09changed" + data[2:])
    platform = Issuer(LocalKey(*credentials.identity(folder / "platform", KEYS["es256"]())))
    label = AIGC | {"ContentPropagator": "Platform"}
    assert read(changed).values["binding"] != "intact"

    platform.resign(guard, received, changed, target, "jpeg", label, actions=["c2pa.published"])

    found = read(target, platform.trust).values
    assert (found["binding"], found["signature"], found["trust"], found["manifests"]) == ("intact", "valid", "own", 2)
    assert [(each["manifest"], each["action"]) for each in found["statements"]] == [
        (0, "c2pa.opened"),
        (0, "c2pa.edited.metadata"),
        (0, "c2pa.published"),
        (1, "c2pa.created"),
    ]
    assert found["aigc"] == label
    assert found["says_ai"]
    assert not found["ingredients_changed"]


def test_who_signs_anew_does_not_vouch_for_what_a_stranger_stated(
    guard: Guard, folder: Path, issuer: Issuer, media: Path
):
    received, target = folder / "strangers.jpg", folder / "signed-anew.jpg"
    issuer.mark(guard, media / "images" / "mdn_larch.jpg", received, "jpeg", declaration(), AIGC)
    platform = Issuer(LocalKey(*credentials.identity(folder / "another-platform", KEYS["es256"]())))
    platform.resign(guard, received, received, target, "jpeg", AIGC)
    their, our = platform.trust.own, issuer.trust.own

    def known(trust: Trust) -> list[tuple[str, bool]]:
        """Whom the active manifest is from, and whether the one that states synthesis is from somebody known."""
        values = read(target, trust).values
        return [(values["trust"], each["trusted"]) for each in values["statements"] if each["source_type"]]

    assert known(Trust()) == [("not-judged", False)]
    assert known(Trust(anchors=their)) == [("trusted", False)]
    assert known(Trust(own=their)) == [("own", False)]
    assert known(Trust(anchors=our)) == [("untrusted", True)]
    assert known(Trust(anchors=their + our)) == [("trusted", True)]
    assert known(Trust(own=their, anchors=our)) == [("own", True)]
    assert known(Trust(own=our, anchors=their)) == [("trusted", True)]


def test_a_file_that_had_none_gets_a_parent_without_one(guard: Guard, folder: Path, issuer: Issuer, media: Path):
    source, target = media / "images" / "mdn_larch.jpg", folder / "first.jpg"
    issuer.resign(guard, source, source, target, "jpeg", AIGC)

    found = read(target).values
    assert (found["binding"], found["manifests"]) == ("intact", 1)
    assert not found["says_ai"]


def test_a_changed_parent_is_remembered(guard: Guard, folder: Path, issuer: Issuer, media: Path):
    good, bad, target = folder / "good.png", folder / "bad.png", folder / "of-bad.png"
    issuer.mark(guard, media / "images" / "skimage_coffee.png", good, "png", declaration(), AIGC)
    data = bytearray(good.read_bytes())
    data[-100] ^= 1
    bad.write_bytes(data)
    issuer.resign(guard, bad, bad, target, "png", AIGC)

    found = read(target).values
    assert found["binding"] == "intact"
    assert found["ingredients_changed"]


# -- nothing else happens ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "gif", "tiff", "heic", "avif"])
def test_pixels_stay(suffix: str, guard: Guard, folder: Path, issuer: Issuer, media: Path):
    source, target = credentials.make(suffix, media, folder), folder / f"pixels.{suffix}"
    with mapped(source) as data:
        container = identify(data, source.name).name
    issuer.mark(guard, source, target, container, declaration(), None, parent=source)

    with Image.open(source) as before, Image.open(target) as after:
        assert before.convert("RGB").tobytes() == after.convert("RGB").tobytes()


@pytest.mark.parametrize("suffix", ["wav", "mp3", "flac", "mp4", "mov", "m4a", "avi"])
def test_sound_and_film_stay(suffix: str, guard: Guard, folder: Path, issuer: Issuer, media: Path):
    source, target = credentials.make(suffix, media, folder), folder / f"played.{suffix}"
    with mapped(source) as data:
        container = identify(data, source.name).name
    issuer.mark(guard, source, target, container, declaration(), None, parent=source)

    assert _streams(target) == _streams(source)


def _streams(path: Path) -> bytes:
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-map", "0", "-c", "copy", "-f", "streamhash", "-"]
    return subprocess.run(command, capture_output=True, check=True, stdin=subprocess.DEVNULL).stdout


@pytest.mark.parametrize("container", ["mkv", "webm", "ogg", "text", "html", "glb", "aiff"])
def test_formats_without_a_way_are_refused_with_a_way_out(container: str):
    with pytest.raises(UnsupportedError) as caught:
        sign.signable(container)

    assert "--only label,metadata" in caught.value.hint.en


def test_a_broken_file_is_refused(guard: Guard, folder: Path, issuer: Issuer):
    broken = folder / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff\xe0\x00\x10JFIF")
    with pytest.raises(MediaError, match="cannot be written"):
        issuer.mark(guard, broken, folder / "broken-out.jpg", "jpeg", declaration(), AIGC)


# -- time stamps ------------------------------------------------------------------------------------------------


def test_an_authority_that_is_not_there_is_told(guard: Guard, folder: Path, key: tuple[Path, Path], media: Path):
    issuer = Issuer(LocalKey(*key), stamper=timestamp.Authority("http://127.0.0.1:9/"))
    with pytest.raises(SetupError, match="does not answer"):
        issuer.mark(guard, media / "images" / "mdn_larch.jpg", folder / "y.jpg", "jpeg", declaration(), AIGC)


@pytest.mark.parametrize("answer", [b"", b"\x30\x03\x02\x01\x02", b"<html>", bytes(5000), b"\x30\x84\xff\xff\xff\xff"])
def test_an_answer_that_is_no_stamp_ends_the_signing(
    answer: bytes, guard: Guard, folder: Path, key: tuple[Path, Path], media: Path
):
    class Broken:
        def stamp(self, request: bytes) -> bytes:
            return answer

    issuer = Issuer(LocalKey(*key), stamper=Broken())
    with pytest.raises((SetupError, FormatError)):
        issuer.mark(guard, media / "images" / "mdn_larch.jpg", folder / "z.jpg", "jpeg", declaration(), AIGC)


def test_a_refusal_is_told():
    with pytest.raises(SetupError, match="refuses"):
        timestamp.token_of(bytes.fromhex("30053003020102"))


@given(st.integers(0, 9000), st.integers(0, 700))
def test_the_header_always_has_the_length_of_its_room(size: int, more: int):
    token = bytes(size)
    room = len(timestamp.header(token, 10_000)) - 10_000 + size + 40 + more
    try:
        assert len(timestamp.header(token, room)) == room
    except UnsupportedError:
        assert more < 10
    assert len(timestamp.header(token, 10_000)) == 10_000


@given(st.binary(max_size=200))
def test_any_answer_is_a_token_or_an_error(answer: bytes):
    with suppress(SetupError, FormatError):
        assert isinstance(timestamp.token_of(answer), bytes)
