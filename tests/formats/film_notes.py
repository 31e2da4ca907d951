"""What the tests of film containers share: the note, and what strangers say of a file."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from overt.formats.container import Container, Field, Note
from overt.formats.splice import Buffer

JSON = (
    '{"Label":"1","ContentProducer":"00191110000000000000000000000","ProduceID":"0198c5b2-2a4e-7c39-a1de-000000000001",'
    '"ReservedCode1":"{\\"a\\":1}","ContentPropagator":"00191110000000000000000000000","PropagateID":"x","ReservedCode2":""}'
)
OLD = JSON.replace("000000000001", "000000000002").replace('"1"', '"2"')
NOTE = Note("AIGC", JSON, "http://www.tc260.org.cn/ns/AIGC/1.0/", "TC260")

PICTURES = ["-f", "lavfi", "-i", "testsrc2=s=96x64:r=10:d=1.6"]
TONE = ["-f", "lavfi", "-i", "sine=f=440:d=1.6"]
H264 = ["-c:v", "libx264", "-preset", "ultrafast", "-g", "5", "-bf", "2"]


def superseded(field: Field) -> bool:
    return "AIGC" in field.key or field.text.startswith('{"Label"')


def put(container: Container, data: Buffer, note: Note = NOTE) -> bytes:
    return container.put(data, note, superseded).apply(data)


def labels(container: Container, data: Buffer) -> list[str]:
    survey = container.survey(data)
    assert survey.faults == ()
    return [field.text for field in survey.fields if superseded(field)]


def texts(container: Container, data: Buffer) -> set[tuple[str, str, str]]:
    return {(f.place, f.key, f.text) for f in container.survey(data).fields if not superseded(f)}


def output(*command: object) -> str:
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, check=True).stdout


def ffmpeg(*arguments: object) -> None:
    output("ffmpeg", "-v", "error", "-y", *arguments)


def packets(path: Path) -> str:
    """Hashes of every track's packets."""
    return output(
        "ffmpeg", "-v", "error", "-i", path, "-map", "0", "-map", "-0:t?", "-c", "copy", "-f", "streamhash", "-"
    )


def ffprobe_tags(path: Path) -> dict[str, str]:
    done = subprocess.run(
        ["ffprobe", "-v", "warning", "-show_format", "-of", "json", str(path)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "Attachment" in done.stderr or done.stderr == ""
    tags: dict[str, str] = json.loads(done.stdout)["format"]["tags"]
    return tags


def mediainfo(path: Path) -> str:
    said: dict[str, Any] = json.loads(output("mediainfo", "--Output=JSON", path))
    label: str = said["media"]["track"][0]["extra"]["AIGC"]
    return label


def exiftool(path: Path) -> dict[str, str]:
    said: dict[str, str] = json.loads(output("exiftool", "-j", "-a", path))[0]
    return said


def seeks(path: Path) -> list[str]:
    """Where a player lands that goes to some moments: time and bytes of the first packets there."""
    found = []
    for moment in ("0.3", "0.8", "1.3"):
        options = ["-select_streams", "v", "-show_entries", "packet=pts_time,size,flags", "-of", "csv"]
        found.append(output("ffprobe", "-v", "error", "-read_intervals", f"{moment}%+#2", *options, path))
    return found
