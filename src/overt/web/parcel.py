"""A bundle of evidence with what is needed to check it: one archive that somebody can open without us.

It holds the bundle, `overt_verify.py` (one file, Python's standard library alone) and a page in each language that
says how to check, and with which key. Nothing in it has to be installed.
"""

from __future__ import annotations

import zipfile
from importlib.resources import files
from io import BytesIO
from typing import Final

BUNDLE: Final = "evidence.json"
VERIFIER: Final = "overt_verify.py"
_DATE: Final = (1980, 1, 1, 0, 0, 0)  # The archive's bytes say nothing about when it was made; the bundle does.
_ZH: Final = """\
如何核验

1. 准备一台装有 Python 3.9 或更新版本的电脑，不需要联网，也不需要安装其他软件。
2. 在本目录打开终端，运行：

   python3 overt_verify.py evidence.json --key {key}

3. 各项均“成立”说明：证据包由上述公钥的持有者签署，其中每个条目都在账本中，之后未被改动。
   它不说明所记录的事情本身是否属实，也不说明账本之外发生过什么。

请通过其他途径核对上述公钥，例如在办理检查授权时抄录；只凭本压缩包中的公钥，只能说明其内容前后一致。

有不成立之处时，程序会逐条指出。该程序只有一个文件，可以逐行阅读。
"""
_EN: Final = """\
How to check this

1. Use a computer with Python 3.9 or later. No network is needed, and nothing has to be installed.
2. Open a terminal in this folder and run:

   python3 overt_verify.py evidence.json --key {key}

3. If everything holds: the bundle was signed by whoever has this public key, every entry in it is in the ledger, and
   nothing was changed since. It does not say whether what was recorded is true, nor what happened outside the ledger.

Compare the key with one that you got in another way, such as your notes from the day of the warrant: the key in this
archive alone only shows that the archive agrees with itself.

Where something does not hold, the program says what, point by point. It is one file: read it, if you like.
"""


def parcel(bundle: bytes, key: str) -> bytes:
    """The archive. `key` is the public key that signed the bundle, in hexadecimal."""
    verifier = files("overt_verify").joinpath("__init__.py").read_bytes()
    parts = (
        (BUNDLE, bundle),
        (VERIFIER, verifier),
        ("README.zh.txt", _ZH.format(key=key).encode()),
        ("README.en.txt", _EN.format(key=key).encode()),
    )
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts:
            archive.writestr(zipfile.ZipInfo(name, _DATE), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()
