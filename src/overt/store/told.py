"""What a database says of itself, as errors of our own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError

from overt.errors import SetupError, UsageError
from overt.language import Text

_LOOK = Text(
    zh="检查 overt.toml 的 data 目录：磁盘空间、权限、数据库文件是否完好；"
    "若 [store] url 指定了数据库服务器，检查它是否在运行。",
    en="Look at the folder `data` of overt.toml: disk space, rights, whether the database file is sound; "
    "where [store] url names a server, whether it runs.",
)
_BUSY = Text(
    zh="另一个程序正在写入该数据库；请等它结束后再试。",
    en="Another program is writing to the database; try again when it has ended.",
)


@contextmanager
def told() -> Iterator[None]:
    """What the database says of itself, told as the set-up's problem. A broken constraint stays our own fault.

    A value that it cannot hold is the problem of whoever sent it: PostgreSQL takes no NUL, and numbers have their size.
    """
    try:
        yield
    except IntegrityError:
        raise
    except DataError as error:
        raise UsageError(
            "there are characters or numbers that cannot be stored", "有无法保存的字符或超出范围的数字"
        ) from error
    except SQLAlchemyError as error:
        said = " ".join(str(getattr(error, "orig", None) or error).split())
        raise SetupError(
            f"the database cannot be used: {said}",
            f"数据库无法使用：{said}",
            hint=_BUSY if "locked" in said else _LOOK,
        ) from error
