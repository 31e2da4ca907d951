"""WAV: the note as a chunk, whatever the sizes in the header say."""

from __future__ import annotations

import struct
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overt.errors import BudgetError, FormatError, MediaError, TruncatedError, UnsupportedError
from overt.formats import id3, wav
from overt.formats.container import Field, Note
from overt.formats.riff import chunk
from overt.formats.splice import Buffer
from overt.formats.wav import CONTAINER

JSON = (
    '{"Label":"1","ContentProducer":"00191110000000000000000000000","ProduceID":"0198c5b2-2a4e-7c39-a1de-000000000001",'
    '"ReservedCode1":"","ContentPropagator":"00191110000000000000000000000","PropagateID":"xy","ReservedCode2":""}'
)
OLD = JSON.replace("000000000001", "000000000002")
NOTE = Note("AIGC", JSON, "http://www.tc260.org.cn/ns/AIGC/1.0/", "TC260")
FMT = chunk(b"fmt ", struct.pack("<HHIIHH", 1, 1, 8000, 16000, 2, 16))
SOUND = bytes(range(200))
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


def output(*command: object) -> str:
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, check=True).stdout


def riff(*chunks: bytes, size: int | None = None, magic: bytes = b"RIFF") -> bytes:
    body = b"WAVE" + b"".join(chunks)
    return magic + (len(body) if size is None else size).to_bytes(4, "little") + body


def walked(data: bytes) -> dict[bytes, bytes]:
    """A reader of its own: every chunk by its code, with all sizes checked against each other."""
    assert data[:4] == b"RIFF"
    assert data[8:12] == b"WAVE"
    assert int.from_bytes(data[4:8], "little") == len(data) - 8
    assert len(data) % 2 == 0
    found: dict[bytes, bytes] = {}
    position = 12
    while position < len(data):
        code, size = data[position : position + 4], int.from_bytes(data[position + 4 : position + 8], "little")
        assert code not in found
        assert position + 8 + size <= len(data)
        found[code] = data[position + 8 : position + 8 + size]
        position += 8 + size
        if size % 2:
            assert data[position] == 0
            position += 1
    assert position == len(data)
    return found


@pytest.fixture(scope="module")
def sounds(media: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sounds")
    source = ("ffmpeg", "-v", "error", "-i", media / "audio" / "tts_espeak2.flac", "-t", "1", "-bitexact")
    output(*source, "-metadata", "title=标题", folder / "info.wav")
    output(*source, "-write_bext", "1", "-metadata", "description=d", folder / "bext.wav")
    output(*source, "-c:a", "adpcm_ima_wav", folder / "adpcm.wav")
    output(*source, "-rf64", "always", folder / "rf64.wav")
    streamed = subprocess.run(
        [*map(str, source), "-f", "wav", "-"], capture_output=True, check=True
    ).stdout  # A pipe: ffmpeg cannot go back to fill in the sizes.
    assert streamed[4:8] == b"\xff\xff\xff\xff"
    (folder / "streamed.wav").write_bytes(streamed)
    return folder


FILES = ("info.wav", "bext.wav", "adpcm.wav", "rf64.wav", "streamed.wav")


@pytest.mark.slow
@pytest.mark.parametrize("name", FILES)
def test_strangers_read_the_note_and_no_sound_changes(sounds: Path, tmp_path: Path, name: str) -> None:
    before = (sounds / name).read_bytes()
    after = put(before)
    path = tmp_path / name
    path.write_bytes(after)
    shown = output("exiftool", "-u", "-U", "-b", "-Unknown_AIGC", path)
    # exiftool shows the pad byte of a chunk of odd length.
    assert shown == JSON + "\0" * (len(JSON) % 2)
    decoded = {output("ffmpeg", "-v", "error", "-i", folder / name, "-f", "hash", "-") for folder in (sounds, tmp_path)}
    assert len(decoded) == 1
    warnings = [
        subprocess.run(["ffprobe", "-v", "warning", folder / name], capture_output=True, text=True, check=True).stderr
        for folder in (sounds, tmp_path)
    ]
    assert warnings[0].count("\n") == warnings[1].count("\n")
    assert labels(after) == [("RIFF chunk", JSON)]
    assert put(after) == put(memoryview(after)) == after
    kept = CONTAINER.survey(before).fields
    assert {(f.key, f.text) for f in kept} <= {(f.key, f.text) for f in CONTAINER.survey(after).fields}


@pytest.mark.parametrize("name", ["info.wav", "bext.wav", "adpcm.wav"])
def test_every_other_chunk_is_kept_and_every_size_is_right(sounds: Path, name: str) -> None:
    before = (sounds / name).read_bytes()
    assert walked(put(before)) == walked(before) | {b"AIGC": JSON.encode()}


def test_exiftool_sees_a_plain_chunk(sounds: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(put((sounds / "info.wav").read_bytes()))
    shown = output("exiftool", "-u", "-U", "-v3", path)
    assert f"RIFF 'AIGC' chunk ({len(JSON)} bytes" in shown
    assert "Warning" not in shown


def test_info_texts_are_fields(sounds: Path) -> None:
    fields = {(f.place, f.key): f.text for f in CONTAINER.survey((sounds / "info.wav").read_bytes()).fields}
    assert fields["RIFF INFO", "INAM"] == "标题"


def test_an_odd_note_is_padded() -> None:
    note = Note("AIGC", JSON + " " * (len(JSON) % 2 == 0), NOTE.namespace, NOTE.prefix)
    data = riff(FMT, chunk(b"data", SOUND))
    assert len(note.text) % 2
    assert walked(CONTAINER.put(data, note, superseded).apply(data))[b"AIGC"] == note.text.encode()


def test_a_missing_pad_byte_is_put_before_the_note() -> None:
    data = riff(FMT, chunk(b"data", b"odd")[:-1])
    assert walked(put(data)) == {b"fmt ": FMT[8:], b"data": b"odd", b"AIGC": JSON.encode()}


def _id3(description: str) -> bytes:
    return id3.build(None, [id3.text_frame(4, description, OLD), id3.frame(4, "TIT2", b"\x03T")])


OLDER = {
    "the chunk itself": chunk(b"AIGC", OLD.encode()),
    "the chunk with NUL": chunk(b"AIGC", OLD.encode() + b"\0"),
    "INFO": chunk(b"LIST", b"INFO" + chunk(b"AIGC", OLD.encode() + b"\0") + chunk(b"INAM", b"T\0")),
    "INFO with nothing else": chunk(b"LIST", b"INFO" + chunk(b"AIGC", OLD.encode())),
    "ID3": chunk(b"id3 ", _id3("AIGC")),
    "XMP": chunk(b"_PMX", XMP),
}


@pytest.mark.parametrize("variant", OLDER)
@pytest.mark.parametrize("behind", [False, True], ids=["before the sound", "behind the sound"])
def test_older_labels_are_replaced(variant: str, behind: bool) -> None:
    sound = chunk(b"data", SOUND)
    data = riff(FMT, sound, OLDER[variant]) if behind else riff(FMT, OLDER[variant], sound)
    ((_, text),) = labels(data)
    assert text == OLD
    after = put(data)
    assert labels(after) == [("RIFF chunk", JSON)]
    assert OLD.encode() not in after
    assert walked(after)[b"data"] == SOUND
    assert put(after) == after


def test_all_older_labels_at_once_leave_one() -> None:
    data = riff(FMT, *OLDER.values(), chunk(b"data", SOUND), OLDER["the chunk itself"])
    assert len(labels(data)) == 7
    after = put(data)
    assert labels(after) == [("RIFF chunk", JSON)]
    assert {(f.key, f.text) for f in CONTAINER.survey(after).fields} >= {("INAM", "T"), ("TIT2", "T")}


def test_nul_at_the_end_is_a_defect() -> None:
    (field,) = CONTAINER.survey(riff(FMT, OLDER["the chunk with NUL"], chunk(b"data", SOUND))).fields
    assert (field.text, field.defects) == (OLD, ("riff-nul-terminated",))


def test_texts_of_chinese_windows_are_read_with_a_defect() -> None:
    info = chunk(b"LIST", b"INFO" + chunk(b"INAM", "标题".encode("gb18030")))
    (field,) = CONTAINER.survey(riff(FMT, info, chunk(b"data", SOUND))).fields
    assert (field.text, field.defects) == ("标题", ("riff-not-utf-8",))


def test_a_credential_stays_last() -> None:
    after = put(riff(FMT, chunk(b"data", SOUND), chunk(b"C2PA", b"jumb")))
    assert list(walked(after)) == [b"fmt ", b"data", b"AIGC", b"C2PA"]


@pytest.mark.parametrize(
    ("reason", "data"),
    [
        ("all ones", riff(FMT, b"data\xff\xff\xff\xff" + SOUND, size=0xFFFFFFFF)),
        ("zeros", riff(FMT, b"data\0\0\0\0" + SOUND, size=0)),
        ("an empty file", riff(FMT, b"data\0\0\0\0" + SOUND, size=36)),
        ("half of all", riff(FMT, b"data\xff\xff\xff\x7f" + SOUND, size=0x7FFFFFFF)),
        ("only the sound unknown", riff(FMT, b"data\xff\xff\xff\xff" + SOUND)),
    ],
)
def test_sizes_that_were_never_filled_in(reason: str, data: bytes) -> None:
    after = put(data)
    assert labels(data) == []
    assert labels(after) == [("RIFF chunk", JSON)]
    assert after.endswith(SOUND)
    assert after.index(b"AIGC") < after.index(b"data")
    assert put(after) == after


@pytest.mark.parametrize("magic", [b"RF64", b"BW64"])
def test_64_bit_sizes(magic: bytes) -> None:
    sizes = struct.pack("<QQQI", 4 + 36 + len(FMT) + 8 + len(SOUND), len(SOUND), 100, 0)
    data = riff(chunk(b"ds64", sizes), FMT, b"data\xff\xff\xff\xff" + SOUND, size=0xFFFFFFFF, magic=magic)
    after = put(data)
    assert labels(after) == [("RIFF chunk", JSON)]
    assert struct.unpack("<Q", after[20:28]) == (len(after) - 8,)
    assert after[28:48] == data[28:48]
    assert put(after) == after


class Huge:
    """A file of any length of which only the beginning may be read."""

    def __init__(self, head: bytes, length: int) -> None:
        self.head, self.length = head, length

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, key: slice) -> bytes:
        assert key.stop <= len(self.head) or key.start >= self.length, "sound was read"
        return self.head[key]


def test_a_file_without_room_for_more_is_refused() -> None:
    size = 0xFFFF_FFF0
    head = riff(FMT, b"data" + (size - 36).to_bytes(4, "little"), size=size)
    with pytest.raises(UnsupportedError):
        CONTAINER.put(Huge(head, size + 8), NOTE, superseded)  # type: ignore[arg-type]


def test_a_gigabyte_of_sound_is_not_read() -> None:
    size = 1 << 30
    head = riff(FMT, b"data" + size.to_bytes(4, "little"), size=size + 36)
    file = Huge(head, size + 44)
    assert CONTAINER.survey(file).faults == ()  # type: ignore[arg-type]
    splice = CONTAINER.put(file, NOTE, superseded)  # type: ignore[arg-type]
    assert sum(len(piece) for piece in splice.pieces if isinstance(piece, bytes)) < 1000


def test_a_wrong_outermost_size_is_mended() -> None:
    data = riff(FMT, chunk(b"data", SOUND), size=36)
    assert walked(put(data))[b"AIGC"] == JSON.encode()
    data = riff(FMT, chunk(b"data", SOUND), size=36 + len(SOUND) + 8)
    assert walked(put(data))[b"AIGC"] == JSON.encode()


def test_what_lies_behind_the_form_is_kept() -> None:
    data = riff(FMT, chunk(b"data", SOUND)) + b"behind"
    assert put(data).endswith(b"behind")


BROKEN = {
    "sound cut": (riff(FMT, chunk(b"data", SOUND))[:-20], TruncatedError),
    "a chunk of 4 GB": (riff(FMT, b"LIST\xff\xff\xff\xffINFO"), TruncatedError),
    "the form cut": (riff(FMT, chunk(b"data", SOUND), size=5000), TruncatedError),
    "left-over bytes": (riff(FMT, chunk(b"data", SOUND), b"junk"), TruncatedError),
    "an ID3 tag that is none": (riff(FMT, chunk(b"id3 ", b"junk"), chunk(b"data", SOUND)), FormatError),
    "an entry larger than its list": (riff(FMT, chunk(b"LIST", b"INFOINAM\xff\0\0\0xy"), chunk(b"data", SOUND)), None),
    "no WAV": (b"RIFF\x04\0\0\0AVI ", FormatError),
    "RF64 without its sizes": (riff(FMT, chunk(b"data", SOUND), magic=b"RF64"), FormatError),
    "empty": (b"", TruncatedError),
}


@pytest.mark.parametrize("reason", [reason for reason in BROKEN if BROKEN[reason][1]])
def test_broken_files_are_told_never_written(reason: str) -> None:
    data, error = BROKEN[reason]
    with suppress(MediaError):
        assert CONTAINER.survey(data).faults
    with pytest.raises(error or MediaError):
        put(data)


def test_a_cut_entry_is_read_with_a_defect() -> None:
    (field,) = CONTAINER.survey(BROKEN["an entry larger than its list"][0]).fields
    assert (field.text, field.defects) == ("xy", ("riff-truncated",))


def test_a_thousand_nested_lists_are_not_followed() -> None:
    data = b""
    for _ in range(1000):
        data = chunk(b"LIST", b"INFO" + data)
    assert len(CONTAINER.survey(riff(FMT, data, chunk(b"data", SOUND))).fields) == 1


def test_a_key_of_another_length_is_refused() -> None:
    data = riff(FMT, chunk(b"data", SOUND))
    with pytest.raises(UnsupportedError):
        CONTAINER.put(data, Note("LABEL", JSON, "", ""), superseded)


def test_the_bytes_of_texts_are_capped(monkeypatch: pytest.MonkeyPatch) -> None:
    data = riff(FMT, OLDER["INFO"], OLDER["XMP"], chunk(b"data", SOUND))
    monkeypatch.setattr(wav, "MAX_TEXT", len(OLDER["INFO"]) + 20)
    survey = CONTAINER.survey(data)
    assert survey.faults
    assert [field.text for field in survey.fields] == [OLD, "T"]
    with pytest.raises(BudgetError):
        put(data)


def test_truncation_everywhere_is_never_absence() -> None:
    data = riff(FMT, *OLDER.values(), chunk(b"data", SOUND))
    for cut in range(len(data) - 1):
        with suppress(MediaError):
            assert CONTAINER.survey(data[:cut]).faults, cut
        with pytest.raises(MediaError):
            put(data[:cut])


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60))
def test_any_text_comes_back(text: str) -> None:
    data = riff(FMT, chunk(b"data", SOUND))
    after = CONTAINER.put(data, Note("AIGC", text, "", ""), superseded).apply(data)
    assert [(f.key, f.text, f.defects) for f in CONTAINER.survey(after).fields] == [("AIGC", text, ())]


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_arbitrary_bytes_raise_only_media_errors(data: bytes) -> None:
    for file in (
        data,
        riff(data),
        riff(FMT, chunk(b"LIST", b"INFO" + data)),
        riff(chunk(b"id3 ", b"ID3\4\0\0" + data)),
    ):
        _survives(file)


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 600), st.sampled_from([0, 1, 0x7F, 0x80, 0xFF])), min_size=1, max_size=5))
def test_mutated_files_raise_only_media_errors(changes: list[tuple[int, int]]) -> None:
    file = bytearray(riff(FMT, OLDER["INFO"], OLDER["ID3"], OLDER["XMP"], chunk(b"data", SOUND)))
    for at, value in changes:
        file[at % len(file)] = value
    _survives(bytes(file))


def _survives(data: bytes) -> None:
    assert 0 <= CONTAINER.sniff(data[:4096]) <= 100
    with suppress(MediaError):
        CONTAINER.survey(data)
    with suppress(MediaError):
        after = put(data)
        assert put(after) == after
        assert (CONTAINER.place, JSON) in labels(after)


@pytest.mark.parametrize("magic", [b"RF64", b"BW64"])
def test_ffmpeg_plays_a_marked_file_of_64_bits(media: Path, tmp_path: Path, magic: bytes) -> None:
    source, path = tmp_path / "a.wav", tmp_path / "b.bw64"
    subprocess.run(
        ["ffmpeg", "-v", "error", "-i", media / "audio" / "whisper_jfk.flac", "-t", "1", "-rf64", "always", source],
        check=True,
    )
    before = magic + source.read_bytes()[4:]
    source.write_bytes(before)
    after = put(before)
    path.write_bytes(after)
    assert after[4:8] == b"\xff" * 4
    assert int.from_bytes(after[20:28], "little") == len(after) - 8
    told = subprocess.run(
        ["exiftool", "-u", "-U", "-b", "-Unknown_AIGC", path], capture_output=True, text=True, check=False
    ).stdout
    assert magic != b"RF64" or told.rstrip("\0") == JSON  # It shows the pad byte, too.
    hashes = {
        subprocess.run(["ffmpeg", "-v", "error", "-i", file, "-f", "md5", "-"], capture_output=True, check=True).stdout
        for file in (source, path)
    }
    assert len(hashes) == 1
    assert put(after) == after
