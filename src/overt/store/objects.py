"""Objects: files too big for a row, in a folder or in a bucket (S3), each under the SHA-256 of its bytes.

Put twice, an object is there once; what comes back is checked against its name. Whoever puts something personal seals
it first (`Vault.seal`): the name is then that of the sealed bytes. An object is put before the act that names it and
deleted after the act that forgets it: a kill in between leaves an object that nobody names, never a name without one.

A bucket's address is `s3://bucket/prefix`; its keys and region come from the environment (`AWS_ACCESS_KEY_ID`,
`AWS_SECRET_ACCESS_KEY`, `AWS_REGION`, `AWS_ENDPOINT_URL`) or from the machine, never from `overt.toml`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final

from overt.errors import SetupError, UsageError
from overt.language import Text

if TYPE_CHECKING:
    from obstore.store import ObjectStore

_NAME = re.compile(r"[0-9a-f]{64}", re.ASCII)
_BUCKET: Final = "s3://"
_LOOK = Text(
    zh="检查 overt.toml 的 [store] objects、目录权限，以及环境变量中的存储桶密钥和区域。",
    en="Look at [store] objects in overt.toml, the folder's rights, the bucket's keys and region in the environment.",
)


class Objects:
    """The objects of one set-up. May be used from several threads."""

    def __init__(self, kept: ObjectStore, folder: Path | None = None) -> None:
        self._kept = kept
        self._folder = folder

    @classmethod
    def open(cls, where: str, data: Path) -> Objects:
        """The objects at an address: `s3://…`, a folder, or `objects` in the data folder where nothing is named."""
        from obstore.store import LocalStore, S3Store  # noqa: PLC0415  # slow to import

        with _said(where):
            if where.startswith(_BUCKET):
                plain = os.environ.get("AWS_ENDPOINT_URL", "").startswith("http://")
                return cls(S3Store.from_url(where, client_options={"allow_http": plain}))
            if "://" in where:
                raise SetupError(f"objects cannot lie at {where}", f"对象不能存放在 {where}", hint=_LOOK)
            folder = data / where if where else data / "objects"
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            return cls(LocalStore(folder), folder)

    def put(self, data: bytes) -> str:
        """Keeps these bytes. Returns their name; they are on the disk, or in the bucket, when this returns."""
        import obstore  # noqa: PLC0415

        name = sha256(data).hexdigest()
        if not self.has(name):
            with _said(name):
                obstore.put(self._kept, _path(name), data)
                self._settle(name)
        return name

    def get(self, name: str) -> bytes | None:
        """The bytes under this name; None where there are none. Raises `SetupError` where they are not those put."""
        import obstore  # noqa: PLC0415

        with _said(name):
            try:
                data = bytes(obstore.get(self._kept, _path(name)).bytes())
            except FileNotFoundError:
                return None
        if sha256(data).hexdigest() != name:
            raise SetupError(
                f"the object {name} was changed or is damaged",
                f"对象 {name} 被改动或已损坏",
                hint=Text(zh="从备份恢复该对象。", en="Restore it from a backup."),
            )
        return data

    def has(self, name: str) -> bool:
        """Whether there is an object with this name."""
        import obstore  # noqa: PLC0415

        with _said(name):
            try:
                obstore.head(self._kept, _path(name))
            except FileNotFoundError:
                return False
        return True

    def delete(self, name: str) -> None:
        """Deletes an object; without a word where there is none."""
        import obstore  # noqa: PLC0415

        with _said(name):
            try:
                obstore.delete(self._kept, _path(name))
            except FileNotFoundError:
                return

    def names(self) -> Iterator[str]:
        """The names of all objects, in no order."""
        import obstore  # noqa: PLC0415

        with _said(""):
            for part in obstore.list(self._kept):
                for each in part:
                    name = each["path"].rpartition("/")[2]
                    if _NAME.fullmatch(name):
                        yield name

    def _settle(self, name: str) -> None:
        if self._folder is None:
            return
        path = self._folder / _path(name)
        for each in (path, path.parent, self._folder):
            number = os.open(each, os.O_RDONLY)
            try:
                os.fsync(number)
            finally:
                os.close(number)


def _path(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise UsageError(f"{name!r} is no name of an object", f"“{name}”不是对象名称")
    return f"{name[:2]}/{name}"


@contextmanager
def _said(what: str) -> Iterator[None]:
    """What the bucket or the folder says of itself, told as the set-up's problem."""
    from obstore.exceptions import BaseError  # noqa: PLC0415

    try:
        yield
    except (BaseError, OSError, ValueError) as error:
        said = str(error).partition("\n")[0]
        raise SetupError(
            f"objects cannot be kept or read ({what}): {said}", f"对象无法存取（{what}）：{said}", hint=_LOOK
        ) from error
