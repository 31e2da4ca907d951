"""The report's Chinese type: a page that is opened on a machine without a Chinese font shows words, not boxes.

A subset of Noto Sans CJK SC (OFL-1.1, it comes with the installation) with the letters of the page, as WOFF 1.0.
It goes before the reader's own fonts, for Han letters alone: browsers decide on a stand-in for a letter that no font
has before a font further down the list has been loaded.
"""

from __future__ import annotations

import base64
import io
import re

import noto_cjk_sans_otc

FAMILY = "Overt Han"
_FACE = "Noto Sans CJK SC"
_HAN = re.compile("[\u2e80-\u303f\u3400-\u9fff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef]")
_RANGE = "U+2E80-303F, U+3400-9FFF, U+F900-FAFF, U+FE30-FE4F, U+FF00-FFEF"


def font_face(page: str) -> str:
    """The `@font-face` rule that brings the Chinese letters of a page along."""
    # They take a third of a second, which commands that make no report need not wait for.
    from fontTools import subset  # noqa: PLC0415
    from fontTools.ttLib import TTCollection  # noqa: PLC0415

    letters = "".join(sorted(set(_HAN.findall(page))))
    with TTCollection(str(noto_cjk_sans_otc.FONT_PATH), lazy=True) as collection:
        font = next(font for font in collection.fonts if font["name"].getDebugName(1) == _FACE)
        options = subset.Options(layout_features=[], hinting=False, name_IDs=[], glyph_names=False)
        options.drop_tables += ["GSUB", "GPOS", "GDEF", "BASE", "VORG", "vmtx", "vhea"]
        subsetter = subset.Subsetter(options)
        subsetter.populate(text=letters)
        subsetter.subset(font)
        font.flavor = "woff"
        packed = io.BytesIO()
        font.save(packed, reorderTables=False)
    data = base64.b64encode(packed.getvalue()).decode()
    source = f'url(data:font/woff;base64,{data}) format("woff")'
    return f'@font-face {{ font-family: "{FAMILY}"; unicode-range: {_RANGE}; src: {source}; }}'
