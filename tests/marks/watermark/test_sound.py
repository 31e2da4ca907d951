"""Marks in real sound, through real codecs and edits."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest

from overt.errors import UnsupportedError
from overt.marks.watermark import code
from overt.marks.watermark.keys import Key, derived
from overt.marks.watermark.sound import lattice
from overt.marks.watermark.sound.embed import SHORTEST, Marking, embed
from overt.marks.watermark.sound.excerpt import Excerpt, Queue
from overt.marks.watermark.sound.read import Listening, read

ID, OTHER = 0x0123456789ABCDEF, 0xFEDCBA9876543210
KEY, SECOND = (Key(name, derived(b"test", name)) for name in ("one", "two"))


def ffmpeg(samples, rate, *middle: str, to: int = 0, suffix: str = "", folder: Path | None = None):
    """Sound through filters, or through a codec and back."""
    raw = ["-f", "f32le", "-ac", str(samples.shape[1])]
    start = ["ffmpeg", "-v", "error", "-y", *raw, "-ar", str(rate), "-i", "pipe:0", *middle]
    end = [*raw, "-ar", str(to or rate), "pipe:1"]
    data = samples.astype(np.float32).tobytes()
    if suffix:
        path = str(folder / f"coded.{suffix}")
        subprocess.run([*start, path], input=data, check=True)
        start, data = ["ffmpeg", "-v", "error", "-i", path], b""
    out = subprocess.run([*start, *end], input=data, check=True, stdout=subprocess.PIPE).stdout
    return np.frombuffer(out, np.float32).reshape(-1, samples.shape[1])


def loaded(path: Path, seconds: float, rate: int, channels: int = 1):
    command = ["ffmpeg", "-v", "error", "-t", str(seconds), "-i", str(path), "-ac", str(channels), "-ar", str(rate)]
    out = subprocess.run([*command, "-f", "f32le", "pipe:1"], check=True, stdout=subprocess.PIPE).stdout
    return np.frombuffer(out, np.float32).reshape(-1, channels)


def ids(readout):
    return {(found.value, found.bits) for found in readout.ids}


@pytest.fixture(scope="module")
def speech(media):
    """Speech of 16 kHz, and the same with an id."""
    clean = loaded(media / "audio" / "lr_198-209-0000.flac", 10, 16000)
    return clean, embed(clean, 16000, ID, 64, KEY)[0]


@pytest.fixture(scope="module")
def music(media):
    """Music in stereo, and the same with an id."""
    clean = loaded(media / "audio" / "lr_admiralbob77_-_Choice_-_.flac", 9, 44100, 2)
    return clean, embed(clean, 44100, ID, 64, KEY)[0]


EDITS = {
    "mp3": ("-b:a", "64k"),
    "m4a": ("-b:a", "64k"),
    "ogg": ("-c:a", "libopus", "-b:a", "24k"),
    "slower": ("-af", "asetrate=16000*0.95,aresample=16000"),
    "faster": ("-af", "asetrate=16000*1.08,aresample=16000"),
    "stretched": ("-af", "atempo=1.05"),
    "shrunk": ("-af", "atempo=0.95"),
    "low": ("-af", "lowpass=f=4000,lowpass=f=4000"),
    "echo": ("-af", "aecho=0.9:0.6:120:0.35"),
    "cut": ("-af", "atrim=start=2.317:end=8"),
}
SPEEDS = {"slower": (0.95, 0.95), "faster": (1.08, 1.08), "stretched": (1.05, 1), "shrunk": (0.95, 1)}
"""Speed and pitch against the sound as it was."""


@pytest.mark.parametrize("edit", EDITS)
def test_id_comes_back_from_speech(speech, edit, tmp_path):
    suffix = edit if EDITS[edit][0] != "-af" else ""
    edited = ffmpeg(speech[1], 16000, *EDITS[edit], suffix=suffix, folder=tmp_path)
    readout = read(edited, 16000, [KEY])
    assert ids(readout) == {(ID, 64)}
    assert readout.ids[0].log10_p < -20
    place = readout.ids[0].place
    speed, pitch = SPEEDS.get(edit, (1, 1))
    assert place.speed == pytest.approx(speed, abs=0.003)
    assert place.pitch == pytest.approx(pitch, abs=0.012)


@pytest.mark.parametrize("to", [8000, 22050, 96000])
def test_id_comes_back_at_another_rate(music, to):
    assert ids(read(ffmpeg(music[1], 44100, to=to), to, [KEY])) == {(ID, 64)}


def test_id_comes_back_from_a_telephone(speech, tmp_path):
    narrow = ffmpeg(speech[1], 16000, "-af", "highpass=f=300,lowpass=f=3400", to=8000)
    spoken = ffmpeg(narrow, 8000, "-c:a", "pcm_mulaw", suffix="wav", folder=tmp_path)
    assert ids(read(spoken, 8000, [KEY])) == {(ID, 64)}


@pytest.mark.parametrize("ratio", [20, 10])
def test_id_comes_back_from_noise(speech, ratio):
    marked = speech[1]
    noise = np.random.default_rng(0).normal(0, 1, marked.shape) * np.sqrt(np.mean(marked**2) / 10 ** (ratio / 10))
    assert ids(read((marked + noise).astype(np.float32), 16000, [KEY])) == {(ID, 64)}


@pytest.mark.parametrize("change", [lambda x: x * 0.3, lambda x: np.clip(3 * x, -1, 1), lambda x: x + 0.2])
def test_id_comes_back_from_levels_clipping_and_an_offset(speech, change):
    assert ids(read(change(speech[1]).astype(np.float32), 16000, [KEY])) == {(ID, 64)}


def test_change_is_small_and_reported(music):
    clean, marked = music
    again, report = embed(clean, 44100, ID, 64, KEY)
    assert np.array_equal(again, marked)
    ratio = 10 * np.log10(np.sum(clean**2) / np.sum((marked - clean) ** 2))
    assert report.snr == pytest.approx(ratio, abs=0.1)
    assert report.snr > 18
    assert 1 < report.strength < 6
    assert np.array_equal(marked == 0, clean == 0) or np.abs(marked).max() <= 1


def test_nothing_is_found_where_nothing_is(speech):
    clean, marked = speech
    assert read(clean, 16000, [KEY, SECOND]).state == "none"
    readout = read(marked, 16000, [SECOND])
    assert readout.state == "mark"  # The presence key is everybody's, the id key is not.
    assert readout.presence.log10_p < -20
    own = Key("own", SECOND.secret, derived(b"test", "presence"))
    assert read(marked, 16000, [own]).state == "none"


def test_forty_bits_fit_three_seconds(speech):
    clean = speech[0][32000 : 32000 + int(16000 * SHORTEST[40])]
    value = ID >> 24
    assert ids(read(embed(clean, 16000, value, 40, KEY)[0], 16000, [KEY])) == {(value, 40)}


def test_two_ids_in_one_sound_are_both_read(music):
    marked = music[1]
    assert ids(read(embed(marked, 44100, OTHER, 64, KEY)[0], 44100, [KEY])) == {(ID, 64), (OTHER, 64)}
    later = embed(marked[30011:], 44100, OTHER, 64, SECOND)[0]
    readout = read(later, 44100, [KEY, SECOND])
    assert {(found.value, found.key) for found in readout.ids} == {(ID, "one"), (OTHER, "two")}


def test_all_channels_get_the_same_change(speech):
    clean = np.repeat(speech[0][: 8 * 16000], 6, axis=1) * np.linspace(1, 0, 6, dtype=np.float32)
    marked = embed(clean, 16000, ID, 64, KEY)[0]
    assert marked.shape == clean.shape
    assert not marked[:, 5].any()
    assert ids(read(marked, 16000, [KEY])) == ids(read(marked[:, 2:3], 16000, [KEY])) == {(ID, 64)}


@pytest.mark.parametrize("rate", [8000, 96000])
def test_rates(speech, rate):
    clean = ffmpeg(speech[0], 16000, to=rate)
    assert ids(read(embed(clean, rate, ID, 64, KEY)[0], rate, [KEY])) == {(ID, 64)}


def test_pieces_give_the_same_as_the_whole(speech):
    clean = np.tile(speech[0], (8, 1))  # 80 seconds: several blocks.
    whole, report = embed(clean, 16000, ID, 64, KEY)
    marking, listening, marked, at = Marking(16000, ID, 64, KEY), Listening(16000, [KEY]), [], 0
    for count in np.random.default_rng(0).integers(1, 200_000, 40):
        piece = clean[at : at + count]
        marked.append(marking.feed(piece))
        listening.feed(whole[at : at + count])
        at += len(piece)
    rest, other = marking.finish()
    assert np.array_equal(np.concatenate([*marked, rest]), whole)
    assert other == report
    assert listening.finish() == read(whole, 16000, [KEY])
    half = np.concatenate([clean[: len(clean) // 2], whole[len(clean) // 2 :]])
    place = read(half, 16000, [KEY]).ids[0].place
    assert (place.start, place.end) == (30, pytest.approx(len(clean) / 16000))


@pytest.mark.parametrize(
    ("samples", "rate", "bits", "reason"),
    [
        (np.full((16000 * 2, 1), 0.1), 16000, 40, "too short"),
        (np.full((16000 * 4, 1), 0.1), 16000, 64, "too short"),
        (np.zeros((0, 2)), 16000, 40, "too short"),
        (np.zeros((16000 * 9, 1)), 16000, 64, "silence"),
        (np.ones((6000 * 9, 1)), 6000, 64, "6000 samples a second"),
    ],
)
def test_what_carries_no_mark_is_refused(samples, rate, bits, reason):
    with pytest.raises(UnsupportedError, match=reason) as refused:
        embed(samples.astype(np.float32), rate, ID >> 64 - bits, bits, KEY)
    assert "下一步" in refused.value.diagnostics().zh


@pytest.mark.parametrize(
    "samples",
    [np.zeros((0, 1)), np.zeros((10, 1)), np.zeros((200_000, 2)), np.ones((200_000, 1)), np.full((99_999, 1), np.nan)],
)
def test_odd_sound_has_no_mark(samples):
    assert read(samples.astype(np.float32), 16000, [KEY]).state == "none"


def test_silence_between_words_stays_silent(speech):
    clean = speech[0].copy()
    clean[48000:80000] = 0
    marked = embed(clean, 16000, ID, 64, KEY)[0]
    assert not marked[49000:79000].any()
    assert ids(read(marked, 16000, [KEY])) == {(ID, 64)}


def test_lattice_holds_every_symbol_in_any_half_period():
    place = np.full((lattice.COLUMNS, lattice.BANDS), -1)
    place[~lattice.pilots()] = np.arange(lattice.room())
    assert 0.15 < lattice.pilots().mean() < 0.25
    assert set(np.unique(lattice.filled(code.symbols(ID, 64, lattice.room(), KEY.secret), KEY.presence))) == {-1, 1}
    for half in (place[:26], place[26:]):
        assert np.count_nonzero(half >= 0) > 2 * 4 * (64 + code.CRC_BITS)


def test_queue_gives_the_same_blocks_however_sound_comes():
    sound = np.arange(100_000, dtype=np.float32)[:, None]

    def blocks(step: int):
        queue = Queue(1000, 10, 0.1)
        ready = [block for at in range(0, len(sound), step) for block in queue.add(sound[at : at + step])]
        return [(each.between(begin, end).tobytes(), begin, end) for each, begin, end in [*ready, *queue.rest()]]

    assert blocks(7) == blocks(33_333) == blocks(100_000)
    joined = b"".join(block for block, _, _ in blocks(999))
    assert joined == sound.tobytes()
    assert Excerpt(sound[5:7], 1, 5).between(3, 9).ravel().tolist() == [0, 0, 5, 6, 0, 0]
