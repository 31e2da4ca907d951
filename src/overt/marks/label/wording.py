"""The words of a label in running text, and telling them from the text around them.

Source: GB 45438-2025 clauses 5 and 5.1 through the rulebook: both elements, at the beginning or the end.
A label is recognised by its elements, never by a list of phrases, as a short line or sentence that says of itself
that it was generated: the generation element follows the AI element and nothing but a noun for the content follows
both. A title such as 人工智能生成合成内容标识办法 has both elements and goes on: it is about labels and is none.
Nor is a question, a definition or a rumour, or a sentence that denies or forbids it (本文非AI生成, 请勿发布AI生成内容).
A superscript is the one form in which the AI element suffices alone (5.1, corner mark): it is told in the letters that
Unicode has for it, ᴬᴵ, whatever markup raised it.
What is found is a ground to suspect, and no more.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable

from overt.errors import UsageError
from overt.language import Language
from overt.marks.label.model import LabelPlace, LabelStyle
from overt.rulebook import LabelRules

ZONE_CHARACTERS = 300
"""How far from a text's beginning or end a label may stand."""
ZONE_LINES = 5
"""How many lines that have words count as the beginning or the end."""
SENTENCE_LIMIT = 60
"""The longest sentence that is taken for a label; wordings seen in the wild have 6 to 35 characters."""
LANGUAGES: tuple[Language, ...] = ("zh", "en")
"""The languages of a rulebook's texts."""

APART = 12
"""The most letters between the AI element and the generation element: 由人工智能大模型辅助生成 has seven."""

_CONTENT = (
    "内容|文本|文字|文章|图片|图像|画面|影像|视频|短片|音频|语音|声音|音乐|作品|"
    "回答|答案|回复|结果|摘要|制作|而成|完成|创作"
)
_NOTHING_ELSE = re.compile(rf"(?:的|之)?(?:{_CONTENT})?(?:[^\w：:、].*)?")
# What makes the clause say the opposite or something else, and the words that may come between it and the AI element.
_DENIAL = (
    r"(?:非|不是|不属于|不含|不接受|没有|未|无|勿|禁止|严禁|谨防|不得|否认|是否|如何|怎样|识别|辨别|鉴别|举报|打击|抵制)"
    rf"(?:使用|采用|利用|借助|通过|经过?|任何|含有?|发布|上传|传播|的|为|是|由|{_CONTENT}|照片|\s)*"
)
# What defines the words, passes on a rumour or asks speaks about generated content: laws, news, headlines.
_ABOUT = re.compile("是指|所称|网传|据称|据悉|辟谣|谁来|谁的|为何|为什么|怎么")
_SENTENCE = re.compile(r"[^。！？!?；;\n]+[。！？!?；;]*")
# Unicode has raised forms of these capitals (modifier letters).
_RAISED = dict(zip("ABDEGHIJKLMNOPRTUW", "ᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁᵂ", strict=True))
_EDGE = " \t\f\v\u3000\u200b\ufeff"


def sentences(rules: LabelRules, style: LabelStyle) -> list[tuple[Language, str]]:
    """The rulebook's sentence in the language that has both elements, then the style's second language."""
    first = next((lang for lang in LANGUAGES if rules.has_elements(rules.sentence.value.in_(lang))), None)
    if first is None:
        raise UsageError(
            "the rulebook's sentence has no AI element and generation element",
            "规则手册中的语句缺少人工智能要素或生成合成要素",
        )
    languages = [first] if style.second_language in (None, first) else [first, style.second_language]
    return [(language, rules.sentence.value.in_(language)) for language in languages if language is not None]


def bracketed(rules: LabelRules, style: LabelStyle) -> str:
    """The label as one line of text."""
    return "【" + " / ".join(sentence for _, sentence in sentences(rules, style)) + "】"


def own_forms(rules: LabelRules) -> frozenset[str]:
    """Every line that `bracketed` can give under these rules."""
    return frozenset(bracketed(rules, LabelStyle(second_language=second)) for second in (None, *LANGUAGES))


def raised(rules: LabelRules) -> str:
    """The AI element as a superscript, in letters of its own, so that a copy keeps it; "" where it has none."""
    return "".join(_RAISED[letter] for letter in raised_plain(rules))


def raised_plain(rules: LabelRules) -> str:
    """The same element in plain letters, for markup that raises it."""
    fits = (element for element in rules.ai_element.value if element and not set(element) - set(_RAISED))
    return next(fits, "")


def as_shown(text: str, rules: LabelRules) -> str:
    """A text that its markup raises, as `find` knows it: ᴬᴵ for the AI element, anything else as it is."""
    return raised(rules) if text.strip() and text.strip() == raised_plain(rules) else text


def superscript(rules: LabelRules) -> tuple[str, str]:
    """The superscript in letters of its own, and in plain ones. Raises `UsageError` where the rulebook has none."""
    if not raised(rules):
        raise UsageError(
            "no AI element of the rulebook can be written as a superscript", "规则手册中的人工智能要素无法写成上标"
        )
    return raised(rules), raised_plain(rules)


def find(lines: Iterable[str], rules: LabelRules) -> tuple[str, LabelPlace] | None:
    """The label among the first or the last lines of a text, and where it is."""
    found = find_all(lines, rules)
    return (found[0], found[1][0]) if found else None


def find_all(lines: Iterable[str], rules: LabelRules) -> tuple[str, tuple[LabelPlace, ...]] | None:
    """The wording, and every place of a label: among the first lines of a text, among the last, or both."""
    first: list[str] = []
    last: deque[str] = deque(maxlen=ZONE_LINES)
    count = 0
    for line in lines:
        if spoken := line.strip(_EDGE):
            count += 1
            last.append(spoken)
            if len(first) < ZONE_LINES:
                first.append(spoken)
    begin = _in_zone(first, rules, "first")
    # The lines of a short text are its beginning and its end: what was found there counts once.
    rest = list(last)[max(0, len(last) - (count - begin[2] - 1)) if begin else 0 :] if count else []
    end = _in_zone(reversed(rest), rules, "last")
    if begin and not end and count > 1 and begin[2] == count - 1:
        begin = (begin[0], LabelPlace("last line"), begin[2])
    found = [each for each in (begin, end) if each]
    return (found[0][0], tuple(place for _, place, _ in found)) if found else None


def _in_zone(zone: Iterable[str], rules: LabelRules, where: str) -> tuple[str, LabelPlace, int] | None:
    """The wording, where it is, and the number of its line in the zone."""
    left = ZONE_CHARACTERS
    mark = raised(rules)
    for number, line in enumerate(zone):
        seen = line[:left] if where == "first" else line[-left:]
        place = LabelPlace(f"{where} line" if number == 0 else f"{where} lines")
        for match in _SENTENCE.finditer(seen):
            sentence = match[0].strip(_EDGE)
            if len(sentence) <= SENTENCE_LIMIT and says_so_of_itself(sentence, rules):
                return sentence, place, number
        if mark and mark in line:  # Behind the first words, which may be a paragraph longer than the zone.
            return mark, place, number
        left -= len(line)
        if left <= 0:
            break
    return None


def says_so_of_itself(sentence: str, rules: LabelRules) -> bool:
    """Whether a sentence with both elements is a label, and not a sentence about generated content."""
    if not rules.has_elements(sentence) or sentence.endswith(("？", "?")) or _ABOUT.search(sentence):
        return False
    words = "|".join(map(re.escape, rules.generation_element.value))
    denied = f"{_DENIAL}(?:{'|'.join(map(re.escape, rules.ai_element.value))})"
    for match in re.finditer(rf"(?:{words})+", sentence):
        clause = re.split(r"[，,。；;：:]", sentence[: match.start()])[-1]
        before = clause[-APART - len("人工智能") :]
        if not rules.has_elements(before + match[0]) or not _NOTHING_ELSE.fullmatch(sentence[match.end() :]):
            continue
        if re.search(denied, clause) is None:
            return True
    return False
