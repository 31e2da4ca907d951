"""How a call to the guarded process, its answer and its failure look on the pipe.

A frame is one byte for its kind, four for the length of the body (big-endian), and the body.
All values travel as JSON, made and checked by pydantic from the annotations of the function that is called.
Nothing that comes from the worker is ever unpickled, imported or run: a worker that was taken over can lie in its
answer, but the answer is still a value of the annotated type.

What travels: everything pydantic can take from JSON, which are plain values, `bytes`, `Path` (also with a name
that is no UTF-8), tuples and lists of them, enums, standard dataclasses and pydantic models. A model of pydantic
that holds `bytes` must itself be configured for base64. A value comes back as what the annotation says: of an
object of a subclass only the annotated class is left.
"""

from __future__ import annotations

import errno
import functools
import importlib
import inspect
import os
import types
import typing
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, NamedTuple, Union, get_args, get_origin
from urllib.parse import quote_from_bytes, unquote_to_bytes

from pydantic import (
    BaseModel,
    ConfigDict,
    PlainSerializer,
    PlainValidator,
    PydanticUserError,
    TypeAdapter,
)

from overt.errors import BudgetError, FormatError, InternalError, OvertError, SetupError
from overt.language import Text

PACKAGE: Final = "overt"
"""Only functions of this package are called in a worker."""

HEADER: Final = 5
LOAD: Final = b"L"
CALL: Final = b"C"
HELLO: Final = b"H"
RESULT: Final = b"R"
ASK: Final = b"Q"
"""A worker's question to its parent, in mid-call: a name, a line feed, bytes."""
TOLD: Final = b"T"
"""The parent's answer to it."""
FAILURE: Final = b"F"

MOST_TEXT: Final = 2_000
"""Characters of a message that a worker may send: for people, who do not read more."""
MOST_TRACE: Final = 20_000
"""Characters of a traceback that a worker may send: for the log."""
MOST_FAILURE: Final = 1 << 18
"""Bytes of a failure: its texts, in the longest spelling JSON has for them."""

_CONFIG: Final = ConfigDict(strict=True, ser_json_bytes="base64", val_json_bytes="base64", ser_json_inf_nan="constants")


def frame(kind: bytes, body: bytes) -> bytes:
    """One message, ready for the pipe."""
    return kind + len(body).to_bytes(4, "big") + body


def open_header(header: bytes) -> tuple[bytes, int]:
    """The kind of a frame and the length of its body."""
    return header[:1], int.from_bytes(header[1:HEADER], "big")


class Limits(NamedTuple):
    """The part of a budget that a worker holds itself."""

    memory: int
    mapped: int
    written: int
    cpu_s: float
    wall_s: float
    answer: int


class Call(BaseModel):
    """The first line of a request; the arguments follow it, as a JSON array. To load a function is to ask nothing."""

    function: str
    count: int
    limits: Limits


class Failure(BaseModel):
    """An exception, told so that the other side can raise it again."""

    kind: str
    """ "module:class" of an `OvertError`; anything else is a plain exception."""
    en: str
    zh: str
    hint_en: str
    hint_zh: str
    trace: str


# A path as its bytes: on Linux a name need not be text, and JSON has no way to say so.
def _quote(path: Path) -> str:
    return quote_from_bytes(os.fsencode(path), safe="/ ")


def _unquote(text: object) -> Path:
    if not isinstance(text, str):
        raise ValueError("a path travels as a string")  # noqa: TRY004 (pydantic takes ValueError)
    return Path(os.fsdecode(unquote_to_bytes(text)))


PortablePath = Annotated[Path, PlainValidator(_unquote), PlainSerializer(_quote, return_type=str)]
"""A path that travels whatever its bytes are."""


def _portable(annotation: Any) -> Any:
    """The annotation with every `Path` in it made portable."""
    if annotation is Path:
        return PortablePath
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Union, types.UnionType):
        return Union[tuple(map(_portable, arguments))]  # noqa: UP007 (built at run time)
    if origin in (tuple, list, dict, set, frozenset):
        return origin[tuple(_portable(each) for each in arguments)]
    return annotation


@dataclass(frozen=True, slots=True)
class Signature:
    """A function that can be called in a worker, and how its values travel."""

    name: str
    function: Callable[..., object]
    arguments: TypeAdapter[tuple[Any, ...]]
    result: TypeAdapter[tuple[Any]]


@functools.lru_cache(maxsize=512)
def signature(function: Callable[..., object], count: int) -> Signature:
    """How a call of this function with `count` positional arguments travels.

    Raises `InternalError` if it is not a module-level function of this package with annotations.
    """
    name = f"{getattr(function, '__module__', '?')}:{getattr(function, '__qualname__', '?')}"
    if not inspect.isfunction(function) or find(name) is not function:
        raise InternalError(
            f"{name} is no module-level function, so no worker can find it", f"{name} 不是模块级函数，工作进程无法找到"
        )
    try:
        hints = typing.get_type_hints(function, include_extras=True)
        bound = inspect.signature(function).bind(*[None] * count).arguments
        arguments: Any = types.GenericAlias(tuple, tuple(_portable(hints[each]) for each in bound))
        result: Any = types.GenericAlias(tuple, (_portable(hints["return"]),))
        return Signature(name, function, TypeAdapter(arguments, config=_CONFIG), TypeAdapter(result, config=_CONFIG))
    except (NameError, KeyError, TypeError, PydanticUserError) as error:
        raise InternalError(
            f"{name} cannot be called in a worker: {type(error).__name__}: {error}",
            f"{name} 无法在工作进程中调用：{type(error).__name__}：{error}",
        ) from error


def find(name: str) -> Callable[..., object]:
    """The function "module:name" of this package, and no other."""
    module_name, _, function_name = name.partition(":")
    if module_name.partition(".")[0] != PACKAGE:
        raise InternalError(f"{name} is not a function of {PACKAGE}", f"{name} 不是 {PACKAGE} 的函数")
    try:
        function = getattr(importlib.import_module(module_name), function_name)
    except (ImportError, AttributeError) as error:
        raise InternalError(f"{name} is not there: {error}", f"{name} 不存在：{error}") from error
    if not inspect.isfunction(function) or function.__module__ != module_name:
        raise InternalError(f"{name} is not a function of that module", f"{name} 不是该模块的函数")
    return typing.cast("Callable[..., object]", function)


def pack_failure(error: BaseException, trace: str) -> bytes:
    """An exception for the other side. What is not an `OvertError` becomes one of the file's family."""
    known = error if isinstance(error, OvertError) else _blame(error)
    kind = f"{type(known).__module__}:{type(known).__qualname__}"
    failure = Failure(
        kind=kind,
        en=clean(known.message.en, MOST_TEXT),
        zh=clean(known.message.zh, MOST_TEXT),
        hint_en=clean(known.hint.en, MOST_TEXT),
        hint_zh=clean(known.hint.zh, MOST_TEXT),
        trace=clean(trace, MOST_TRACE),
    )
    return failure.model_dump_json().encode()


def _blame(error: BaseException) -> OvertError:
    """Whose fault an exception is that is not of the family. What no other can have done, the file did."""
    if _out_of_memory(error):
        return BudgetError(
            "the file needs more memory than the budget allows ([budget] memory)",
            "处理该文件所需内存超出限额（[budget] memory）",
        )
    match error:
        case RecursionError():
            return BudgetError(
                "the file is nested too deeply",
                "文件嵌套层数过多",
            )
        case OSError(errno=errno.EFBIG):  # from RLIMIT_FSIZE
            return BudgetError(
                "more would be written than the budget allows ([budget] max_written)",
                "写出的数据超出限额（[budget] max_written）",
            )
        case OSError(errno=errno.ENOSPC | errno.EDQUOT):
            return SetupError(
                f"there is no room to write: {error.strerror}",
                f"没有可写入的空间：{error.strerror}",
                hint=Text(zh="清理磁盘，或换一个输出目录。", en="Free some disk space, or choose another folder."),
            )
        case ModuleNotFoundError():
            return SetupError(f"a library that is needed is not installed: {error.name}", f"缺少所需的库：{error.name}")
    what = f"{type(error).__name__}: {error}"
    return FormatError(
        f"the file could not be handled; the program that reads it failed with {what}",
        f"无法处理该文件；读取程序报错：{what}",
    )


def _out_of_memory(error: BaseException) -> bool:
    match error:
        case MemoryError() | OSError(errno=errno.ENOMEM):
            return True
        case ImportError(msg=str() as text):  # The dynamic loader met a limit.
            return "failed to map segment" in text or "cannot allocate memory" in text.lower()
    return False


def unpack_failure(body: bytes) -> tuple[OvertError, str]:
    """The exception that a worker told, and its traceback for the log. Nothing of it is trusted but its form.

    Raises pydantic's `ValidationError` for what is no failure at all.
    """
    failure = Failure.model_validate_json(body)
    kind = _classes().get(failure.kind, FormatError)
    en = clean(failure.en, MOST_TEXT) or kind.__name__
    zh = clean(failure.zh, MOST_TEXT) or en
    hint_en, hint_zh = clean(failure.hint_en, MOST_TEXT), clean(failure.hint_zh, MOST_TEXT)
    error = kind.__new__(kind)
    # Not kind(...): a subclass may want other arguments. Its texts are made already.
    OvertError.__init__(error, en, zh, hint=Text(hint_zh, hint_en) if hint_en and hint_zh else None)
    return error, clean(failure.trace, MOST_TRACE)


def garbled() -> FormatError:
    """The error for an answer that is none."""
    return FormatError(
        "the program that reads the file gave an answer that makes no sense; the file may be hostile",
        "读取程序返回了无效结果；该文件可能带有恶意",
    )


def _classes() -> dict[str, type[OvertError]]:
    """Every class of the family that is loaded, by "module:class"."""
    found: dict[str, type[OvertError]] = {}
    todo: list[type[OvertError]] = [OvertError]
    while todo:
        kind = todo.pop()
        found[f"{kind.__module__}:{kind.__qualname__}"] = kind
        todo += kind.__subclasses__()
    return found


def clean(text: str, most: int) -> str:
    """The text without what a terminal or a log would act on, and no longer than `most` characters."""
    if len(text) > most:
        text = text[: most // 2] + " … " + text[len(text) - most // 2 :]
    text = text.encode("utf-8", "replace").decode("utf-8")
    return "".join(each if each.isprintable() or each in "\n\t " else "\ufffd" for each in text)
