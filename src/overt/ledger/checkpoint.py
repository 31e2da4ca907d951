"""Checkpoints: the log's name, size and root, signed, in a text that people and tools of others can read.

```
example.com/overt
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/overt Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
```

Sources: C2SP signed-note, C2SP tlog-checkpoint. A key is known by its name and four bytes of a hash over its name, kind
and public bytes; a signature line without a known key says nothing, and one of a known key that does not hold spoils
the whole note. Not here: cosignatures (`cosignature.py`), SM2 (`sm.py`), and which checkpoint may be signed.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from overt.errors import FormatError
from overt.ledger.merkle import HASH_BYTES
from overt.ledger.signing import Signer, verified

ED25519: Final = b"\x01"
MOST_BYTES: Final = 64 * 1024
MOST_SIGNATURES: Final = 64
_DASH: Final = "— "
_SIZE = re.compile(r"0|[1-9]\d{0,18}", re.ASCII)
_VKEY = re.compile(r"([^+\s]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The head of a log's tree."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """What is signed."""
        lines = (self.origin, str(self.size), base64.b64encode(self.root).decode(), *self.extensions)
        return "".join(f"{line}\n" for line in lines)


@dataclass(frozen=True, slots=True)
class Signature:
    """One line below the text: who signed, the short hash of their key, and what the key made."""

    name: str
    key_hash: bytes
    data: bytes

    @property
    def line(self) -> str:
        """The line as a note has it."""
        return f"{_DASH}{self.name} {base64.b64encode(self.key_hash + self.data).decode()}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A signed note as it was read: nothing in it is known to be true."""

    text: str
    signatures: tuple[Signature, ...]

    @property
    def encoded(self) -> bytes:
        """The note's bytes."""
        return (self.text + "\n" + "".join(each.line for each in self.signatures)).encode()


@dataclass(frozen=True, slots=True)
class Key:
    """A key whose signatures are believed. `kind` is the byte (or bytes) that name the way of signing."""

    name: str
    kind: bytes
    public: bytes
    holds: Callable[[bytes, bytes, str], bool]
    """Whether (public key, signature, text) belong together."""

    @property
    def hash(self) -> bytes:
        """The four bytes by which signature lines name the key."""
        return key_hash(self.name, self.kind, self.public)

    @property
    def spelled(self) -> str:
        """The key as one word, for configurations of others (`name+hash+key`)."""
        return f"{self.name}+{self.hash.hex()}+{base64.b64encode(self.kind + self.public).decode()}"


def key_hash(name: str, kind: bytes, public: bytes) -> bytes:
    """Four bytes of SHA-256 over the key's name, kind and public bytes."""
    return sha256(name.encode() + b"\n" + kind + public).digest()[:4]


def ed25519_key(name: str, public: bytes) -> Key:
    """A key that signs the text itself."""
    return Key(named(name), ED25519, public, _holds)


def spelled_key(text: str, kinds: dict[bytes, Callable[[bytes, bytes, str], bool]] | None = None) -> Key:
    """The key that a word `name+hash+key` spells. `kinds` are one-byte kinds besides Ed25519. Raises `FormatError`."""
    known = {ED25519: _holds, **(kinds or {})}
    found = _VKEY.fullmatch(text)
    raw = _base64(found[3]) if found else b""
    if found and len(raw) == 1 + HASH_BYTES and raw[:1] in known:
        key = Key(named(found[1]), raw[:1], raw[1:], known[raw[:1]])
        if key.spelled == text:
            return key
    raise FormatError("this spells no key of a signed note (name+hash+key)", "这不是签名便笺的密钥（name+hash+key）")


def named(name: str) -> str:
    """A key's name. Raises `FormatError` for one that signature lines cannot carry."""
    if not name or "+" in name or any(each.isspace() or ord(each) < 32 for each in name):
        raise FormatError("a key's name has no spaces and no plus", "密钥名称不能为空，也不能含空格或加号")
    return name


def signed(checkpoint: Checkpoint, signer: Signer) -> bytes:
    """The checkpoint as a note under the set-up's key, whose name is the origin."""
    key = ed25519_key(checkpoint.origin, signer.public)
    return Note(checkpoint.text, (Signature(key.name, key.hash, signer.sign(checkpoint.text.encode())),)).encoded


def note(data: bytes) -> Note:
    """The note in these bytes. Raises `FormatError` for what is none."""
    try:
        words = data.decode() if len(data) <= MOST_BYTES else ""
    except UnicodeDecodeError:
        words = ""
    cut = words.rfind("\n\n") + 1
    if cut < 2 or any(ord(each) < 32 and each != "\n" for each in words) or not words.endswith("\n"):
        raise _no_note()
    lines = words[cut + 1 :].split("\n")[:-1]
    if not 0 < len(lines) <= MOST_SIGNATURES:
        raise _no_note()
    return Note(words[:cut], tuple(map(signature, lines)))


def signature(line: str) -> Signature:
    """One signature line, without its end. Raises `FormatError`."""
    dash, name, *rest = [line[:2], *line[2:].split(" ")] if line.startswith(_DASH) else ["", ""]
    raw = _base64(rest[0]) if dash and len(rest) == 1 else b""
    if len(raw) < 5 or not name:
        raise _no_note()
    return Signature(named(name), raw[:4], raw[4:])


def read(text: str) -> Checkpoint:
    """The checkpoint in a note's text. Raises `FormatError`. Whether anybody signed it is another question."""
    lines = text.split("\n")
    if len(lines) >= 4 and lines[-1] == "" and all(lines[:-1]) and _SIZE.fullmatch(lines[1]):
        found = Checkpoint(lines[0], int(lines[1]), _base64(lines[2]), tuple(lines[3:-1]))
        if len(found.root) == HASH_BYTES and found.text == text:
            return found
    raise FormatError("this is no checkpoint of a log", "这不是日志检查点")


def opened(data: bytes, keys: Iterable[Key]) -> tuple[Checkpoint, tuple[Key, ...]]:
    """The checkpoint in a note, and which of these keys signed it: at least one. Raises `FormatError` otherwise."""
    found = note(data)
    by_name = {(key.name, key.hash): key for key in keys}
    signers = []
    for each in found.signatures:
        if (key := by_name.get((each.name, each.key_hash))) is None:
            continue
        if not key.holds(key.public, each.data, found.text):
            raise FormatError(
                f"the signature of {key.name} does not belong to this note", f"{key.name} 的签名与便笺不符"
            )
        signers.append(key)
    if not signers:
        raise FormatError("no known key signed this note", "没有已知密钥签署该便笺")
    return read(found.text), tuple(dict.fromkeys(signers))


def _holds(public: bytes, signature: bytes, text: str) -> bool:
    return verified(public, signature, text.encode())


def _base64(text: str) -> bytes:
    """Standard Base64 in its one spelling; nothing for anything else."""
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError:
        return b""
    return raw if base64.b64encode(raw).decode() == text else b""


def _no_note() -> FormatError:
    return FormatError("this is no signed note", "这不是签名便笺")
