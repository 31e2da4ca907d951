"""What the reserved codes of a label prove (TC260-PG-202511A; formats/marks.md 2.8)."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import md5, sha1, sha256
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID
from gmssl_pyx import sm2_key_generate, sm2_sign, sm2_verify
from hypothesis import given
from hypothesis import strategies as st

from overt.errors import SetupError
from overt.inspection import Inspector
from overt.marks.examine import examine
from overt.marks.metadata.aigc import Aigc, parse
from overt.marks.metadata.security import (
    DigestSeal,
    NoSeal,
    PublicKey,
    covered_text,
    digest,
    load_seal,
    pin,
    proofs,
    propagated_text,
    public_keys,
    sm2,
)
from overt.marks.metadata.security.data import read
from overt.marks.metadata.security.signing import generate_sm2_pem
from overt.marks.proof import Outcome
from overt.media.budget import INSPECTION

POINT, SECRET = sm2_key_generate()
BARE = Aigc("1", "Example-Studio", "b1946ac9-2a0f", "", "P", "q")
TEXT = covered_text(BARE).encode()
SPKI = "3059301306072A8648CE3D020106082A811CCF5501822D03420004"

STEPFUN = Aigc(
    "1",
    "001191310104MACE0YX63918020",
    "147392816552226816",
    '{"SecurityData":{"Type":"TC260PG","Version":1,"PubSD":[{"Type":"DS","AlgID":"1.2.156.10197.1.501","TBSData":'
    '{"Type":"LabelMataData"},"Signature":"3045022100E816A5872275AE5414E7E0FD3D9B2C30F7B7FD68609D6486A38DF7CFAA1417B9'
    '02201A510FBBE50819BAFF1FCC7B8527FF23CD40447D41A6776E6BCF1F773AE0DBBC"},{"Type":"PubKey","AlgID":'
    '"1.2.156.10197.1.501","KeyValue":"3059301306072A8648CE3D020106082A811CCF5501822D034200045728F08C58D9C72150A70569'
    '3EF7337859F8FF216E802630041AFAE5C036F0A67CB1FDF8C57F5F8B623284AE09E4E545464B7140B26BBDA51BAE965F854C57AA"}]}}',
)
"""A label that StepFun put on a text that somebody published: a signature that nobody here made."""


def of(aigc: Aigc, field: str = "ReservedCode1"):
    (only,) = (proof for proof in proofs(aigc) if proof.field == field)
    return only


def security_data(signature: str, key: str, kind: str = "Md", **more: object) -> str:
    entries = [
        {"Type": "DS", "AlgID": "1.2.156.10197.1.501", "TBSData": {"Type": kind}, "Signature": signature},
        {"Type": "PubKey", "AlgID": "1.2.156.10197.1.501", "KeyValue": key},
    ]
    return json.dumps({"SecurityData": {"Type": "TC260PG", "Version": 1, "PubSD": entries, **more}})


def test_a_real_producers_signature_verifies_and_one_digit_breaks_it():
    assert of(STEPFUN).outcome == Outcome.SELF_SUPPLIED
    assert of(STEPFUN).algorithm == "SM2"
    assert of(replace(STEPFUN, produce_id="147392816552226817")).outcome == Outcome.DIFFERS


def test_the_same_key_pinned_says_whose_it_is():
    (key,) = public_keys(read(STEPFUN.reserved_code1).keys[0].value)

    assert pin(proofs(STEPFUN), STEPFUN, (key,))[0].outcome == Outcome.PINNED
    (stranger,) = public_keys(POINT.hex(), "sm2")
    assert pin(proofs(STEPFUN), STEPFUN, (stranger,))[0].outcome == Outcome.SELF_SUPPLIED


def _compressed() -> bytes:
    return bytes([2 + POINT[-1] % 2]) + POINT[:32]


def _sm2_certificate() -> bytes:
    """A certificate of another curve, with the SM2 key put in the place of its own (nobody checks its signature)."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, datetime.now(UTC), datetime.now(UTC) + timedelta(1))
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.DER)
    )
    spki = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return made.replace(spki, bytes.fromhex(SPKI) + POINT)


KEYS: dict[str, Callable[[], str]] = {
    "04 x y": lambda: "04" + POINT.hex(),
    "x y": lambda: POINT.hex().upper(),
    "compressed": lambda: _compressed().hex(),
    "bare x": POINT[:32].hex,
    "bare x behind a zero": lambda: "00" + POINT[:32].hex(),
    "SPKI": lambda: SPKI + POINT.hex(),
    "SPKI in Base64": lambda: base64.b64encode(bytes.fromhex(SPKI) + POINT).decode(),
    "URL-safe Base64 without padding": lambda: base64.urlsafe_b64encode(b"\x04" + POINT).decode().rstrip("="),
    "PEM": lambda: (
        "-----BEGIN PUBLIC KEY-----\n"
        + base64.encodebytes(bytes.fromhex(SPKI) + POINT).decode()
        + "-----END PUBLIC KEY-----\n"
    ),
    "certificate": lambda: _sm2_certificate().hex(),
}
MESSAGES = {"the text": TEXT, "the text's SM3": sm2.sm3(TEXT)}


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
@pytest.mark.parametrize("message", MESSAGES.values(), ids=MESSAGES)
def test_every_shape_of_key_and_message(key: Callable[[], str], message: bytes):
    signature = sm2_sign(SECRET, POINT, message).hex()
    aigc = replace(BARE, reserved_code1=security_data(signature, key()))

    assert of(aigc).outcome == Outcome.SELF_SUPPLIED
    assert of(aigc).key == sha256(bytes.fromhex(SPKI) + POINT).hexdigest()
    assert of(replace(aigc, label="2")).outcome == Outcome.DIFFERS


def test_our_verification_and_gmssls_agree():
    (key,) = public_keys(POINT.hex(), "1.2.156.10197.1.501")
    for number in range(8):
        message = bytes([number]) * number
        signature = sm2_sign(SECRET, POINT, message)
        broken = signature[:-1] + bytes([signature[-1] ^ 1])
        assert sm2_verify(POINT, message, signature)
        assert key.verifies(message, signature)
        assert not key.verifies(message + b"x", signature)
        assert not key.verifies(message, broken)


@pytest.mark.parametrize("numbers", [(0, 1), (1, 0), (sm2.N, 1), (1, sm2.N), (1, sm2.N - 1), (sm2.N - 1, 1)])
def test_numbers_outside_of_the_group_are_no_signature(numbers: tuple[int, int]):
    assert not sm2.verify(sm2.G, b"", *numbers)


def test_a_point_beside_the_curve_is_no_key():
    assert not sm2.verify((1, 1), b"", 1, 1)
    assert public_keys("04" + "11" * 64, "sm2") == ()
    assert sm2.lift_x(sm2.P) == ()


MISSPELT = {
    "LabelMataData": lambda s: s.replace('"Md"', '"LabelMataData"'),
    "PubSd": lambda s: s.replace("PubSD", "PubSd"),
    "lower-case names": lambda s: s.replace("KeyValue", "keyValue").replace("Signature", "signature"),
    "a string in the object": lambda s: json.dumps({"SecurityData": json.dumps(json.loads(s)["SecurityData"])}),
    "without the outer name": lambda s: json.dumps(json.loads(s)["SecurityData"]),
    "TBSData as a text": lambda s: s.replace('{"Type": "Md"}', '"Md"'),
    "key ids": lambda s: s.replace('"Type": "DS"', '"Type": "DS", "KeyID": 7').replace(
        '"Type": "PubKey"', '"Type": "PubKey", "KeyID": "7"'
    ),
}


@pytest.mark.parametrize("misspell", MISSPELT.values(), ids=MISSPELT)
def test_misspellings_are_taken_for_what_they_mean(misspell: Callable[[str], str]):
    good = security_data(sm2_sign(SECRET, POINT, TEXT).hex(), POINT.hex())
    text = misspell(good)

    assert text != good
    assert of(replace(BARE, reserved_code1=text)).outcome == Outcome.SELF_SUPPLIED


def test_a_binding_is_signed_apart_from_the_label():
    binding = {"BType": 0, "HashAlg": "SM3", "CntHash": "ab" * 32}
    text = json.dumps(binding, separators=(",", ":")).encode()
    signature = sm2_sign(SECRET, POINT, text).hex()
    found = proofs(replace(BARE, reserved_code1=security_data(signature, POINT.hex(), "Binding", Bindings=[binding])))

    assert [(proof.covers, proof.outcome) for proof in found[:-1]] == [
        ("binding", Outcome.SELF_SUPPLIED),
        ("content", Outcome.UNKNOWN),
    ]


@pytest.mark.parametrize(("selection", "outcome"), [("", Outcome.DIGEST), ("mdat", Outcome.UNKNOWN)])
def test_a_hash_of_the_whole_file_is_checked_and_any_other_selection_is_not(selection: str, outcome: Outcome):
    content = b"the whole content"
    binding = {"HashAlg": "SHA-256", "CntHash": sha256(content).hexdigest(), "CntSel": selection}
    code = json.dumps({"SecurityData": {"Type": "TC260PG", "Version": 1, "PubSD": [], "Bindings": [binding]}})
    aigc = replace(BARE, reserved_code1=code)

    (proof, _) = proofs(aigc, lambda _: sha256(content).hexdigest())
    assert (proof.covers, proof.outcome) == ("content", outcome)


def test_es256_and_rsa_twins():
    p256, big = ec.generate_private_key(ec.SECP256R1()), rsa.generate_private_key(65537, 2048)
    made = {
        "ES256": (p256, p256.sign(TEXT, ec.ECDSA(hashes.SHA256()))),
        "RSA": (big, big.sign(TEXT, padding.PKCS1v15(), hashes.SHA256())),
    }
    for name, (key, signature) in made.items():
        spki = key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        aigc = replace(BARE, reserved_code1=security_data(signature.hex(), spki.hex()))
        assert (of(aigc).outcome, of(aigc).algorithm) == (Outcome.SELF_SUPPLIED, name)
        assert of(replace(aigc, label="3")).outcome == Outcome.DIFFERS


DIGESTS = {
    "SM3": digest(BARE),
    "SHA-256": sha256(TEXT).hexdigest(),
    "SHA-1": sha1(TEXT).hexdigest(),
    "MD5": md5(TEXT).hexdigest().upper(),
    "SM3 in Base64": base64.b64encode(sm2.sm3(TEXT)).decode(),
}


@pytest.mark.parametrize("code", DIGESTS.values(), ids=DIGESTS)
def test_digests(code: str):
    assert of(replace(BARE, reserved_code1=code)).outcome == Outcome.DIGEST
    assert of(replace(BARE, reserved_code1=code, label="2")).outcome == Outcome.UNKNOWN


OPAQUE = {
    "a vendor's prefix": "K-1234567",
    "32 digits": "0123456789abcdef" * 2,
    "200 characters of Base64": "QUJD" * 50,
    "half an object": '{"SecurityData":{"Type":',
    "an object of another kind": '{"a":1}',
    "entries of the wrong kind": '{"SecurityData":{"PubSD":[1,null,"x",[]]}}',
    "an object that nests": '{"SecurityData":{"PubSD":' + "[" * 30_000,
    "no key": security_data("3045", ""),
    "a key that is none": security_data(sm2_sign(SECRET, POINT, TEXT).hex(), "zz"),
    "a signature over what nobody knows": security_data(sm2_sign(SECRET, POINT, b"?").hex(), POINT.hex(), "Other"),
    "far too long": "x" * 100_000,
}


@pytest.mark.parametrize("code", OPAQUE.values(), ids=OPAQUE)
def test_what_is_not_understood_is_never_called_wrong(code: str):
    assert {proof.outcome for proof in proofs(replace(BARE, reserved_code1=code))[:-1]} == {Outcome.UNKNOWN}


def test_an_empty_code_proves_nothing():
    assert [proof.outcome for proof in proofs(BARE)] == [Outcome.NONE, Outcome.NONE]


def test_a_propagators_unknown_text_is_no_fault_of_its():
    code = security_data(sm2_sign(SECRET, POINT, b"a text of its own").hex(), POINT.hex())
    assert of(replace(BARE, reserved_code2=code), "ReservedCode2").outcome == Outcome.UNKNOWN
    code = security_data(sm2_sign(SECRET, POINT, propagated_text(BARE).encode()).hex(), POINT.hex())
    assert of(replace(BARE, reserved_code2=code), "ReservedCode2").outcome == Outcome.SELF_SUPPLIED


def test_a_bare_signature_is_tried_with_the_keys_we_know():
    aigc = replace(BARE, reserved_code1=sm2_sign(SECRET, POINT, TEXT).hex())
    (key,) = public_keys(POINT.hex(), "sm2")

    assert of(aigc).outcome == Outcome.UNKNOWN
    assert pin(proofs(aigc), aigc, (key,))[0].outcome == Outcome.PINNED


@pytest.fixture(params=["sm2", "es256"])
def key_file(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Path]:
    path = tmp_path / "key.pem"
    if request.param == "sm2":
        path.write_bytes(generate_sm2_pem())
    else:
        path.write_bytes(
            ec.generate_private_key(ec.SECP256R1()).private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
    return request.param, path


def test_what_we_sign_fits_into_a_label_and_verifies(key_file: tuple[str, Path]):
    seal = load_seal(*key_file)
    aigc = replace(BARE, reserved_code1=seal.seal(covered_text(BARE)), reserved_code2=seal.seal(propagated_text(BARE)))

    again = parse(aigc.to_json())

    assert again.defects == ()
    assert again.aigc == aigc
    assert {proof.outcome for proof in proofs(again.aigc)} == {Outcome.SELF_SUPPLIED}
    assert {p.outcome for p in pin(proofs(again.aigc), again.aigc, (seal.public_key,))} == {Outcome.PINNED}
    assert read(aigc.reserved_code1).defects == ()


def test_openssl_reads_our_sm2_key(tmp_path: Path):
    path = tmp_path / "key.pem"
    path.write_bytes(generate_sm2_pem())
    told = subprocess.run(
        ["openssl", "pkey", "-in", path, "-text", "-noout"], capture_output=True, text=True, check=True
    ).stdout

    point = load_seal("sm2", path).public_key.spki[-65:]
    assert "SM2" in told
    assert point.hex() in told.replace(":", "").replace("\n", "").replace(" ", "")


def test_seals_without_a_key():
    assert NoSeal().seal("x") == ""
    assert DigestSeal().seal(covered_text(BARE)) == digest(BARE)
    assert load_seal("digest", None).public_key is None


def test_a_key_of_another_kind_is_named(key_file: tuple[str, Path], tmp_path: Path):
    other = "es256" if key_file[0] == "sm2" else "sm2"
    with pytest.raises(SetupError):
        load_seal(other, key_file[1])
    with pytest.raises(SetupError):
        load_seal(other, None)
    with pytest.raises(SetupError):
        load_seal(other, tmp_path / "none.pem")


def test_every_outcome_is_told_in_both_languages():
    assert all(outcome.text.zh != outcome.text.en for outcome in Outcome)


strange = st.text(st.characters(), max_size=80)  # Halves of surrogate pairs, too: JSON can escape them.
codes = strange | st.binary(max_size=200).map(bytes.hex) | st.sampled_from(list(OPAQUE.values()))


@given(codes, codes, strange)
def test_any_codes_give_proofs(one: str, two: str, name: str):
    assert {proof.field for proof in proofs(Aigc("1", name, "i", one, "", "", two))} == {
        "ReservedCode1",
        "ReservedCode2",
    }


@given(st.binary(max_size=120) | st.binary(max_size=60).map(lambda rest: bytes.fromhex(SPKI) + rest))
def test_any_bytes_are_keys_or_none(raw: bytes):
    assert all(isinstance(key, PublicKey) for key in public_keys(raw.hex()))


def test_a_real_label_in_front_matter(tmp_path: Path):
    lines = "".join(f"  {key}: '{value}'\n" for key, value in STEPFUN.values().items())
    path = tmp_path / "stepfun.md"
    path.write_text(f"---\nAIGC:\n{lines}---\n\n# A title\n", encoding="utf-8")

    (reading,) = examine(path, path.name, ("metadata",), "cn", INSPECTION).readings

    assert reading.proofs[0].outcome == Outcome.SELF_SUPPLIED
    assert [defect.name for defect in reading.defects] == ["security-data-spelling"]


RSA_SPKI = (
    rsa.generate_private_key(65537, 1024)
    .public_key()
    .public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
)


@given(st.lists(st.tuples(st.integers(0, len(RSA_SPKI) - 1), st.integers(0, 255)), max_size=3), st.binary(max_size=140))
def test_damaged_keys_verify_nothing(changes: list[tuple[int, int]], signature: bytes):
    raw = bytearray(RSA_SPKI)
    for at, byte in changes:
        raw[at] = byte
    assert not any(key.verifies(b"x", signature) for key in public_keys(raw.hex()))


def test_half_a_surrogate_pair_anywhere_is_told(tmp_path: Path):
    inner = '{"SecurityData":{"Bindings":[{"a":"\\ud800"}],"PubSD":[{"Type":"DS","AlgID":"\\ud800","TBSData":"?"}]}}'
    label = (
        '{"AIGC":{"Label":"1","ContentProducer":"\\ud800","ProduceID":"x","ReservedCode1":' + json.dumps(inner) + "}}"
    )
    path = tmp_path / "s.html"
    path.write_text(f"<!DOCTYPE html><html><head><meta name='AIGC' content='{label}'></head></html>", encoding="utf-8")

    with Inspector(kinds=("metadata", "trace")) as inspector:
        answer = inspector.inspect(path)

    assert answer.verdict.kind == "confirmed"
    assert answer.aigc["ContentProducer"] == "\ufffd"
