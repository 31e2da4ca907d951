"""Reads the credential of a file. Runs in a guarded process.

```
absent      the format has no place for one, or there is none in the file
unreadable  there is something, and it cannot be read; or the file only points to one elsewhere; or it is in a format
            for which there is no reader (texts, HTML)
found       there is one: see `model.Values` for what it says, and whether to believe it
```

Remote manifests are not fetched: that would tell a stranger's server who looks at what, and a guarded process has no
network. A file that only points to one is unreadable, with the address.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from overt.errors import FormatError, MediaError, SetupError
from overt.formats import Buffer
from overt.language import Text
from overt.marks.credential import presence, sdk
from overt.marks.credential.carriers import TEXTS, carrier
from overt.marks.credential.model import Trust, Values
from overt.marks.credential.split import known_manifests, own_manifests, split
from overt.marks.model import Defect, Reading
from overt.media.wire import clean

_ELSEWHERE: Final = "must fetch remote manifests"
"""What the SDK says where it would have to fetch. It has no class of its own for that."""
_STATE: Final = Text(zh="无法读取内容凭证", en="the content credential cannot be read")


def reading(path: Path, data: Buffer, container: str, trust: Trust) -> Reading:
    """The credential of the file at `path`, whose bytes are `data`."""
    if not presence.may_hold(data, container):
        return Reading("credential", "absent")
    way = carrier(container)
    if way is None:
        if container not in TEXTS and not presence.holds(data):
            return Reading("credential", "absent")
        return _unreadable(
            Text(zh="该格式的内容凭证尚无读取器", en="there is no reader for this format's content credentials")
        )
    try:
        values = _values(path, way.sdk, trust)
        if values is None:
            return Reading("credential", "absent")
    except (MediaError, SetupError) as error:
        return _unreadable(error.message, way.place)
    defects = tuple(_DEFECTS[code] for code in values.codes if code in _DEFECTS)
    return Reading("credential", "found", way.place, values=values.as_dict(), defects=defects)


def _values(path: Path, format_name: str, trust: Trust) -> Values | None:
    report = _report(path, format_name, trust)
    if report is None:
        return None
    values = split(report, trust)
    ours = own_manifests(report, trust)
    if trust.own and (values.trust == "trusted" or known_manifests(report) - ours):
        # By whom: by an authority of the operator's list, or by the one that issued our own certificate?
        listed = Trust(anchors=trust.anchors)
        again = _report(path, format_name, listed)
        if again is None:
            return None
        known = ours | known_manifests(again)
        return split(report, trust, known) if values.trust == "own" else split(again, listed, known)
    return values


def _report(path: Path, format_name: str, trust: Trust) -> dict[str, object] | None:
    """What the SDK says, or None where there is nothing. Raises the `MediaError` family, and `SetupError`."""
    c2pa = sdk.load()
    try:
        with (
            sdk.told(_STATE),
            sdk.for_reading(trust) as context,
            path.open("rb") as file,
            c2pa.Reader(format_name, file, context=context) as reader,
        ):
            return sdk.parsed(reader.json())
    except FormatError as error:
        if isinstance(error.__cause__, c2pa.C2paError.ManifestNotFound):
            return None
        if _ELSEWHERE in str(error.__cause__):
            told = clean(str(error.__cause__), sdk.MOST_TOLD)
            raise FormatError(
                f"the file points to a credential elsewhere, which was not fetched ({told})",
                f"文件指向别处的内容凭证，未予获取（{told}）",
            ) from error
        raise


def _unreadable(reason: Text, place: str | None = None) -> Reading:
    return Reading("credential", "unreadable", place, reason=reason)


def _defect(code: str, zh: str, en: str) -> tuple[str, Defect]:
    return code, Defect(code, "C2PA 2.4, 15.2", Text(zh=zh, en=en))


_DEFECTS: Final = dict(
    (
        _defect(
            "signingCredential.expired",
            "签名证书在签名之后到期，且没有受信任的时间戳",
            "the certificate has ended, and no trusted time stamp shows that the signature is older",
        ),
        _defect("signingCredential.invalid", "签名证书不符合 C2PA 要求", "the certificate is not as C2PA wants it"),
        _defect("claimSignature.mismatch", "签名与内容不符", "the signature does not fit the claim"),
        _defect("assertion.dataHash.mismatch", "文件在签名之后被改动", "the file was changed after it was signed"),
        _defect("assertion.bmffHash.mismatch", "文件在签名之后被改动", "the file was changed after it was signed"),
        _defect("assertion.boxesHash.mismatch", "文件在签名之后被改动", "the file was changed after it was signed"),
        _defect(
            "assertion.collectionHash.mismatch", "文件在签名之后被改动", "the file was changed after it was signed"
        ),
        _defect("assertion.hashedURI.mismatch", "凭证中的陈述被改动", "a statement in the credential was changed"),
    )
)
