"""Makes the pictures of the documentation from a generated landscape: `python tools/docs_picture.py`.

`docs/assets/marked.png` is a picture that Overt has marked, scaled down;
`docs/assets/label.png` is the corner with the label.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

from overt import api, settings
from overt.demo.landscape import paint
from overt.setup.initialise import initialise

ASSETS = Path(__file__).parents[1] / "docs" / "assets"
COLOURS = 64  # Keeps the files small; an ink wash has few.


def _save(picture: Image.Image, name: str) -> None:
    small = picture.quantize(COLOURS, dither=Image.Dither.NONE)
    small.save(ASSETS / name, optimize=True)
    print(name, (ASSETS / name).stat().st_size)


def main() -> None:
    """Paints, marks, and cuts out."""
    with TemporaryDirectory() as folder:
        place = Path(folder)
        initialise(place, "Example-Studio")
        source, target = place / "picture.png", place / "marked.png"
        paint().save(source)
        with api.marker(settings.load(place / "overt.toml"), place) as marker:
            marker.mark(source, target, ["image_generation"])
        with Image.open(target) as marked:
            picture = marked.convert("RGB")
    _save(picture.resize((480, 320), Image.Resampling.LANCZOS), "marked.png")
    _save(picture.crop((picture.width - 360, picture.height - 120, picture.width, picture.height)), "label.png")


if __name__ == "__main__":
    main()
