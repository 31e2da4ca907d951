"""Writes the parts of the documentation that the code knows best: `python tools/reference.py`.

A page marks such a part by two comments:

    <!-- generated: formats (tools/reference.py) -->
    …
    <!-- end -->

Everything between them is written anew, in the language of the page. `tests/docs/test_reference.py` fails where a page
differs from the code, or where a thing of the code has no words here.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import groupby
from pathlib import Path

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from reference_words import LABELS, MARKS, MODALITIES, NOTES, READERS, RULES, SETTINGS, STYLES, TITLES

from overt.duties.words import in_words
from overt.formats import containers
from overt.language import Language, Text
from overt.marks import label
from overt.marks.credential.carriers import carrier
from overt.marks.metadata import defects
from overt.media.budget import MARKING, Budget
from overt.rulebook import MEDIA, UNITS, LabelRules, MetadataRules, Notices, Sourced, available, load
from overt.settings import Settings

ROOT = Path(__file__).parents[1]
PART = re.compile(r"<!-- generated: (?P<name>[a-z-]+) \(tools/reference\.py\) -->\n.*?<!-- end -->", re.DOTALL)

_MODALITIES = {"picture": "image", "sound": "audio", "film": "video"}
"""What the rooms of the labels are called where people perceive them; the others have the same name."""
COMMANDS = (
    "",
    "init",
    "mark",
    "inspect",
    "trace",
    "disseminate",
    "duties",
    "gate",
    "consent",
    "review",
    "account",
    "agreement",
    "switch",
    "state",
    "determine",
    "ledger",
    "bundle",
    "retention",
    "person",
    "gateway",
    "serve",
    "demo",
    "doctor",
)
_HELP = """
import sys, click, typer
from overt.cli.app import app
from overt.cli.words import speak
root = typer.main.get_command(app)
speak(root)
def tell(command, path, parent):
    more = dict(parent=parent) if parent else {}
    context = command.make_context(path[-1], [], resilient_parsing=True, terminal_width=74, **more)
    print(" ".join(path[1:]), command.get_help(context), sep=chr(11), end=chr(12))
    for name, each in getattr(command, "commands", {}).items():
        if parent or name in sys.argv:
            tell(each, [*path, name], context)
tell(root, ["overt"], None)
"""


def table(head: list[str], rows: list[list[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def _formats(language: Language) -> str:
    """A table of all formats for each modality, and below it what is refused and worth knowing."""
    found = {each.name: each for each in containers()}
    head = {
        "en": ["format", "file names", "metadata mark", "label", "credential", "an independent reader"],
        "zh": ["格式", "文件名", "元数据标识的位置", "显式标识", "内容凭证", "用独立工具查看"],
    }
    parts = []
    for modality, names in _modalities().items():
        rows = [
            [
                f"`{name}`",
                " ".join(f"`{suffix}`" for suffix in found[name].suffixes),
                found[name].place,
                LABELS.get(name, LABELS[modality]).in_(language),
                _credential(name).in_(language),
                f"`{READERS[name]}`",
            ]
            for name in names
        ]
        notes = [f"- {TITLES[name]}{{}}{NOTES[name].in_(language)}" for name in names if name in NOTES]
        colon = {"en": ": ", "zh": "："}[language]
        told = "\n".join(dict.fromkeys(note.format(colon) for note in notes))
        title = MODALITIES[modality].in_(language).capitalize()
        parts.append(f"## {title}\n\n{table(head[language], rows)}\n\n{told}")
    return "\n\n".join(parts)


def _credential(container: str) -> Text:
    """Whether a file of this format gets a content credential, and where it then is."""
    way = carrier(container)
    if way is None:
        return Text(zh="无", en="none")
    if way.stored:
        return Text(zh="仅在要求时", en="only when asked for")
    return Text(zh=f"有（{way.place}）", en=f"yes ({way.place})")


def _modalities() -> dict[str, tuple[str, ...]]:
    """Container formats by what people perceive."""
    found: dict[str, tuple[str, ...]] = {}
    for module, names in label.MODULES.items():
        room = module.partition(".")[0]
        modality = _MODALITIES.get(room, room)
        found[modality] = found.get(modality, ()) + names
    return found


def _formats_short(language: Language) -> str:
    head = {"en": ["", "formats", "label", "credential"], "zh": ["", "格式", "显式标识", "内容凭证"]}
    comma = {"en": ", ", "zh": "、"}[language]

    def titles(names: Iterable[str]) -> str:
        return comma.join(dict.fromkeys(TITLES[name] for name in names))

    rows = []
    for modality, names in _modalities().items():
        signed = [name for name in names if (way := carrier(name)) and not way.stored]
        if not signed:
            told = {"en": "none", "zh": "无"}[language]
        elif titles(signed) == titles(names):
            told = {"en": "all", "zh": "全部"}[language]
        else:
            told = titles(signed)
        if any(way.stored for name in names if (way := carrier(name))):
            told += {"en": "; the others when asked for", "zh": "；其余仅在要求时"}[language]
        rows.append([MODALITIES[modality].in_(language), titles(names), LABELS[modality].in_(language), told])
    return table(head[language], rows)


def _styles(language: Language) -> str:
    head = {
        "en": ["style", "what it is", "second language", "position", "span of a film", "sound", "sound's place"],
        "zh": ["样式", "说明", "第二语言", "位置", "视频范围", "声音", "声音位置"],
    }
    rows = []
    for name in label.styles():
        style = label.style(name)
        rows.append(
            [
                f"`{name}`",
                STYLES[name].in_(language),
                style.second_language or "–",
                style.position,
                style.span,
                style.audio,
                style.audio_at,
            ]
        )
    return table(head[language], rows)


def _value(sourced: Sourced[object]) -> str:
    value = sourced.value
    match value:
        case Text():
            return f"{value.zh} / {value.en}"
        case list() | tuple():
            return ("–" if isinstance(value, tuple) else ", ").join(
                f"{each:g}" if isinstance(each, float) else str(each) for each in value
            )
        case dict():
            return ", ".join(f"{key}: {each}" for key, each in value.items())
        case float():
            return f"{value:g}"
    if hasattr(value, "model_dump"):
        return ", ".join(f"{key} {each}" for key, each in value.model_dump().items())
    return f"`{value}`"


def _rules(model: type[LabelRules | MetadataRules], part: LabelRules | MetadataRules, language: Language) -> str:
    head = {
        "en": ["parameter", "meaning", "value", "clause", "duty", "verified"],
        "zh": ["参数", "含义", "值", "条款", "义务", "核实程度"],
    }
    rows = []
    for name in model.model_fields:
        sourced = getattr(part, name)
        rows.append(
            [
                f"`{name}`",
                RULES[name].in_(language),
                _value(sourced),
                sourced.clause,
                sourced.duty,
                MARKS[sourced.mark].in_(language),
            ]
        )
    return table(head[language], rows)


def _rules_label(language: Language) -> str:
    return _rules(LabelRules, load("cn").label, language)


def _rules_metadata(language: Language) -> str:
    return _rules(MetadataRules, load("cn").metadata, language)


def _duties_of(name: str, language: Language, level: str) -> str:
    """The duties of a rulebook, each instrument under a heading of its own."""
    head = {
        "en": ["id", "article", "duty, in our words", "where", "numbers and time limits", "verified"],
        "zh": ["编号", "条款", "义务（我们的表述）", "适用条件", "数值和时限", "核实程度"],
    }
    rulebook = load(name)
    found = []
    for instrument, duties in groupby(rulebook.duties, key=lambda duty: duty.instrument):
        rows = [
            [
                f"`{each.id}`",
                each.article,
                each.text.in_(language),
                ", ".join(f"`{fact}`" for fact in each.when),
                "; ".join(told.in_(language) for told in in_words(each)),
                MARKS[each.mark].in_(language),
            ]
            for each in duties
        ]
        found.append(f"{level} {rulebook.instruments[instrument].in_(language)}\n\n{table(head[language], rows)}")
    return "\n\n".join(found)


def _duties(language: Language) -> str:
    return _duties_of("cn", language, "###")


def _duties_elsewhere(language: Language) -> str:
    """The other rulebooks' duties."""
    return "\n\n".join(
        f"## `{name}`: {load(name).jurisdiction.in_(language)}\n\n{_duties_of(name, language, '###')}"
        for name in available()
        if name != "cn"
    )


def _facts(language: Language) -> str:
    head = {"en": ["fact", "true where"], "zh": ["事实", "含义"]}
    return table(head[language], [[f"`{name}`", told.in_(language)] for name, told in load("cn").facts.items()])


def _records(language: Language) -> str:
    """Every class of records with the law's shortest time and who asks for it."""
    head = {
        "en": ["class of records", "what it is", "at least", "asked for by"],
        "zh": ["记录类别", "含义", "至少保存", "依据"],
    }
    rulebook = load("cn")
    rows = []
    for name, told in rulebook.records.items():
        kept = rulebook.retention_of(name)
        least = f"{kept.least.value:g} {UNITS[kept.least.unit].in_(language)}" if kept.least else ""
        rows.append([f"`{name}`", told.in_(language), least, ", ".join(kept.least_by or kept.named_by)])
    return table(head[language], rows)


FORCES = {"must": Text(zh="必须", en="must"), "may": Text(zh="鼓励", en="may")}


def _clauses(language: Language) -> str:
    """Every rulebook's clauses, each under a heading of its own."""
    head = {
        "en": ["id", "what it asks of a file", "media", "force", "clause", "duty", "verified"],
        "zh": ["编号", "对文件的要求", "媒介", "效力", "条款", "义务", "核实程度"],
    }
    found = []
    for name in available():
        rulebook = load(name)
        rows = [
            [
                f"`{each.id}`",
                each.text.in_(language),
                ", ".join(each.media) if each.media != MEDIA else {"en": "all", "zh": "全部"}[language],
                FORCES[each.force].in_(language),
                each.clause,
                each.duty,
                MARKS[each.mark].in_(language),
            ]
            for each in rulebook.clauses
        ]
        found.append(f"## `{name}`: {rulebook.jurisdiction.in_(language)}\n\n{table(head[language], rows)}")
    return "\n\n".join(found)


def _notices(language: Language) -> str:
    head = {"en": ["verdict", "notice", "clause", "duty"], "zh": ["结论", "提示语", "条款", "义务"]}
    notices = load("cn").notices
    return table(
        head[language],
        [
            [
                f"`{name}`",
                getattr(notices, name).text.in_(language),
                getattr(notices, name).clause,
                getattr(notices, name).duty,
            ]
            for name in Notices.model_fields
        ],
    )


def _techniques(language: Language) -> str:
    head = {"en": ["technique", "English", "Chinese"], "zh": ["技术", "中文", "英文"]}
    order: tuple[Language, Language] = ("en", "zh") if language == "en" else ("zh", "en")
    return table(
        head[language],
        [[f"`{name}`", *(text.in_(each) for each in order)] for name, text in load("cn").techniques.items()],
    )


def _defects(language: Language) -> str:
    head = {"en": ["defect", "what it says", "clause"], "zh": ["偏差", "含义", "条款"]}
    found = [defects.defect(name) for name in defects.names()]
    return table(head[language], [[f"`{each.name}`", each.text.in_(language), each.clause] for each in found])


def _size(value: object) -> str:
    if isinstance(value, int) and value >= 1 << 20:
        unit, name = (1 << 30, "GiB") if value >= 1 << 30 and value % (1 << 30) == 0 else (1 << 20, "MiB")
        return f"{value // unit} {name}"
    return f"{value:g}" if isinstance(value, float) else f"{value}"


def _shown(name: str, value: object) -> str:
    if name == "max_pixels":
        return f"{value:,}".replace(",", "\u202f")
    return _size(value)


def _settings(language: Language) -> str:
    head = {"en": ["setting", "meaning", "default", "environment"], "zh": ["设置", "含义", "默认值", "环境变量"]}
    required = Text(zh="必填", en="required")
    rows = []

    def row(name: str, field: FieldInfo) -> None:
        value = "" if field.default in (None, ()) else field.default
        default = required.in_(language) if field.is_required() else f'`"{value}"`'
        variable = f"`OVERT_{name.upper().replace('.', '__')}`"
        rows.append([f"`{name}`", SETTINGS[name].in_(language), default, variable])

    def section(model: type[BaseModel], before: str) -> None:
        for name, field in model.model_fields.items():
            inner = field.annotation
            if isinstance(inner, type) and issubclass(inner, BaseModel):
                if before + name != "budget":  # Which has a table of its own.
                    section(inner, f"{before}{name}.")
            else:
                row(before + name, field)

    section(Settings, "")
    return table(head[language], rows)


def _budget(language: Language) -> str:
    head = {
        "en": ["setting", "meaning", "inspection", "marking", "environment"],
        "zh": ["设置", "含义", "检查时", "标识时", "环境变量"],
    }
    rows = [
        [
            f"`budget.{name}`",
            SETTINGS[f"budget.{name}"].in_(language),
            _shown(name, field.default),
            _shown(name, getattr(MARKING, name)),
            f"`OVERT_BUDGET__{name.upper()}`",
        ]
        for name, field in Budget.model_fields.items()
    ]
    return table(head[language], rows)


@cache
def helps(language: Language) -> dict[str, str]:
    """The help text of each command and what is below it, as plain text; "" is that of `overt` itself."""
    environment = {**os.environ, "OVERT_LANG": language, "TYPER_USE_RICH": "0", "PYTHONUTF8": "1"}
    run = subprocess.run(
        [sys.executable, "-c", _HELP, *filter(None, COMMANDS)],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    told = dict(each.split("\v") for each in run.stdout.split("\f") if "\v" in each)
    plain = {name: re.sub(r"[ \t]+$", "", text, flags=re.MULTILINE).strip() for name, text in told.items()}
    return {each: plain[each] for name in COMMANDS for each in plain if each == name or each.startswith(f"{name} ")}


def _command_line(language: Language) -> str:
    parts = []
    for name, text in helps(language).items():
        # The list of commands is cut short in a narrow terminal; a table has room for all of it.
        head, _, listed = text.partition("\n\nCommands:\n")
        level = "##" + "#" * name.count(" ")
        parts += [f"{level} `{('overt ' + name).strip()}`", "", "```text", head, "```", ""]
        if listed:
            parts += [_commands(language, name), ""]
    return "\n".join(parts).rstrip()


def _commands(language: Language, below: str = "") -> str:
    """The commands with what their help texts say, for the README files; or those below a command."""
    head = {"en": ["command", "does"], "zh": ["命令", "作用"]}
    rows = []
    for name, text in helps(language).items():
        if name and name.rpartition(" ")[0] == below:
            paragraph = " ".join(line.strip() for line in text.split("\n\n")[1].splitlines())
            rows.append([f"`overt {name}`", paragraph])
    return table(head[language], rows)


PIECES: dict[str, Callable[[Language], str]] = {
    "formats": _formats,
    "formats-short": _formats_short,
    "styles": _styles,
    "rules-label": _rules_label,
    "rules-metadata": _rules_metadata,
    "duties": _duties,
    "duties-elsewhere": _duties_elsewhere,
    "facts": _facts,
    "records": _records,
    "clauses": _clauses,
    "notices": _notices,
    "techniques": _techniques,
    "defects": _defects,
    "settings": _settings,
    "budget": _budget,
    "command-line": _command_line,
    "commands": _commands,
}


def pages() -> Iterator[tuple[Path, Language]]:
    """Every page that may hold generated parts, with its language."""
    yield ROOT / "README.md", "en"
    yield ROOT / "README.zh.md", "zh"
    for language in ("en", "zh"):
        for page in sorted((ROOT / "docs" / language).rglob("*.md")):
            yield page, language


def renewed(text: str, language: Language) -> str:
    """The text of a page with its generated parts as the code has them now."""

    def part(found: re.Match[str]) -> str:
        name = found["name"]
        return f"<!-- generated: {name} (tools/reference.py) -->\n\n{PIECES[name](language)}\n\n<!-- end -->"

    return PART.sub(part, text)


def main() -> None:
    """Writes every page anew that differs."""
    for page, language in pages():
        old = page.read_text(encoding="utf-8")
        new = renewed(old, language)
        if new != old:
            page.write_text(new, encoding="utf-8")
            print(page.relative_to(ROOT))


if __name__ == "__main__":
    main()
