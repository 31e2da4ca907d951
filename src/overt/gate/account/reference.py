"""Refuses personal numbers where a reference is asked for.

Of a real-name check its result is kept and never the number (Deep Synthesis Provisions, art. 9; Personal Information
Protection Law, art. 6: the least). An operator who pastes the number itself is stopped before anything is kept.
What no form tells apart from an order number (passports of many countries) is not found.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from overt.errors import UsageError
from overt.language import Text

_SEPARATORS = re.compile(r"[\s\-‐-―._()/]+")
_MOBILE = re.compile(r"(?<!\d)(?:\+?86|0086)?1[3-9]\d{9}(?!\d)")
_RESIDENT = re.compile(
    r"(?<!\d)[1-9]\d{5}(?:(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx]"
    r"|\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3})(?!\d)"
)
"""GB 11643: 6 digits of the place, the date of birth, 3 digits, a check character; before 1999, 15 digits in all."""
_CREDIT: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_CODE = re.compile(rf"(?<![0-9A-Z])[{_CREDIT}]{{18}}(?![0-9A-Z])")
"""GB 32100: 18 characters, the last of them a check character."""
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_HEX = re.compile(r"[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}")
"""A hash or a UUID: digits in a row there are chance."""
_LONGEST = 256

_HINT = Text(
    zh="填写核验服务方返回的流水号；Overt 只保存其带密钥的哈希，绝不保存号码。",
    en="Give the reference that the verifying service returned. Overt keeps a keyed hash of it, and never a number.",
)


def checked(reference: str) -> str:
    """The reference, trimmed. Raises `UsageError` for what looks like a personal number; the error never repeats it."""
    folded = unicodedata.normalize("NFKC", reference).strip()
    if not folded or len(folded) > _LONGEST:
        raise UsageError(
            f"a reference of 1 to {_LONGEST} characters is needed", f"流水号须为 1 至 {_LONGEST} 个字符", hint=_HINT
        )
    joined = _SEPARATORS.sub("", folded)
    if _HEX.fullmatch(joined.lower()):
        return folded
    for kind, found in (
        (Text(zh="移动电话号码", en="a mobile number"), _any(_MOBILE, folded, joined)),
        (Text(zh="身份证件号码", en="an ID number"), _any(_RESIDENT, folded, joined)),
        (Text(zh="统一社会信用代码", en="a unified social credit code"), _credit_code(folded, joined)),
        (Text(zh="电子邮箱地址", en="an e-mail address"), _EMAIL.search(folded) is not None),
    ):
        if found:
            raise UsageError(
                f"the reference looks like {kind.en}: it is not kept", f"流水号疑似{kind.zh}，不予保存", hint=_HINT
            )
    return folded


def _any(pattern: re.Pattern[str], *texts: str) -> bool:
    return any(pattern.search(text) for text in texts)


def _credit_code(*texts: str) -> bool:
    return any(_adds_up(found[0]) for text in texts for found in _CREDIT_CODE.finditer(text.upper()))


def _adds_up(code: str) -> bool:
    """Whether the check character fits: weights are powers of 3 modulo 31."""
    total = sum(_CREDIT.index(each) * pow(3, place, 31) for place, each in enumerate(code[:17]))
    return _CREDIT[-total % 31] == code[17]
