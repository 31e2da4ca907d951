"""Inputs that the fuzzer of the parsers found, replayed: each is answered, or refused with words.

`tools/fuzz_parsers.py` says how they were made; those with a name of words once brought a parser down.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from overt.errors import MediaError
from overt.formats import containers, identify
from overt.marks.metadata import aigc, security
from overt.marks.metadata.aigc import Aigc
from overt.marks.metadata.reading import is_label, note_of
from overt.rulebook import load

CORPUS = Path(__file__).parents[1] / "corpus"
NOTE = note_of(Aigc("1", "Fuzz", "id-1", "", "Fuzz", "id-1"), load().metadata)


@pytest.mark.parametrize("container", containers(), ids=lambda container: container.name)
def test_every_input_is_answered_or_refused(container):
    for path in sorted((CORPUS / container.name).glob("*")):
        data = path.read_bytes()
        try:
            container.survey(data)
            written = container.put(data, NOTE, is_label).apply(data)
        except MediaError:
            continue
        if container.place == "sidecar":
            continue
        found = [field for field in container.survey(written).fields if is_label(field)]
        assert [(field.place, field.text) for field in found] == [(container.place, NOTE.text)], path.name


@pytest.mark.parametrize("parse", [identify, lambda data: aigc.parse(data.decode("utf-8", "replace"))])
@pytest.mark.parametrize("name", ["identify", "aigc"])
def test_other_parsers_raise_only_media_errors(name, parse):
    for path in sorted((CORPUS / name).glob("*")):
        try:
            parse(path.read_bytes())
        except MediaError:
            continue


def test_security_data_of_any_form_raise_nothing():
    for path in sorted((CORPUS / "security-data").glob("*")):
        text = path.read_bytes().decode("utf-8", "replace")
        assert security.proofs(Aigc("1", "P", "x", text, "P", "x", text))
