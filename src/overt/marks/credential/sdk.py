"""The only door to c2pa-python, which wraps the reference implementation c2pa-rs. Used in guarded processes.

Loaded when it is first needed: it is the extra `c2pa`, and its library has some 23 MB.
Everything that it raises comes out as one of our errors. It fetches nothing: a guarded process has no network, and the
settings here forbid it besides.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

from overt.errors import FormatError, SetupError, UnsupportedError
from overt.language import Text
from overt.marks.credential.model import Algorithm, Order, Trust
from overt.media.wire import clean

if TYPE_CHECKING:
    from c2pa import Context, Signer

_END: Final = "-----END CERTIFICATE-----\n"
MOST_TOLD: Final = 300
"""Characters of one of the SDK's messages that a person is shown."""


def available() -> bool:
    """Whether the extra is installed."""
    return find_spec("c2pa") is not None


def load() -> ModuleType:
    """The package. Raises `SetupError` where it is not installed, or its library cannot be loaded."""
    try:
        package = import_module("c2pa")
    except (ImportError, OSError) as error:
        raise SetupError(
            f"content credentials need the extra c2pa: {error}",
            f"内容凭证需要安装扩展 c2pa：{error}",
            hint=Text(zh="pip install 'overt[c2pa]'", en="pip install 'overt[c2pa]'"),
        ) from error
    return package


def version() -> str:
    """The version of the library behind the package. Also a trial of whether it runs where it is called."""
    told: str = load().sdk_version()
    return told


@contextmanager
def told(what: Text, *, signing: bool = False) -> Iterator[None]:
    """What the SDK raises, as ours: an `UnsupportedError` or a `FormatError` that begins with `what`.

    With `signing`, what is wrong with a signature or a certificate is the set-up's fault, not the file's.
    """
    c2pa = load()
    try:
        yield
    except c2pa.C2paError as error:
        text = clean(str(error), MOST_TOLD)
        if signing and isinstance(error, c2pa.C2paError.Signature):
            hint = Text(
                zh="证书须符合 C2PA：在有效期内，扩展密钥用途为 emailProtection 或 documentSigning，并附上中间证书。",
                en="C2PA wants a certificate in its time, with the extended key usage emailProtection or "
                "documentSigning, and its intermediate certificates beside it.",
            )
            raise SetupError(f"{what.en}: {text}", f"{what.zh}：{text}", hint=hint) from error
        kind = UnsupportedError if isinstance(error, c2pa.C2paError.NotSupported) else FormatError
        raise kind(f"{what.en}: {text}", f"{what.zh}：{text}") from error


def for_signing(order: Order) -> Context:
    """A context for building manifests."""
    settings = {
        "verify": {"verify_after_sign": False, "remote_manifest_fetch": False, "ocsp_fetch": False},
        "builder": {"thumbnail": {"enabled": False}, "created_assertion_labels": list(order.created)},
    }
    context: Context = load().Context.from_dict(settings)
    return context


def for_reading(trust: Trust) -> Context:
    """A context for reading: with these trust lists and no others."""
    settings: dict[str, Any] = {
        "verify": {"verify_trust": True, "remote_manifest_fetch": False, "ocsp_fetch": False},
        "trust": {},
    }
    issuers = "".join(each + _END for each in trust.own.split(_END)[1:-1])
    if anchors := f"{trust.anchors}\n{issuers}".strip():
        settings["trust"]["trust_anchors"] = anchors
    context: Context = load().Context.from_dict(settings)
    return context


def signer(algorithm: Algorithm, certificates: str, sign: Callable[[bytes], bytes]) -> Signer:
    """A signer that asks `sign`. What that raises reaches the SDK as a refusal."""
    c2pa = load()
    made: Signer = c2pa.Signer.from_callback(sign, c2pa.C2paSigningAlg[algorithm.upper()], certificates)
    return made


def parsed(text: str) -> dict[str, Any]:
    """JSON of the SDK's, which is as trustworthy as the file. Raises `FormatError`."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FormatError(f"the credential makes no sense: {error}", f"凭证内容无法理解：{error}") from error
    if not isinstance(found, dict):
        raise FormatError("the credential makes no sense: no object", "凭证内容无法理解：不是对象")
    return found
