"""Objects of persons: recordings, previews, photos, each sealed under its person's key before it is kept.

Destroying the person's key makes all of them unreadable at once, in every copy of the bucket.
"""

from __future__ import annotations

from sqlalchemy.engine import Connection

from overt.store.log import Act
from overt.store.objects import Objects
from overt.store.vault import Vault


class SealedObjects:
    """Seals on the way in, opens on the way out. What an object is `about` is bound to its bytes."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects

    def put(self, act: Act, person: str, about: str, data: bytes) -> str:
        """Keeps the bytes. Returns the object's name, for the act to write down."""
        return self._objects.put(act.seal(person, data, about.encode()))

    def get(self, connection: Connection, vault: Vault | None, person: str, about: str, name: str) -> bytes | None:
        """The bytes; None where the person's key is gone, or the object."""
        sealed = self._objects.get(name)
        return vault.open(connection, person, sealed, about.encode()) if vault and sealed else None

    def delete(self, name: str) -> None:
        """Deletes an object that no row names any more."""
        self._objects.delete(name)
