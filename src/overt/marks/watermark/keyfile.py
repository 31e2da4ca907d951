"""An operator's watermark key as a file: a name for people, the day it was made, and the secret.

The file is TOML and for its owner alone (mode 0600). Its name goes into records and readings, so that a file that was
marked years ago is read with the key of that day; the secret goes nowhere, and errors never repeat it.
"""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Literal

from overt.errors import SetupError
from overt.language import Text
from overt.marks.watermark.keys import KEY_BYTES, PUBLIC_PRESENCE, Key, derived, new_secret

if TYPE_CHECKING:
    from pathlib import Path

FILE_NAME: Final = "watermark.key"
MOST_BYTES: Final = 4096  # Such a file has two hundred.
LONGEST_NAME: Final = 64

PresenceKind = Literal["public", "own"]
"""Whether anyone may see that a file is marked, or whoever has the operator's key alone."""

_TEMPLATE: Final = """\
# Overt 水印密钥 watermark key. Secret 机密: whoever has it can forge marks in your name. Keep a copy in a safe place:
# without it the marks made with it can never be read again. 请妥善备份：丢失后，用它添加的水印再也无法读取。
name = "{name}"
created = "{created}"
secret = "{secret}"
"""


def make(folder: Path) -> Path:
    """Writes a fresh key into a folder that is there. Raises `OSError`; an older key is never overwritten."""
    path = folder / FILE_NAME
    secret, now = new_secret(), datetime.now(UTC)
    # The name tells keys apart and nothing of the secret, whose digest it begins.
    name = f"{now:%Y-%m}-{derived(secret, 'name').hex()[:6]}"
    path.touch(mode=0o600, exist_ok=False)
    path.write_text(_TEMPLATE.format(name=name, created=f"{now:%Y-%m-%d}", secret=secret.hex()), encoding="utf-8")
    return path


def load(path: Path, presence: PresenceKind = "public") -> Key:
    """The key in a file. Raises `SetupError`, which never repeats what the file holds."""
    try:
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise SetupError(
            f"the watermark key {path} cannot be read: {error.strerror}",
            f"无法读取水印密钥 {path}：{error.strerror}",
            hint=_WAY_OUT,
        ) from error
    try:
        told = tomllib.loads(raw.decode("utf-8")) if len(raw) <= MOST_BYTES else {}
        name, secret = told["name"], bytes.fromhex(told["secret"])
        sound = isinstance(name, str) and 0 < len(name) <= LONGEST_NAME and name.isprintable()
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, TypeError, ValueError):
        sound = False
    if not sound or len(secret) != KEY_BYTES:
        # Not `from` what the parser said: it may quote the secret.
        raise SetupError(
            f"{path} is no watermark key: it needs `name` and `secret`, {2 * KEY_BYTES} hexadecimal digits",
            f"{path} 不是水印密钥：须含 name 和 {2 * KEY_BYTES} 位十六进制的 secret",
            hint=_WAY_OUT,
        ) from None
    return Key(name, secret, derived(secret, "presence") if presence == "own" else PUBLIC_PRESENCE)


_WAY_OUT: Final = Text(
    zh="在新目录运行 overt init 可生成新密钥；旧密钥丢失后，用它添加的水印无法再读取。",
    en="`overt init` in a new folder makes a new one; without an old key its marks can never be read again.",
)
