"""A small generator that speaks the OpenAI HTTP API, with real pictures, sound and film, and an HTTP server to run it.

What it does depends on the model that is asked for: "breaks" breaks off, "slow" never ends, "json" answers in JSON, …
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from overt.cli.listening import listening

ANSWER = (
    "The **lighthouse** at the end of the pier has been keeping ships away from the rocks since 1887. ",
    "Its keeper climbed ",
    "two hundred and twelve ",
    "steps every evening, ",
    "trimmed the wick, wound the clockwork, and wrote the weather into a book with a green cover.",
)
FORBIDDEN = "the launch codes are 0000"
PAUSED = "This first piece is longer than the characters that wait for what follows them."
REFUSED = ("Of course: ", "the la", "unch co", "des are ", "0000", " and the door is open.", " Bye.")
PIECES = {
    "refused": REFUSED,
    "pauses": (PAUSED, " And on."),
    "json": ('{"place": ', '"pier", "height"', ": 31}"),
    "tools": (),
}
DELTAS: dict[str, list[dict[str, Any]]] = {
    "thinks": [{"reasoning_content": "They ask about a lighthouse."}],
    "tools": [
        {
            "tool_calls": [
                {"index": 0, "id": "call_1", "type": "function", "function": {"name": "look", "arguments": ""}}
            ]
        },
        {"tool_calls": [{"index": 0, "function": {"arguments": '{"at": "the launch codes'}}]},
        {"tool_calls": [{"index": 0, "function": {"arguments": ' are 0000"}'}}]},
    ],
}
STRANGE: dict[str, Any] = {
    "no-choice": "text",
    "parts": {"index": 0, "message": {"role": "assistant", "content": [{"type": "text", "text": "unseen"}]}},
    "draws": {"index": 0, "message": {"role": "assistant", "content": "Here.", "images": [{"type": "image_url"}]}},
    "twice": {
        "index": 0,
        "text": "unseen",
        "message": {
            "role": "assistant",
            "content": ANSWER[0],
            "annotations": [{"type": "url_citation", "url_citation": {"start_index": 6, "end_index": 16}}],
        },
    },
    "repeats": {
        "index": 0,
        "message": {"role": "assistant", "content": FORBIDDEN},
        "logprobs": {"content": [{"token": FORBIDDEN}]},
    },
}
USAGE = {"prompt_tokens": 5, "completion_tokens": 40, "total_tokens": 45}


@contextlib.contextmanager
def serving(app: Any) -> Iterator[str]:
    """The address at which the application is served, until the end of the context."""
    heard = listening("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [heard]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{heard.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        heard.close()


class Generator:
    """The generator. It remembers what it was asked."""

    def __init__(self, files: dict[str, Path]) -> None:
        self.files = files
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        self.ended = threading.Event()
        self.go_on = threading.Event()
        self.app = Starlette(
            routes=[
                Route("/v1/chat/completions", self.chat, methods=["POST"]),
                Route("/v1/responses", self.responses, methods=["POST"]),
                Route("/v1/images/generations", self.pictures, methods=["POST"]),
                Route("/v1/images/edits", self.pictures, methods=["POST"]),
                Route("/v1/images/variations", self.pictures, methods=["POST"]),
                Route("/v1/audio/speech", self.speech, methods=["POST"]),
                Route("/v1/videos", self.film, methods=["POST"]),
                Route("/v1/videos/{id}", self.film_state, methods=["GET", "DELETE"]),
                Route("/v1/videos/{id}/content", self.film_content),
                Route("/v1/models", self.models),
                Route("/v1/secrets", self.models),
                Route("/out/{name}", self.file),
                Route("/sdapi/v1/txt2img", self.other, methods=["POST"]),
                Route("/api/generate", self.words, methods=["POST"]),
            ]
        )

    def _note(self, request: Request) -> None:
        self.asked.append((request.method, request.url.path, dict(request.headers)))

    # Texts ------------------------------------------------------------------------------------------------------------

    async def chat(self, request: Request) -> Response:
        self._note(request)
        body = await request.json()
        model = body["model"]
        if model == "fails":
            return JSONResponse({"error": {"message": "overloaded", "type": "server_error", "code": "x"}}, 400)
        if body.get("stream"):
            more = (body.get("stream_options") or {}).get("include_usage")
            return StreamingResponse(self._chunks(model, body.get("n", 1), more), media_type="text/event-stream")
        if model in STRANGE:
            return JSONResponse(_chat("chat.completion") | {"choices": [STRANGE[model]]})
        choices = [
            {"index": each, "message": _message(model), "finish_reason": "tool_calls" if model == "tools" else "stop"}
            for each in range(body.get("n", 1))
        ]
        return JSONResponse(_chat("chat.completion") | {"choices": choices, "usage": USAGE})

    async def _chunks(self, model: str, number: int, usage: bool) -> AsyncIterator[bytes]:
        def chunk(index: int, delta: dict[str, Any], reason: str | None = None) -> bytes:
            choice = {"index": index, "delta": delta, "finish_reason": reason}
            return _event(_chat("chat.completion.chunk") | {"choices": [choice]})

        every = range(number)
        for index in every:
            yield chunk(index, {"role": "assistant", "content": ""})
        for delta in DELTAS.get(model, ()):
            yield chunk(0, delta)
        for piece in _pieces(model):
            for index in every:
                yield chunk(index, {"content": piece})
            await self._between(model, piece)
        if model == "breaks":
            raise RuntimeError("the generator breaks")
        for index in every:
            yield chunk(index, {}, "tool_calls" if model == "tools" else "stop")
        if usage:
            yield _event(_chat("chat.completion.chunk") | {"choices": [], "usage": USAGE})
        yield b"data: [DONE]\n\n"

    async def _between(self, model: str, piece: str) -> None:
        if model in ("refused", "pauses"):  # Its first words are on their way to the client before the next ones come.
            await asyncio.to_thread(self.go_on.wait, 10)
        if model == "slow" and piece == ANSWER[-1]:
            try:
                await asyncio.Event().wait()
            finally:
                self.ended.set()

    async def responses(self, request: Request) -> Response:
        self._note(request)
        body = await request.json()
        text = "".join(_pieces(body["model"]))
        whole = _response("completed", [_output(text)])
        if not body.get("stream"):
            return JSONResponse(whole)
        return StreamingResponse(self._events(body["model"], whole), media_type="text/event-stream")

    async def _events(self, model: str, whole: dict[str, Any]) -> AsyncIterator[bytes]:
        number = 0

        def told(kind: str, **more: Any) -> bytes:
            nonlocal number
            number += 1
            return _event({"type": kind, "sequence_number": number - 1, **more}, kind)

        place = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
        empty = {"type": "output_text", "text": "", "annotations": []}
        done = whole["output"][0]
        yield told("response.created", response=_response("in_progress", []))
        yield told("response.in_progress", response=_response("in_progress", []))
        started = {"id": "msg_1", "type": "message", "role": "assistant", "status": "in_progress", "content": []}
        yield told("response.output_item.added", output_index=0, item=started)
        yield told("response.content_part.added", **place, part=empty)
        for piece in _pieces(model):
            yield told("response.output_text.delta", **place, delta=piece, logprobs=[])
            await self._between(model, piece)
        yield told("response.output_text.done", **place, text=done["content"][0]["text"], logprobs=[])
        yield told("response.content_part.done", **place, part=dict(done["content"][0]))
        yield told("response.output_item.done", output_index=0, item=done)
        yield told("response.completed", response=whole)

    async def words(self, request: Request) -> Response:
        """Another interface: a text that comes whole."""
        self._note(request)
        return JSONResponse({"model": "small", "response": "".join(ANSWER), "done": True})

    # Files ------------------------------------------------------------------------------------------------------------

    async def pictures(self, request: Request) -> Response:
        self._note(request)
        json_body = request.headers["content-type"].startswith("application/json")
        async with request.form() as form:
            body: dict[str, Any] = await request.json() if json_body else dict(form)
        data = self.files["png"].read_bytes()
        number = int(body.get("n") or 1)
        if body.get("response_format") == "url":
            base = "https://elsewhere.example" if body.get("model") == "elsewhere" else str(request.base_url)
            return JSONResponse({"created": 1, "data": [{"url": f"{base}out/picture.png"}] * number})
        spelled = base64.b64encode(data).decode()
        return JSONResponse({"created": 1, "data": [{"b64_json": spelled} for _ in range(number)]})

    async def other(self, request: Request) -> Response:
        """Another interface: pictures in Base64, one below the other."""
        self._note(request)
        spelled = base64.b64encode(self.files["png"].read_bytes()).decode()
        return JSONResponse({"images": [spelled] * (await request.json()).get("batch_size", 1), "info": "{}"})

    async def file(self, request: Request) -> Response:
        self._note(request)
        return Response(self.files["png"].read_bytes(), media_type="image/png")

    async def speech(self, request: Request) -> Response:
        self._note(request)
        name = (await request.json()).get("response_format", "mp3")
        return Response(self.files[name].read_bytes(), media_type=f"audio/{name}")

    async def film(self, request: Request) -> Response:
        self._note(request)
        return JSONResponse(_film("queued", 0))

    async def film_state(self, request: Request) -> Response:
        self._note(request)
        if request.method == "DELETE":
            return JSONResponse({"id": "video_1", "object": "video.deleted", "deleted": True})
        return JSONResponse(_film("completed", 100))

    async def film_content(self, request: Request) -> Response:
        self._note(request)
        return Response(self.files["mp4"].read_bytes(), media_type="video/mp4")

    async def models(self, request: Request) -> Response:
        self._note(request)
        model = {"id": "small", "object": "model", "created": 1, "owned_by": "us"}
        return JSONResponse({"object": "list", "data": [model]})


def _pieces(model: str) -> tuple[str, ...]:
    return PIECES.get(model, ANSWER)


def _message(model: str) -> dict[str, Any]:
    if model == "tools":
        call = {"id": "call_1", "type": "function", "function": {"name": "look", "arguments": "{}"}}
        return {"role": "assistant", "content": None, "tool_calls": [call]}
    return {"role": "assistant", "content": "".join(_pieces(model)), "refusal": None}


def _chat(kind: str) -> dict[str, Any]:
    return {"id": "chatcmpl-1", "object": kind, "created": 1, "model": "small"}


def _output(text: str) -> dict[str, Any]:
    source = {"type": "url_citation", "url": "https://pier.example", "title": "x", "start_index": 6, "end_index": 16}
    part = {"type": "output_text", "text": text, "annotations": [source]}
    return {"id": "msg_1", "type": "message", "role": "assistant", "status": "completed", "content": [part]}


def _response(status: str, output: list[Any]) -> dict[str, Any]:
    return {
        "id": "resp_1", "object": "response", "created_at": 1, "model": "small", "status": status, "output": output,
        "parallel_tool_calls": True, "tool_choice": "auto", "tools": [], "error": None, "incomplete_details": None,
    }  # fmt: skip


def _film(status: str, progress: int) -> dict[str, Any]:
    return {
        "id": "video_1", "object": "video", "created_at": 1, "model": "sora-2", "status": status, "progress": progress,
        "seconds": "4", "size": "1280x720",
    }  # fmt: skip


def _event(told: dict[str, Any], name: str = "") -> bytes:
    return (f"event: {name}\n" if name else "").encode() + f"data: {json.dumps(told)}\n\n".encode()
