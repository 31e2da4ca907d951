"""Every key and certificate that a set-up holds: what it is for, until when it is good, and what to do then.

What is told never holds a secret, nor where a file lies beyond its name. Files are read and signatures are not tried:
that is the doctor's part (`overt.setup.doctor`). Nothing is asked of another machine; of time-stamping authorities and
witnesses the record tells when they answered last.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from overt.canonical import stamp
from overt.errors import OvertError
from overt.language import Text
from overt.ledger import signing
from overt.marks.metadata.security import load_seal
from overt.marks.watermark import keyfile
from overt.settings import VAULT_FILE, Setup
from overt.setup import seen
from overt.setup.check import State
from overt.setup.holding import Holding, Kind
from overt.setup.keys import TEST_ORGANIZATION
from overt.store import vault

if TYPE_CHECKING:
    from overt.store.records import Store

SOON: Final = timedelta(days=30)
"""So long before its end somebody is told [ours]."""


def holdings(setup: Setup, store: Store, now: datetime | None = None) -> tuple[Holding, ...]:
    """All of them, by what they are for. Never raises for a file: what is wrong with it is told."""
    now = now or datetime.now(UTC)
    return (
        *_credential(setup, now),
        *_authorities(setup, now),
        *_label(setup),
        *_watermark(setup),
        *_ledger(setup),
        _vault(setup),
        *_gateway(setup),
        *seen.services(setup, store),
        *seen.programs(store, now),
    )


def ends_soon(each: Holding, now: datetime) -> bool:
    """Whether it has ended, or ends within `SOON`."""
    return bool(each.until) and each.until <= stamp(now + SOON)


def _credential(setup: Setup, now: datetime) -> Iterator[Holding]:
    chosen = setup.settings.credential
    name = Text(zh="签名证书", en="Signing certificate")
    if chosen.certificates is None:
        yield Holding("credential", name, "note", _NONE, mend=_NO_CREDENTIAL)
        return
    chain = _certificates(setup.home / chosen.certificates)
    if not chain:
        yield Holding("credential", name, "missing", _UNREADABLE, chosen.certificates.name, mend=_NEW_CERTIFICATE)
    for place, each in enumerate(chain):
        title = name if place == 0 else Text(zh=f"证书链第 {place + 1} 张", en=f"Certificate {place + 1} of its chain")
        yield _certificate("credential", title, each, chosen.certificates.name, now)
    if chosen.key:
        fits = _belongs(setup.home / chosen.key, chain[0]) if chain else None
        yield _file(
            "credential", Text(zh="签名私钥", en="Private key"), setup.home / chosen.key, fits, _NEW_CERTIFICATE
        )
    else:
        program = Text(zh="由外部程序签名；此处不试用", en="a program signs; it is not tried here")
        yield Holding("credential", _PRIVATE, "note", program)


def _certificate(kind: Kind, name: Text, each: x509.Certificate, file: str, now: datetime) -> Holding:
    subject, issuer = each.subject.rfc4514_string(), each.issuer.rfc4514_string()
    until, test = each.not_valid_after_utc, TEST_ORGANIZATION in subject
    told = Text(zh=f"{subject}；颁发者 {issuer}", en=f"{subject}; issued by {issuer}")
    state: State = "note" if test else "ok"
    mend = _TEST_ONLY if test else None
    if each.not_valid_before_utc > now or until <= now + SOON:
        state, mend = "missing", _NEW_CERTIFICATE if kind == "credential" else _NEW_AUTHORITY
    number = each.fingerprint(hashes.SHA256()).hex()
    return Holding(kind, name, state, told, file, number, stamp(each.not_valid_before_utc), stamp(until), mend)


def _authorities(setup: Setup, now: datetime) -> Iterator[Holding]:
    for path in setup.settings.credential.trust:
        name = Text(zh="信任的根证书", en="Trusted root")
        found = _certificates(setup.home / path)
        if not found:
            yield Holding("authority", name, "missing", _UNREADABLE, path.name, mend=_NEW_AUTHORITY)
        yield from (_certificate("authority", name, each, path.name, now) for each in found)


def _label(setup: Setup) -> Iterator[Holding]:
    chosen = setup.settings.security
    name = Text(zh="标识签名密钥", en="Key that signs labels")
    if chosen.key is None or chosen.sign not in ("sm2", "es256"):
        told = Text(zh=f"标识不签名（{chosen.sign}）", en=f"labels are not signed ({chosen.sign})")
        yield Holding("label", name, "note", told, mend=_SIGN_LABELS)
        return
    try:
        key = load_seal(chosen.sign, setup.home / chosen.key).public_key
    except OvertError:
        yield Holding("label", name, "missing", _UNREADABLE, chosen.key.name, mend=_SIGN_LABELS)
        return
    algorithm = key.algorithm if key else chosen.sign
    told = Text(zh=f"{algorithm} 签名", en=f"signs with {algorithm}")
    yield _kept("label", name, setup.home / chosen.key, told)


def _watermark(setup: Setup) -> Iterator[Holding]:
    chosen = setup.settings.watermark
    if chosen.key is None:
        yield Holding("watermark", Text(zh="水印密钥", en="Watermark key"), "note", _NONE, mend=_NEW_WATERMARK)
    paths = [*((chosen.key,) if chosen.key else ()), *chosen.former]
    for place, path in enumerate(paths):
        current = place == 0 and chosen.key is not None
        name = (
            Text(zh="当前水印密钥", en="Present watermark key")
            if current
            else Text(zh="以前的水印密钥", en="Former watermark key")
        )
        try:
            key = keyfile.load(setup.home / path, chosen.presence)
        except OvertError:
            yield Holding("watermark", name, "missing", _UNREADABLE, path.name, mend=_NEW_WATERMARK)
            continue
        told = (
            Text(zh="用于新水印，也用于读取", en="puts new watermarks on, and reads them")
            if current
            else Text(zh="只用于读取", en="only reads older watermarks")
        )
        yield _kept("watermark", name, setup.home / path, told, key.name)


def _ledger(setup: Setup) -> Iterator[Holding]:
    chosen = setup.settings.ledger
    name = Text(zh="账本签名密钥", en="Key of the ledger")
    if chosen.key is None:
        yield Holding("ledger", name, "note", _NONE, mend=_NEW_LEDGER)
    else:
        try:
            signer = signing.load(setup.home / chosen.key)
            told = Text(zh="签署检查点、决定、同意和证据包", en="signs checkpoints, decisions, consents and bundles")
            yield _kept("ledger", name, setup.home / chosen.key, told, signer.id)
        except OvertError:
            yield Holding("ledger", name, "missing", _UNREADABLE, chosen.key.name, mend=_NEW_LEDGER)
    for path in chosen.former:
        former = Text(zh="以前的账本密钥", en="Former key of the ledger")
        told = Text(zh="只用于核对以前的签名", en="only checks older signatures")
        try:
            number = signing.key_id(signing.load_public(setup.home / path))
            yield Holding("ledger", former, "ok", told, path.name, number)
        except OvertError:
            yield Holding("ledger", former, "missing", _UNREADABLE, path.name, mend=_FORMER)
    if chosen.sm:
        yield _file("ledger", Text(zh="国密账本密钥（SM2）", en="Key of the twin (SM2)"), setup.home / chosen.sm)


def _vault(setup: Setup) -> Holding:
    name = Text(zh="保险库密钥", en="Key of the vault")
    path = setup.keys / VAULT_FILE
    if not path.is_file():
        return Holding("vault", name, "note", _NONE, mend=_NEW_VAULT)
    try:
        vault.load(path)
    except OvertError:
        return Holding("vault", name, "missing", _UNREADABLE, path.name, mend=_NEW_VAULT)
    told = Text(zh="封存个人密钥；请确认已备份", en="wraps the keys of persons; make sure that it is backed up")
    return _kept("vault", name, path, told)


def _gateway(setup: Setup) -> Iterator[Holding]:
    if path := setup.settings.gateway.credential:
        yield _file("gateway", Text(zh="上游接口凭证", en="The generator's API key"), setup.home / path)


def _file(kind: Kind, name: Text, path: Path, fits: bool | None = None, mend: Text | None = None) -> Holding:
    """A key of which nothing is told but that it is there; `fits` is whether it belongs to its certificate."""
    if not path.is_file():
        return Holding(kind, name, "missing", _UNREADABLE, path.name, mend=mend)
    if fits is False:
        told = Text(zh="与证书不匹配", en="does not belong to the certificate")
        return Holding(kind, name, "missing", told, path.name, mend=mend)
    return _kept(kind, name, path, Text(zh="已就位", en="it is there"))


def _kept(kind: Kind, name: Text, path: Path, told: Text, number: str = "") -> Holding:
    """A key that was read, with a look at who else may read it."""
    if path.stat().st_mode & 0o077:
        found = Text(zh="密钥可被他人读取", en="others may read the key")
        mend = Text(zh=f"chmod 600 {path.name}", en=f"chmod 600 {path.name}")
        return Holding(kind, name, "missing", found, path.name, number, mend=mend)
    return Holding(kind, name, "ok", told, path.name, number)


def _certificates(path: Path) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError):
        return []


def _belongs(key: Path, certificate: x509.Certificate) -> bool | None:
    form = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    try:
        loaded = serialization.load_pem_private_key(key.read_bytes(), None)
    except (OSError, ValueError, TypeError):
        return None
    return loaded.public_key().public_bytes(*form) == certificate.public_key().public_bytes(*form)


_PRIVATE: Final = Text(zh="签名私钥", en="Private key")
_NONE: Final = Text(zh="未设置", en="none")
_UNREADABLE: Final = Text(zh="无法读取", en="cannot be read")
_NO_CREDENTIAL: Final = Text(
    zh="不添加内容凭证。在 overt.toml 的 [credential] 填写 certificates 和 key。",
    en="No content credentials are put on. Name certificates and key in [credential] of overt.toml.",
)
_NEW_CERTIFICATE: Final = Text(
    zh="向证书机构续期（试用时在新目录运行 overt init），换上新文件后运行 overt doctor，并重启服务。"
    "以前签的内容凭证凭时间戳仍可核对。",
    en="Have your authority renew it (to try things out: `overt init` in a new folder), put the new files in place, "
    "run `overt doctor`, start the service again. Credentials that carry a time stamp can still be checked.",
)
_TEST_ONLY: Final = Text(
    zh="仅供测试，谁都不应信任。正式使用前换成受信任的证书。",
    en="For tests only: nobody should trust it. Use a certificate that others trust before real use.",
)
_NEW_AUTHORITY: Final = Text(
    zh="从证书机构取得新的信任列表，放到 [credential] trust 所列的文件。",
    en="Get the authority's new list, and put it into the files that [credential] trust names.",
)
_SIGN_LABELS: Final = Text(
    zh='在 [security] 中设置 sign = "sm2" 或 "es256" 及 key，即可签名。',
    en='Set sign = "sm2" or "es256" and a key in [security] to sign labels.',
)
_NEW_WATERMARK: Final = Text(
    zh="在新目录运行 overt init 生成新密钥；旧密钥列入 [watermark] former，否则旧水印无法读取。",
    en="`overt init` in a new folder makes one; list the old one in [watermark] former, or its marks are never read "
    "again.",
)
_NEW_LEDGER: Final = Text(
    zh="运行 overt doctor 查看如何生成；旧密钥的公钥列入 [ledger] former。",
    en="`overt doctor` tells how to make one; list the old one's public key in [ledger] former.",
)
_FORMER: Final = Text(
    zh="openssl pkey -in 旧密钥 -pubout -out 公钥文件，再列入 [ledger] former。",
    en="openssl pkey -in OLD.pem -pubout -out OLD-public.pem, then list it in [ledger] former.",
)
_NEW_VAULT: Final = Text(
    zh="从备份恢复 vault.key；从未有过时，运行 overt doctor 查看如何生成。",
    en="Restore vault.key from the backup; where there never was one, `overt doctor` tells how to make it.",
)
