"""The metadata mark on 1,000 photos, from Python, in one process, against exiftool and Exiv2.

The photos are the real ones beside the checkout (JPEG, PNG), taken in turn until there are 1,000.
From a photo to a new file that is the photo with the mark; the photo stays.
Peers: `exiftool -stay_open` (Perl, one process for all files) writing the same XMP property to the new file, and
Exiv2 by its C++ binding, which writes in place and so needs a copy first. Copying the same files is the floor.
Two of ours: the carrier alone, and a release (guarded process, read-back, hashes, fsync, record, ledger).
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from itertools import cycle, islice
from pathlib import Path

import exiv2

from bench.timing import MEDIA, in_turns, table
from overt.formats import identify
from overt.marking import steps
from overt.marking.pipeline import Marker
from overt.marks.examine import mapped
from overt.marks.metadata.aigc import Aigc
from overt.marks.metadata.reading import note_of
from overt.rulebook import load
from overt.store.records import Store

FILES, RUNS = 1000, 3
NOTE = note_of(Aigc("1", "Bench", "id-1", "", "Bench", "id-1"), load().metadata)
CONFIG = """
%Image::ExifTool::UserDefined = (
  'Image::ExifTool::XMP::Main' => {
    TC260 => { SubDirectory => { TagTable => 'Image::ExifTool::UserDefined::TC260' } },
  },
);
%Image::ExifTool::UserDefined::TC260 = (
  GROUPS => { 0 => 'XMP', 1 => 'XMP-TC260', 2 => 'Image' },
  NAMESPACE => { 'TC260' => 'http://www.tc260.org.cn/ns/AIGC/1.0/' },
  WRITABLE => 'string',
  AIGC => { },
);
1;
"""


def photos(folder: Path) -> list[Path]:
    """1,000 names for real photos."""
    real = sorted(path for path in (MEDIA / "images").iterdir() if path.suffix in (".jpg", ".png"))
    made = []
    for number, path in enumerate(islice(cycle(real), FILES)):
        made.append(folder / f"{number:04}{path.suffix}")
        made[-1].hardlink_to(path) if path.stat().st_dev == folder.stat().st_dev else shutil.copyfile(path, made[-1])
    return made


def carrier(sources: list[Path], out: Path) -> None:
    for source in sources:
        with mapped(source) as data:
            container = identify(data, source.name).name
        steps.put_metadata(source, out / source.name, container, NOTE, source.name)


def whole_way(sources: list[Path], out: Path, data: Path) -> None:
    store = Store.open(data)
    with Marker(producer="Bench", folder=out, registry=store, marks=("metadata",)) as marker:
        for source in sources:
            marker.mark(source, out / source.name, ["image_generation"])
    store.close()


def exiftool(sources: list[Path], out: Path, config: Path) -> None:
    command = ["exiftool", "-config", config, "-stay_open", "True", "-@", "-"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as process:
        assert process.stdin
        for source in sources:
            process.stdin.write(f"-XMP-TC260:AIGC={NOTE.text}\n-o\n{out / source.name}\n{source}\n-execute\n")
        process.stdin.write("-stay_open\nFalse\n")
        process.stdin.close()
        process.wait()


def exiv2_binding(sources: list[Path], out: Path) -> None:
    for source in sources:
        image = exiv2.ImageFactory.open(str(shutil.copyfile(source, out / source.name)))
        image.readMetadata()
        image.xmpData()["Xmp.TC260.AIGC"] = NOTE.text
        image.writeMetadata()


def copying(sources: list[Path], out: Path) -> None:
    for source in sources:
        shutil.copyfile(source, out / source.name)


def main() -> None:
    exiv2.LogMsg.setLevel(exiv2.LogMsg.Level.mute)
    exiv2.XmpProperties.registerNs(NOTE.namespace, NOTE.prefix)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "in").mkdir()
        sources = photos(folder / "in")
        config = folder / "config.pl"
        config.write_text(CONFIG)
        numbers = iter(range(1000))

        def fresh() -> Path:
            out = folder / f"out{next(numbers)}"
            out.mkdir()
            return out

        medians = in_turns(
            {
                "exiftool -stay_open": lambda: exiftool(sources, fresh(), config),
                "Exiv2 (C++ binding)": lambda: exiv2_binding(sources, fresh()),
                "copying, the floor": lambda: copying(sources, fresh()),
                "overt, the carrier alone": lambda: carrier(sources, fresh()),
                "overt, a release": lambda: whole_way(sources, fresh(), folder / "data"),
            },
            RUNS,
        )
        megabytes = sum(source.stat().st_size for source in sources) / 1e6
        title = f"metadata mark on {FILES} photos, {megabytes:.0f} MB"
        table(title, medians, "exiftool -stay_open")
        table(title, medians, "Exiv2 (C++ binding)")


if __name__ == "__main__":
    main()
