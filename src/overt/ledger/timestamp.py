"""Time stamps: somebody else's word on when a checkpoint was there.

Source: RFC 3161, SHA-256. The authority sees the hash alone. A stamp over a checkpoint covers every entry below it.
The one network call is `stamped`; everything else is pure.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from overt.errors import FormatError, SetupError
from overt.language import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography.x509 import Certificate
    from rfc3161_client import TimeStampResponse

MOST_BYTES: Final = 64 * 1024
_TIMEOUT: Final = 20.0  # seconds
_WAY_OUT = Text(zh="检查 [ledger] tsa 中的地址。", en="Look at the address in [ledger] tsa.")


def stamped(address: str, data: bytes) -> bytes:
    """A time stamp over these bytes, as the authority answered. Raises `SetupError` where there is none to be had.

    Whether its signature holds, and whose it is, `told` says: it needs the authority's certificates.
    """
    import httpx  # noqa: PLC0415  # slow to import, as is the next
    from rfc3161_client import HashAlgorithm, TimestampRequestBuilder  # noqa: PLC0415

    asked = TimestampRequestBuilder().data(data).hash_algorithm(HashAlgorithm.SHA256).build()
    headers = {"Content-Type": "application/timestamp-query"}
    try:
        with httpx.stream(
            "POST", address, content=asked.as_bytes(), headers=headers, timeout=_TIMEOUT, follow_redirects=True
        ) as answer:
            answer.raise_for_status()
            found = b""
            for part in answer.iter_bytes():
                found += part
                if len(found) > MOST_BYTES:
                    raise _no_stamp(address, "an answer that does not end", "应答过长")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise _no_stamp(address, str(error), str(error)) from error
    try:
        response = _response(found)
    except FormatError as error:
        raise _no_stamp(address, error.message.en, error.message.zh) from error
    if response.tst_info.nonce != asked.nonce or response.tst_info.message_imprint.message != _imprint(data):
        raise _no_stamp(address, "an answer to another question", "应答与请求不符")
    return found


def told(stamp: bytes, data: bytes, roots: Sequence[Certificate]) -> datetime:
    """When these bytes were there, as an authority below one of these roots says. Raises `FormatError` otherwise."""
    from rfc3161_client import VerificationError, VerifierBuilder  # noqa: PLC0415

    response = _response(stamp)
    verifier = VerifierBuilder()
    for root in roots:
        verifier = verifier.add_root_certificate(root)
    try:
        held = verifier.build().verify_message(response, data)
    except (VerificationError, ValueError) as error:
        raise _does_not_hold(str(error)) from error
    if not held:
        raise _does_not_hold("another text")
    return claimed(stamp)


def claimed(stamp: bytes) -> datetime:
    """When the stamp says that it was made; nobody has checked its signature."""
    return _response(stamp).tst_info.gen_time.astimezone(UTC)


def _response(data: bytes) -> TimeStampResponse:
    from rfc3161_client import PKIStatus, decode_timestamp_response  # noqa: PLC0415

    try:
        response = decode_timestamp_response(_in_order(data)) if len(data) <= MOST_BYTES else None
        if response and response.status == PKIStatus.GRANTED:
            response.tst_info  # noqa: B018  # decoded when asked for
            return response
    except ValueError as error:
        raise FormatError(f"this is no time stamp: {error}", f"这不是时间戳：{error}") from error
    raise FormatError("the authority granted no time stamp", "时间戳机构未予签发")


def _in_order(data: bytes) -> bytes:
    """The answer with its certificates in DER's order, which authorities (OpenSSL's) do not keep and decoders demand.

    The certificates are not below the signature, and another order has the same length: nothing else changes.
    """
    at, end = 0, len(data)
    # The answer past its status; the token past its type; its content; the signed data up to the certificates.
    for skipped in (1, 1, 0, 3):
        at, end = _inside(data, at)
        for _ in range(skipped):
            at = _inside(data, at)[1]
    if data[at : at + 1] != b"\xa0":
        return data
    start, end = _inside(data, at)
    parts, at = [], start
    while at < end:
        after = _inside(data, at)[1]
        parts.append(data[at:after])
        at = after
    return data[:start] + b"".join(sorted(parts)) + data[end:]


def _inside(data: bytes, at: int) -> tuple[int, int]:
    """Where the content of the DER value at a place begins and ends. Raises `ValueError` outside of the data."""
    if at + 2 > len(data):
        raise ValueError("it ends early")
    first = data[at + 1]
    wide = first & 0x7F if first & 0x80 else 0
    start = at + 2 + wide
    end = start + (int.from_bytes(data[at + 2 : start]) if wide else first)
    if wide > 4 or end > len(data):
        raise ValueError("it ends early")
    return start, end


def _imprint(data: bytes) -> bytes:
    from hashlib import sha256  # noqa: PLC0415

    return sha256(data).digest()


def _does_not_hold(why: str) -> FormatError:
    return FormatError(f"the time stamp does not hold: {why}", f"时间戳无效：{why}")


def _no_stamp(address: str, en: str, zh: str) -> SetupError:
    return SetupError(f"no time stamp from {address}: {en}", f"无法从 {address} 取得时间戳：{zh}", hint=_WAY_OUT)
