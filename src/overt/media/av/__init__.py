"""Decoding and encoding with PyAV: the only room that imports it.

PyAV's wheels bundle x264 and x265 (GPL-2): it is the extra `media`, and what needs it asks here.
"""

from __future__ import annotations

from importlib.util import find_spec

from overt.errors import SetupError
from overt.language import Text

if find_spec("av") is None:
    raise SetupError(
        "this needs PyAV, which is not installed",
        "此功能需要 PyAV，但尚未安装",
        hint=Text(zh='运行 pip install "overt[media]"。', en='Run `pip install "overt[media]"`.'),
    )
