"""One key, certificate or service of a set-up, as it is told to staff.

```
state   ok        it is there and good
        note      it is there, and something is to be known of it; or it is not used
        missing   it cannot be read, others may read it, or it has ended or ends within 30 days
```
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from overt.language import Text
from overt.setup.check import State

Kind = Literal["credential", "authority", "label", "watermark", "ledger", "vault", "gateway", "service", "program"]
KINDS: Final[dict[Kind, Text]] = {
    "credential": Text(zh="内容凭证（C2PA）", en="Content credentials (C2PA)"),
    "authority": Text(zh="信任的证书机构", en="Authorities that are trusted"),
    "label": Text(zh="隐式标识的签名", en="Signature of metadata labels"),
    "watermark": Text(zh="水印", en="Watermark"),
    "ledger": Text(zh="账本", en="Ledger"),
    "vault": Text(zh="个人信息保险库", en="Vault of personal data"),
    "gateway": Text(zh="网关", en="Gateway"),
    "service": Text(zh="时间戳与见证", en="Time stamps and witnesses"),
    "program": Text(zh="程序的密钥", en="Keys of programs"),
}


@dataclass(frozen=True, slots=True)
class Holding:
    """One key, certificate or service. `file` is a name without a folder; `since` and `until` are UTC, or empty."""

    kind: Kind
    name: Text
    state: State
    found: Text
    file: str = ""
    id: str = ""
    since: str = ""
    until: str = ""
    mend: Text | None = None
