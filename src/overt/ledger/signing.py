"""The key that speaks for a set-up: it signs checkpoints, decisions and bundles.

Ed25519 (RFC 8032). The id of a key is the SHA-256 of its 32 raw public bytes, in hexadecimal.
Not here: certificates, and who vouches for the key; whoever checks pins it.
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from overt.errors import SetupError
from overt.language import Text


class Signer:
    """Signs in the set-up's name."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        self.id = key_id(self.public)

    def sign(self, data: bytes) -> bytes:
        """The signature over these bytes, 64 bytes."""
        return self._key.sign(data)


def key_id(public: bytes) -> str:
    """The id of a raw public key."""
    return sha256(public).hexdigest()


def verified(public: bytes, signature: bytes, data: bytes) -> bool:
    """Whether the signature over these bytes is the key's."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, data)
    except (InvalidSignature, ValueError):
        return False
    return True


def load_public(path: Path) -> bytes:
    """The raw public key in a PEM file, of a public key or a private one. Raises `SetupError`."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SetupError(
            f"the former ledger key {path} cannot be read: {error.strerror}",
            f"无法读取账本的旧密钥 {path}：{error.strerror}",
            hint=_FORMER,
        ) from error
    try:
        if b"PUBLIC KEY" not in data:
            return load(path).public
        key = serialization.load_pem_public_key(data)
    except ValueError:
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise SetupError(f"{path} holds no Ed25519 key", f"{path} 中不是 Ed25519 密钥", hint=_FORMER)
    return key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def load(path: Path) -> Signer:
    """The key in a PEM file. Raises `SetupError`, which never repeats what the file holds."""
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), None)
    except OSError as error:
        raise SetupError(
            f"the ledger key {path} cannot be read: {error.strerror}",
            f"无法读取账本密钥 {path}：{error.strerror}",
            hint=WAY_OUT,
        ) from error
    except (ValueError, TypeError) as error:
        raise SetupError(f"{path} holds no private key", f"{path} 中没有私钥", hint=WAY_OUT) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise SetupError(f"{path} holds no Ed25519 key", f"{path} 中不是 Ed25519 密钥", hint=WAY_OUT)
    return Signer(key)


_FORMER = Text(
    zh="在 overt.toml 的 [ledger] former 列出以前的密钥；只需公钥：openssl pkey -in 旧密钥 -pubout -out 公钥文件。",
    en="List former keys in [ledger] former of overt.toml; the public one suffices: "
    "`openssl pkey -in OLD.pem -pubout -out OLD-public.pem`.",
)
WAY_OUT = Text(
    zh="在 overt.toml 的 [ledger] 填写 key；运行 overt doctor 查看如何生成。",
    en="Name a key in [ledger] of overt.toml; `overt doctor` tells how to make one.",
)
