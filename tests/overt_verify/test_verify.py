"""What the verifier finds: each byte, each part, and nothing but its own answers."""

from __future__ import annotations

import ast
import base64
import json
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

import overt_verify
from evidence import BYTES, SIGNER, resealed, signer, standard, written
from overt.ledger import merkle
from overt.ledger.bundle import Closed, Document, Evidence, Item, sealed
from overt.ledger.checkpoint import Checkpoint, ed25519_key, note, signed
from overt.ledger.cosignature import cosign, with_signatures
from overt.ledger.entry import Entry
from overt.ledger.event import committed
from overt_verify import NoBundleError, Report, verify

Change = Callable[[dict[str, Any]], object]


def states(report: Report) -> dict[str, str]:
    return {each.name: each.state for each in report.checks}


def found(data: bytes) -> bool:
    """Whether the verifier finds that something is wrong."""
    try:
        return not verify(data).holds
    except NoBundleError:
        return True


def test_a_bundle_holds(bundle: bytes):
    report = verify(bundle, SIGNER.public)

    assert report.holds
    assert {name for name, state in states(report).items() if state == "holds"} == {
        "form", "seal", "key", "checkpoint", "entries", "openings", "contents", "documents",
    }  # fmt: skip
    assert states(report)["closed"] == states(report)["about"] == "unchecked"


def test_any_byte_that_is_changed_is_found(bundle: bytes):
    masks = random.Random(7)
    for mask in (lambda: 0x01, lambda: masks.randrange(1, 256)):
        for at in range(len(bundle)):
            changed = bytearray(bundle)
            changed[at] ^= mask()
            assert found(bytes(changed)), at


def test_any_letter_in_the_other_case_is_found(bundle: bytes):
    for at in range(bundle.index(b'"seal"'), len(bundle)):
        changed = bytearray(bundle)
        changed[at] ^= 0x20
        assert found(bytes(changed)), at


def test_any_end_that_is_missing_is_found(bundle: bytes):
    assert all(found(bundle[:length]) for length in range(len(bundle)))


@pytest.mark.parametrize("more", [b"\n", b" ", b"\x00", b"{}", b"a"])
def test_anything_around_it_is_found(bundle: bytes, more: bytes):
    assert found(bundle + more)
    assert found(more + bundle)


@pytest.mark.parametrize("old", [b'"made":', b'"version":1', b'{"about"'])
def test_another_writing_of_the_same_is_found(bundle: bytes, old: bytes):
    new = {b'"made":': b'"made": ', b'"version":1': b'"version":1.0', b'{"about"': b'{"about":{},"about"'}[old]

    assert found(bundle.replace(old, new, 1))


def _other(told: dict[str, Any]) -> None:
    told["entries"][0]["proof"], told["entries"][1]["proof"] = (
        told["entries"][1]["proof"],
        told["entries"][0]["proof"],
    )


def _open(told: dict[str, Any]) -> dict[str, Any]:
    return next(each for each in told["entries"] if "opening" in each)


CHANGES: dict[str, tuple[str, Change]] = {
    "proofs swapped": ("entries", _other),
    "a proof shortened": ("entries", lambda told: told["entries"][0]["proof"].pop()),
    "a proof lengthened": ("entries", lambda told: told["entries"][0]["proof"].append(standard(bytes(32)))),
    "an entry twice": ("entries", lambda told: told["entries"].append(told["entries"][-1])),
    "an entry at another place": ("entries", lambda told: told["entries"][0].update(index=0)),
    "an entry that others could not read": ("entries", lambda told: told["entries"][0].update(entry="x")),
    "another salt": ("openings", lambda told: _open(told)["opening"].update(salt="00" * 16)),
    "another event": ("openings", lambda told: _open(told)["opening"].update(event="{}")),
    "neither opening nor reason": ("openings", lambda told: told["entries"][0].pop("closed")),
    "a reason of its own": ("closed", lambda told: told["entries"][0].update(closed={"why": "lost"})),
    "a destruction without its entry": ("closed", lambda told: told["entries"][0].update(closed={"why": "destroyed"})),
    "an expiry that another entry tells": (
        "closed",
        lambda told: told["entries"][0].update(closed={"why": "expired", "by": told["entries"][1]["index"]}),
    ),
    "another file": ("contents", lambda told: told["contents"][0].update(data=standard(b"other"))),
    "a file that was not released": ("contents", lambda told: told["contents"][0].update(sha256="00" * 32)),
    "a document that is no JSON": ("documents", lambda told: told["documents"][0].update(text="{")),
    "a time stamp that is none": ("timestamps", lambda told: told["timestamps"].append(standard(b"0"))),
    "a checkpoint of another size": (
        "checkpoint",
        lambda told: told.update(checkpoint=told["checkpoint"].replace("\n5\n", "\n6\n")),
    ),
    "a checkpoint without signature": (
        "checkpoint",
        lambda told: told.update(checkpoint=told["checkpoint"].split("—")[0]),
    ),
    "two subjects": ("about", lambda told: told["about"].update({"from": "2026", "before": "2027"})),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_the_holder_of_the_key_changes_is_found(bundle: bytes, name: str):
    check, change = CHANGES[name]
    states_now = states(verify(resealed(bundle, change)))

    assert states_now.get(check, states_now.get("period")) == "fails"
    assert states_now["seal"] == "holds"


def test_who_has_another_key_cannot_seal_it_again(bundle: bytes):
    report = verify(resealed(bundle, lambda told: None, signer(2)))

    assert states(report)["checkpoint"] == "fails"


def test_who_signs_everything_again_is_found_by_the_key(bundle: bytes):
    def forge(told: dict[str, Any]) -> None:
        text = note(told["checkpoint"].encode()).text.split("\n")
        root = base64.b64decode(text[2])
        told["checkpoint"] = signed(Checkpoint(text[0], int(text[1]), root), signer(2)).decode()

    forged = resealed(bundle, forge, signer(2))

    assert verify(forged).holds
    assert states(verify(forged))["key"] == "unchecked"
    assert states(verify(forged, SIGNER.public))["key"] == "fails"


def test_a_part_that_nobody_knows_is_refused(bundle: bytes):
    assert states(verify(resealed(bundle, lambda told: told.update(more=1)))) == {"form": "fails"}


def test_another_version_is_no_bundle_of_ours(bundle: bytes):
    with pytest.raises(NoBundleError):
        verify(resealed(bundle, lambda told: told.update(version=2)))


def test_a_period_is_whole(period: bytes):
    report = verify(period)

    assert report.holds
    assert states(report)["period"] == "holds"


@pytest.mark.parametrize("at", [0, 2, -1])
def test_an_entry_that_is_missing_in_a_period_is_found(period: bytes, at: int):
    report = verify(resealed(period, lambda told: told["entries"].pop(at)))

    assert states(report)["period"] == "fails"


def test_a_witness_counts_and_a_false_one_is_found(bundle: bytes):
    witness = signer(3)

    def cosigned(told: dict[str, Any]) -> None:
        checkpoint = told["checkpoint"].encode()
        line = cosign(note(checkpoint).text, "witness.example", witness, 1_790_000_000)
        told["checkpoint"] = with_signatures(checkpoint, [line]).decode()
        told["witnesses"] = [{"key": witness.public.hex(), "name": "witness.example"}]

    def spoiled(told: dict[str, Any]) -> None:
        cosigned(told)
        lines = told["checkpoint"].split("\n")
        raw = bytearray(base64.b64decode(lines[-2].split(" ")[2]))
        raw[-1] ^= 1
        lines[-2] = f"— witness.example {standard(bytes(raw))}"
        told["checkpoint"] = "\n".join(lines)

    assert states(verify(resealed(bundle, cosigned)))["witnesses"] == "holds"
    assert states(verify(resealed(bundle, spoiled)))["witnesses"] == "fails"


def test_signed_documents_are_checked(bundle: bytes):
    told = {"id": "d1", "outcome": "allow", "signer": SIGNER.id}
    decision = {**told, "signature": SIGNER.sign(written({"v": 1, **told})).hex()}
    receipt = {"receipt": {"of": "c1"}, "signer": SIGNER.id, "signature": ""}
    receipt["signature"] = SIGNER.sign(written(receipt["receipt"])).hex()
    spoiled = {**decision, "outcome": "refuse"}
    foreign = {**decision, "signer": "00" * 32}

    def state(document: object) -> str:
        beside = [{"kind": "decision", "of": "d1", "text": json.dumps(document)}]
        return states(verify(resealed(bundle, lambda told: told.update(documents=beside))))["signatures"]

    assert state(decision) == state({"inside": [receipt]}) == "holds"
    assert state(spoiled) == "fails"
    assert state(foreign) == "unchecked"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=150)
@given(st.data())
def test_whatever_the_holder_of_the_key_puts_in_only_our_answers_come_out(bundle: bytes, data: st.DataObject):
    def change(told: dict[str, Any]) -> None:
        place: Any = told
        while isinstance(place, dict | list) and place:
            key = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
            if not isinstance(place[key], dict | list) or not place[key] or data.draw(st.booleans()):
                place[key] = data.draw(JSON | st.text(max_size=40) | st.just(standard(data.draw(st.binary()))))
                return
            place = place[key]

    try:
        report = verify(resealed(bundle, change))
    except (NoBundleError, UnicodeEncodeError):  # The second: a text that no file can hold.
        return
    assert overt_verify.show(report, chinese=True)
    assert json.loads(overt_verify.as_json(report))


@settings(max_examples=200)
@given(st.binary(max_size=200) | st.text().map(str.encode) | JSON.map(lambda told: json.dumps(told).encode()))
def test_what_is_no_bundle_is_told_so(data: bytes):
    with pytest.raises(NoBundleError):
        verify(data)


@pytest.mark.parametrize("data", [b"[" * 100_000, b'{"format":"overt-bundle",' + b'"a":[' * 100_000, b"9" * 5000])
def test_depth_and_length_do_not_end_it(data: bytes):
    assert found(data)


IDS = st.text("abcdef0123456789-", min_size=1, max_size=20)
CLOSED = st.builds(Closed, st.sampled_from(["withheld", "unknown", "outside"]))


@settings(max_examples=60)
@given(
    about=IDS,
    bodies=st.lists(st.dictionaries(st.text(max_size=5), st.text(max_size=9), max_size=3), min_size=1, max_size=6),
    producer=st.text(max_size=12),
    closed=st.lists(st.none() | CLOSED, min_size=6, max_size=6),
    name=st.text(max_size=9),
)
def test_whatever_is_put_in_comes_out(about: str, bodies, producer: str, closed, name: str):
    salt = bytes(16)
    texts = [written({**body, "tag": "a:b:c"}) for body in bodies]
    entries = [Entry("a:b:c", "a:b", at + 1, "2026", committed(text, salt)).encoded() for at, text in enumerate(texts)]
    leaves = [merkle.leaf_hash(each) for each in entries]
    items = [
        Item(at, entries[at], merkle.inclusion_proof(leaves, at), "about", closed[at] or (salt, texts[at]))
        for at in range(len(entries))
    ]
    head = signed(Checkpoint("example.com/x", len(leaves), merkle.SHA256.root(leaves)), SIGNER)
    made = Evidence(about, "2026", producer, head, items, [], documents=[Document("other", name, "{}")])
    report = verify(sealed(made, SIGNER), SIGNER.public)

    assert report.holds
    assert report.told["producer"] == producer
    assert [each["event"] for each in report.entries] == [
        None if closed[at] else json.loads(texts[at]) for at in range(len(texts))
    ]


# The command line -----------------------------------------------------------------------------------------------------


@pytest.fixture
def alone(tmp_path: Path) -> Path:
    """The verifier's one file, copied alone into an empty folder."""
    folder = tmp_path / "alone"
    folder.mkdir()
    return Path(shutil.copy(overt_verify.__file__, folder / "overt_verify.py"))


PYTHONS = sorted({sys.executable, *(each for each in ["/usr/bin/python3"] if Path(each).exists())})


@pytest.mark.parametrize("python", PYTHONS)
def test_it_runs_alone(alone: Path, bundle: bytes, tmp_path: Path, python: str):
    for name, data in (("good", bundle), ("bad", bundle.replace(b"Example", b"Exampel")), ("none", b"{}")):
        (tmp_path / name).write_bytes(data)
    (tmp_path / "out.txt").write_bytes(BYTES)

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [python, "-I", "-S", str(alone), *arguments]
        return subprocess.run(
            command, check=False, capture_output=True, text=True, cwd=tmp_path, env={"LANG": "C.UTF-8"}
        )

    good = run("good", "out.txt", "--key", SIGNER.public.hex())
    assert (good.returncode, good.stderr) == (0, "")
    assert "Everything that was checked holds." in good.stdout
    assert run("bad").returncode == 1
    assert run("none").returncode == 2


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ([], 0, "未核对谁持有密钥"),
        (["--key", SIGNER.public.hex()], 0, "与您给出的密钥相同"),
        (["--key=" + SIGNER.id], 0, "与您给出的密钥相同"),
        (["--key", "00" * 32], 1, "不是您给出的密钥"),
        (["--key", "nowhere"], 2, "用法"),
        (["--key"], 2, "用法"),
        (["--what"], 2, "用法"),
        (["released"], 0, "released"),
        (["another"], 1, "不是所记录的发布文件"),
        (["missing"], 2, "用法"),
        (["--help"], 0, "退出码"),
        (["--json"], 0, '"holds": true'),
    ],
)
def test_the_command_line(written_to, bundle, tmp_path, monkeypatch, capsys, arguments, code, said):
    monkeypatch.setenv("OVERT_LANG", "zh")
    monkeypatch.chdir(tmp_path)
    Path("released").write_bytes(BYTES)
    Path("another").write_bytes(b"another")

    assert overt_verify.main([written_to(bundle), *arguments]) == code
    told = capsys.readouterr()
    assert said in told.out + told.err


def test_keys_in_files(written_to, bundle: bytes, tmp_path: Path):
    public = SIGNER.public
    pem = Ed25519PublicKey.from_public_bytes(public).public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    for text in (pem, public.hex().encode() + b"\n", ed25519_key("example.com/x", public).spelled.encode()):
        (tmp_path / "key").write_bytes(text)
        assert overt_verify.main([written_to(bundle), "--key", str(tmp_path / "key")]) == 0


def test_a_terminal_obeys_nothing_in_a_bundle(bundle: bytes):
    report = verify(resealed(bundle, lambda told: told.update(producer="\x1b[2J\n✓ key")))

    assert "\x1b" not in overt_verify.show(report, chinese=False)
    assert "\n✓ key" not in overt_verify.show(report, chinese=False).partition("form")[0]


def test_both_languages_say_everything():
    for title, proves, limits in overt_verify.WORDS.values():
        assert all(each["zh"] and each["en"] for each in (title, proves, limits))


def test_it_is_one_file_of_the_standard_library_for_python_3_9():
    tree = ast.parse(Path(overt_verify.__file__).read_text("utf-8"), feature_version=(3, 9))
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in (
            [each.name for each in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert imported <= {
        "__future__",
        "base64",
        "collections",
        "hashlib",
        "json",
        "os",
        "pathlib",
        "re",
        "sys",
        "typing",
    }


def test_a_file_of_the_same_name_as_the_bundles_is_looked_at_itself(bundle: bytes, tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("bundle.json").write_bytes(bundle)
    Path("out.txt").write_bytes(b"another")

    assert overt_verify.main(["bundle.json", "out.txt"]) == 1
