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
from collections.abc import Callable, Iterator
from pathlib import Path

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from overt.formats import containers
from overt.language import Language, Text
from overt.marks import label
from overt.marks.metadata import defects
from overt.media.budget import MARKING, Budget
from overt.rulebook import MEDIA, LabelRules, MetadataRules, Notices, Sourced, available, load
from overt.settings import Settings

ROOT = Path(__file__).parents[1]
PART = re.compile(r"<!-- generated: (?P<name>[a-z-]+) \(tools/reference\.py\) -->\n.*?<!-- end -->", re.DOTALL)

LABELS = {
    "image": Text(
        zh="边或角上的一行文字，烧录在画面中", en="a line of text at an edge or corner, burnt into the picture"
    ),
    "jpeg": Text(
        zh="边或角上的一行文字；其余编码块保持不变（渐进式等少数编码除外）",
        en="a line of text at an edge or corner; other blocks stay as they are, but in progressive files",
    ),
    "jxl": Text(
        zh="边或角上的一行文字；图片改为无损编码",
        en="a line of text at an edge or corner; the picture becomes lossless",
    ),
    "gif": Text(
        zh="每一帧边或角上的一行文字；不涉及标识的帧保持不变",
        en="a line of text at an edge or corner of every frame; frames that leave it alone stay as they are",
    ),
    "tiff": Text(
        zh="每页边或角上的一行文字；其余条带保持不变；相机原始图片除外",
        en="a line of text at an edge or corner of every page; other strips stay as they are; not on raw pictures",
    ),
    "svg": Text(
        zh="置于最上层的文字牌，字形为路径，并附可读文字",
        en="a plate on top of the drawing, its glyphs as paths, with the words as text beside them",
    ),
    "svgz": Text(zh="只读取，不写入：请先解压", en="read, not written: unpack it first"),
    "heif": Text(
        zh="边或角上的一行文字，限 HEVC 编码", en="a line of text at an edge or corner, where the coding is HEVC"
    ),
    "audio": Text(
        zh="语音或节奏标识：开头、结尾或每轮对话开头",
        en="a spoken or rhythm label at the start, at the end, or at each turn of a dialogue",
    ),
    "aac": Text(
        zh="同其他声音；建议封装为 M4A：简单的播放器不识别流前的 ID3 标签",
        en="as for other sounds; wrapping as M4A is preferable: simple players know no ID3 tag before the stream",
    ),
    "video": Text(zh="起始画面上的文字，至少 2 秒", en="text on the starting picture, for at least 2 s"),
    "text": Text(
        zh="一行文字，在开头、结尾或两处；或上标 AI", en="a line at the start, the end or both; or the superscript AI"
    ),
    "document": Text(
        zh="PDF、幻灯片、工作表、书页：每页都有；文字文档：开头、结尾或两处",
        en="on every page, slide, sheet and chapter; in text documents at the start, the end or both",
    ),
    "xlsx": Text(
        zh="每张工作表上的文本框和页眉；不改动单元格",
        en="a text box on every sheet, and its header; no cell is changed",
    ),
    "ods": Text(zh="每张工作表上的文本框；不改动单元格", en="a text box on every sheet; no cell is changed"),
    **dict.fromkeys(
        ("pptx", "odp"),
        Text(
            zh="每张幻灯片上的文本框，首张字高不低于最短边 5%",
            en="a text box on every slide, on the first one in a picture's size",
        ),
    ),
    "epub": Text(zh="每个章节文件开头的横幅", en="a banner at the start of every chapter"),
    "pdf": Text(zh="每页一行文字", en="a line on every page"),
    "scene": Text(zh="glTF、GLB：起始画面中的文字牌", en="glTF, GLB: a plate with text in the picture that opens"),
    **dict.fromkeys(("usda", "usdc", "usdz"), Text(zh="无（见网页查看框架）", en="none (see the web viewer frame)")),
    **dict.fromkeys(
        ("docx", "odt"),
        Text(zh="首行、末行或两处的文字；或上标 AI", en="a line at the start, the end or both; or the superscript AI"),
    ),
}
_MODALITIES = {"picture": "image", "sound": "audio", "film": "video"}
"""What the rooms of the labels are called where people perceive them; the others have the same name."""
READERS = {
    **dict.fromkeys(
        ("jpeg", "png", "webp", "gif", "tiff", "svg", "heic", "heif", "avif", "jxl"), "exiftool -XMP-TC260:Aigc FILE"
    ),
    "svgz": "gunzip -c FILE | exiftool -XMP-TC260:Aigc -",
    "wav": "exiftool -u -U -b -Unknown_AIGC FILE",
    "mp3": "ffprobe -v error -show_entries format_tags=AIGC FILE",
    "flac": "ffprobe -v error -show_entries format_tags=AIGC FILE",
    "ogg": "ffprobe -v error -show_entries stream_tags=AIGC FILE",
    "opus": "ffprobe -v error -show_entries stream_tags=AIGC FILE",
    "m4a": "ffprobe -v error -show_entries format_tags=AIGC FILE",
    "aac": "ffprobe -v error -show_entries format_tags=AIGC FILE",
    "aiff": "grep -a AIGC FILE",
    "mp4": "ffprobe -v error -show_entries format_tags=AIGC FILE",
    "mkv": "ffprobe -v error -show_entries format_tags=AIGC FILE",
    "webm": "exiftool -Aigc FILE",
    "flv": "exiftool -AIGC FILE",
    "avi": "ffprobe -v error -show_entries format_tags=AIGC FILE",
    "pdf": "pdfinfo -custom FILE",
    **dict.fromkeys(("docx", "xlsx", "pptx"), "exiftool -XML:AIGC FILE"),
    **dict.fromkeys(("odt", "ods", "odp"), "exiftool -a -XMP-meta:User-defined FILE"),
    "epub": "exiftool -a -XML:Meta FILE",
    "glb": "grep -a AIGC FILE",
    "gltf": "grep AIGC FILE",
    "usda": "grep AIGC FILE",
    "usdc": "usdcat FILE | grep AIGC",
    "usdz": "usdcat FILE | grep AIGC",
    "html": "exiftool -AIGC FILE",
    "markdown": "head FILE",
    "text": "cat FILE.aigc.json",
}
STYLES = {
    "standard": Text(
        zh="规则手册的文字；视频标在起始画面；声音前加语音标识",
        en="the rulebook's wording; the starting picture of a film; a spoken label before a sound",
    ),
    "bilingual": Text(zh="同 standard，中文之外再加英文", en="as standard, with English beside the Chinese"),
    "rhythm": Text(
        zh="同 standard，但声音用摩尔斯节奏代替语音", en="as standard, with the Morse rhythm instead of a voice"
    ),
    "closing": Text(zh="同 standard，但标识在内容之后", en="as standard, with the label behind the content"),
    "superscript": Text(
        zh="同 standard，但文本以角标 AI 代替一行文字",
        en="as standard, with the corner mark AI in texts instead of a line",
    ),
    "turns": Text(
        zh="用于对话：停顿一秒后的每轮开头都有语音标识",
        en="for dialogues: a spoken label before each turn, after a pause of a second",
    ),
    "corner": Text(
        zh="同 standard，起始画面之后在角上保留较小的标识，直至影片结束",
        en="as standard, and after the starting picture a smaller label in a corner to the end of the film",
    ),
    "whole-film": Text(zh="同 standard，但整部视频都带标识", en="as standard, with the label on the whole film"),
}
SETTINGS = {
    "producer": Text(
        zh="服务提供者：27 位编码，或 ASCII 名称；写入每个元数据标识",
        en="who provides the service: a 27-character code or an ASCII name; stands in every metadata label",
    ),
    "rulebook": Text(zh="适用的规则手册", en="the law that applies: the id of a rulebook"),
    "system": Text(
        zh="合成系统的名称和版本；本版本尚未写入登记",
        en="name and version of the synthesising system; this version does not write it into the record yet",
    ),
    "data": Text(zh="登记与账本所在目录", en="folder of the record and the ledger"),
    "keys": Text(zh="密钥与证书所在目录", en="folder of the keys and certificates"),
    "label.style": Text(zh="显式标识样式的名称", en="name of a label style"),
    "security.sign": Text(
        zh="ReservedCode1 的内容：`none`、`digest`、`sm2`（需扩展 sm）或 `es256`",
        en="what stands in ReservedCode1: `none`, `digest`, `sm2` (needs the extra sm) or `es256`",
    ),
    "security.key": Text(
        zh="`sm2` 或 `es256` 的私钥文件（PEM）", en="file of the private key for `sm2` or `es256` (PEM)"
    ),
    "security.pinned": Text(
        zh="已知持有者的公钥：文件，或十六进制、Base64 形式",
        en="public keys whose holders are known: files, or keys in hex or Base64",
    ),
    "credential.certificates": Text(
        zh="内容凭证签名证书链（PEM）", en="certificate chain that signs content credentials (PEM)"
    ),
    "credential.key": Text(zh="其私钥（PEM，无口令）", en="its private key (PEM, without a passphrase)"),
    "credential.command": Text(zh="代为签名的程序", en="a program that signs instead"),
    "credential.tsa": Text(zh="时间戳服务地址（RFC 3161）", en="address of a time-stamping authority (RFC 3161)"),
    "credential.trust": Text(zh="信任的证书机构（PEM）", en="authorities whose credentials are trusted (PEM)"),
    "credential.training": Text(
        zh="对训练与挖掘的表态：`allowed`、`notAllowed` 或 `constrained`",
        en="our word on training and mining: `allowed`, `notAllowed` or `constrained`",
    ),
    "dissemination.propagator": Text(
        zh="传播服务提供者：27 位编码，或 ASCII 名称；留空则同 producer",
        en="who distributes: a 27-character code or an ASCII name; the producer where it is empty",
    ),
    "dissemination.credential": Text(
        zh="内容凭证无法重新签名时：`update` 更新标识，`keep` 保留凭证",
        en="where a content credential cannot be signed anew: `update` the label, or `keep` the credential",
    ),
    "budget.max_bytes": Text(zh="可打开的最大文件", en="the largest file that is opened"),
    "budget.memory": Text(
        zh="一次处理可额外占用的内存；映射的文件不计",
        en="memory that a call may take beyond the idle worker's; a mapped file does not count",
    ),
    "budget.cpu_s": Text(zh="处理器时间（秒），所有线程合计", en="seconds of processor time, all threads together"),
    "budget.wall_s": Text(zh="经过的时间（秒）", en="seconds by the clock on the wall"),
    "budget.max_pixels": Text(
        zh="一张图片或一帧画面的像素数，按声明的尺寸", en="pixels of one picture or frame, by its declared size"
    ),
    "budget.max_duration_s": Text(
        zh="声音或视频的时长（秒），按声明的长度", en="seconds of sound or film, as declared"
    ),
    "budget.max_written": Text(zh="一次处理可写出的最大文件", en="the largest file that a call may write"),
    "budget.max_answer": Text(zh="经管道返回的答复大小", en="the answer that comes back through the pipe"),
}
RULES = {
    "ai_element": Text(zh="人工智能要素（任一）", en="AI element, any of"),
    "generation_element": Text(zh="生成合成要素（任一）", en="generation element, any of"),
    "wording": Text(zh="图片和视频上的文字", en="wording on pictures and film"),
    "sentence": Text(zh="文本中和语音中的语句", en="sentence in text and speech"),
    "glyph_height_ratio": Text(zh="文字高度占最短边", en="text height, of the shortest side"),
    "reference_glyph": Text(zh="量取高度的字", en="glyph whose ink is measured"),
    "video_seconds": Text(zh="视频起始画面持续（秒）", en="label on the start of a film, seconds"),
    "speech_rate": Text(zh="语速（汉字/分钟）", en="pace of speech, Chinese characters a minute"),
    "rhythm": Text(zh="节奏（摩尔斯 AI）", en="rhythm (Morse for AI)"),
    "rhythm_gaps": Text(zh="间隔与长音（单位）", en="gaps and dash, in units"),
    "rhythm_unit_seconds": Text(zh="一个单位（秒）", en="one unit, seconds"),
    "rhythm_pitch": Text(zh="音高（赫兹）", en="pitch, Hz"),
    "key": Text(zh="字段名", en="name of the field"),
    "namespace": Text(zh="XMP 命名空间", en="XMP namespace"),
    "prefix": Text(zh="XMP 前缀", en="XMP prefix"),
    "label_values": Text(zh="Label 取值的含义", en="what a value of Label means"),
    "forbidden_note": Text(zh="允许的字符", en="characters allowed"),
}
MARKS = {
    "read": Text(zh="已读到引文", en="read in a source"),
    "read2": Text(zh="多处转述一致", en="several second-hand sources"),
    "memory": Text(zh="凭记忆", en="from memory"),
    "ours": Text(zh="自定", en="our choice"),
}

COMMANDS = ("", "init", "mark", "inspect", "disseminate", "demo", "doctor")
_HELP = """
import sys, click, typer
from overt.cli.app import app
root = typer.main.get_command(app)
parent = root.make_context("overt", [], resilient_parsing=True, terminal_width=74)
for name in sys.argv[1:]:
    if name == "-":
        print(parent.get_help())
    else:
        command = root.commands[name]
        context = command.make_context(name, [], parent=parent, resilient_parsing=True, terminal_width=74)
        print(command.get_help(context))
    print(chr(12), end="")
"""


def table(head: list[str], rows: list[list[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def _formats(language: Language) -> str:
    by_container = {name: module for module, names in _modalities().items() for name in names}
    head = {
        "en": ["format", "file names", "metadata mark", "label", "what an independent reader shows it with"],
        "zh": ["格式", "文件名", "元数据标识的位置", "显式标识", "用独立工具查看"],
    }
    rows = [
        [
            f"`{each.name}`",
            " ".join(f"`{suffix}`" for suffix in each.suffixes),
            each.place,
            LABELS.get(each.name, LABELS[by_container[each.name]]).in_(language),
            f"`{READERS[each.name]}`",
        ]
        for each in containers()
    ]
    return table(head[language], rows)


def _modalities() -> dict[str, tuple[str, ...]]:
    """Container formats by what people perceive."""
    found: dict[str, tuple[str, ...]] = {}
    for module, names in label.MODULES.items():
        room = module.partition(".")[0]
        modality = _MODALITIES.get(room, room)
        found[modality] = found.get(modality, ()) + names
    return found


def _formats_short(language: Language) -> str:
    titles = {
        "image": Text(zh="图片", en="picture"),
        "audio": Text(zh="声音", en="sound"),
        "video": Text(zh="视频", en="film"),
        "text": Text(zh="文本", en="text"),
        "document": Text(zh="文档", en="document"),
        "scene": Text(zh="虚拟场景", en="virtual scene"),
    }
    places = {each.name: each.place for each in containers()}
    head = {
        "en": ["", "formats", "label", "metadata mark"],
        "zh": ["", "格式", "显式标识", "元数据标识"],
    }
    return table(
        head[language],
        [
            [
                titles[module].in_(language),
                ", ".join(names),
                LABELS[module].in_(language),
                ", ".join(dict.fromkeys(places[name] for name in names)),
            ]
            for module, names in _modalities().items()
        ],
    )


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


def _duties(language: Language) -> str:
    head = {
        "en": ["id", "article", "duty, in our words", "verified"],
        "zh": ["编号", "条款", "义务（我们的表述）", "核实程度"],
    }
    return table(
        head[language],
        [
            [f"`{each.id}`", each.article, each.text.in_(language), MARKS[each.mark].in_(language)]
            for each in load("cn").duties
        ],
    )


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

    for name, field in Settings.model_fields.items():
        section = field.annotation
        if name == "budget":
            continue
        if isinstance(section, type) and issubclass(section, BaseModel):
            for inner, inner_field in section.model_fields.items():
                row(f"{name}.{inner}", inner_field)
        else:
            row(name, field)
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


def helps(language: Language) -> dict[str, str]:
    """The help text of each command, as plain text; "" is that of `overt` itself."""
    environment = {**os.environ, "OVERT_LANG": language, "TYPER_USE_RICH": "0", "PYTHONUTF8": "1"}
    asked = [name or "-" for name in COMMANDS]
    run = subprocess.run(
        [sys.executable, "-c", _HELP, *asked], env=environment, capture_output=True, text=True, check=True
    )
    texts = [re.sub(r"[ \t]+$", "", text, flags=re.MULTILINE).strip() for text in run.stdout.split("\f")]
    return dict(zip(COMMANDS, texts, strict=False))


def _command_line(language: Language) -> str:
    parts = []
    for name, text in helps(language).items():
        # The list of commands is cut short in a narrow terminal; a table has room for all of it.
        head, _, listed = text.partition("\n\nCommands:\n")
        parts += [f"## `{('overt ' + name).strip()}`", "", "```text", head, "```", ""]
        if listed:
            parts += [_commands(language), ""]
    return "\n".join(parts).rstrip()


def _commands(language: Language) -> str:
    """The commands with what their help texts say, for the README files."""
    head = {"en": ["command", "does"], "zh": ["命令", "作用"]}
    rows = []
    for name, text in helps(language).items():
        if name:
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
