"""The figures of the report: what a content looks or sounds like, with its label marked on it.

Pictures are scaled and carried as data URIs, sound as a wave form and a player, film as a few pictures and a
player, documents as their first lines.
Where a file cannot be shown, a plain tile says so: the figure is no verdict.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from overt.demo import excerpts
from overt.errors import MediaError
from overt.media.av import audio, video
from overt.media.sound import Excerpt
from overt.report import drawing
from overt.report.markup import Markup, both, data_uri, esc
from overt.report.wording import WORDS

Kind = Literal["image", "audio", "video", "text", "document"]

PICTURE_SIDE, TILE_SIDE, FRAME_SIDE = 760, 260, 420
MAX_FILM_BYTES = 1_500_000
"""A film beyond this is shown by its pictures alone, to keep the page light."""
BARS = 240
WAVE_SECONDS = 60.0
"""More of a recording than this is not drawn; the demonstration's are shorter."""
MOMENTS = 4
SOUND = {".wav": ("wav", "audio/wav"), ".mp3": ("mp3", "audio/mpeg"), ".flac": ("flac", "audio/flac")}
PICTURES = (".jpg", ".jpeg", ".png", ".webp")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a label is: in a word, as a box in pixels, as a stretch of seconds."""

    where: str
    box: tuple[float, ...] | None = None
    seconds: tuple[float, ...] | None = None


@dataclass(frozen=True, slots=True)
class Label:
    """The explicit label as inspection found it; no places where it found none."""

    wording: str
    places: tuple[Place, ...]


def label_of(answer: Mapping[str, Any]) -> Label:
    """The explicit label as inspection found it."""
    found = next((r for r in answer["readings"] if r["mark"] == "label" and r["state"] == "found"), None)
    if found is None:
        return Label("", ())
    places = tuple(
        Place(place.get("where") or "", _tuple(place.get("box")), _tuple(place.get("seconds")))
        for place in found["values"].get("places", ())
    )
    return Label(str(found["values"].get("wording", "")), places)


def _tuple(value: Sequence[float] | None) -> tuple[float, ...] | None:
    return tuple(value) if value else None


def size(path: Path) -> Markup:
    """The size of a file, for people."""
    count = path.stat().st_size
    return f"{count / 1000:,.0f} kB" if count >= 1000 else f"{count} B"


def before_and_after(kind: Kind, before: Path, after: Path, label: Label) -> Markup:
    """Two figures: as the generator left it, and as it was released."""
    bare = Label("", ())
    if kind == "audio":
        # On one scale of time, so that the eye sees the same sound behind the label.
        first, second = (_excerpt(path) for path in (before, after))
        span = max(_seconds(first), _seconds(second))
        drawn = [sound(before, first, span, bare), sound(after, second, span, label)]
    else:
        draw: Callable[[Path, Label], Markup] = {"image": picture, "video": film}.get(kind, sheet)
        drawn = [draw(before, bare), draw(after, label)]
    figures = "".join(
        f"<figure><figcaption>{both(WORDS[name])}</figcaption>{figure}</figure>"
        for name, figure in zip(("before", "after"), drawn, strict=True)
    )
    return f'<div class="duo {kind}">{figures}</div>'


def sources(paths: Sequence[Path]) -> Markup:
    """What a content was made from."""
    if not paths:
        return ""
    tiles = "".join(_image(Image.open(path), path.stem.replace("_", " "), TILE_SIDE // 2) for path in paths)
    return f'<p class="sources"><span>{both(WORDS["made from"])}</span>{tiles}</p>'


def thumbnail(path: Path, label: Label) -> Markup:
    """A small figure of any file."""
    try:
        if path.suffix in PICTURES:
            return picture(path, label, TILE_SIDE)
        if path.suffix in (".txt", ".md", ".html"):
            return _lines(excerpts.lines(path)[:6], label)
    except (MediaError, UnidentifiedImageError, OSError):
        pass
    return (
        '<div class="tile"><svg viewBox="0 0 24 24" aria-hidden="true"><use href="#i-file"/></svg>'
        f"<code>{esc(path.suffix)}</code></div>"
    )


def picture(path: Path, label: Label, side: int = PICTURE_SIDE) -> Markup:
    """A picture as it is displayed, the label's box drawn over it."""
    with Image.open(path) as opened:
        upright = ImageOps.exif_transpose(opened).convert("RGB")
    return _framed(upright, path.name, side, [place.box for place in label.places if place.box])


def _framed(shown: Image.Image, name: str, side: int, boxes: Sequence[tuple[float, ...]]) -> Markup:
    return f'<div class="frame">{_image(shown, name, side)}{drawing.boxes(*shown.size, boxes)}</div>'


def _image(shown: Image.Image, name: str, side: int) -> Markup:
    small = shown.convert("RGB")
    small.thumbnail((side, side), Image.Resampling.LANCZOS)
    content = io.BytesIO()
    small.save(content, "JPEG", quality=84, optimize=True, progressive=True)
    uri = data_uri("image/jpeg", content.getvalue())
    return f'<img src="{uri}" alt="{esc(name)}" width="{small.width}" height="{small.height}">'


def sound(path: Path, heard: Excerpt, span: float, label: Label) -> Markup:
    """A wave form over `span` seconds with the label's stretch marked, and a player."""
    wave = _wave(heard, span, [place.seconds for place in label.places if place.seconds])
    uri = data_uri(SOUND[path.suffix][1], path.read_bytes())
    return f'{wave}<audio controls preload="none" src="{uri}"></audio>'


def _excerpt(path: Path) -> Excerpt:
    return audio.ends(path, SOUND[path.suffix][0], WAVE_SECONDS)[0]


def _seconds(heard: Excerpt) -> float:
    return len(heard.samples) / heard.rate


def _wave(heard: Excerpt, span: float, stretches: Sequence[tuple[float, ...]]) -> Markup:
    samples = heard.mono
    count = max(1, round(BARS * _seconds(heard) / span))
    edges = np.linspace(0, len(samples), count + 1).astype(int)
    peaks = [float(np.abs(samples[a:b]).max(initial=0.0)) for a, b in pairwise(edges)]
    loudest = max(*peaks, 1e-9)
    return drawing.wave([peak / loudest for peak in peaks], _seconds(heard), span, stretches, every=2)


def film(path: Path, label: Label) -> Markup:
    """A few pictures with their times, the label's box where it is on screen, and a player for what is labelled."""
    facts = video.probe(path)
    moments = [facts.duration * share for share in np.linspace(0.0, 0.94, MOMENTS)]
    strip = []
    for shown in video.pictures_at(path, facts, moments):
        boxes = [place.box for place in label.places if place.box and _on_screen(place, shown.time)]
        framed = _framed(Image.fromarray(shown.rgb), path.name, FRAME_SIDE, boxes)
        strip.append(f"<li>{framed}<span>{shown.time:.2f} s</span></li>")
    player = ""
    if label.places and path.stat().st_size < MAX_FILM_BYTES:
        uri = data_uri("video/mp4", path.read_bytes())
        player = f'<video controls preload="metadata" src="{uri}"></video>'
    return f'<ol class="strip">{"".join(strip)}</ol>{player}'


def _on_screen(place: Place, time: float) -> bool:
    return place.seconds is None or place.seconds[0] <= time < place.seconds[1]


def sheet(path: Path, label: Label) -> Markup:
    """The first lines of a document, the label's line marked; of a PDF the first page."""
    try:
        if path.suffix == ".pdf":
            return _page(excerpts.first_page(path), label)
        return _lines(excerpts.lines(path), label)
    except MediaError:
        return thumbnail(path, label)


def _page(page: excerpts.Page, label: Label) -> Markup:
    """The texts of a page where they stand on it, in the viewer's own type."""
    drawn = []
    for chunk in page.chunks:
        if not chunk.text:
            continue
        down = page.height - chunk.y
        if label.wording and label.wording in chunk.text:
            around = chunk.size * 0.35
            drawn.append(
                f'<rect class="box" x="{chunk.x - around:.1f}" y="{down - chunk.size - around / 2:.1f}" rx="3" '
                f'width="{chunk.width + 2 * around:.1f}" height="{chunk.size + 1.6 * around:.1f}"/>'
            )
        drawn.append(f'<text x="{chunk.x:.1f}" y="{down:.1f}" font-size="{chunk.size:.1f}">{esc(chunk.text)}</text>')
    return (
        f'<svg class="page" viewBox="0 0 {page.width:.0f} {page.height:.0f}" role="img" aria-label="PDF" lang="zh-CN">'
        f"{''.join(drawn)}</svg>"
    )


def _lines(lines: Sequence[str], label: Label) -> Markup:
    shown = []
    for line in lines:
        marked = label.wording and label.wording in line
        shown.append(f"<mark>{esc(line)}</mark>" if marked else esc(line))
    return f'<div class="sheet" lang="zh-CN" tabindex="0">{"".join(f"<p>{line}</p>" for line in shown)}</div>'
