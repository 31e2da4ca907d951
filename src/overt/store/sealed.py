"""Objects of persons: recordings, previews, photos, each sealed under its person's key. Their place knows only bytes.

An object is written before the transaction that names it ends: where that fails, what is left is sealed and nameless.
Destroying the person's key makes all of them unreadable at once.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Protocol

import obstore
from obstore.store import LocalStore, ObjectStore, from_url
from sqlalchemy.engine import Connection

from overt.store.log import Act
from overt.store.vault import Vault


class Objects(Protocol):
    """Where objects lie."""

    def put(self, name: str, data: bytes) -> None:
        """Keeps an object."""

    def get(self, name: str) -> bytes:
        """An object. Raises `FileNotFoundError`."""

    def delete(self, name: str) -> None:
        """Takes an object away; nothing happens where there is none."""


class SealedObjects:
    """Seals on the way in, opens on the way out. The object's name is bound to its bytes."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects

    def put(self, act: Act, person: str, name: str, data: bytes) -> str:
        """Keeps the bytes under this name, which is returned."""
        self._objects.put(name, act.seal(person, data, name.encode()))
        return name

    def get(self, connection: Connection, vault: Vault | None, person: str, name: str) -> bytes | None:
        """The bytes; None where the person's key is gone, or the object."""
        try:
            sealed = self._objects.get(name)
        except FileNotFoundError:
            return None
        return vault.open(connection, person, sealed, name.encode()) if vault else None


class Bucket:
    """Objects in a folder, or in a bucket of S3 (`s3://bucket/prefix`, credentials from the environment)."""

    def __init__(self, address: str | Path) -> None:
        if isinstance(address, Path):
            self._store: ObjectStore = LocalStore(address, mkdir=True)
        else:
            self._store = from_url(address)

    def put(self, name: str, data: bytes) -> None:
        """Keeps an object."""
        obstore.put(self._store, name, data)

    def get(self, name: str) -> bytes:
        """An object. Raises `FileNotFoundError`."""
        return bytes(obstore.get(self._store, name).bytes())

    def delete(self, name: str) -> None:
        """Takes an object away; nothing happens where there is none."""
        with suppress(FileNotFoundError):
            obstore.delete(self._store, name)
