"""Every deviation of a metadata label that a reader tolerates, by name, with its clause.

The clauses are quoted at second hand; the official text of the standard was not at hand [read2].
"""

from __future__ import annotations

from overt.language import Text
from overt.marks.model import Defect

_E = "GB 45438-2025, Annex E"
_TABLE: tuple[tuple[str, str, str, str], ...] = (
    ("numeric-value", _E, "值为数字而非字符串", "a value is a number, not a string"),
    ("value-not-text", _E, "值既非字符串也非数字", "a value is neither a string nor a number"),
    ("unknown-label-value", f"{_E} c)", "Label 不是 1、2 或 3", "Label is not 1, 2 or 3"),
    ("missing-label", f"{_E} c)", "缺少 Label", "Label is missing"),
    ("missing-key", _E, "缺少要素", "a key is missing"),
    ("missing-producer", f"{_E} d)", "缺少 ContentProducer", "ContentProducer is missing or empty"),
    ("missing-produce-id", f"{_E} e)", "缺少 ProduceID", "ProduceID is missing or empty"),
    ("extra-key", _E, "含有多余的键", "there is a key that the standard does not know"),
    ("misspelt-key", _E, "键名拼写有误", "a key is misspelt"),
    ("key-case", _E, "键名大小写有误", "a key is in the wrong case"),
    ("duplicate-key", _E, "同一键出现多次", "a key stands there more than once"),
    ("character-set", f"{_E} j)", "值含有不允许的字符", "a value has characters outside the prescribed set"),
    ("spaces", f"{_E} j)", "JSON 含有空白", "there is white space between the JSON's parts"),
    ("envelope", _E, "外层包装与载体规定不符", "the envelope is not the one that the carrier's guide shows"),
    ("double-encoded", _E, "JSON 被再次编码为字符串", "the JSON is encoded as a string once more"),
    ("yaml-instead-of-json", _E, "使用 YAML 而非 JSON", "YAML instead of JSON"),
    ("trailing-bytes", _E, "JSON 后有多余字节", "there are bytes after the JSON"),
    ("key-name", f"{_E} a)", "字段名不含 AIGC", "the field's name does not contain AIGC"),
    ("not-an-object", _E, "AIGC 字段不是 JSON 对象", "the field AIGC holds no JSON object"),
    ("several-labels", "GB 45438-2025, 6.1 c)", "文件含有多个元数据标识", "the file has more than one metadata label"),
    (
        "other-carrier",
        "TC260-PG guides",
        "标识不在该格式规定的载体中",
        "the label is not in the carrier that the guide names for this format",
    ),
    (
        "sidecar-of-other-bytes",
        "[ours]",
        "随附标识文件对应的是另一份内容",
        "the sidecar speaks of other bytes than this file's",
    ),
    (
        "structure",
        "the container format's own rules",
        "容器结构有偏差",
        "the container's structure deviates from its format",
    ),
    (
        "digest-mismatch",
        "TC260-PG-202511A",
        "ReservedCode1 的摘要与标识内容不符",
        "the digest in ReservedCode1 does not fit the label",
    ),
)

_CATALOGUE = {name: Defect(name, clause, Text(zh=zh, en=en)) for name, clause, zh, en in _TABLE}


def defect(name: str) -> Defect:
    """The defect of this name; a container's own defect, which has no entry, is told as its structure's."""
    known = _CATALOGUE.get(name)
    if known is not None:
        return known
    base = _CATALOGUE["structure"]
    return Defect(name, base.clause, Text(zh=f"{base.text.zh}：{name}", en=f"{base.text.en}: {name}"))


def names() -> tuple[str, ...]:
    """Every name in the catalogue."""
    return tuple(_CATALOGUE)
