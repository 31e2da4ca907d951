"""Who provides a service, as the metadata label says it: a 27-character code or an ASCII name.

Source: guide 网安秘字〔2025〕29号 (service provider coding rules); GB 32100 for the social credit code inside.
A code is checked and never made up: a well-formed invented code would name a real company.
Not handled: the check digit of an identity card, since individuals' codes are refused (they would put the
number into every file in clear).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from overt.errors import UsageError
from overt.language import Text

CODE_LENGTH = 27
_CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_NAME_LENGTH = 128  # Long enough for any registered name; keeps the label short in every file.


@dataclass(frozen=True, slots=True)
class ProviderCode:
    """A provider code, taken apart.

    Characters 1–2 format (`00`), 3 subject (1 organisation, 2 individual), 4 binding, 5–22 the social
    credit code, 23 service (1 generation, 2 dissemination, 0 none), 24–27 model or app.
    """

    code: str
    credit_code: str
    service: Literal["generation", "dissemination", "unspecified"]
    extension: str


def credit_check_character(first_17: str) -> str:
    """The check character of a unified social credit code (GB 32100): characters 1 to 17 in, the 18th out."""
    total = sum(
        _CREDIT_ALPHABET.index(character) * weight for character, weight in zip(first_17, _CREDIT_WEIGHTS, strict=True)
    )
    return _CREDIT_ALPHABET[(31 - total % 31) % 31]


def parse_code(code: str) -> ProviderCode:
    """Takes a provider code apart. Raises `UsageError` that says which position is wrong."""
    if len(code) != CODE_LENGTH or not re.fullmatch(r"[0-9A-Z]+", code):
        raise _wrong(code, "it needs 27 digits and capital letters", "应为 27 位数字和大写字母")
    if code[:2] != "00":
        raise _wrong(code, "characters 1–2 must be 00", "第 1–2 位应为 00")
    if code[2] == "2":
        raise UsageError(
            "the provider code of an individual carries the identity-card number in clear into every file",
            "个人编码会把身份证号码明文写入每个文件",
            hint=Text(
                zh="请使用组织的编码，或改用英文名称。",
                en="Use an organisation's code, or an ASCII name instead.",
            ),
        )
    if code[2] != "1" or code[3] != "1":
        raise _wrong(
            code,
            "characters 3–4 must be 11 (organisation, credit code)",
            "第 3–4 位应为 11（组织、统一社会信用代码）",
        )
    credit = code[4:22]
    if any(character not in _CREDIT_ALPHABET for character in credit):
        raise _wrong(
            code,
            "the credit code (characters 5–22) never has I, O, S, V or Z",
            "统一社会信用代码（第 5–22 位）不含 I、O、S、V、Z",
        )
    if credit_check_character(credit[:17]) != credit[17]:
        raise _wrong(
            code,
            "the check character of the credit code (character 22) does not fit",
            "统一社会信用代码的校验码（第 22 位）不符",
        )
    if code[22] not in "012":
        raise _wrong(
            code,
            "character 23 must be 1 (generation), 2 (dissemination) or 0",
            "第 23 位应为 1（生成）、2（传播）或 0",
        )
    services: dict[str, Literal["generation", "dissemination", "unspecified"]] = {
        "0": "unspecified",
        "1": "generation",
        "2": "dissemination",
    }
    return ProviderCode(code, credit, services[code[22]], code[23:])


def _wrong(code: str, en: str, zh: str) -> UsageError:
    return UsageError(
        f"{code!r} is not a provider code: {en}",
        f"{code!r} 不是有效的服务提供者编码：{zh}",
        hint=Text(
            zh="核对统一社会信用代码；没有编码时可用不含空格的英文名称。",
            en="Check the unified social credit code; without one, an ASCII name without spaces will do.",
        ),
    )


def looks_like_code(text: str) -> bool:
    """Whether somebody meant this as a code: 27 digits and capitals."""
    return re.fullmatch(r"[0-9A-Z]{27}", text) is not None


def code_holds(text: str) -> bool:
    """Whether a stranger's provider is no code at all, or a code whose structure and check character fit."""
    if not looks_like_code(text) or text[2] == "2":
        return True
    try:
        parse_code(text)
    except UsageError:
        return False
    return True


def producer_name(text: str) -> str:
    """A producer as the label can carry it: a valid code, or an ASCII name whose spaces become hyphens.

    Raises `UsageError` for a name that the label's character set cannot hold (GB 45438-2025, Annex E j).
    """
    text = text.strip()
    if looks_like_code(text):
        return parse_code(text).code
    name = re.sub(r"\s+", "-", text)
    if not name or len(name) > _NAME_LENGTH or not re.fullmatch(r"[\x21\x23-\x5B\x5D-\x7E]+", name):
        raise UsageError(
            f"{text!r} cannot stand in a metadata label: it holds visible ASCII, no quotation marks or backslashes",
            f"{text!r} 不能写入元数据标识：仅允许可见 ASCII 字符，且不含引号和反斜线",
            hint=Text(
                zh="请提供 27 位服务提供者编码，或英文名称（如 Example-Studio）。",
                en="Give the 27-character provider code, or a name in ASCII (such as Example-Studio).",
            ),
        )
    return name
