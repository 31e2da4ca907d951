"""Keys of persons: what is known of somebody is sealed under a key of their own, and dies with it.

AES-256-GCM (NIST SP 800-38D). Each person's key is wrapped by the set-up's vault key, which lies in a file outside the
data folder. Destroying a person's key makes everything that was sealed under it unreadable, in backups of the data
folder too once their `person_keys` are overwritten; entries of the ledger keep their hashes: every proof still holds.
Not here: who may destroy a key, and the event that says so.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import insert, select, update
from sqlalchemy.engine import Connection

from overt.errors import InternalError, SetupError
from overt.language import Text
from overt.ledger.entry import now
from overt.store.tables.ledger import person_keys

FILE_NAME: Final = "vault.key"
KEY_BYTES: Final = 32
_NONCE: Final = 12
_WAY_OUT = Text(
    zh="运行 overt doctor 查看如何生成，或从备份恢复 keys/vault.key；丢失后，个人数据再也无法读取。",
    en="`overt doctor` tells how to make one; or restore keys/vault.key from your backup: without it personal "
    "data stay unreadable.",
)


@dataclass(frozen=True, slots=True)
class Sealed:
    """Bytes that one person's key opens."""

    person: str
    data: bytes


class Vault:
    """Seals and opens, in the transaction of the act that it belongs to."""

    def __init__(self, master: bytes) -> None:
        if len(master) != KEY_BYTES:
            raise SetupError("the vault key is damaged", "保险库密钥已损坏", hint=_WAY_OUT)
        self._master = AESGCM(master)
        self._blinding = HKDF(SHA256(), KEY_BYTES, None, b"overt: look-ups by personal values").derive(master)

    def seal(self, connection: Connection, person: str, plain: bytes, about: bytes) -> bytes:
        """`plain` under the person's key, which is made where there is none. `about` is bound to it and stays open.

        Raises `SetupError` where the person's key was destroyed: nothing new is kept of them under the old name.
        """
        return _locked(self._key(connection, person), plain, about)

    def open(self, connection: Connection, person: str, sealed: bytes, about: bytes) -> bytes | None:
        """What was sealed; None where the person's key was destroyed."""
        row = connection.execute(select(person_keys.c.wrapped).where(person_keys.c.person == person)).first()
        if row is None or row[0] is None:
            return None
        return _unlocked(AESGCM(_unlocked(self._master, row[0], person.encode())), sealed, about)

    def wrap(self, plain: bytes, about: bytes) -> bytes:
        """A secret of the set-up itself, which belongs to no person, under the vault key."""
        return _locked(self._master, plain, about)

    def unwrap(self, sealed: bytes, about: bytes) -> bytes:
        """What `wrap` sealed."""
        return _unlocked(self._master, sealed, about)

    def blind(self, value: str) -> str:
        """The name under which a personal value is looked up, 64 hexadecimal digits; the same for the same value.

        HMAC-SHA256 (RFC 2104) under a key derived from the vault key (HKDF, RFC 5869): nobody finds the value by trying
        all of them without the vault key. It is not destroyed with the person's key: delete the row that holds it.
        """
        return hmac.digest(self._blinding, value.encode(), "sha256").hex()

    def destroy(self, connection: Connection, person: str) -> bool:
        """Overwrites the person's key. False where there was none."""
        gone = (
            update(person_keys)
            .where(person_keys.c.person == person, person_keys.c.wrapped.is_not(None))
            .values(wrapped=None, destroyed=now())
        )
        return connection.execute(gone).rowcount == 1

    def _key(self, connection: Connection, person: str) -> AESGCM:
        row = connection.execute(select(person_keys.c.wrapped).where(person_keys.c.person == person)).first()
        if row is None:
            key = secrets.token_bytes(KEY_BYTES)
            wrapped = _locked(self._master, key, person.encode())
            connection.execute(insert(person_keys).values(person=person, wrapped=wrapped, made=now()))
            return AESGCM(key)
        if row[0] is None:
            raise SetupError("this person's key was destroyed", "该人员的密钥已销毁")
        return AESGCM(_unlocked(self._master, row[0], person.encode()))


def make(folder: Path) -> Path:
    """Writes a fresh vault key into a folder that is there. Raises `OSError`; an older key is never overwritten."""
    path = folder / FILE_NAME
    path.touch(mode=0o600, exist_ok=False)
    path.write_text(secrets.token_hex(KEY_BYTES) + "\n", "ascii")
    return path


def load(path: Path) -> Vault:
    """The vault whose key is in a file. Raises `SetupError`, which never repeats what the file holds."""
    try:
        return Vault(bytes.fromhex(path.read_text("ascii").strip()))
    except OSError as error:
        raise SetupError(
            f"the vault key {path} cannot be read: {error.strerror}",
            f"无法读取保险库密钥 {path}：{error.strerror}",
            hint=_WAY_OUT,
        ) from error
    except ValueError as error:
        raise SetupError(f"{path} holds no vault key", f"{path} 中没有保险库密钥", hint=_WAY_OUT) from error


def _locked(key: AESGCM, plain: bytes, about: bytes) -> bytes:
    nonce = secrets.token_bytes(_NONCE)
    return nonce + key.encrypt(nonce, plain, about)


def _unlocked(key: AESGCM, sealed: bytes, about: bytes) -> bytes:
    try:
        return key.decrypt(sealed[:_NONCE], sealed[_NONCE:], about)
    except (InvalidTag, ValueError) as error:
        raise InternalError("what was sealed does not open with this vault key", "保险库密钥与密封数据不符") from error
