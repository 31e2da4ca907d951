"""A generator of text: a context-free grammar, expanded with a fixed seed.

Each rule lists the forms it may take; `{name}` stands for another rule.
A rule is used up form by form before any comes twice, so that an article does not repeat itself.
It knows nothing and reports nothing: the tea house it writes about does not exist.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

Grammar = dict[str, tuple[str, ...]]

CHINESE: Grammar = {
    "title": ("{place}的一个下午", "在{place}听雨"),
    "opening": (
        "{season}，{place}里的客人不多。{keeper}把{ware}摆在窗边，{act}。",
        "{season}，雨落在{place}的屋檐上。{keeper}{act}，不紧不慢。",
    ),
    "middle": (
        "{tea}在杯中慢慢舒展，{scent}。有人说，{saying}。",
        "壶里的{tea}刚泡开，{scent}。邻座的老人笑着说：“{saying}。”",
    ),
    "closing": (
        "天色暗下来的时候，{keeper}{act}。{place}安静得只听见{sound}。",
        "离开时雨已经停了，街上只剩{sound}。{keeper}站在门口，说明天还会有新的{tea}。",
    ),
    "place": ("临河茶馆", "巷口的小茶馆"),
    "season": ("初春的午后", "谷雨前的几天", "桂花开的时候"),
    "keeper": ("店主", "掌柜的姑娘", "守店的老先生"),
    "ware": ("一套白瓷盖碗", "两只旧陶杯", "一把紫砂小壶"),
    "act": ("先把水烧到将沸未沸", "用竹夹一只一只地烫杯", "轻轻擦去桌上的水痕", "添了一勺新茶"),
    "tea": ("龙井", "白毫银针", "凤凰单丛", "碧螺春"),
    "scent": ("香气像刚割过的草地", "带着一点豆子和栗子的甜香", "先是花香，后来是蜜一样的回甘"),
    "saying": ("好茶不怕等", "急不得的事，才值得坐下来", "一杯茶的工夫，够把一天想清楚"),
    "sound": ("水开的声音", "檐下的滴水声", "远处的船桨声"),
}

ENGLISH: Grammar = {
    "paragraph": (
        (
            "{when}, the tea house by the river was almost empty. The keeper {did} and {did}. {tea} opened in the cup, "
            'and the room smelled of {smell}. "{saying}," an old man said, and nobody disagreed.'
        ),
    ),
    "when": ("On a wet spring afternoon", "A few days before Grain Rain", "When the osmanthus was in flower"),
    "did": ("warmed the cups one by one", "let the kettle come just short of the boil", "wiped the window"),
    "tea": ("Longjing", "Silver Needle", "Biluochun"),
    "smell": ("cut grass", "chestnuts and beans", "flowers and then honey"),
    "saying": ("Good tea does not mind waiting", "A cup is long enough to think a day through"),
}


@dataclass(frozen=True, slots=True)
class Passage:
    """A generated article: a Chinese title, Chinese paragraphs, and one paragraph in English."""

    title: str
    chinese: tuple[str, ...]
    english: str


def write(seed: int = 42) -> Passage:
    """One article. The same seed gives the same words."""
    # Not for secrets: a seeded generator is the point.
    chinese, english = _Writer(CHINESE, seed), _Writer(ENGLISH, seed)
    return Passage(
        chinese.expand("title"),
        tuple(chinese.expand(part) for part in ("opening", "middle", "closing")),
        english.expand("paragraph"),
    )


class _Writer:
    """Expands rules; words that name the scene (`KEPT`) stay the same through one article."""

    KEPT = ("place", "keeper", "tea")

    def __init__(self, grammar: Grammar, seed: int) -> None:
        self._grammar = grammar
        self._random = random.Random(seed)  # noqa: S311  not for secrets
        self._left: dict[str, list[str]] = {}
        self._kept: dict[str, str] = {}

    def expand(self, rule: str) -> str:
        """One form of the rule with everything in it filled in."""
        if rule in self._kept:
            return self._kept[rule]
        left = self._left.get(rule)
        if not left:
            left = self._left[rule] = self._random.sample(self._grammar[rule], len(self._grammar[rule]))
        text = re.sub(r"\{(\w+)\}", lambda found: self.expand(found[1]), left.pop())
        if rule in self.KEPT:
            self._kept[rule] = text
        return text


def as_text(passage: Passage) -> str:
    """Plain text."""
    return "\n\n".join((passage.title, *passage.chinese, passage.english)) + "\n"


def as_markdown(passage: Passage) -> str:
    """Markdown with a heading."""
    return "\n\n".join((f"# {passage.title}", *passage.chinese, f"> {passage.english}")) + "\n"


def as_html(passage: Passage) -> str:
    """A complete page. The grammars hold no character that HTML would need escaped."""
    paragraphs = "\n".join(f"<p>{text}</p>" for text in passage.chinese)
    return (
        '<!doctype html>\n<html lang="zh-CN">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{passage.title}</title>\n</head>\n<body>\n<h1>{passage.title}</h1>\n{paragraphs}\n"
        f'<p lang="en">{passage.english}</p>\n</body>\n</html>\n'
    )
