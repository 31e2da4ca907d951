"""overt-verify 离线核验证据包: checks a bundle of evidence offline, without trusting who made it.

    python3 overt_verify.py BUNDLE [FILE…] [--key HEX|FILE] [--json]

One file, Python 3.9 or later, nothing but the standard library: copy it to any machine, read it in one sitting.
Exit code 0: everything that was checked holds. 1: something does not hold. 2: wrong use, or no bundle.

A bundle is canonical JSON (RFC 8785), so that each of its bytes counts, with these parts:

    about        the id, or the period, that it is about
    checkpoint   the signed size and root of the ledger (C2SP tlog-checkpoint in a signed note)
    entries      leaves of the ledger, each with its proof (RFC 9162) and its opening (salt, event) or why none
    keys         Ed25519 public keys that speak in it; witnesses: who cosigned the checkpoint, with their keys
    timestamps   RFC 3161 tokens over the checkpoint
    contents     released files: hash, and bytes where they were put in
    documents    JSON as text: what was read out of those files when the bundle was made, receipts of consents
    seal         key, SHA-256 and signature over all of the above

Not here: whether what was recorded is true. The ledger shows what was said, when, and that it was not changed since.
"""

from __future__ import annotations

import base64
import json
import os
import re
import sys
from collections.abc import Callable, Sequence
from hashlib import sha256, sha384, sha512
from pathlib import Path
from typing import Any, NamedTuple

FORMAT, VERSION = "overt-bundle", 1
SEALED = b"overt-bundle/1\n"
"""What the seal's signature covers: these bytes, then the SHA-256 of the bundle without its seal."""
HOLDS, FAILS, OPEN, NONE = "holds", "fails", "unchecked", "absent"


class NoBundleError(Exception):
    """These bytes are no bundle, or not one of this version."""


class BrokenError(Exception):
    """A check that does not hold: what is wrong, in Chinese and English."""


class Check(NamedTuple):
    """One check: its name, its state (holds, fails, unchecked, absent), and what was seen, in both languages."""

    name: str
    state: str
    zh: str
    en: str


# What each check is called, what it proves (+), and what it does not prove (−), in Chinese and English ----------------

_WORDS = """
form 格式 / form
+ 每个字节都按规范形式书写，没有可藏之处。 / Each byte is where the format wants it; nothing can hide.
− 内容属实。 / that what it says is true.
seal 封印 / seal
+ 自封印以来一个字节也没有改动。 / Not one byte was changed since it was sealed.
− 封印者是谁（见“密钥”）。 / who sealed it (see “key”).
key 密钥 / key
+ 封印者持有您给出的密钥。 / Whoever sealed it holds the key that you gave.
− 密钥属于谁：须从可信渠道取得。 / whose key it is: get it by a way that you trust.
checkpoint 检查点 / checkpoint
+ 同一密钥签署了账本的条数和根。 / The same key signed the ledger's size and root.
− 所有人看到的是同一账本（见“见证”）。 / that everybody is shown the same ledger (see “witnesses”).
entries 条目 / entries
+ 每个条目都在该根之下的所示位置。 / Each entry lies under that root, at the place shown.
− 条目的时间：出自记录者的时钟。 / the times of the entries: they are by their writer's clock.
openings 明文 / openings
+ 所示事件正是条目当时承诺的内容。 / The events shown are what the entries committed to.
− 事件属实：只证明当时如此记录。 / that an event is true: only that it was recorded so.
closed 未打开的条目 / closed entries
+ 销毁或到期删除由账本自身的条目证明。 / That a key was destroyed, or a term ended, is itself an entry of the ledger.
− 未打开的条目写了什么。 / what a closed entry says.
about 所涉编号 / about
+ 已打开的事件自身写有该编号。 / The opened events themselves name the id.
− 没有其他条目；未打开者由制作者声称。 / that there are no others; of closed ones, the maker says it.
period 期间 / period
+ 该期间的条目一条不缺，各流编号连续。 / No entry of the period is missing; no stream skips a number.
− 时钟准确：期间按记录者的时钟计算。 / that the clock was right: the period is by its writer's.
signatures 事件中的签名 / signatures
+ 决定等文书由包内所列密钥签署。 / Decisions and the like are signed by keys that the bundle lists.
− 这些密钥属于谁。 / whose those keys are.
timestamps 时间戳 / time stamps
+ 在所示时间之前，检查点已经存在。 / The checkpoint was there before the time shown.
− 证书属于可信机构：请核对其指纹。 / that the certificate is an authority's: compare its fingerprint.
witnesses 见证 / witnesses
+ 其他方看到并签署了同一检查点。 / Others saw and signed the same checkpoint.
− 见证方是谁、是否独立。 / who they are, or that they are independent.
contents 内容文件 / contents
+ 文件就是记录所说的发布文件，逐字节相同。 / The file is, byte for byte, one that the record says was released.
− 其所示是真是假。 / anything about the truth of what it shows.
documents 附件 / documents
+ 标识读取结果、同意收据等附件随包封存。 / Readings of marks, consent receipts and the like are sealed with it.
− 标识现在仍可读出：请用 overt inspect。 / that the marks can still be read: use `overt inspect`.
"""


def _words() -> dict[str, list[dict[str, str]]]:
    """For each check: title, what it proves, what it does not."""
    found: dict[str, list[dict[str, str]]] = {}
    lines = _WORDS.strip().split("\n")
    for at in range(0, len(lines), 3):
        told = [line.partition(" ")[2].split(" / ") for line in lines[at : at + 3]]
        found[lines[at].split(" ")[0]] = [{"zh": zh, "en": en} for zh, en in told]
    return found


WORDS = _words()


# Ed25519 (RFC 8032), checked strictly ---------------------------------------------------------------------------------

_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, _P) % _P
_ROOT = pow(2, (_P - 1) // 4, _P)
_ZERO = (0, 1, 1, 0)


def _add(p: Any, q: Any) -> Any:
    """The sum of two points in extended coordinates (RFC 8032, 5.1.4)."""
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % _P, (p[1] + p[0]) * (q[1] + q[0]) % _P
    c, d = 2 * p[3] * q[3] * _D % _P, 2 * p[2] * q[2]
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _double(p: Any) -> Any:
    a, b, c = p[0] * p[0], p[1] * p[1], 2 * p[2] * p[2]
    h = a + b
    e, g = h - (p[0] + p[1]) ** 2, a - b
    f = c + g
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _point(data: bytes) -> Any:
    """The point in 32 bytes; None where they are none, or are not its only writing."""
    y, odd = int.from_bytes(data, "little") & (1 << 255) - 1, data[31] >> 7
    if y >= _P:
        return None
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * _ROOT % _P
    if (x * x - square) % _P or (x == 0 and odd):
        return None
    x = _P - x if x & 1 != odd else x
    return x, y, 1, x * y % _P


_BASE = _point((4 * pow(5, -1, _P) % _P).to_bytes(32, "little"))


def ed25519(public: bytes, signature: bytes, data: bytes) -> bool:
    """Whether the signature is the key's. Keys of small order, and a second writing of a signature, are refused."""
    if len(public) != 32 or len(signature) != 64:
        return False
    key, s = _point(public), int.from_bytes(signature[32:], "little")
    if key is None or s >= _L:
        return False
    eightfold = _double(_double(_double(key)))
    if eightfold[0] == 0:  # One of the eight points of small order, whose "signatures" anybody can make.
        return False
    k = int.from_bytes(sha512(signature[:32] + public + data).digest(), "little") % _L
    minus = (_P - key[0], key[1], 1, _P - key[3])
    table = (None, _BASE, minus, _add(_BASE, minus))
    total = _ZERO
    for bit in range(252, -1, -1):  # s·B − k·A, both at once
        total = _double(total)
        if (which := (s >> bit & 1) | (k >> bit & 1) << 1) != 0:
            total = _add(total, table[which])
    inverse = pow(total[2], -1, _P)
    x, y = total[0] * inverse % _P, total[1] * inverse % _P
    return (y | (x & 1) << 255).to_bytes(32, "little") == signature[:32]


# The tree (RFC 9162) and signed notes (C2SP) --------------------------------------------------------------------------


def included(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes:
    """The root to which the proof leads from an entry's bytes (RFC 9162, 2.1.3.2)."""
    place, last, current = index, size - 1, sha256(b"\x00" + leaf).digest()
    if not 0 <= index < size:
        raise BrokenError("条目位于账本之外", "an entry lies outside the ledger")
    for other in proof:
        if last == 0:
            raise BrokenError("证明过长", "a proof is too long")
        if place & 1 or place == last:
            current = sha256(b"\x01" + other + current).digest()
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            current = sha256(b"\x01" + current + other).digest()
        place, last = place >> 1, last >> 1
    if last:
        raise BrokenError("证明过短", "a proof is too short")
    return current


class Note(NamedTuple):
    """A signed note: what is signed, and the signatures: name, first bytes of the key's hash, the rest."""

    text: bytes
    signatures: list[tuple[str, bytes, bytes]]


def _note(text: str) -> Note:
    body, cut, rest = text.rpartition("\n\n")
    lines = rest.split("\n")
    if not cut or lines.pop() or not lines:
        raise BrokenError("检查点不是签名文本", "the checkpoint is no signed note")
    found = []
    for line in lines:
        parts = line.split(" ")
        if len(parts) != 3 or parts[0] != "—":
            raise BrokenError("检查点的签名行有误", "a signature line of the checkpoint is damaged")
        blob = _base64(parts[2])
        found.append((parts[1], blob[:4], blob[4:]))
    return Note((body + "\n").encode(), found)


def _key_hash(name: str, kind: int, public: bytes) -> bytes:
    return sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]


class Tree(NamedTuple):
    """What a checkpoint says of the ledger."""

    origin: str
    size: int
    root: bytes


def _tree(note: Note) -> Tree:
    origin, size, root = [*note.text.decode().split("\n"), "", ""][:3]
    if not origin or not re.fullmatch("0|[1-9][0-9]{0,15}", size) or len(_base64(root)) != 32:
        raise BrokenError("检查点的内容有误", "the checkpoint does not say what one says")
    return Tree(origin, int(size), _base64(root))


def _base64(text: str) -> bytes:
    data = base64.b64decode(text.encode(), validate=True)
    if base64.b64encode(data).decode() != text:
        raise ValueError("not the only writing")
    return data


def _hex(text: str) -> bytes:
    data = bytes.fromhex(text)
    if data.hex() != text:
        raise ValueError("not the only writing")
    return data


# The bundle -----------------------------------------------------------------------------------------------------------

_ENTRY = {
    "entry": str, "index": int, "proof": [str], "role": str,
    "opening?": {"event": str, "salt": str}, "closed?": {"by?": int, "why": str},
}  # fmt: skip
_SHAPE = {
    "about": {"id?": str, "from?": str, "before?": str}, "checkpoint": str,
    "contents": [{"data?": str, "name": str, "sha256": str}], "entries": [_ENTRY], "format": str, "keys": [str],
    "documents": [{"kind": str, "of": str, "text": str}], "made": str, "producer": str,
    "seal": {"key": str, "sha256": str, "signature": str}, "timestamps": [str], "version": int,
    "witnesses": [{"key": str, "name": str}],
}  # fmt: skip


def _fits(value: Any, shape: Any) -> bool:
    if isinstance(shape, dict):
        known = {name.rstrip("?"): each for name, each in shape.items()}
        return (
            isinstance(value, dict)
            and set(value) <= set(known)
            and all(name.endswith("?") or name in value for name in shape)
            and all(_fits(each, known[name]) for name, each in value.items())
        )
    if isinstance(shape, list):
        return isinstance(value, list) and all(_fits(each, shape[0]) for each in value)
    return type(value) is shape


def _whole(text: str) -> int:
    if len(text) > 16:
        raise ValueError("a number that not every reader of JSON keeps")
    return int(text)


def _no_fraction(text: str) -> Any:
    raise ValueError(f"a fraction: {text[:16]}")


def _json(text: str | bytes) -> Any:
    return json.loads(text, parse_int=_whole, parse_constant=_no_fraction)


def canonical(value: Any) -> bytes:
    """Canonical JSON (RFC 8785) of values without fractions whose keys are ASCII."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def read(data: bytes) -> dict[str, Any]:
    """The bundle in these bytes. Raises `NoBundleError`, or `BrokenError` for what was once a bundle."""
    meant = b'"format":"overt-bundle"' in data
    try:
        told = json.loads(data.decode(), parse_int=_whole, parse_float=_no_fraction, parse_constant=_no_fraction)
        written = canonical(told)
    except (ValueError, RecursionError):
        if not meant:
            raise NoBundleError from None
        raise BrokenError("证据包已损坏：不再是 JSON", "the bundle is damaged: it is no JSON any more") from None
    if not isinstance(told, dict) or (not meant and told.get("format") != FORMAT):
        raise NoBundleError
    if told.get("version") != VERSION and isinstance(told.get("version"), int) and written == data:
        raise NoBundleError
    if told.get("format") != FORMAT or not _fits(told, _SHAPE) or written != data:
        raise BrokenError("证据包已损坏：形式不合规范", "the bundle is damaged: it is not written as the format wants")
    return told


class Bundle:
    """A bundle whose form and seal hold, and the checks on what is in it."""

    def __init__(self, told: dict[str, Any]) -> None:
        self.told = told
        self.entries = told["entries"]
        self.events: dict[int, dict[str, Any]] = {}
        self.leaves: dict[int, dict[str, Any]] = {}
        self.note = _note(told["checkpoint"])
        self.tree = _tree(self.note)

    def checkpoint(self) -> Check:
        """The signature of the key that sealed the bundle, under the ledger's own name."""
        public = _hex(self.told["seal"]["key"])
        wanted = (self.tree.origin, _key_hash(self.tree.origin, 1, public))
        for name, key, signature in self.note.signatures:
            if (name, key) == wanted and ed25519(public, signature, self.note.text):
                size, origin = self.tree.size, self.tree.origin
                return Check("checkpoint", HOLDS, f"{origin}，共 {size} 条", f"{origin}, {size} entries")
        raise BrokenError("封印的密钥没有签署检查点", "the key of the seal did not sign the checkpoint")

    def included(self) -> Check:
        """Each entry under the checkpoint's root, in rising order, none twice."""
        before = -1
        for each in self.entries:
            index, leaf = each["index"], each["entry"].encode("latin-1")
            if index <= before:
                raise BrokenError("条目的次序有误", "the entries are not in their order")
            if included(leaf, index, self.tree.size, [_base64(one) for one in each["proof"]]) != self.tree.root:
                raise BrokenError(f"条目 {index} 不在检查点之下", f"entry {index} does not lie under the checkpoint")
            self.leaves[index], before = _leaf(leaf, index), index
        return Check("entries", HOLDS, f"{len(self.leaves)} 条", f"{len(self.leaves)} entries")

    def opened(self) -> Check:
        """Each opening is what its entry committed to."""
        for each in self.entries:
            index = each["index"]
            if ("opening" in each) == ("closed" in each):
                raise BrokenError(f"条目 {index} 须有明文或原因之一", f"entry {index} needs an opening, or a reason")
            if "opening" not in each:
                continue
            body, salt = each["opening"]["event"].encode(), _hex(each["opening"]["salt"])
            if len(salt) != 16 or sha256(salt + body).hexdigest() != self.leaves[index]["commitment"]:
                raise BrokenError(f"条目 {index} 的明文与承诺不符", f"entry {index} did not commit to its opening")
            event = _json(body)
            if not isinstance(event, dict) or event.get("tag") != self.leaves[index]["tag"]:
                raise BrokenError(f"条目 {index} 的事件种类不符", f"entry {index} shows an event of another kind")
            self.events[index] = event
        count, all_of_them = len(self.events), len(self.entries)
        zh, en = f"{all_of_them} 条中已打开 {count} 条", f"{count} of {all_of_them} entries"
        return Check("openings", HOLDS if count else OPEN, zh, en)

    def closed(self) -> Check:
        """Each closed entry has its reason, and where the reason is an act, the entry that tells of it."""
        counts: dict[str, int] = {}
        for each in self.entries:
            if "closed" not in each:
                continue
            index, why, by = each["index"], each["closed"]["why"], each["closed"].get("by")
            if why not in _CLOSED:
                raise BrokenError(f"条目 {index} 的原因不明", f"entry {index} has a reason that nobody knows")
            tag, counts[why] = _CLOSED[why][2], counts.get(why, 0) + 1
            if tag and not _covers(self.events.get(by, {}), tag, index):
                raise BrokenError(f"没有条目证明 {index} 已{_CLOSED[why][0]}", f"no entry shows that {index} was {why}")
        if not counts:
            return Check("closed", NONE, "没有", "none")
        zh, en = ("、".join(f"{_CLOSED[why][i]} {n}" for why, n in sorted(counts.items())) for i in (0, 1))
        return Check("closed", HOLDS if set(counts) & {"destroyed", "expired"} else OPEN, zh, en.replace("、", ", "))

    def about(self) -> Check:
        """Whether the opened events name the id, or the period is whole."""
        about = self.told["about"]
        if set(about) == {"id"}:
            wanted = json.dumps(about["id"], ensure_ascii=False)
            mine = [each for each in self.entries if each["role"] == "about"]
            named = sum(wanted in each.get("opening", {}).get("event", "") for each in mine)
            state = HOLDS if mine and named == len(mine) else OPEN
            return Check("about", state, f"{len(mine)} 条中 {named} 条写有", f"{named} of {len(mine)} entries name it")
        if set(about) != {"from", "before"}:
            raise BrokenError("所涉不明", "it does not say what it is about")
        return self._period(about["from"], about["before"])

    def _period(self, since: str, before: str) -> Check:
        """Between an entry before the period and one after it, nothing is missing."""
        held = [each["index"] for each in self.entries if each["role"] != "proof"]
        if not held:
            whole = self.tree.size == 0
        else:
            whole = (
                held == list(range(held[0], held[-1] + 1))
                and (held[0] == 0 or self.leaves[held[0]]["time"] < since)
                and (held[-1] == self.tree.size - 1 or self.leaves[held[-1]]["time"] >= before)
            )
        if not whole:
            raise BrokenError("该期间的条目有缺失", "entries of the period are missing")
        counted: dict[str, int] = {}
        for index in held:
            stream, number = self.leaves[index]["stream"], self.leaves[index]["number"]
            if stream and counted.get(stream, number - 1) != number - 1:  # The first version counted none.
                raise BrokenError(f"流 {stream} 的编号不连续", f"the stream {stream} skips a number")
            counted[stream] = number
        inside = sum(since <= self.leaves[index]["time"] < before for index in held)
        return Check("period", HOLDS, f"{inside} 条，无缺失", f"{inside} entries, none is missing")

    def signatures(self) -> Check:
        """Each object in an event or a document with `signer` and `signature` is signed by a listed key."""
        keys = {sha256(_hex(each)).hexdigest(): _hex(each) for each in self.told["keys"]}
        good, foreign = 0, 0
        # What an inspection read out of a file names the signers of others.
        ours = [_json(one["text"]) for one in self.told["documents"] if one["kind"] != "inspection"]
        for each in _signed([*self.events.values(), *ours]):
            public, signature = keys.get(each["signer"]), _hex(each["signature"])
            if public is None:
                foreign += 1
                continue
            # A receipt is signed as a whole; a decision with its version; anything else as it stands.
            rest = {name: value for name, value in each.items() if name != "signature"}
            forms = [each["receipt"]] if "receipt" in each else [rest, {"v": 1, **rest}]
            if not any(ed25519(public, signature, canonical(form)) for form in forms):
                raise BrokenError("有签名不成立", "a signature in an event or a document does not hold")
            good += 1
        zh, en = f"{good} 个成立，{foreign} 个密钥不在包内", f"{good} hold; of {foreign} the key is not in the bundle"
        return Check("signatures", OPEN if foreign else HOLDS if good else NONE, zh, en)

    def witnessed(self) -> Check:
        """Cosignatures of witnesses on the checkpoint (C2SP tlog-cosignature)."""
        names = []
        for each in self.told["witnesses"]:
            name, public = each["name"], _hex(each["key"])
            wanted = (name, _key_hash(name, 4, public))
            for signer, key, blob in self.note.signatures:
                if (signer, key) != wanted:
                    continue
                at = int.from_bytes(blob[:8], "big")
                said = b"cosignature/v1\ntime " + str(at).encode() + b"\n" + self.note.text
                if len(blob) != 72 or not ed25519(public, blob[8:], said):
                    raise BrokenError(f"{name} 的见证签名不成立", f"the cosignature of {name} does not hold")
                names.append(name)
        if not names:
            return Check("witnesses", NONE, "没有", "none")
        return Check("witnesses", HOLDS, "、".join(names), ", ".join(names))

    def stamped(self) -> Check:
        """RFC 3161 time stamps on the checkpoint."""
        told = [stamp(_base64(each), self.note.text) for each in self.told["timestamps"]]
        if not told:
            return Check("timestamps", NONE, "没有", "none")
        zh = "、".join(f"{at}（{'证书 SHA-256 ' + by if by else '签名未核验'}）" for at, by in told)
        en = ", ".join(f"{at} ({'certificate SHA-256 ' + by if by else 'signature not checked'})" for at, by in told)
        return Check("timestamps", HOLDS if all(by for _, by in told) else OPEN, zh, en)

    def files(self, given: dict[str, bytes]) -> Check:
        """Files in the bundle, and files that the user gave, against the hashes that releases tell."""
        released = {value for event in self.events.values() for value in _hashes(event)}
        shown = [(name, digest.hex()) for name, digest in given.items()]
        for each in self.told["contents"]:
            if "data" in each and sha256(_base64(each["data"])).hexdigest() != each["sha256"]:
                raise BrokenError(f"{each['name']} 与其哈希不符", f"{each['name']} is not what its hash says")
            shown.append((each["name"], each["sha256"]))
        for name, digest in shown:
            if digest not in released:
                raise BrokenError(
                    f"{name} 不是所记录的发布文件", f"{name} is no file that the record says was released"
                )
        if not shown:
            return Check("contents", NONE, "没有给出文件", "no file was given")
        names = list(dict.fromkeys(name for name, _ in shown))
        return Check("contents", HOLDS, "、".join(names), ", ".join(names))

    def documents(self) -> Check:
        """What lies beside the entries, as JSON."""
        kinds = [(each["kind"], _json(each["text"])) for each in self.told["documents"]]
        told = ", ".join(kind for kind, _ in kinds)
        return Check("documents", HOLDS if kinds else NONE, told, told)


_CLOSED = {
    "destroyed": ("删除", "erased", "retention:person:erase"),
    "expired": ("到期删除", "expired", "retention:records:expire"),
    "withheld": ("含个人信息，未予出示", "withheld (personal)", ""),
    "outside": ("在期间之外", "outside the period", ""),
    "unknown": ("原因不明", "could not be opened", ""),
}


def _leaf(data: bytes, index: int) -> dict[str, Any]:
    """An entry's fields. Entries of the first version were a tag, a zero byte and the commitment."""
    tag, cut, rest = data.partition(b"\x00")
    if cut and len(rest) == 32:
        return {"commitment": rest.hex(), "number": 0, "stream": "", "tag": tag.decode("ascii"), "time": "", "v": 0}
    shape = {"commitment": str, "number": int, "stream": str, "tag": str, "time": str, "v": int}
    told = _json(data)
    if not _fits(told, shape) or canonical(told) != data or told["v"] != 1:
        raise BrokenError(f"条目 {index} 不合规范", f"entry {index} is not written as the ledger writes")
    return told  # type: ignore[no-any-return]


def _covers(event: dict[str, Any], tag: str, index: int) -> bool:
    ranges = event.get("entries")
    if event.get("tag") != tag or not _fits(ranges, [[int]]):
        return False
    return any(len(each) == 2 and each[0] <= index <= each[1] for each in ranges)  # type: ignore[union-attr]


def _signed(value: Any) -> list[dict[str, Any]]:
    """All objects in an event that carry a signature of their own."""
    if isinstance(value, dict):
        mine = [value] if isinstance(value.get("signature"), str) and isinstance(value.get("signer"), str) else []
        return mine + [each for inner in value.values() for each in _signed(inner)]
    return [each for inner in value for each in _signed(inner)] if isinstance(value, list) else []


def _hashes(event: dict[str, Any]) -> list[str]:
    """The hashes of files that an event says were released, or given on with our label."""
    told = [event.get(name) for name in ("release", "dissemination")]
    return [each["sha256"] for each in told if isinstance(each, dict) and isinstance(each.get("sha256"), str)]


# Time stamps (RFC 3161 in RFC 5652) -----------------------------------------------------------------------------------

_HASHES: dict[str, Callable[..., Any]] = {
    "608648016503040201": sha256, "608648016503040202": sha384, "608648016503040203": sha512,
}  # fmt: skip
_CURVES = {  # prime, order, coefficient b, generator (SEC 2): P-256, P-384
    "2a8648ce3d030107": (
        2**256 - 2**224 + 2**192 + 2**96 - 1,
        0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
        0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B,
        (
            0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
            0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
        ),
    ),
    "2b81040022": (
        2**384 - 2**128 - 2**96 + 2**32 - 1,
        0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973,
        0xB3312FA7E23EE7E4988E056BE3F82D19181D9C6EFE8141120314088F5013875AC656398D8A2ED19D2A85C8EDD3EC2AEF,
        (
            0xAA87CA22BE8B05378EB1C71EF320AD746E1D3B628BA79B9859F741E082542A385502F25DBF55296C3A545E3872760AB7,
            0x3617DE4A96262C6F5D9E98BF9292DC29F8F41DBD289A147CE9DA3113B5F0B8C00A60B1CE1D7E819D7A431D7C90EA0E5F,
        ),
    ),
}


class Part(NamedTuple):
    """One element of DER: its tag, what is in it, and all its bytes."""

    tag: int
    content: bytes
    whole: bytes

    def parts(self) -> list[Part]:
        """The elements inside."""
        found, at, data = [], 0, self.content
        while at < len(data):
            head, length = at + 2, data[at + 1]
            if length & 0x80:
                head += length & 0x7F
                length = int.from_bytes(data[at + 2 : head], "big")
            if length & 0x80000000 or head + length > len(data):
                raise ValueError("DER that ends too early")
            found.append(Part(data[at], data[head : head + length], data[at : head + length]))
            at = head + length
        return found


def _parts(data: bytes) -> list[Part]:
    """The elements inside the one that these bytes hold."""
    return Part(0, data, b"").parts()[0].parts()


def stamp(token: bytes, text: bytes) -> tuple[str, str]:
    """Time, and fingerprint of the certificate that signed it. Raises `BrokenError` for a stamp on something else.

    The fingerprint is empty where the signature is of a kind that is not checked here (RSA PKCS #1 and ECDSA are).
    """
    outer = _parts(token)
    content = outer[1].parts() if outer[0].tag == 0x30 else outer  # A response, or the token that was in one.
    signed = content[1].parts()[0].parts()
    kind, told = signed[2].parts()[0].content.hex(), signed[2].parts()[1].parts()[0].content
    if kind != "2a864886f70d0109100104":
        raise BrokenError("这不是时间戳", "what is signed there is no time stamp")
    info = _parts(told)
    algorithm, imprint = info[2].parts()
    digest = _HASHES.get(algorithm.parts()[0].content.hex())
    if digest is None or digest(text).digest() != imprint.content:
        raise BrokenError("时间戳不是该检查点的", "a time stamp is of something else than this checkpoint")
    at = next(part.content.decode("ascii") for part in info if part.tag == 0x18)
    time = f"{at[:4]}-{at[4:6]}-{at[6:8]}T{at[8:10]}:{at[10:12]}:{at[12:]}"
    bags = [part for part in signed if part.tag == 0xA0]
    certificates = bags[0].parts() if bags else []
    return time, _stamper(signed[-1].parts()[0].parts(), told, certificates)


def _stamper(signer: list[Part], told: bytes, certificates: list[Part]) -> str:
    """The fingerprint of the certificate whose key signed the attributes, which name the hash of what was told."""
    attributes = next(part for part in signer if part.tag == 0xA0)
    digest, signature = _HASHES.get(signer[2].parts()[0].content.hex()), signer[-1]
    if signature.tag != 0x04:  # Unsigned attributes follow.
        signature = signer[-2]
    named = {pair[0].content.hex(): pair[1].parts()[0].content for pair in (one.parts() for one in attributes.parts())}
    if digest is None:
        return ""
    if named.get("2a864886f70d010904") != digest(told).digest():
        raise BrokenError("时间戳已改动", "a time stamp was changed")
    said, known = digest(b"\x31" + attributes.whole[1:]), False
    for certificate in certificates:
        fields = certificate.parts()[0].parts()
        kind, key = fields[6 if fields[0].tag == 0xA0 else 5].parts()
        names = [part.content.hex() for part in kind.parts()]
        if names[0] == "2a864886f70d010101":
            known, good = True, _rsa(key.content[1:], signature.content, said)
        elif names[0] == "2a8648ce3d0201" and names[1] in _CURVES:
            known, good = True, _ecdsa(_CURVES[names[1]], key.content[1:], signature.content, said.digest())
        else:
            continue
        if good:
            return sha256(certificate.whole).hexdigest()
    if known:
        raise BrokenError("时间戳的签名不成立", "the signature of a time stamp does not hold")
    return ""


def _rsa(key: bytes, signature: bytes, said: Any) -> bool:
    """RSASSA-PKCS1-v1_5 (RFC 8017, 8.2.2)."""
    modulus, exponent = (int.from_bytes(part.content, "big") for part in _parts(key))
    name = next(bytes.fromhex(each) for each, kind in _HASHES.items() if kind().name == said.name)
    digest: bytes = said.digest()
    inner = b"\x06\x09" + name + b"\x05\x00"  # DigestInfo (RFC 8017, 9.2)
    wanted = b"\x30" + bytes([len(inner) + len(digest) + 4]) + b"\x30" + bytes([len(inner)]) + inner
    wanted += b"\x04" + bytes([len(digest)]) + digest
    length = (modulus.bit_length() + 7) // 8
    found = pow(int.from_bytes(signature, "big"), exponent, modulus).to_bytes(length, "big")
    return found == b"\x00\x01" + b"\xff" * (length - len(wanted) - 3) + b"\x00" + wanted


def _ecdsa(curve: Any, key: bytes, signature: bytes, digest: bytes) -> bool:
    """ECDSA (FIPS 186-5, 6.4.2) on a curve y² = x³ − 3x + b."""
    prime, order, b, base = curve
    length = (prime.bit_length() + 7) // 8
    point = int.from_bytes(key[1 : 1 + length], "big"), int.from_bytes(key[1 + length :], "big")
    r, s = (int.from_bytes(part.content, "big") for part in _parts(signature))
    if key[:1] != b"\x04" or (point[1] ** 2 - point[0] ** 3 + 3 * point[0] - b) % prime:
        return False
    if not (0 < r < order and 0 < s < order):
        return False
    number = int.from_bytes(digest[:length], "big")

    def plus(one: Any, other: Any) -> Any:
        if one is None or other is None:
            return one or other
        if one[0] == other[0]:
            if (one[1] + other[1]) % prime == 0:
                return None
            slope = (3 * one[0] ** 2 - 3) * pow(2 * one[1], -1, prime) % prime
        else:
            slope = (other[1] - one[1]) * pow(other[0] - one[0], -1, prime) % prime
        x = (slope**2 - one[0] - other[0]) % prime
        return x, (slope * (one[0] - x) - one[1]) % prime

    def times(factor: int, one: Any) -> Any:
        total = None
        for bit in f"{factor:b}":
            total = plus(total, total)
            total = plus(total, one) if bit == "1" else total
        return total

    w = pow(s, -1, order)
    found = plus(times(number * w % order, base), times(r * w % order, point))
    return found is not None and found[0] % order == r


# All checks, and what people see --------------------------------------------------------------------------------------


class Report(NamedTuple):
    """What was found: the bundle as far as it could be read, and each check."""

    told: dict[str, Any]
    entries: list[dict[str, Any]]
    checks: list[Check]

    @property
    def holds(self) -> bool:
        """Whether nothing fails."""
        return all(check.state != FAILS for check in self.checks)


def verify(data: bytes, key: bytes | None = None, files: dict[str, bytes] | None = None) -> Report:
    """All checks on a bundle. `key` is the Ed25519 key, or its SHA-256; `files` are SHA-256 by name.

    Raises `NoBundleError`, and nothing else. Where form or seal do not hold, nothing else is looked at.
    """
    checks: list[Check] = []
    try:
        told = read(data)
        checks.append(Check("form", HOLDS, f"{len(data)} 字节", f"{len(data)} bytes"))
    except BrokenError as error:
        return Report({}, [], [Check("form", FAILS, *error.args)])
    try:
        checks.append(_seal(told))
    except (BrokenError, ValueError) as error:
        return Report(told, [], [*checks, _failed("seal", error)])
    checks.append(_key(told, key))
    try:
        bundle = Bundle(told)
    except (BrokenError, ValueError) as error:
        return Report(told, [], [*checks, _failed("checkpoint", error)])
    for name, check in (
        ("checkpoint", bundle.checkpoint),
        ("entries", bundle.included),
        ("openings", bundle.opened),
        ("closed", bundle.closed),
        ("period" if "from" in told["about"] else "about", bundle.about),
        ("signatures", bundle.signatures),
        ("timestamps", bundle.stamped),
        ("witnesses", bundle.witnessed),
        ("contents", lambda: bundle.files(files or {})),
        ("documents", bundle.documents),
    ):
        try:
            checks.append(check())
        except Exception as error:  # noqa: BLE001  # Whoever seals can put anything in: no answer but ours comes out.
            checks.append(_failed(name, error))
    entries = [{"index": index, **leaf, "event": bundle.events.get(index)} for index, leaf in bundle.leaves.items()]
    return Report(told, entries, checks)


def _failed(name: str, error: Exception) -> Check:
    if isinstance(error, BrokenError):
        return Check(name, FAILS, *error.args)
    return Check(name, FAILS, "内容残缺或有误", "what stands there is damaged")


def _seal(told: dict[str, Any]) -> Check:
    seal = told["seal"]
    digest = sha256(canonical({name: value for name, value in told.items() if name != "seal"}))
    if digest.hexdigest() != seal["sha256"]:
        raise BrokenError("封印之后有改动", "something was changed after it was sealed")
    public = _hex(seal["key"])
    if not ed25519(public, _hex(seal["signature"]), SEALED + digest.digest()):
        raise BrokenError("封印的签名不成立", "the signature of the seal does not hold")
    name = sha256(public).hexdigest()
    return Check("seal", HOLDS, f"{told['made']}，密钥 {name}", f"{told['made']}, key {name}")


def _key(told: dict[str, Any], key: bytes | None) -> Check:
    public = _hex(told["seal"]["key"])
    if key is None:
        zh = "未核对谁持有密钥：证据包仅自身一致；请用 --key 给出您信任的密钥"
        return Check("key", OPEN, zh, "the bundle agrees with itself; who holds the key was not checked (give --key)")
    if key not in (public, sha256(public).digest()):
        return Check("key", FAILS, "封印者不是您给出的密钥", "it was sealed with another key than the one you gave")
    return Check("key", HOLDS, "与您给出的密钥相同", "it is the key that you gave")


_SIGNS = {HOLDS: "✓", FAILS: "✗", OPEN: "–"}
_MOST_SHOWN, _MOST_SAID = 60, 240  # entries; characters of an event (--json has all)


def _visible(text: object) -> str:
    """A text with strangers' words in it, of which a terminal obeys nothing."""
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in str(text))


def show(report: Report, chinese: bool) -> str:
    """The report, for a person."""
    language, lines = "zh" if chinese else "en", []
    if report.told:
        about = report.told["about"]
        what = about.get("id") or f"{about.get('from')} .. {about.get('before')}"
        lines.append(("证据包：" if chinese else "Bundle about ") + _visible(what))
        lines.append(("制作者自称：" if chinese else "Made, by its own word, by ") + _visible(report.told["producer"]))
    for check in (each for each in report.checks if each.state != NONE):
        title, proves, limits = (each[language] for each in WORDS[check.name])
        lines += ["", f"{_SIGNS[check.state]} {title}: {_visible(check.zh if chinese else check.en)}"]
        if check.state == HOLDS:
            lines.append(f"    {'证明' if chinese else 'proves'}: {proves}")
        if check.state != FAILS:
            lines.append(f"    {'不证明' if chinese else 'does not prove'}: {limits}")
    if missing := [WORDS[each.name][0][language] for each in report.checks if each.state == NONE]:
        lines.append("\n– " + ("其中没有：" + "、".join(missing) if chinese else "not in it: " + ", ".join(missing)))
    lines += _shown(report.entries, chinese)
    if report.holds:
        lines.append("\n结论：核验的各项均成立。" if chinese else "\nEverything that was checked holds.")
    else:
        lines.append("\n结论：有不成立之处，不可依赖。" if chinese else "\nSomething does not hold: do not rely on it.")
    return "\n".join(lines)


def _shown(entries: list[dict[str, Any]], chinese: bool) -> list[str]:
    """The entries, each with the beginning of what it says."""
    lines = ["\n条目：" if chinese else "\nEntries:"] if entries else []
    for each in entries[:_MOST_SHOWN]:
        state = ("已打开" if chinese else "open") if each["event"] else ("未打开" if chinese else "closed")
        lines.append(f"  {each['index']:>8}  {_visible(each['time']):24}  {_visible(each['tag'])}  ({state})")
        if each["event"]:
            said = json.dumps(
                {name: value for name, value in each["event"].items() if name != "tag"}, ensure_ascii=False
            )
            lines.append(f"            {_visible(said[:_MOST_SAID])}{'…' if len(said) > _MOST_SAID else ''}")
    if (more := len(entries) - _MOST_SHOWN) > 0:
        lines.append(f"  … 另有 {more} 条（--json 全部列出）" if chinese else f"  … and {more} more (--json lists all)")
    return lines


def as_json(report: Report) -> str:
    """The report, for a program."""
    checks = [
        {"check": each.name, "state": each.state, "detail": {"zh": each.zh, "en": each.en}}
        | {"proves": WORDS[each.name][1], "does_not_prove": WORDS[each.name][2]}
        for each in report.checks
    ]
    about = report.told.get("about")
    return json.dumps({"holds": report.holds, "about": about, "checks": checks, "entries": report.entries})


def _public(given: str) -> bytes:
    """A key as it is given: 64 hexadecimal digits (the key, or its SHA-256), or a file: PEM, hex, or a note's key."""
    text = given if re.fullmatch("[0-9a-fA-F]{64}", given) else Path(given).read_text("utf-8").strip()
    if re.fullmatch("[0-9a-fA-F]{64}", text):
        return bytes.fromhex(text)
    if "-----BEGIN PUBLIC KEY-----" in text:
        data = base64.b64decode("".join(line for line in text.split("\n") if "-----" not in line))
        if data[:12].hex() == "302a300506032b6570032100" and len(data) == 44:
            return data[12:]
    elif text.count("+") >= 2:
        data = base64.b64decode(text.split("+", 2)[2])
        if data[:1] == b"\x01" and len(data) == 33:
            return data[1:]
    raise ValueError("no Ed25519 public key")


def _digest(path: str) -> bytes:
    total = sha256()
    with Path(path).open("rb") as file:
        while block := file.read(1 << 20):
            total.update(block)
    return total.digest()


_USE = {
    "zh": """用法：overt-verify BUNDLE [FILE…] [--key HEX|FILE] [--json]
  BUNDLE  证据包
  FILE    发布文件，核对是否记录所说的那个
  --key   您信任的公钥：64 位十六进制，或文件
退出码：0 核验各项均成立；1 有不成立之处；2 用法有误或不是证据包""",
    "en": """Use: overt-verify BUNDLE [FILE…] [--key HEX|FILE] [--json]
  BUNDLE  the evidence
  FILE    a released file: is it one that the record tells of?
  --key   the public key that you trust: 64 hexadecimal digits, or a file
Exit codes: 0 everything checked holds; 1 something does not hold; 2 wrong use, or no bundle""",
}


class _Asked(NamedTuple):
    bundle: str
    files: list[str]
    key: bytes | None
    json: bool


def _asked(arguments: Sequence[str]) -> _Asked:
    waiting, names, key, as_lines = iter(arguments), [], None, False
    for each in waiting:
        if each == "--json":
            as_lines = True
        elif each == "--key" or each.startswith("--key="):
            key = _public(each[6:] if "=" in each else next(waiting, ""))
        elif each.startswith("-"):
            raise ValueError(each)
        else:
            names.append(each)
    if not names:
        raise ValueError("BUNDLE?")
    return _Asked(names[0], names[1:], key, as_lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    told = next(
        (os.environ[name] for name in ("OVERT_LANG", "LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), ""
    )
    language = "zh" if told.lower().startswith("zh") else "en"
    arguments = sys.argv[1:] if arguments is None else arguments
    if {"-h", "--help"} & set(arguments):
        return _say(_USE[language], 0)
    try:
        asked = _asked(arguments)
        digests = {each: _digest(each) for each in asked.files}
        report = verify(Path(asked.bundle).read_bytes(), asked.key, digests)
    except NoBundleError:
        return _say({"zh": "这不是本版本的证据包。", "en": "This is no bundle, or none of this version."}[language], 2)
    except (ValueError, OSError) as error:
        return _say(f"{_visible(error)}\n{_USE[language]}", 2)
    return _say(as_json(report) if asked.json else show(report, language == "zh"), 0 if report.holds else 1)


def _say(text: str, code: int) -> int:
    stream = sys.stderr if code == 2 else sys.stdout
    encoding = stream.encoding or "utf-8"
    try:
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")
        stream.flush()
    except BrokenPipeError:  # `overt-verify … | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    return code


if __name__ == "__main__":
    sys.exit(main())
