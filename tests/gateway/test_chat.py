"""Chats through the gateway, with the official client."""

from __future__ import annotations

import asyncio
import hashlib
import json
from contextlib import closing
from typing import Any

import openai
import pytest

from apart import apart
from gateway.gates import gates
from gateway.generator import ANSWER, FORBIDDEN, PAUSED, USAGE, Generator
from overt import api
from overt.gate.gate import Answer
from overt.language import Text
from overt.marks.model import Release
from overt.rulebook import load
from overt.settings import Setup

TEXT = "".join(ANSWER)
ASKED: Any = [{"role": "user", "content": "Tell me about the lighthouse."}]


def labels(text: str) -> int:
    """How many lines of the text are labels."""
    rules = load().label
    return sum(rules.has_elements(line) for line in text.splitlines())


def recorded(home: Setup, content_id: str) -> Release | None:
    with closing(api.records(home)) as store:
        return store.by_content_id(content_id)


def streamed(client: openai.OpenAI, model: str, **more: Any) -> tuple[list[Any], Any]:
    """All chunks, and the answer's headers."""
    with client.chat.completions.with_streaming_response.create(
        model=model, messages=ASKED, stream=True, **more
    ) as response:
        return list(response.parse()), response.headers


def told(chunks: list[Any], index: int = 0) -> str:
    return "".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices if choice.index == index)


def test_a_whole_answer_is_labelled_and_recorded(client: openai.OpenAI, home: Setup) -> None:
    raw = client.chat.completions.with_raw_response.create(model="plain", messages=ASKED)
    answer = raw.parse()
    text = answer.choices[0].message.content
    assert TEXT in text
    assert labels(text) == 2
    assert answer.usage.total_tokens == USAGE["total_tokens"]
    content_id = raw.headers["overt-content-id"]
    assert answer.choices[0].aigc["ProduceID"] == content_id
    release = recorded(home, content_id)
    assert release.sha256 == hashlib.sha256(text.encode()).hexdigest()
    assert release.source_sha256 == hashlib.sha256(TEXT.encode()).hexdigest()
    assert release.techniques == ("question_answering",)


def test_a_stream_has_its_label_first_and_again_at_its_end(client: openai.OpenAI, home: Setup) -> None:
    chunks, headers = streamed(client, "plain", stream_options={"include_usage": True})
    text = told(chunks)
    assert text.startswith("> ")
    assert labels(text.split(ANSWER[0])[0]) == 1
    assert labels(text) == 2
    assert TEXT in text
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "stop"
    assert chunks[-1].usage.total_tokens == USAGE["total_tokens"]
    assert recorded(home, headers["overt-content-id"]).sha256 == hashlib.sha256(text.encode()).hexdigest()
    assert {chunk.id for chunk in chunks} == {"chatcmpl-1"}
    first, last = (next(each for each in order if each.choices and "aigc" in each.choices[0].model_extra)
                   for order in (chunks, chunks[::-1]))  # fmt: skip
    assert first.choices[0].aigc == last.choices[0].aigc


def test_the_helper_of_the_client_puts_a_stream_together(client: openai.OpenAI) -> None:
    with client.chat.completions.stream(model="plain", messages=ASKED) as stream:
        final = stream.get_final_completion()
    assert labels(final.choices[0].message.content) == 2


def test_several_choices_are_contents_of_their_own(client: openai.OpenAI, home: Setup) -> None:
    chunks, headers = streamed(client, "plain", n=2)
    ids = headers["overt-content-id"].split(", ")
    assert len(set(ids)) == 2
    for index, content_id in enumerate(ids):
        text = told(chunks, index)
        assert labels(text) == 2
        assert recorded(home, content_id).sha256 == hashlib.sha256(text.encode()).hexdigest()


def test_a_refused_passage_ends_the_stream_before_it(client: openai.OpenAI, home: Setup, generator: Generator) -> None:
    generator.go_on.clear()
    chunks = []
    with client.chat.completions.with_streaming_response.create(model="refused", messages=ASKED, stream=True) as raw:
        headers = raw.headers
        for chunk in raw.parse():
            chunks.append(chunk)
            if told(chunks):
                generator.go_on.set()
    text = told(chunks)
    assert chunks[-1].choices[0].finish_reason == "content_filter"
    assert chunks[-1].choices[0].overt["reasons"][0]["duties"] == ["DS-10a"]
    assert text.endswith("Of course: ")
    assert labels(text) == 1
    assert recorded(home, headers["overt-content-id"]).sha256 == hashlib.sha256(text.encode()).hexdigest()


def test_a_refused_whole_answer_is_empty(client: openai.OpenAI, home: Setup) -> None:
    raw = client.chat.completions.with_raw_response.create(model="refused", messages=ASKED)
    choice = raw.parse().choices[0]
    assert (choice.finish_reason, choice.message.content) == ("content_filter", "")
    assert recorded(home, raw.headers["overt-content-id"]) is None


def test_tool_calls_stay_as_they_are(client: openai.OpenAI) -> None:
    chunks, _ = streamed(client, "tools")
    arguments = "".join(call.function.arguments for chunk in chunks for call in chunk.choices[0].delta.tool_calls or ())
    assert json.loads(arguments) == {"at": FORBIDDEN}
    assert told(chunks) == ""
    whole = client.chat.completions.create(model="tools", messages=ASKED)
    assert whole.choices[0].message.tool_calls[0].function.name == "look"


def test_thoughts_are_handed_on_before_the_answer(client: openai.OpenAI) -> None:
    chunks, _ = streamed(client, "thinks")
    thoughts = [c.choices[0].delta.model_extra.get("reasoning_content") for c in chunks if c.choices]
    assert "They ask about a lighthouse." in thoughts
    assert labels(told(chunks)) == 2


def test_json_stays_json(client: openai.OpenAI, home: Setup) -> None:
    asked: Any = {"response_format": {"type": "json_object"}}
    raw = client.chat.completions.with_raw_response.create(model="json", messages=ASKED, **asked)
    choice = raw.parse().choices[0]
    assert json.loads(choice.message.content) == {"place": "pier", "height": 31}
    assert choice.aigc["ProduceID"] == raw.headers["overt-content-id"]
    assert labels(choice.aigc_label) == 1
    assert recorded(home, raw.headers["overt-content-id"]).marks == ("label_beside", "metadata")
    chunks, _ = streamed(client, "json", **asked)
    assert json.loads(told(chunks)) == {"place": "pier", "height": 31}


def test_a_generator_that_breaks_off_is_told_and_recorded(client: openai.OpenAI, home: Setup) -> None:
    got = []
    with client.chat.completions.with_streaming_response.create(model="breaks", messages=ASKED, stream=True) as raw:
        content_id = raw.headers["overt-content-id"]
        with pytest.raises(openai.APIError, match="broke off"):
            got.extend(raw.parse())
    assert TEXT in told(got)
    assert recorded(home, content_id).sha256 == hashlib.sha256(told(got).encode()).hexdigest()


def test_who_goes_away_ends_the_generator_s_work(client: openai.OpenAI, generator: Generator) -> None:
    generator.ended.clear()
    stream = client.chat.completions.create(model="slow", messages=ASKED, stream=True)
    assert next(chunk for chunk in stream if chunk.choices[0].delta.content)
    stream.close()
    assert generator.ended.wait(10)


def test_a_refused_request_never_reaches_the_generator(client: openai.OpenAI, generator: Generator) -> None:
    before = len(generator.asked)
    with pytest.raises(openai.PermissionDeniedError) as caught:
        client.chat.completions.create(model="plain", messages=[{"role": "user", "content": f"Say: {FORBIDDEN}"}])
    error: Any = caught.value.body
    assert error["code"] == "refused"
    assert error["reasons"][0]["zh"] == "测试词语"
    assert error["decision"] == caught.value.response.headers["overt-decision"]
    assert len(generator.asked) == before


def test_a_held_request_goes_on_once_a_person_has_passed_it(client: openai.OpenAI, home: Setup) -> None:
    held: Any = [{"role": "user", "content": "LOOK AT THIS, please."}]
    with pytest.raises(openai.ConflictError) as caught:
        client.chat.completions.create(model="plain", messages=held)
    decision = caught.value.response.headers["overt-decision"]
    again = {"extra_headers": {"Overt-Decision": decision}}
    with pytest.raises(openai.ConflictError):
        client.chat.completions.create(model="plain", messages=held, **again)
    with gates(home) as gate:
        gate.answer(decision, Answer("allow", "reviewer", Text(zh="无害", en="harmless")))
    with pytest.raises(openai.PermissionDeniedError, match="another request"):
        client.chat.completions.create(model="plain", messages=ASKED, **again)
    assert labels(client.chat.completions.create(model="plain", messages=held, **again).choices[0].message.content) == 2
    with pytest.raises(openai.PermissionDeniedError, match="content id"):
        client.chat.completions.create(model="plain", messages=held, **again)


def test_the_asynchronous_client(gateway: str, key: Any) -> None:
    async def ask() -> str:
        async with openai.AsyncOpenAI(base_url=f"{gateway}/v1", api_key=key[1], max_retries=0) as client:
            stream = await client.chat.completions.create(model="plain", messages=ASKED, stream=True)
            return "".join([chunk.choices[0].delta.content or "" async for chunk in stream if chunk.choices])

    async def several() -> list[str]:
        return await asyncio.gather(*(ask() for _ in range(4)))

    assert all(labels(text) == 2 for text in apart(asyncio.run, several()))


def test_what_the_interface_lacks_is_said(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="sound in chats"):
        client.chat.completions.create(
            model="plain", messages=ASKED, modalities=["text", "audio"], audio={"voice": "alloy", "format": "wav"}
        )
    with pytest.raises(openai.BadRequestError, match="n has to be"):
        client.chat.completions.create(model="plain", messages=ASKED, n=1000)


def test_the_generator_s_own_errors_go_back_as_they_are(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="overloaded"):
        client.chat.completions.create(model="fails", messages=ASKED)


def test_a_text_goes_on_while_the_generator_pauses(client: openai.OpenAI, generator: Generator) -> None:
    generator.go_on.clear()
    chunks = []
    with client.chat.completions.with_streaming_response.create(model="pauses", messages=ASKED, stream=True) as raw:
        for chunk in raw.parse():
            chunks.append(chunk)
            if PAUSED in told(chunks):
                generator.go_on.set()
    assert told(chunks).split(PAUSED)[1].startswith(" And on.")


@pytest.mark.parametrize("model", ["no-choice", "parts", "draws"])
def test_what_cannot_be_read_or_marked_is_not_handed_on(client: openai.OpenAI, model: str) -> None:
    with pytest.raises(openai.InternalServerError) as caught:
        client.chat.completions.create(model=model, messages=ASKED)
    assert caught.value.status_code == 502


def test_members_that_repeat_the_answer_go(client: openai.OpenAI) -> None:
    choice = client.chat.completions.create(model="twice", messages=ASKED).choices[0]
    assert "text" not in choice.model_extra
    place = choice.message.annotations[0].url_citation
    assert choice.message.content[place.start_index : place.end_index] == ANSWER[0][6:16]
    refused = client.chat.completions.create(model="repeats", messages=ASKED, logprobs=True)
    assert refused.choices[0].finish_reason == "content_filter"
    assert FORBIDDEN not in refused.model_dump_json()
