"""Witnesses: others who look after the log's growth, and say so below its checkpoints.

A witness signs a checkpoint only where it continues the one that it signed last. Whoever asks for a cosignature can
therefore not be shown one history while others are shown another.

Sources: C2SP tlog-cosignature (v1, Ed25519), C2SP tlog-witness (`add-checkpoint`).
The clock is the caller's; the one network call is `cosigned`.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from overt.errors import FormatError, SetupError
from overt.language import Text
from overt.ledger.checkpoint import Checkpoint, Key, Note, Signature, named, note, read, signature, spelled_key
from overt.ledger.signing import Signer, verified

if TYPE_CHECKING:
    import httpx

COSIGNATURE: Final = b"\x04"
_TIME_BYTES: Final = 8
_MOST_HASHES: Final = 63
_MOST_ANSWER: Final = 64 * 1024
_TIMEOUT: Final = 15.0  # seconds
_WAY_OUT = Text(
    zh="请求见证方收录您日志的名称和公钥（overt ledger key），或从 [ledger] witnesses 中移除该见证方。",
    en="Ask the witness to take in your log's name and key (`overt ledger key`), or drop it from [ledger] witnesses.",
)

Prove = Callable[[int], list[bytes]]
"""Gives the consistency proof from an earlier size to the checkpoint's."""


@dataclass(frozen=True, slots=True)
class Witness:
    """A witness, its key, and the prefix of its address."""

    key: Key
    address: str


def witness(text: str) -> Witness:
    """The witness that a setting names: `name+hash+key address`. Raises `SetupError`."""
    try:
        key, address = text.split()
        return Witness(spelled_key(key, {COSIGNATURE: _holds}), address.rstrip("/"))
    except (ValueError, FormatError) as error:
        raise SetupError(
            f"{text!r} names no witness",
            f"“{text}”不是见证方",
            hint=Text(
                zh="写作“name+hash+key 地址”，见证方会公布。", en="Write `name+hash+key address`, as witnesses tell it."
            ),
        ) from error


def cosigner(name: str, public: bytes) -> Key:
    """The key of a witness."""
    return Key(named(name), COSIGNATURE, public, _holds)


def cosign(text: str, name: str, signer: Signer, at: int) -> Signature:
    """A witness's signature over a checkpoint's text at a time (seconds since 1970)."""
    data = at.to_bytes(_TIME_BYTES) + signer.sign(_message(text, at))
    return Signature(name, cosigner(name, signer.public).hash, data)


def cosigned_at(data: bytes) -> int:
    """When the witness signed, in seconds since 1970, by its clock."""
    return int.from_bytes(data[:_TIME_BYTES])


def submission(old: int, proof: list[bytes], checkpoint: bytes) -> bytes:
    """What is sent to `add-checkpoint`."""
    lines = [f"old {old}", *(base64.b64encode(each).decode() for each in proof[:_MOST_HASHES]), ""]
    return "".join(f"{line}\n" for line in lines).encode() + checkpoint


def submitted(data: bytes) -> tuple[int, list[bytes], bytes]:
    """What `add-checkpoint` was sent: old size, proof, checkpoint. Raises `FormatError`."""
    head, _, checkpoint = data.partition(b"\n\n")
    first, *lines = head.decode("ascii", "replace").split("\n")
    word, _, size = first.partition(" ")
    proof = [_hash(line) for line in lines]
    if word != "old" or not size.isdecimal() or str(int(size[:20])) != size or len(proof) > _MOST_HASHES:
        raise FormatError("this asks for no cosignature", "这不是联署请求")
    return int(size), proof, checkpoint


def cosigned(client: httpx.Client, asked: Witness, checkpoint: bytes, prove: Prove, old: int = 0) -> Signature:
    """The witness's cosignature. `old` is the size that it is thought to have signed last; it says if it is not.

    Raises `SetupError` where the witness refuses or is not there: nobody's cosignature is made up.
    """
    head = read(note(checkpoint).text)
    status, answer = _send(client, asked, submission(old, prove(old), checkpoint))
    if status == 409 and (size := answer.strip()).isdigit() and (known := int(size[:20])) <= head.size and known != old:
        status, answer = _send(client, asked, submission(known, prove(known), checkpoint))
    if status != 200:
        raise _refused(asked, f"{status} {answer[:200].decode('utf-8', 'replace').strip()}")
    return _found(asked, head, answer)


def _found(asked: Witness, head: Checkpoint, answer: bytes) -> Signature:
    try:
        lines = answer.decode().split("\n")[:-1]
        for each in map(signature, lines):
            if (each.name, each.key_hash) == (asked.key.name, asked.key.hash) and _holds(
                asked.key.public, each.data, head.text
            ):
                return each
    except (UnicodeDecodeError, FormatError) as error:
        raise _refused(asked, "an answer without signatures") from error
    raise _refused(asked, "no signature of its key over this checkpoint")


def with_signatures(checkpoint: bytes, more: list[Signature]) -> bytes:
    """The checkpoint with more signature lines; one of the same key takes the place of the earlier."""
    found = note(checkpoint)
    fresh = {(each.name, each.key_hash) for each in more}
    kept = tuple(each for each in found.signatures if (each.name, each.key_hash) not in fresh)
    return Note(found.text, (*kept, *more)).encoded


def _send(client: httpx.Client, asked: Witness, body: bytes) -> tuple[int, bytes]:
    import httpx  # noqa: PLC0415  # slow to import

    try:
        with client.stream("POST", f"{asked.address}/add-checkpoint", content=body, timeout=_TIMEOUT) as answer:
            data = b""
            for part in answer.iter_bytes():
                data += part
                if len(data) > _MOST_ANSWER:
                    raise _refused(asked, "an answer that does not end")
            return answer.status_code, data
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise _refused(asked, str(error)) from error


def _message(text: str, at: int) -> bytes:
    return f"cosignature/v1\ntime {at}\n{text}".encode()


def _holds(public: bytes, data: bytes, text: str) -> bool:
    at = cosigned_at(data)
    return at < 1 << 63 and verified(public, data[_TIME_BYTES:], _message(text, at))


def _hash(line: str) -> bytes:
    try:
        raw = base64.b64decode(line, validate=True)
    except ValueError:
        raw = b""
    if len(raw) != 32:
        raise FormatError("a line of a proof is no hash", "证明中有一行不是哈希")
    return raw


def _refused(asked: Witness, why: str) -> SetupError:
    return SetupError(
        f"the witness {asked.key.name} did not cosign: {why}", f"见证方 {asked.key.name} 未联署：{why}", hint=_WAY_OUT
    )
