"""The guarded process itself: it puts the walls up, then answers calls until the pipe ends.

Started by `overt.media.guard` as `python -m overt.media.worker REQUESTS ANSWERS PARENT SETTINGS`: the numbers of
two open pipes, the parent's process id (0: do not die with it) and the settings as JSON.
It exits with 0 when the parent closes the pipe, and never writes to standard output or error.
"""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from overt.errors import BudgetError, FormatError, InternalError
from overt.media import confine, services, wire


@dataclass(frozen=True, slots=True)
class Settings:
    """What a worker is told when it starts."""

    writable: tuple[wire.PortablePath, ...]
    """Folders it may write below."""
    warm: tuple[str, ...]
    """Modules to load before the first call."""
    memory: int
    mapped: int
    written: int
    """The most that the limits of a call can be; the worker cannot raise them."""


SETTINGS = TypeAdapter(Settings)
CONFINEMENT = TypeAdapter(confine.Confinement)


def main(arguments: list[str]) -> int:
    """Run until the pipe of requests ends."""
    requests, answers, parent = (int(each) for each in arguments[:3])
    if parent:
        confine.die_with_parent(parent)
    try:
        settings = SETTINGS.validate_json(arguments[3])
        walls = confine.confine(settings.writable)
        # Behind the walls already: threads that libraries start when they are loaded inherit them.
        for module in settings.warm:
            importlib.import_module(module)
        confine.seal(settings.memory, settings.mapped, settings.written)
    except BaseException as error:  # noqa: BLE001 (nobody else can tell the parent)
        _send(answers, wire.FAILURE, wire.pack_failure(error, traceback.format_exc()))
        return 1

    def ask(name: str, question: bytes) -> bytes:
        _send(answers, wire.ASK, name.encode() + b"\n" + question)
        told = _receive(requests)
        if told is None or told[0] != wire.TOLD:
            os._exit(1)  # The parent is gone, or speaks of something else: nobody waits for an answer.
        return told[1]

    services.connect(ask)
    _send(answers, wire.HELLO, CONFINEMENT.dump_json(walls))
    while (request := _receive(requests)) is not None:
        _send(answers, *answer(*request))
    return 0


def answer(kind: bytes, request: bytes) -> tuple[bytes, bytes]:
    """Do what a request asks. Every exception becomes an answer."""
    try:
        line, _, arguments = request.partition(b"\n")
        call = wire.Call.model_validate_json(line)
        signature = wire.signature(wire.find(call.function), call.count)
        if kind == wire.LOAD:
            return wire.RESULT, b""
        return wire.RESULT, _run(signature, _arguments(signature, arguments), call.limits)
    except BaseException as error:  # noqa: BLE001 (SystemExit and KeyboardInterrupt, too, come from the file)
        return wire.FAILURE, wire.pack_failure(error, traceback.format_exc(limit=-20))


def _arguments(signature: wire.Signature, body: bytes) -> tuple[object, ...]:
    try:
        return signature.arguments.validate_json(body)
    except ValidationError as error:
        raise InternalError(
            f"the arguments do not fit {signature.name}: {error}", f"参数与 {signature.name} 的声明不符：{error}"
        ) from error


def _run(signature: wire.Signature, values: tuple[object, ...], limits: wire.Limits) -> bytes:
    try:
        confine.arm(limits.memory, limits.mapped, limits.written, limits.cpu_s, limits.wall_s)
        result = signature.function(*values)
        try:
            body = signature.result.dump_json((result,), warnings="error")
        except ValueError as error:
            # Not InternalError: what the file says can make it so, for instance text that is not Unicode.
            raise FormatError(
                f"what was read cannot be told; the result of {signature.name} is not as annotated: {error}",
                f"读取结果无法传回；{signature.name} 的返回值与声明不符：{error}",
            ) from error
    finally:
        confine.disarm()
    if len(body) > limits.answer:
        raise BudgetError(
            f"the answer has {len(body)} bytes, {limits.answer} are allowed ([budget] max_answer)",
            f"结果为 {len(body)} 字节，限额为 {limits.answer} 字节（[budget] max_answer）",
        )
    return body


def _receive(pipe: int) -> tuple[bytes, bytes] | None:
    header = _read(pipe, wire.HEADER)
    if header is None:
        return None
    kind, length = wire.open_header(header)
    body = _read(pipe, length)
    return None if body is None else (kind, body)


def _read(pipe: int, length: int) -> bytes | None:
    """Exactly so many bytes, or `None` if the pipe ends first."""
    body = bytearray()
    while len(body) < length:
        piece = os.read(pipe, min(length - len(body), 1 << 20))
        if not piece:
            return None
        body += piece
    return bytes(body)


def _send(pipe: int, kind: bytes, body: bytes) -> None:
    message = memoryview(wire.frame(kind, body))
    while message:
        message = message[os.write(pipe, message) :]


if __name__ == "__main__":
    # Nothing here needs tidying up, and the parent waits for the end.
    os._exit(main(sys.argv[1:]))
