from __future__ import annotations

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overt.errors import BudgetError, MediaError, UnsupportedError
from overt.formats import identify, text
from overt.formats.container import Note, Survey

AIGC = '{"Label":"1","ContentProducer":"0011","ProduceID":"12","ReservedCode1":"{\\"a\\":\\"b\\"}"}'
NOTE = Note("AIGC", AIGC, "http://www.tc260.org.cn/ns/AIGC/1.0/", "TC260")

ENCODINGS = {
    "utf-8": b"",
    "utf-8 with its mark": b"\xef\xbb\xbf",
    "utf-16-le": b"\xff\xfe",
    "utf-16-be": b"\xfe\xff",
    "gb18030": b"",
}


@pytest.mark.parametrize("name", ENCODINGS)
def test_encodings_are_told_and_written_back(name):
    codec, bom = name.split(" ")[0], ENCODINGS[name]
    data = bom + "第一行\r\n第二行 𠮷".encode(codec)
    file = text.decode(data)
    assert (file.text, file.bom, file.newline) == ("第一行\r\n第二行 𠮷", bom, "\r\n")
    changed = file.splice([(0, 1, "改"), (5, 5, "新行\r\n"), (8, 9, "")]).apply(data)
    assert text.decode(changed).text == "改一行\r\n新行\r\n第二行𠮷"
    assert changed.startswith(bom)


@pytest.mark.parametrize(
    ("content", "newline"), [("a\nb\r\n", "\n"), ("a\r\nb\n", "\r\n"), ("a\rb", "\r"), ("a", "\n")]
)
def test_the_first_line_ending_counts(content, newline):
    assert text.decode(content.encode()).newline == newline


NO_TEXT = {
    "a picture": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
    "control characters": b"abc\x01def",
    "UTF-16 without its mark": "ab".encode("utf-16-le"),
    "UTF-32": b"\xff\xfe\0\0a\0\0\0",
    "half a UTF-16 character": b"\xff\xfea",
    "half of a surrogate pair": b"\xff\xfe\x00\xd8",
    "bytes that no encoding has": b"abc\xff\xff",
    "a cut-off GB 18030 character": "中".encode("gb18030")[:1],
}


OTHER_ENCODINGS = {
    "Big5": "這是繁體中文的測試文件。人工智慧的發展與應用，圖書館。".encode("big5"),
    "Shift-JIS": "これは日本語のテキストです。".encode("shift_jis"),
    "Latin-1": "Año nuevo, mañana, niño".encode("latin-1"),
    "UTF-8 that is cut off": "文件被截断".encode()[:-1],
}


@pytest.mark.parametrize("name", OTHER_ENCODINGS)
def test_another_encoding_is_not_taken_for_gb_18030(name):
    data = OTHER_ENCODINGS[name]
    data.decode("gb18030")  # Which can read these bytes, as other characters.
    with pytest.raises(UnsupportedError):
        text.decode(data)


@pytest.mark.parametrize(
    "content", ["赢薅镕珏，这些较难的字", "「全角标点」——１２３", "你好😀世界", "naïve 第一行第二行第三行", "①②③"]
)
def test_gb_18030_is_told_with_rarer_characters_too(content):
    assert text.decode(content.encode("gb18030")).text == content


@pytest.mark.parametrize("reason", NO_TEXT)
def test_what_is_no_text_is_refused_and_never_empty(reason):
    with pytest.raises(UnsupportedError) as caught:
        text.CONTAINER.survey(NO_TEXT[reason])
    assert "UTF-8" in caught.value.diagnostics().zh


def test_a_long_text_is_over_budget(monkeypatch):
    monkeypatch.setattr(text, "TEXT_LIMIT", 10)
    with pytest.raises(BudgetError):
        text.decode(b"a" * 11)


def test_put_changes_nothing():
    data = "你好\n".encode("gb18030")
    assert text.CONTAINER.put(data, NOTE, lambda field: True).apply(data) == data
    assert text.CONTAINER.survey(data) == Survey()


HEADS = [(b"hello", 10), (("中文" * 900).encode()[:4096], 10), (b"", 0), (b"\0\1", 0)]


@pytest.mark.parametrize(("head", "score"), HEADS)
def test_sniffing_survives_a_cut_character(head, score):
    assert text.CONTAINER.sniff(head) == score


def test_sidecar_tells_the_note_and_the_bytes():
    data = "正文\n".encode()
    raw = text.sidecar(NOTE, data, "文.txt")
    document = json.loads(raw)
    assert document == {
        "AIGC": json.loads(AIGC),
        "File": {"Name": "文.txt", "SHA256": hashlib.sha256(data).hexdigest()},
    }
    assert raw == text.sidecar(NOTE, data, "文.txt")
    (field,) = text.read_sidecar(raw, data).fields
    assert (field.place, field.key, field.text, field.defects) == ("sidecar", "AIGC", AIGC, ())
    assert text.sidecar_name("文.txt") == "文.txt.aigc.json"


def test_sidecar_of_other_bytes_is_read_with_a_defect():
    raw = text.sidecar(NOTE, b"one", "a.txt")
    (field,) = text.read_sidecar(raw, b"two").fields
    assert field.defects == (text.OTHER_BYTES,)
    assert field.text == AIGC


LENIENT = {
    "bare": (AIGC, ("sidecar-without-sha256", "bare-object")),
    "wrapped": ('{"AIGC":' + AIGC + "}", ("sidecar-without-sha256",)),
    "wrapped as a string": (json.dumps({"AIGC": AIGC}), ("sidecar-without-sha256",)),
    "with a byte order mark": ("\ufeff" + AIGC, ("sidecar-without-sha256", "bare-object")),
}


@pytest.mark.parametrize("reason", LENIENT)
def test_lenient_sidecars(reason):
    raw, defects = LENIENT[reason]
    (field,) = text.read_sidecar(raw.encode(), b"x").fields
    assert (field.text, field.defects) == (AIGC, defects)


BAD_SIDECARS = {
    "empty": b"",
    "no JSON": b"{",
    "a list": b"[1]",
    "no text": b"\0\1",
    "nested a hundred thousand deep": b'{"AIGC":' + b"[" * 100_000,
    "a number of ten thousand digits": b'{"AIGC":' + b"1" * 10_000 + b"}",
    "two megabytes": b" " * (2 << 20),
}


@pytest.mark.parametrize("reason", BAD_SIDECARS)
def test_bad_sidecars_are_faults(reason):
    survey = text.read_sidecar(BAD_SIDECARS[reason], b"x")
    assert survey.faults
    assert not survey.fields


@given(st.binary(max_size=200))
def test_any_bytes_are_text_or_refused(data):
    try:
        file = text.decode(data)
    except MediaError:
        return
    assert file.bom + file.text.encode(file.codec) == data
    assert file.splice([]).apply(data) == data


@given(st.binary(max_size=100) | st.text(max_size=100).map(str.encode))
def test_any_sidecar_is_told(raw):
    text.read_sidecar(raw, b"x")


def test_a_text_in_another_encoding_is_told_how_to_be_saved():
    with pytest.raises(UnsupportedError) as caught:
        identify("Café crème".encode("latin-1"), "notes.txt")
    assert "UTF-8" in caught.value.hint.zh
    assert "UTF-8" in caught.value.hint.en


def hidden(message: str) -> str:
    bits = "".join(f"{byte:08b}" for byte in message.encode())
    return "\u200d" + bits.replace("0", "\u200b").replace("1", "\u200c") + "\u200d"


def test_a_text_hidden_without_width_is_read_and_replaced_when_superseded():
    data = ("词句。" + hidden('{"AIGC":{"Label":"1"}}') + "\nmore\n").encode()

    (field,) = text.CONTAINER.survey(data).fields

    assert (field.place, field.text) == ("zero-width text", '{"AIGC":{"Label":"1"}}')
    note = Note("AIGC", "{}", "u", "p")
    assert text.CONTAINER.put(data, note, lambda _: True).apply(data) == "词句。\nmore\n".encode()
    assert text.CONTAINER.put(data, note, lambda _: False).apply(data) == data


def test_joiners_of_ordinary_writing_are_no_message():
    for words in ("می‌خواهم", "क्‍ष", "👩‍👩‍👧", "\u200b" * 63, "\u200b" * 640, "\u200d" + "\u200c" * 640):
        assert text.CONTAINER.survey(words.encode()).fields == ()
