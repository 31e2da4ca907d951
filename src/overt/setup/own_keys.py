"""A certificate chain and a private key of the operator's own, looked at before they are taken.

Source: C2PA 2.x, section 14.5, signs with a certificate for digital signatures. Not here: whether anybody trusts the
authority; `overt doctor` and the console say what else is missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization

from overt.errors import UsageError
from overt.language import Text

CERTIFICATES = "signing-certificates.pem"
SIGNING_KEY = "signing-key.pem"
MOST_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class OwnKeys:
    """PEM files that fit each other."""

    certificates: bytes
    key: bytes


def own_keys(certificates: bytes, key: bytes, now: datetime | None = None) -> OwnKeys:
    """The pair, if the key is that of the first certificate and it is valid now. Raises `UsageError`."""
    if not certificates or not key:
        raise UsageError(
            "both files are needed: the certificate chain and its private key",
            "需要两个文件：证书链及其私钥",
            hint=Text(
                zh="请选择这两个文件；还没有证书时，可先用测试证书。",
                en="Choose the two; if you have none yet, begin with the test certificate.",
            ),
        )
    try:
        chain = x509.load_pem_x509_certificates(certificates)
    except ValueError as error:
        raise UsageError(
            "the certificate file is no PEM certificate chain",
            "证书文件不是 PEM 格式的证书链",
            hint=Text(
                zh="PEM 是文本，以 -----BEGIN CERTIFICATE----- 开头；其他格式可用 openssl x509 转换。",
                en="PEM is text that begins with -----BEGIN CERTIFICATE-----; `openssl x509` converts other forms.",
            ),
        ) from error
    try:
        private = serialization.load_pem_private_key(key, None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:  # TypeError: it has a passphrase.
        raise UsageError(
            "the key file is no PEM private key without a passphrase",
            "私钥文件不是未加密的 PEM 私钥",
            hint=Text(
                zh="用 openssl pkcs8 -topk8 -nocrypt 转换。", en="Convert it with `openssl pkcs8 -topk8 -nocrypt`."
            ),
        ) from error
    first, form = chain[0], serialization.PublicFormat.SubjectPublicKeyInfo
    encoding = serialization.Encoding.DER
    if first.public_key().public_bytes(encoding, form) != private.public_key().public_bytes(encoding, form):
        raise UsageError(
            "the private key does not belong to the first certificate",
            "私钥与第一张证书不匹配",
            hint=Text(zh="证书链中，自己的证书应排在最前。", en="In the chain, your own certificate comes first."),
        )
    if not first.not_valid_before_utc <= (now or datetime.now(UTC)) < first.not_valid_after_utc:
        began, ends = first.not_valid_before_utc.date(), first.not_valid_after_utc.date()
        raise UsageError(
            f"the certificate is valid from {began} to {ends}, not now",
            f"证书的有效期为 {began} 至 {ends}，现在无效",
            hint=Text(
                zh="请向签发机构换取新证书，或先用测试证书；也请核对本机时钟。",
                en="Have it renewed, or begin with the test certificate; and look at this machine's clock.",
            ),
        )
    return OwnKeys(certificates, key)
