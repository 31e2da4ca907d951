from __future__ import annotations

import json
import subprocess
import sys
import wave

import numpy as np
import pytest
from PIL import Image

from overt.demo import documents, faces, landscape, passage, sound
from overt.demo.packaged import CHELSEA, COLLINS, HOPPER, ROCKET, packaged
from overt.errors import SetupError, UnsupportedError
from overt.media.av import writer
from overt.rulebook import load

SUFFIXES = {".jpg", ".png", ".webp", ".wav", ".mp3", ".flac", ".mp4", ".txt", ".md", ".html", ".pdf", ".docx"}


def _probe(path):
    command = ["ffprobe", "-v", "error", "-show_streams", "-show_format", "-of", "json", str(path)]
    return json.loads(subprocess.run(command, capture_output=True, check=True).stdout)


def test_one_content_of_each_format(products):
    """The set covers every format of the main job, with the law's own names of techniques."""
    assert {product.path.suffix for product in products.values()} == SUFFIXES
    assert {product.technique for product in products.values()} <= set(load("cn").techniques)


def test_nothing_is_marked_yet(products):
    """The generator is a stranger to labels: no file carries the word."""
    assert not [name for name, product in products.items() if b"AIGC" in product.path.read_bytes()]


def test_pictures_open_in_pillow(products):
    for name, size in (("face-in-uniform.jpg", (512, 600)), ("face-in-spacesuit.png", (512, 512))):
        with Image.open(products[name].path) as picture:
            picture.load()

            assert picture.size == size


def test_sound_and_film_open_in_ffprobe(products):
    for name, codec in (("voice-mandarin.wav", "pcm_s16le"), ("voice-english.mp3", "mp3"), ("strings.flac", "flac")):
        (stream,) = _probe(products[name].path)["streams"]

        assert (stream["codec_name"], stream["channels"]) == (codec, 1), name
    film = _probe(products["film.mp4"].path)

    assert [stream["codec_name"] for stream in film["streams"]] == ["h264", "aac"]
    assert 4 <= float(film["format"]["duration"]) <= 7


def test_speech_is_sound_and_not_silence(products):
    with wave.open(str(products["voice-mandarin.wav"].path)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")

        assert (file.getframerate(), file.getnchannels()) == (22_050, 1)
    assert np.abs(samples).max() > 8000


def test_pdf_text_can_be_copied_out(products):
    read = subprocess.run(["pdftotext", str(products["passage.pdf"].path), "-"], capture_output=True, check=True)
    article = passage.write()
    text = "".join(read.stdout.decode().split())

    assert "".join(article.title.split()) in text
    for paragraph in (*article.chinese, article.english):
        assert "".join(paragraph.split()) in text


def test_documents_are_sound(products):
    subprocess.run(["qpdf", "--check", str(products["passage.pdf"].path)], capture_output=True, check=True)


def test_the_same_again(products, tmp_path):
    """What is cheap to make twice comes out the same to the byte."""
    article = passage.write()
    documents.write_docx(article, tmp_path / "passage.docx")
    documents.write_pdf(article, tmp_path / "passage.pdf")
    sound.speech("好。", "cmn", tmp_path / "a.wav")
    sound.speech("好。", "cmn", tmp_path / "b.wav")

    assert (tmp_path / "passage.docx").read_bytes() == products["passage.docx"].path.read_bytes()
    assert (tmp_path / "passage.pdf").read_bytes() == products["passage.pdf"].path.read_bytes()
    assert (tmp_path / "a.wav").read_bytes() == (tmp_path / "b.wav").read_bytes()
    assert landscape.paint(96, 64).tobytes() == landscape.paint(96, 64).tobytes()
    assert (sound.melody(beats=4) == sound.melody(beats=4)).all()


@pytest.mark.parametrize(
    ("picture", "left", "right"),
    [(COLLINS, (202, 100), (248, 102)), (HOPPER, (223, 189), (306, 186))],
)
def test_eyes_are_found(picture, left, right):
    """Within a twentieth of the distance between them of where a person sees them."""
    eyes = faces.find_eyes(faces.load(packaged(picture)))
    near = eyes.distance / 20

    assert np.hypot(*np.subtract(eyes.left, left)) < near
    assert np.hypot(*np.subtract(eyes.right, right)) < near


def test_only_the_face_is_replaced(products):
    """The picture around the face stays as it was."""
    before = faces.load(packaged(COLLINS))
    after = faces.load(products["face-in-spacesuit.png"].path)
    changed = np.abs(before.astype(int) - after).max(axis=2) > 0
    rows, columns = np.nonzero(changed)

    assert 60 < rows.min() < rows.max() < 190
    assert 160 < columns.min() < columns.max() < 290


def test_no_face_is_an_error_and_no_guess():
    blank = np.full((200, 200, 3), 127, np.uint8)
    with pytest.raises(UnsupportedError):
        faces.find_eyes(blank)


def test_a_format_that_cannot_be_written_is_told(tmp_path):
    with pytest.raises(UnsupportedError):
        writer.write_sound(np.zeros(10, np.int16), 8000, tmp_path / "x.ogg")


def test_a_missing_voice_is_told(tmp_path):
    with pytest.raises(SetupError, match="no voice"):
        sound.speech("x", "no-such-voice", tmp_path / "x.wav")


def test_a_missing_picture_is_told():
    with pytest.raises(SetupError, match="no-such"):
        packaged(("skimage", "data/no-such.png"))
    with pytest.raises(SetupError):
        packaged(("no_such_package_at_all", "x.png"))


def test_genuine_photos_are_where_they_are_said_to_be():
    assert packaged(ROCKET).is_file()
    assert packaged(CHELSEA).is_file()


def test_slow_and_foreign_packages_stay_out():
    """The GPL engine is never imported, and pictures are found without their packages."""
    code = (
        "import sys, overt.demo.generate, overt.demo.strangers, overt.demo.report;"
        "from overt.demo.packaged import COLLINS, HOPPER, packaged; packaged(COLLINS), packaged(HOPPER);"
        "print({'espeakng_loader', 'skimage', 'matplotlib', 'overt.demo.speak'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)

    assert done.stdout.strip() == "set()"
