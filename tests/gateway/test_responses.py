"""Responses through the gateway, with the official client: every event tells the same text."""

from __future__ import annotations

import hashlib
from contextlib import closing
from typing import Any

import openai
import pytest

from gateway.generator import ANSWER, FORBIDDEN, Generator
from gateway.test_chat import labels
from overt import api
from overt.settings import Setup

TEXT = "".join(ANSWER)


def events(client: openai.OpenAI, model: str, generator: Generator | None = None) -> tuple[list[Any], Any]:
    with client.responses.with_streaming_response.create(model=model, input="The lighthouse?", stream=True) as raw:
        got = []
        for event in raw.parse():
            got.append(event)
            if generator is not None and event.type == "response.output_text.delta":
                generator.go_on.set()
        return got, raw.headers


def digest(home: Setup, content_id: str) -> str:
    with closing(api.records(home)) as store:
        return store.by_content_id(content_id).sha256


def test_a_whole_response(client: openai.OpenAI, home: Setup) -> None:
    raw = client.responses.with_raw_response.create(model="plain", input="The lighthouse?", instructions="Be brief.")
    response = raw.parse()
    assert TEXT in response.output_text
    assert labels(response.output_text) == 2
    assert response.aigc["ProduceID"] == raw.headers["overt-content-id"]
    assert digest(home, raw.headers["overt-content-id"]) == hashlib.sha256(response.output_text.encode()).hexdigest()
    source = response.output[0].content[0].annotations[0]
    assert response.output_text[source.start_index : source.end_index] == TEXT[6:16]


def test_all_events_tell_the_labelled_text(client: openai.OpenAI, home: Setup) -> None:
    got, headers = events(client, "plain")
    text = "".join(each.delta for each in got if each.type == "response.output_text.delta")
    assert text.startswith("> ")
    assert labels(text) == 2
    by_type = {each.type: each for each in got}
    assert by_type["response.output_text.done"].text == text
    assert by_type["response.content_part.done"].part.text == text
    assert by_type["response.output_item.done"].item.content[0].text == text
    final = by_type["response.completed"].response
    assert final.output_text == text
    assert final.aigc == by_type["response.created"].response.aigc
    assert final.aigc["ProduceID"] == headers["overt-content-id"]
    assert [each.sequence_number for each in got] == list(range(len(got)))
    assert digest(home, headers["overt-content-id"]) == hashlib.sha256(text.encode()).hexdigest()


def test_the_helper_of_the_client_puts_a_stream_together(client: openai.OpenAI) -> None:
    with client.responses.stream(model="plain", input="The lighthouse?") as stream:
        assert labels(stream.get_final_response().output_text) == 2


def test_a_refused_passage_ends_the_response(client: openai.OpenAI, home: Setup, generator: Generator) -> None:
    generator.go_on.clear()
    got, headers = events(client, "refused", generator)
    assert got[-1].type == "response.incomplete"
    response = got[-1].response
    assert response.incomplete_details.reason == "content_filter"
    text = "".join(each.delta for each in got if each.type == "response.output_text.delta")
    assert text.endswith("Of course: ")
    assert response.output_text == text
    assert digest(home, headers["overt-content-id"]) == hashlib.sha256(text.encode()).hexdigest()


def test_a_refused_whole_response_is_incomplete(client: openai.OpenAI) -> None:
    response = client.responses.create(model="refused", input="x")
    assert (response.status, response.output) == ("incomplete", [])


def test_json_stays_json(client: openai.OpenAI) -> None:
    chosen: Any = {"format": {"type": "json_object"}}
    response = client.responses.create(model="json", input="x", text=chosen)
    assert response.output_text == '{"place": "pier", "height": 31}'
    assert labels(response.aigc_label) == 1


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"background": True}, "background"),
        ({"tools": [{"type": "image_generation"}]}, "draws pictures"),
    ],
)
def test_what_would_let_something_out_without_marks_is_refused(client: openai.OpenAI, more: Any, said: str) -> None:
    with pytest.raises(openai.BadRequestError, match=said):
        client.responses.create(model="plain", input="x", **more)


def test_words_anywhere_in_the_input_are_reviewed(client: openai.OpenAI) -> None:
    asked: Any = [{"type": "function_call_output", "call_id": "call_1", "output": f"It says {FORBIDDEN}"}]
    with pytest.raises(openai.PermissionDeniedError):
        client.responses.create(model="plain", input=asked)
