"""MP3: the note as a TXXX frame in every version of ID3v2, with the sound and all other frames kept."""

from __future__ import annotations

import json
import subprocess
import zlib
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overt.errors import BudgetError, FormatError, MediaError, UnsupportedError
from overt.formats import id3, id3_texts, identify
from overt.formats.container import Field, Note
from overt.formats.mp3 import CONTAINER
from overt.formats.splice import Buffer

JSON = (
    '{"Label":"1","ContentProducer":"00191110000000000000000000000","ProduceID":"0198c5b2-2a4e-7c39-a1de-000000000001",'
    '"ReservedCode1":"","ContentPropagator":"00191110000000000000000000000","PropagateID":"x","ReservedCode2":""}'
)
OLD = JSON.replace("000000000001", "000000000002")
NOTE = Note("AIGC", JSON, "http://www.tc260.org.cn/ns/AIGC/1.0/", "TC260")

# Silence: MPEG 1 layer III, 64 kbit/s, 44.1 kHz, mono; a frame takes 208 bytes.
FRAME = b"\xff\xfb\x50\xc4" + bytes(204)
SOUND = FRAME * 6
XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    f'<rdf:Description rdf:about="" xmlns:TC260="{NOTE.namespace}"><TC260:AIGC>{OLD}</TC260:AIGC>'
    "</rdf:Description></rdf:RDF></x:xmpmeta>"
).encode()


def superseded(field: Field) -> bool:
    return "AIGC" in field.key


def put(data: Buffer) -> bytes:
    return CONTAINER.put(data, NOTE, superseded).apply(data)


def labels(data: Buffer) -> list[tuple[str, str]]:
    survey = CONTAINER.survey(data)
    assert survey.faults == ()
    return [(field.place, field.text) for field in survey.fields if superseded(field)]


def texts(data: Buffer) -> dict[tuple[str, str], str]:
    return {(field.place, field.key): field.text for field in CONTAINER.survey(data).fields}


def output(*command: object) -> str:
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, check=True).stdout


def tag(major: int, *frames: bytes, flags: int = 0, padding: int = 0, extended: bytes = b"") -> bytes:
    body = extended + b"".join(frames) + bytes(padding)
    header = bytes([major, 0, flags]) + id3.to_syncsafe(len(body))
    return b"ID3" + header + body + (b"3DI" + header if flags & 0x10 else b"")


def title(major: int, flags: int = 0, body: bytes = b"\0T") -> bytes:
    raw = id3.frame(major, "TT2" if major == 2 else "TIT2", body)
    return raw if major == 2 else raw[:8] + flags.to_bytes(2, "big") + raw[10:]


VERSIONS: dict[str, tuple[str, ...]] = {
    "no-tag.mp3": ("-id3v2_version", "0", "-map_metadata", "-1"),
    "version-3.mp3": ("-id3v2_version", "3", "-metadata", "title=标题", "-metadata", "comment=c"),
    "version-4.mp3": ("-id3v2_version", "4", "-metadata", "title=标题", "-metadata", "comment=c"),
    "id3v1.mp3": ("-id3v2_version", "3", "-write_id3v1", "1", "-metadata", "title=T"),
    "older-label.mp3": ("-id3v2_version", "4", "-metadata", f"AIGC={OLD}", "-metadata", "title=T"),
}


@pytest.fixture(scope="module")
def sounds(media: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sounds")
    source = media / "audio" / "tts_espeak2.flac"
    for name, options in VERSIONS.items():
        output("ffmpeg", "-v", "error", "-i", source, "-t", "1", "-c:a", "libmp3lame", *options, folder / name)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("name", VERSIONS)
def test_strangers_read_the_note_and_no_packet_changes(sounds: Path, tmp_path: Path, name: str) -> None:
    before = (sounds / name).read_bytes()
    after = put(before)
    path = tmp_path / name
    path.write_bytes(after)
    probe = subprocess.run(
        ["ffprobe", "-v", "warning", "-show_format", "-of", "json", str(path)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert probe.stderr == ""
    assert json.loads(probe.stdout)["format"]["tags"]["AIGC"] == JSON
    hashes = {
        output("ffmpeg", "-v", "error", "-i", folder / name, "-map", "0:a", "-c", "copy", "-f", "streamhash", "-")
        for folder in (sounds, tmp_path)
    }
    assert len(hashes) == 1
    assert labels(after) == [("ID3 TXXX", JSON)]
    kept = {key: text for key, text in texts(before).items() if key[1] != "AIGC"}
    assert kept.items() <= texts(after).items()
    assert put(after) == put(memoryview(after)) == after


@pytest.mark.slow
def test_exiftool_and_mediainfo_read_the_note(sounds: Path, tmp_path: Path) -> None:
    paths = []
    for name in VERSIONS:
        path = tmp_path / name
        path.write_bytes(put((sounds / name).read_bytes()))
        paths.append(path)
    told = json.loads(output("exiftool", "-j", "-a", "-UserDefinedText", *paths))
    assert [item["UserDefinedText"] for item in told] == [f"(AIGC) {JSON}"] * len(paths)
    told = json.loads(output("mediainfo", "--Output=JSON", *paths))
    assert [item["media"]["track"][0]["extra"]["AIGC"] for item in told] == [JSON] * len(paths)


def test_a_file_without_a_tag_gets_one_of_version_4() -> None:
    after = put(SOUND)
    assert after[:5] == b"ID3\x04\x00"
    assert after.endswith(SOUND)


@pytest.mark.parametrize("major", [2, 3, 4])
def test_a_tag_keeps_its_version_its_frames_and_its_size(major: int) -> None:
    picture = id3.frame(major, "PIC" if major == 2 else "APIC", b"\0\xff\xfe\0\xff\xe0")
    data = tag(major, title(major), picture, padding=2000) + SOUND
    after = put(data)
    assert len(after) == len(data)
    assert after[3] == major
    assert after[10:].startswith(title(major) + picture)
    assert labels(after) == [("ID3 TXXX", JSON)]
    encoding = {2: b"\x01\xff\xfeA\0", 3: b"\x01\xff\xfeA\0", 4: b"\x03AIGC\0{"}[major]
    assert encoding in after
    assert put(after) == after


@pytest.mark.parametrize("major", [2, 3, 4])
def test_a_tag_without_room_grows_with_fresh_padding(major: int) -> None:
    data = tag(major, title(major)) + SOUND
    after = put(data)
    assert len(after) > len(data) + id3.FRESH_PADDING
    assert after.endswith(SOUND)
    assert put(after) == after


@pytest.mark.parametrize("major", [2, 3, 4])
def test_unsynchronised_tags(major: int) -> None:
    body = b"\x01\xff\xfe" + "ÿà标题".encode("utf-16-le")
    frame = title(major, body=body)
    if major == 4:
        inside = id3.unsynchronised(body)
        raw = id3.frame(4, "TIT2", inside)
        whole = tag(4, raw[:8] + b"\0\x02" + raw[10:], flags=0x80, padding=600)
    else:
        whole = tag(major, id3.unsynchronised(frame), flags=0x80, padding=900)
    data = whole + SOUND
    assert "ÿà标题" in texts(data).values()
    after = put(data)
    assert labels(after) == [("ID3 TXXX", JSON)]
    assert "ÿà标题" in texts(after).values()
    stop = id3.extent(after, 0)
    assert stop is not None
    assert not any(after[i] == 0xFF and after[i + 1] >= 0xE0 for i in range(10, stop - 1))
    assert put(after) == after


@given(st.binary(max_size=60).map(lambda raw: raw.replace(b"a", b"\xff").replace(b"b", b"\0")))
def test_unsynchronisation_comes_back(raw: bytes) -> None:
    coded = id3.unsynchronised(raw)
    assert id3.synchronised(coded) == raw
    assert not any(coded[i] == 0xFF and coded[i + 1] >= 0xE0 for i in range(len(coded) - 1))


@pytest.mark.parametrize(
    ("major", "extended"),
    [(3, b"\0\0\0\x06" + bytes(6)), (3, b"\0\0\0\x0a\x80\0" + bytes(8)), (4, b"\0\0\0\x0c\x01\x20\x05" + bytes(5))],
)
def test_an_extended_header_is_stepped_over_and_dropped(major: int, extended: bytes) -> None:
    data = tag(major, title(major), flags=0x40, extended=extended, padding=900) + SOUND
    assert "T" in texts(data).values()
    after = put(data)
    assert after[5] == 0
    assert after[10:].startswith(title(major))
    assert labels(after) == [("ID3 TXXX", JSON)]


def test_a_footer_stays() -> None:
    after = put(tag(4, title(4), flags=0x10) + SOUND)
    stop = id3.extent(after, 0)
    assert stop is not None
    assert after[stop - 10 : stop] == b"3DI" + after[3:10]
    assert after[stop:] == SOUND
    assert labels(after) == [("ID3 TXXX", JSON)]
    assert put(after) == after


@pytest.mark.parametrize("encoding", range(4))
@pytest.mark.parametrize("major", [2, 3, 4])
def test_all_encodings(major: int, encoding: int) -> None:
    codec = ("latin-1", "utf-16", "utf-16-be", "utf-8")[encoding]
    end = b"\0\0" if encoding in (1, 2) else b"\0"
    body = bytes([encoding]) + "AIGC".encode(codec) + end + "Ünï".encode(codec) + end
    data = tag(major, id3.frame(major, "TXX" if major == 2 else "TXXX", body)) + SOUND
    assert labels(data) == [("ID3 TXXX", "Ünï")]
    assert labels(put(data)) == [("ID3 TXXX", JSON)]


def test_utf_16_without_its_mark_is_a_defect() -> None:
    body = b"\x01" + "AIGC\0x".encode("utf-16-le")
    (field,) = CONTAINER.survey(tag(3, id3.frame(3, "TXXX", body)) + SOUND).fields
    assert (field.key, field.text, field.defects[0]) == ("AIGC", "x", "id3-utf-16-without-mark")


def test_several_texts_and_comments_are_fields() -> None:
    data = tag(
        4,
        id3.text_frame(4, "a", "A"),
        id3.text_frame(4, "b", "B"),
        id3.frame(4, "TPE1", b"\x03one\0two\0"),
        id3.frame(4, "COMM", b"\x03engabout\0text\nwith lines"),
        id3.frame(4, "PRIV", b"XMP\0" + XMP),
    )
    fields = [(f.place, f.key, f.text) for f in CONTAINER.survey(data + SOUND).fields]
    assert fields[:5] == [
        ("ID3 TXXX", "a", "A"),
        ("ID3 TXXX", "b", "B"),
        ("ID3 TPE1", "TPE1", "one"),
        ("ID3 TPE1", "TPE1", "two"),
        ("ID3 COMM", "about", "text\nwith lines"),
    ]
    assert ("ID3 PRIV XMP", OLD) in [(place, text) for place, _, text in fields]


def test_compressed_frames_are_read_and_kept() -> None:
    text = b"\0" + b"long " * 50
    frame = id3.frame(3, "TIT2", len(text).to_bytes(4, "big") + zlib.compress(text))
    frame = frame[:8] + b"\0\x80" + frame[10:]
    data = tag(3, frame) + SOUND
    assert texts(data)["ID3 TIT2", "TIT2"].startswith("long long")
    assert frame in put(data)


def test_an_encrypted_text_is_could_not_tell() -> None:
    data = tag(3, title(3, flags=0x40)) + SOUND
    assert CONTAINER.survey(data).faults
    with pytest.raises(FormatError):
        put(data)


def test_encrypted_pictures_are_kept() -> None:
    frame = id3.frame(3, "APIC", b"secret")
    frame = frame[:8] + b"\0\x40" + frame[10:]
    assert frame in put(tag(3, frame) + SOUND)


def test_a_decompression_bomb_is_a_fault() -> None:
    frame = id3.frame(3, "TIT2", bytes(4) + zlib.compress(bytes(id3.MAX_INFLATED + 1)))
    frame = frame[:8] + b"\0\x80" + frame[10:]
    assert CONTAINER.survey(tag(3, frame) + SOUND).faults


def test_plain_frame_sizes_in_version_4_are_read_and_mended() -> None:
    long, short = b"\0" + b"x" * 300, title(4)
    frame = b"TIT1" + len(long).to_bytes(4, "big") + bytes(2) + long
    data = tag(4, frame, short, padding=1000) + SOUND
    survey = CONTAINER.survey(data)
    assert [f.key for f in survey.fields] == ["TIT1", "TIT2"]
    assert survey.fields[0].defects == ("id3-plain-frame-sizes",)
    after = put(data)
    assert id3.frame(4, "TIT1", long) + short in after
    assert CONTAINER.survey(after).fields[0].defects == ()
    assert put(after) == after


def _ape(*items: tuple[bytes, bytes], header: bool = True) -> bytes:
    body = b"".join(len(v).to_bytes(4, "little") + bytes(4) + k + b"\0" + v for k, v in items)

    def end(flags: int) -> bytes:
        numbers = (2000, len(body) + 32, len(items), flags | (1 << 31 if header else 0))
        return b"APETAGEX" + b"".join(n.to_bytes(4, "little") for n in numbers) + bytes(8)

    return (end(1 << 29) if header else b"") + body + end(0)


ID3V1 = b"TAG" + b"Title".ljust(30, b"\0") + bytes(90) + b"c".ljust(4, b"\0") + b"\xff"


def test_tags_at_the_end_are_read_and_kept() -> None:
    tail = _ape((b"Title", "标题".encode()), (b"Mood", b"m")) + ID3V1
    data = SOUND + tail
    assert texts(data) == {("APEv2", "Title"): "标题", ("APEv2", "Mood"): "m", ("ID3v1", "title"): "Title"}
    assert put(data).endswith(SOUND + tail)


@pytest.mark.parametrize("header", [True, False])
def test_an_older_label_in_an_ape_tag_is_taken_out(header: bool) -> None:
    data = SOUND + _ape((b"AIGC", OLD.encode()), (b"Mood", b"m"), header=header) + ID3V1
    assert labels(data) == [("APEv2", OLD)]
    after = put(data)
    assert labels(after) == [("ID3 TXXX", JSON)]
    assert after.endswith(SOUND + _ape((b"Mood", b"m"), header=header) + ID3V1)
    assert put(SOUND + _ape((b"AIGC", OLD.encode()))).endswith(SOUND)


def test_all_older_labels_at_once_leave_one() -> None:
    old = id3.text_frame(4, "AIGC", OLD)
    private = id3.frame(4, "PRIV", b"XMP\0" + XMP)
    first = tag(4, title(4), old, old, private)
    appended = tag(4, old, id3.text_frame(4, "k", "K"), flags=0x10)
    data = first + tag(3, id3.text_frame(3, "xAIGC", OLD)) + SOUND + appended + _ape((b"AIGC", OLD.encode())) + ID3V1
    assert len(labels(data)) == 6
    after = put(data)
    assert labels(after) == [("ID3 TXXX", JSON)]
    assert texts(after)["ID3 TXXX", "k"] == "K"
    assert SOUND in after
    assert put(after) == after


@pytest.mark.parametrize(
    ("reason", "data"),
    [
        ("a tag of 256 MB", b"ID3\x04\0\0\x7f\x7f\x7f\x7f" + SOUND),
        ("a frame larger than its tag", tag(4, b"TIT2\0\0\x7f\x7f\0\0x") + SOUND),
        ("a frame without a name", tag(4, b"\x01\x02\x03\x04\0\0\0\x01\0\0x") + SOUND),
        ("a size that is none", b"ID3\x04\0\0\x80\0\0\0" + SOUND),
        ("version 5", tag(5) + SOUND),
        ("a compressed tag of version 2", tag(2, flags=0x40) + SOUND),
        ("an extended header of 4 GB", tag(3, flags=0x40, extended=b"\xff\xff\xff\xff") + SOUND),
        ("seventeen tags", tag(4, title(4)) * 17 + SOUND),
        ("no sound", tag(4, title(4)) + bytes(500)),
        ("an APE tag larger than the file", SOUND + b"APETAGEX" + b"\xd0\7\0\0\xff\xff\0\0\1\0\0\0" + bytes(12)),
        ("empty", b""),
    ],
)
def test_broken_files_are_told_never_written(reason: str, data: bytes) -> None:
    assert CONTAINER.survey(data).faults
    with pytest.raises(MediaError):
        put(data)


def test_an_empty_tag_is_no_fault() -> None:
    data = tag(4) + SOUND
    assert labels(data) == []
    assert labels(put(data)) == [("ID3 TXXX", JSON)]


def test_a_tag_cannot_be_longer_than_its_size_says() -> None:
    with pytest.raises(FormatError):
        id3.to_syncsafe(id3.MAX_TAG + 1)


def test_a_note_with_nul_is_refused() -> None:
    with pytest.raises(UnsupportedError):
        CONTAINER.put(SOUND, Note("AIGC", "a\0b", "", ""), superseded)


def test_sniffing() -> None:
    assert CONTAINER.sniff(tag(3, title(3)) + SOUND) > 80
    assert CONTAINER.sniff(SOUND) == 80
    assert CONTAINER.sniff(b"junk" + SOUND) == 40
    assert CONTAINER.sniff(tag(3) + b"fLaC") == 10
    assert CONTAINER.sniff("\ufefftext".encode("utf-16-le")) == 0
    assert CONTAINER.sniff(b"\xff\xd8\xff\xe0" + bytes(100)) == 0


def test_the_bytes_of_a_tag_are_capped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(id3, "MAX_READ", 100)
    data = tag(4, title(4), padding=200) + SOUND
    assert CONTAINER.survey(data).faults
    with pytest.raises(BudgetError):
        put(data)


def test_truncation_everywhere_in_the_tag_is_never_absence() -> None:
    data = tag(3, title(3), id3.text_frame(3, "AIGC", OLD), padding=5) + SOUND
    stop = id3.extent(data, 0)
    assert stop is not None
    for cut in range(stop + 4):
        assert CONTAINER.survey(data[:cut]).faults, cut
        with pytest.raises(MediaError):
            put(data[:cut])


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([2, 3, 4]), st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60)
)
def test_any_text_comes_back(major: int, text: str) -> None:
    data = tag(major, title(major)) + SOUND
    after = CONTAINER.put(data, Note("AIGC", text, "", ""), superseded).apply(data)
    fields = CONTAINER.survey(after).fields
    assert [(f.key, f.text, f.defects) for f in fields[1:]] == [("AIGC", text, ())]


@settings(max_examples=200, deadline=None)
@given(st.sampled_from([2, 3, 4]), st.integers(0, 255), st.binary(max_size=150))
def test_arbitrary_bytes_raise_only_media_errors(major: int, flags: int, data: bytes) -> None:
    _survives(data)
    _survives(tag(major, data, flags=flags) + SOUND)
    _survives(SOUND + data + b"APETAGEX" + data[:24])


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from([2, 3, 4]),
    st.lists(st.tuples(st.integers(0, 3000), st.sampled_from([0, 1, 0x7F, 0x80, 0xFF])), min_size=1, max_size=5),
)
def test_mutated_files_raise_only_media_errors(major: int, changes: list[tuple[int, int]]) -> None:
    frames = (title(major), id3.text_frame(major, "AIGC", OLD))
    file = bytearray(tag(major, *frames, padding=20) + SOUND + _ape((b"AIGC", OLD.encode())) + ID3V1)
    for at, value in changes:
        file[at % len(file)] = value
    _survives(bytes(file))


def _survives(data: bytes) -> None:
    assert 0 <= CONTAINER.sniff(data[:4096]) <= 100
    with suppress(MediaError):
        CONTAINER.survey(data)
    with suppress(MediaError):
        after = put(data)
        assert labels(after) == [(id3_texts.PLACE, JSON)]
        assert put(after) == after


def test_what_an_id3v1_tag_says_is_still_shown_beside_the_new_tag(tmp_path: Path):
    old = b"TAG" + b"Night".ljust(30, b"\0") + "Zo\xeb".encode("latin-1").ljust(30, b"\0") + b"Songs".ljust(30)
    old += b"1999" + b"live".ljust(28, b"\0") + b"\0\x07" + b"\x11"
    data = SOUND * 20 + old
    path = tmp_path / "labelled.mp3"
    path.write_bytes(put(data))

    assert path.read_bytes().endswith(data)
    assert put(path.read_bytes()) == path.read_bytes()
    tags = json.loads(output("ffprobe", "-v", "error", "-show_format", "-of", "json", path))["format"]["tags"]
    assert tags == {
        "title": "Night",
        "artist": "Zo\xeb",
        "album": "Songs",
        "date": "1999",
        "comment": "live",
        "track": "7",
        "genre": "Rock",
        "AIGC": JSON,
    }


@pytest.mark.parametrize("before", [bytes(700), tag(3) + tag(4), tag(3) + bytes(500)], ids=["zeros", "tags", "both"])
def test_what_lies_before_the_sound_does_not_hide_the_format(before: bytes):
    data = before + SOUND

    assert identify(data, "song.mp3") is CONTAINER
    assert labels(put(data)) == [("ID3 TXXX", JSON)]
