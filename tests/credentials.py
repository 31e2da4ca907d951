"""What tests of content credentials need: a small file of each format, changed labels, a time-stamping authority."""

from __future__ import annotations

import re
import subprocess
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import openpyxl
import pillow_heif
import pptx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from PIL import Image

import samples
from samples import ffmpeg

pillow_heif.register_heif_opener()

LABEL = re.compile(rb'ProduceID(?:"|&quot;|&#34;)\s*:\s*(?:"|&quot;|&#34;)([0-9a-f])')
"""The first digit of the label's content id, in any carrier's way of writing JSON."""


def make(suffix: str, media: Path, folder: Path) -> Path:
    """A small unmarked file of this format."""
    if suffix in samples.SUFFIXES:
        return samples.make(suffix, media, folder)
    target = folder / f"sample.{suffix}"
    _MAKERS[suffix](media, target)
    return target


def _picture(media: Path, target: Path) -> None:
    with Image.open(media / "images" / "kodim23.png") as picture:
        picture.resize((384, 256)).save(target)


def _heic(media: Path, target: Path) -> None:
    with Image.open(media / "images" / "kodim23.png") as picture:
        pillow_heif.from_pillow(picture.resize((384, 256))).save(target, quality=60)


def _svg(_: Path, target: Path) -> None:
    target.write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="320" height="200">'
        '<rect width="320" height="200" fill="teal"/></svg>',
        encoding="utf-8",
    )


def _film(media: Path, target: Path) -> None:
    ffmpeg(
        "-i", media / "video" / "mdn_friday.mp4", "-t", "1", "-vf", "scale=160:120", "-c:v", "mpeg4", "-c:a", "aac",
        "-b:a", "48k", target,
    )  # fmt: skip


def _avi(media: Path, target: Path) -> None:
    ffmpeg(
        "-i", media / "video" / "mdn_friday.mp4", "-t", "1", "-vf", "scale=160:120", "-c:v", "mjpeg",
        "-c:a", "pcm_s16le", "-ar", "8000", target,
    )  # fmt: skip


def _sound(media: Path, target: Path) -> None:
    ffmpeg("-i", media / "audio" / "whisper_jfk.flac", "-t", "1", "-c:a", "aac", "-b:a", "48k", target)


def _sheet(_: Path, target: Path) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0]["A1"] = "一些文字"
    book.save(target)


def _slides(_: Path, target: Path) -> None:
    deck = pptx.Presentation()
    deck.slides.add_slide(deck.slide_layouts[5]).shapes.title.text = "一些文字"
    deck.save(str(target))


def _odt(_: Path, target: Path) -> None:
    manifest = (
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.2">'
        '<manifest:file-entry manifest:full-path="/" manifest:media-type="application/vnd.oasis.opendocument.text"/>'
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
    )
    content = (
        '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.2"><office:body><office:text>'
        "<text:p>一些文字</text:p></office:text></office:body></office:document-content>"
    )
    _package(target, "application/vnd.oasis.opendocument.text", {
        "META-INF/manifest.xml": manifest, "content.xml": content,
    })  # fmt: skip


def _epub(_: Path, target: Path) -> None:
    container = (
        '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" version="1.0"><rootfiles>'
        '<rootfile full-path="b.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
    )
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="i">'
        '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:identifier id="i">x</dc:identifier>'
        '<dc:title>T</dc:title><dc:language>zh</dc:language></metadata><manifest><item id="p" href="p.xhtml" '
        'media-type="application/xhtml+xml"/></manifest><spine><itemref idref="p"/></spine></package>'
    )
    page = '<html xmlns="http://www.w3.org/1999/xhtml"><head><title>T</title></head><body><p>一些文字</p></body></html>'
    _package(target, "application/epub+zip", {
        "META-INF/container.xml": container, "b.opf": package, "p.xhtml": page,
    })  # fmt: skip


def _package(target: Path, kind: str, parts: dict[str, str]) -> None:
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("mimetype", kind)
        for name, text in parts.items():
            archive.writestr(name, f'<?xml version="1.0" encoding="UTF-8"?>\n{text}', zipfile.ZIP_DEFLATED)


_MAKERS: dict[str, Callable[[Path, Path], None]] = {
    "gif": _picture,
    "tiff": _picture,
    "heic": _heic,
    "svg": _svg,
    "mov": _film,
    "avi": _avi,
    "m4a": _sound,
    "xlsx": _sheet,
    "pptx": _slides,
    "odt": _odt,
    "epub": _epub,
}


def with_another_label(data: bytes) -> bytes:
    """The file with one digit of the label's content id changed, and nothing else that a reader would mind."""
    changed = bytearray(data)
    places = [found.start(1) for found in LABEL.finditer(data)]
    assert places, "the label is not in clear in this file"
    for place in places:
        changed[place] = ord("1") if changed[place] == ord("0") else ord("0")
    return bytes(changed)


@contextmanager
def time_stamping(folder: Path) -> Iterator[tuple[str, Path]]:
    """A time-stamping authority of OpenSSL's behind HTTP on this machine: its address, and its root certificate."""
    _make_authority(folder)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = folder / f"{threading.get_ident()}.tsq"
            query.write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
            asked = ["openssl", "ts", "-reply", "-config", folder / "conf", "-queryfile", query]
            answer = subprocess.run(asked, capture_output=True, check=True).stdout
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/", folder / "ca.pem"
        server.shutdown()


def _make_authority(folder: Path) -> None:
    (folder / "ext").write_text(
        "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=critical,timeStamping\n"
    )
    (folder / "serial").write_text("01\n")
    (folder / "conf").write_text(
        "[tsa]\ndefault_tsa=t\n[t]\ndefault_policy=1.2.3.4\ndigests=sha256\nsigner_digest=sha256\ness_cert_id_alg=sha256\n"
        f"serial={folder}/serial\nsigner_cert={folder}/tsa.pem\nsigner_key={folder}/tsa.key\ncerts={folder}/ca.pem\n"
    )
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    commands = [
        ["req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/O=TEST ONLY/CN=CA", "-days", "30"],
        ["req", *key, "-keyout", "tsa.key", "-out", "tsa.csr", "-subj", "/O=TEST ONLY/CN=TSA"],
        ["x509", "-req", "-in", "tsa.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "ext",
         "-days", "30", "-out", "tsa.pem"],
    ]  # fmt: skip
    for command in commands:
        subprocess.run(["openssl", *command], cwd=folder, check=True, capture_output=True)


def in_days(days: int) -> datetime:
    """So many days from now."""
    return datetime.now(UTC) + timedelta(days=days)


def identity(folder: Path, private: CertificateIssuerPrivateKeyTypes, **changes: Any) -> tuple[Path, Path]:
    """A key file, and a chain of a signing certificate and its root, as C2PA wants them unless `changes` say else."""
    folder.mkdir(parents=True, exist_ok=True)
    root_key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(UTC)
    usage = {"key_encipherment": False, "content_commitment": False, "data_encipherment": False, "key_agreement": False,
             "encipher_only": False, "decipher_only": False}  # fmt: skip

    authority = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "TEST ONLY root")])
    subject = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "TEST ONLY"),
                         x509.NameAttribute(NameOID.COMMON_NAME, "signer")])  # fmt: skip
    root = (
        x509.CertificateBuilder()
        .subject_name(authority)
        .issuer_name(authority)
        .public_key(root_key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=400))
        .not_valid_after(now + timedelta(days=400))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(
            x509.KeyUsage(digital_signature=False, key_cert_sign=True, crl_sign=True, **usage), critical=True
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(root_key.public_key()), critical=False)
        .sign(root_key, hashes.SHA256())
    )
    leaf = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(authority)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(changes.get("begins", now - timedelta(days=2)))
        .not_valid_after(changes.get("ends", now + timedelta(days=30)))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(digital_signature=True, key_cert_sign=False, crl_sign=False, **usage), critical=True
        )
        .add_extension(
            x509.ExtendedKeyUsage([changes.get("use", ExtendedKeyUsageOID.EMAIL_PROTECTION)]), critical=False
        )
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), critical=False)
        .sign(root_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    key_file, chain = folder / "key.pem", folder / "chain.pem"
    key_file.write_bytes(private.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    chain.write_bytes(leaf.public_bytes(pem) + root.public_bytes(pem))
    return key_file, chain
