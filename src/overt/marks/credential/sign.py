"""Puts a credential into a file. Runs in a guarded process; the parent signs (`issuer`).

The SDK builds the manifest, hashes the file around it and writes both; the bytes to sign, and those to time-stamp, go
to the parent. So the key is never where a file is parsed.
Refused: formats without a way (`carriers`), PDFs that are signed or encrypted, packages that are. A ZIP package is
written anew with every entry stored, because the SDK can hash no other: it grows.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from pikepdf import Array, Object

from overt.errors import UnsupportedError
from overt.formats import zip_archive
from overt.formats.heif_bases import movable
from overt.formats.pdf import opened, refuse_protected
from overt.formats.splice import write
from overt.language import Text
from overt.marks.credential import presence, sdk, timestamp
from overt.marks.credential.carriers import Carrier, carrier
from overt.marks.credential.manifest import PARENT
from overt.marks.credential.model import Order
from overt.marks.files import mapped
from overt.media.services import ask

if TYPE_CHECKING:
    from c2pa import Builder

SIGN: Final = "sign"
"""The name of the service that signs."""
STAMP: Final = "stamp"
"""The name of the service that time-stamps."""
_HEIF: Final = ("heic", "heif", "avif")
MOST_UNPACKED: Final = 1 << 28
"""Bytes of one package entry that is stored again; it is held in memory."""


def put(source: Path, target: Path, container: str, order: Order) -> None:
    """Signs `source` into `target`, another file. Raises the `MediaError` family."""
    way = signable(container)
    if container == "pdf":
        source = _without_manifest(source, target.with_name(f"{target.name}.bare"))
    if container == "wav":
        _refuse_wide(source)
    if way.stored:
        stored = target.with_name(f"{target.name}.stored")
        _store(source, stored)
        source = stored
    elif container in _HEIF:
        source = _movable(source, target.with_name(f"{target.name}.movable"))
    with sdk.told(Text(zh="无法写入内容凭证", en="the credential cannot be written"), signing=True):
        signature = _sign(source, target, way, order)
    if order.stamped:
        timestamp.add(target, container, signature, lambda request: ask(STAMP, request))


def _without_manifest(source: Path, target: Path) -> Path:
    """A PDF to sign: the SDK takes an older manifest out and leaves holes in the table of objects, this does not.

    What the manifest states stays in the file: it is signed in again with the parent.
    """
    with mapped(source) as data, opened(data, mend=False) as document:
        refuse_protected(document)
        old = [name for name, each in document.attachments.items() if _is_manifest(each.obj)]
        if not old:
            return source
        for name in old:
            del document.attachments[name]
        others = [each for each in document.Root.get("/AF", ()) if not _is_manifest(each)]
        if others:
            document.Root.AF = Array(others)
        elif "/AF" in document.Root:
            del document.Root["/AF"]
        document.save(target)
    return target


def _is_manifest(specification: Object) -> bool:
    return specification.get("/AFRelationship") == "/C2PA_Manifest"


def _refuse_wide(source: Path) -> None:
    """RF64 and BW64 are WAV to all but the SDK."""
    with source.open("rb") as file:
        name = file.read(4)
    if name in (b"RF64", b"BW64"):
        raise UnsupportedError(
            f"{name.decode()} files carry no content credential",
            f"{name.decode()} 文件无法携带内容凭证",
            hint=Text(
                zh="不加凭证（--only label,metadata）；4 GB 以内可先转换：ffmpeg -i IN -c copy OUT.wav",
                en="Leave it out (--only label,metadata), or up to 4 GB convert it: ffmpeg -i IN -c copy OUT.wav",
            ),
        )


def signable(container: str) -> Carrier:
    """How this format carries a credential. Raises `UnsupportedError` where it does not."""
    way = carrier(container)
    if way is None:
        name = container.upper()
        raise UnsupportedError(
            f"{name} files carry no content credential",
            f"{name} 文件无法携带内容凭证",
            hint=Text(
                zh="不加凭证（--only label,metadata），或先转换为 MP4、WAV、PNG、PDF 等格式再标识。",
                en="Leave it out (--only label,metadata), or convert to MP4, WAV, PNG or PDF first and mark that.",
            ),
        )
    return way


def _sign(source: Path, target: Path, way: Carrier, order: Order) -> bytes:
    """Signs; returns the signature, by which its place in the file is found again."""
    c2pa = sdk.load()
    signatures: list[bytes] = []

    def sign(data: bytes) -> bytes:
        signatures.append(ask(SIGN, data))
        return signatures[-1]

    with (
        sdk.for_signing(order) as context,
        sdk.signer(order.algorithm, order.certificates, sign) as signer,
        c2pa.Builder(order.definition, context=context) as builder,
    ):
        if order.parent:
            _add_parent(builder, order.parent, way)
        with source.open("rb") as old, target.open("w+b") as new:
            builder.sign(signer, way.sdk, old, new)
    return signatures[-1]


def _add_parent(builder: Builder, path: Path, way: Carrier) -> None:
    """The file that the signed one was made from; with its own credential, if it has one."""
    entry = {"relationship": "parentOf", "label": PARENT}
    with path.open("rb") as parent:
        try:
            builder.add_ingredient(entry, way.sdk, parent)
        except sdk.load().C2paError:
            # Some are no files of their format to the SDK, such as JPEG XL without boxes or packages with compression.
            with mapped(path) as data:
                if presence.holds(data):
                    raise
            parent.seek(0)
            builder.add_ingredient(entry, "application/octet-stream", parent)


def _movable(source: Path, target: Path) -> Path:
    """The file, or a copy of it, in a form that the SDK moves rightly."""
    with mapped(source) as data:
        splice = movable(data)
        if splice is None:
            return source
        with source.open("rb") as old, target.open("wb") as new:
            write(splice, old, new)
    return target


def _store(source: Path, target: Path) -> None:
    """The same package with every entry stored without compression."""
    with mapped(source) as data:
        archive = zip_archive.read(data)
        packed = [entry for entry in archive.entries if entry.method]
        parts = {entry.name: zip_archive.content(data, entry, MOST_UNPACKED) for entry in packed}
        splice = zip_archive.rewrite(data, archive, parts)
        with source.open("rb") as old, target.open("wb") as new:
            write(splice, old, new)
