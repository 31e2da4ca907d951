"""The demonstration: real synthetic media from generator to verdict, on one machine, without a network.

`generate` plays the application that synthesises, `strangers` the people who pass files on, `report` shows
what came of it, and `story` runs the whole way.
What is made here is made to be recognised: everything is seeded, dated and labelled, and the people shown are
the subjects of portraits that their government put into the public domain.
It needs the extras `demo` and `media`, and asks for them here; nothing else in Overt imports it.
"""

from __future__ import annotations

from importlib.util import find_spec

from overt.errors import SetupError
from overt.language import Text

INSTALL_HINT = Text(
    zh='安装演示所需的组件：pip install "overt[demo,media]"。',
    en='Install what the demonstration needs: `pip install "overt[demo,media]"`.',
)

if _missing := [name for name in ("av", "cv2", "docx", "espeakng_loader") if find_spec(name) is None]:
    raise SetupError(
        f"the demonstration needs packages that are not installed: {', '.join(_missing)}",
        f"演示所需的软件包尚未安装：{'、'.join(_missing)}",
        hint=INSTALL_HINT,
    )
