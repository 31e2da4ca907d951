"""Draws how the watermark works, from the code that puts it on: `python tools/docs_watermark.py`.

`docs/assets/watermark.svg` shows a generated landscape with the lattice of its tiles, the mark itself many times
stronger than it is, the waves of a tile, and the steps of the reader.
"""

from __future__ import annotations

import base64
import io
from pathlib import Path

import numpy as np
from PIL import Image

from overt.demo.landscape import paint
from overt.marks.watermark.keys import Key, derived
from overt.marks.watermark.picture import tile
from overt.marks.watermark.picture.embed import embed

TARGET = Path(__file__).parents[1] / "docs" / "assets" / "watermark.svg"
TIMES = 20  # How many times stronger the mark is shown.
WIDE, HIGH = 240, 160  # Pixels of a picture in the drawing.
LARGER = 3  # Times that the marked picture is larger; of the mark a corner is shown.
STEPS = (
    ("even out", "抹平内容"),
    ("find the pilot", "寻找导频"),
    ("add up the tiles", "叠加各图块"),
    ("decode", "译码"),
)
STYLE = (
    ".box{fill:#fffdf8;stroke:#263442;stroke-width:1.2}.line{fill:none;stroke:#c4422c;stroke-width:.8;opacity:.75}"
    ".way{fill:none;stroke:#263442;stroke-width:1.6;marker-end:url(#w)}.pilot{fill:#c4422c}.data{fill:#8a95a1}"
    "text{fill:#263442;text-anchor:middle}.head{font-weight:600}.zh{font-size:13px;fill:#4a5866}"
)


def _inside(picture: Image.Image, x: int, y: int) -> str:
    file = io.BytesIO()
    picture.resize((WIDE, HIGH), Image.Resampling.LANCZOS).save(file, "JPEG", quality=75)
    data = base64.b64encode(file.getvalue()).decode()
    return f'<image x="{x}" y="{y}" width="{WIDE}" height="{HIGH}" href="data:image/jpeg;base64,{data}"/>'


def _lattice(x: int, y: int, side: int) -> str:
    lines = [f"M{x + place} {y}v{HIGH}" for place in range(side, WIDE, side)]
    lines += [f"M{x} {y + place}h{WIDE}" for place in range(side, HIGH, side)]
    return f'<path class="line" d="{"".join(lines)}"/>'


def _waves(x: int, y: int) -> str:
    """A dot for each wave: its place says how many periods it has down and across a tile."""
    dots = []
    for kind, chosen in (("data", ~tile.pilots()), ("pilot", tile.pilots())):
        places = "".join(f"M{x + 3 * across} {y + 3 * down}h2v2h-2z" for down, across in _both(chosen))
        dots.append(f'<path class="{kind}" d="{places}"/>')
    return "".join(dots)


def _both(chosen: np.ndarray) -> list[tuple[int, int]]:
    half = tile.harmonics()[chosen]
    return [(int(down), int(across)) for down, across in np.concatenate([half, -half])]


def _words(x: int, y: int, english: str, chinese: str) -> str:
    return f'<text class="head" x="{x}" y="{y}">{english}</text><text class="zh" x="{x}" y="{y + 18}">{chinese}</text>'


def _steps(y: int) -> str:
    drawn = []
    for place, (english, chinese) in enumerate(STEPS):
        x = 20 + 208 * place
        drawn.append(f'<rect class="box" x="{x}" y="{y}" width="176" height="56" rx="6"/>')
        drawn.append(_words(x + 88, y + 24, english, chinese))
        if place:
            drawn.append(f'<path class="way" d="M{x - 32} {y + 28}h31"/>')
    return "".join(drawn)


def main() -> None:
    """Marks the landscape with a key of its own and draws."""
    picture = paint().convert("RGB").resize((LARGER * WIDE, LARGER * HIGH), Image.Resampling.LANCZOS)
    key = Key("drawing", derived(b"overt/docs", "watermark"))
    delta = embed(np.asarray(picture), 0x0123456789ABCDEF, 64, key).delta
    mark = Image.fromarray(np.clip(128 + TIMES * delta, 0, 255).astype(np.uint8)).crop((0, 0, WIDE, HIGH))
    title = "A tile of waves repeats over the picture; the reader adds all tiles up 图块铺满图片，读取时叠加"
    parts = [
        (
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 840 330" role="img" aria-labelledby="wt" '
            "font-family=\"system-ui, 'PingFang SC', 'Noto Sans CJK SC', 'Noto Sans SC', sans-serif\" font-size=\"14\">"
        ),
        f'<title id="wt">{title}</title><style>{STYLE}</style>',
        (
            '<defs><marker id="w" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
            '<path d="M0 0 8 4 0 8z" fill="#263442"/></marker></defs>'
        ),
        '<rect width="840" height="330" rx="10" fill="#faf7f0"/>',
        _inside(picture, 20, 20),
        _lattice(20, 20, WIDE // tile.TILES),
        _words(140, 202, "eight tiles along a picture", "沿长边八个图块"),
        _inside(mark, 300, 20),
        _lattice(300, 20, LARGER * WIDE // tile.TILES),
        _words(420, 202, f"the mark, {TIMES} times stronger", f"水印（增强 {TIMES} 倍，局部）"),
        _waves(699, 99),
        _words(700, 202, "waves of a tile; red: the pilot", "图块中的波；红色为导频"),
        _steps(252),
        "</svg>",
    ]
    TARGET.write_text("\n".join(parts) + "\n", encoding="utf-8")
    print(TARGET.name, TARGET.stat().st_size)


if __name__ == "__main__":
    main()
