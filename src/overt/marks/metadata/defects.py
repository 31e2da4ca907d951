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
    (
        "provider-code",
        "网安秘字〔2025〕29号; GB 32100",
        "服务提供者编码的结构或校验码有误",
        "a provider code's structure or check character does not fit",
    ),
    ("character-set", f"{_E} j)", "值含有不允许的字符", "a value has characters outside the prescribed set"),
    ("spaces", f"{_E} j)", "JSON 含有空白", "there is white space between the JSON's parts"),
    ("envelope", _E, "外层包装与载体规定不符", "the envelope is not the one that the carrier's guide shows"),
    ("double-encoded", _E, "JSON 被再次编码为字符串", "the JSON is encoded as a string once more"),
    ("escaped", _E, "JSON 以 HTML 实体转义", "the JSON is escaped as HTML is"),
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
    (
        "security-data-spelling",
        "TC260-PG-202511A",
        "安全防护数据的名称或类型拼写有误",
        "a name or a type in the security data is misspelt",
    ),
    (
        "source-type-bare",
        "IPTC Photo Metadata Standard, digital source type",
        "数字来源类型写的是代码，而非完整 URI",
        "the digital source type is a bare code, not its URI",
    ),
    (
        "source-type-retired",
        "IPTC NewsCodes, digital source type",
        "数字来源类型的代码已停用",
        "the code of the digital source type is retired",
    ),
    (
        "source-type-unknown",
        "IPTC NewsCodes, digital source type",
        "数字来源类型不在词表中",
        "the digital source type is not in the vocabulary",
    ),
    ("riff-truncated", "RIFF", "块长度超出文件", "a chunk claims more bytes than the file has"),
    ("riff-nul-terminated", "TC260-PG-202510A", "标识块以空字节结尾", "the label's chunk ends with a NUL byte"),
    ("riff-not-utf-8", "RIFF", "块内文字不是 UTF-8", "a chunk's text is not UTF-8"),
    ("not-utf-8", "XMP / PNG", "文字不是 UTF-8", "a text is not UTF-8"),
    ("utf-8-in-latin-1-text", "PNG, 11.3.4", "Latin-1 文本块中含 UTF-8", "UTF-8 in a chunk that is meant for Latin-1"),
    ("xmp-in-other-chunk", "XMP, part 3", "XMP 不在规定的块中", "the XMP packet is not in the chunk made for it"),
    ("wrong-checksum", "PNG, 5.3", "校验和错误", "a checksum does not fit"),
    ("vorbis-without-name", "Vorbis comment", "注释没有字段名", "a comment has no field name"),
    ("vorbis-not-utf-8", "Vorbis comment", "注释不是 UTF-8", "a comment is not UTF-8"),
    ("undecodable-bytes", "the container format", "含有无法解码的字节", "some bytes could not be decoded"),
    ("undeclared-prefix", "XML namespaces", "命名空间前缀未声明", "a namespace prefix is not declared"),
    ("no-namespace", "XML namespaces", "属性没有命名空间", "a property has no namespace"),
    ("not-well-formed-xml", "XML", "XML 格式有误", "the XML is not well-formed"),
    ("object-not-closed", "JSON", "对象没有结束", "an object does not end"),
    (
        "no-character-code",
        "Exif, UserComment",
        "UserComment 没有字符编码标记",
        "UserComment does not say its character code",
    ),
    (
        "sidecar-without-sha256",
        "[ours]",
        "随附标识文件未写明内容哈希",
        "the sidecar does not say the hash of its content",
    ),
    ("bare-object", "[ours]", "随附标识文件没有外层 AIGC", "the sidecar's object stands without its AIGC wrapper"),
    ("repeated-key", "YAML", "同一键出现多次", "a key stands there more than once"),
    ("name-instead-of-text", "PDF", "值是名称而非文本串", "the value is a name, not a text string"),
    ("dictionary-instead-of-text", "PDF", "值是字典而非文本串", "the value is a dictionary, not a text string"),
    ("id3-utf-16-without-mark", "ID3v2", "UTF-16 文字没有字节序标记", "UTF-16 text without a byte order mark"),
    ("id3-unknown-encoding", "ID3v2", "未知的文字编码", "the text encoding is not known"),
    ("id3-plain-frame-sizes", "ID3v2.4", "帧长度未按同步安全方式书写", "frame sizes are not written synchsafe"),
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
