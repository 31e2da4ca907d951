"""The words of the report, in both languages."""

from __future__ import annotations

from overt.language import Text

VERDICTS = {
    "confirmed": Text(zh="确认合成", en="Confirmed synthetic"),
    "possible": Text(zh="可能合成", en="Possibly synthetic"),
    "suspected": Text(zh="疑似合成", en="Suspected synthetic"),
    "none": Text(zh="未发现标识", en="No sign found"),
    "unreadable": Text(zh="无法判断", en="Could not tell"),
}

NOT_PROVED = {
    "confirmed": Text(
        zh="标识是一项声明。没有数字签名，外人仅凭文件本身无法核实由谁写入，也无法核实内容之后是否改动。",
        en="A label is a declaration. Without a signature, nobody outside can tell from the file alone who wrote it,"
        " nor whether the content was changed afterwards.",
    ),
    "possible": Text(
        zh="标识本身没有下定论：不能证明内容确为合成。",
        en="The label itself leaves it open: it does not prove that the content is synthetic.",
    ),
    "suspected": Text(
        zh="标识和水印可以加到任何内容上：单凭它们不能证明内容确为合成，也不能说明由谁生成。",
        en="A label or a watermark can be put on anything: alone it proves neither that the content is synthetic nor"
        " who made it.",
    ),
    "none": Text(
        zh="没有发现标识，不说明内容未经合成：标识可能已经丢失。",
        en="No sign of synthesis does not show that there was none: marks can get lost.",
    ),
    "unreadable": Text(
        zh="什么也不能证明：既不能说是合成，也不能说不是。请取得完整文件后再查。",
        en="Nothing at all: neither that it is synthetic nor that it is not. Ask for the whole file and look again.",
    ),
}

OUTCOMES = {
    "allow": Text(zh="许可", en="Allowed"),
    "hold": Text(zh="待人工决定", en="Held for a person"),
    "refuse": Text(zh="拒绝", en="Refused"),
}
"""The gate's answers."""

WORDS = {
    "contents": Text(zh="件合成内容", en="synthetic contents"),
    "marks read back": Text(zh="个标识被读回", en="marks read back"),
    "recognised": Text(zh="件被识别", en="recognised"),
    "files from strangers": Text(zh="个陌生人的文件", en="files from strangers"),
    "from first to last": Text(zh="全程用时", en="from first to last"),
    "before": Text(zh="生成后，未标识", en="From the generator, unmarked"),
    "after": Text(zh="已标识，发布", en="Marked and released"),
    "made from": Text(zh="素材", en="Made from"),
    "where the marks sit": Text(zh="标识在哪里", en="Where the marks sit"),
    "verdict": Text(zh="结论", en="Verdict"),
    "reasons": Text(zh="理由", en="Reasons"),
    "contradictions": Text(zh="矛盾之处", en="Contradictions"),
    "not proved": Text(zh="不能证明的", en="What is not proved"),
    "not as promised": Text(zh="与演示的预期不符", en="Not what the demonstration promises"),
    "decision": Text(zh="决定", en="Decision"),
    "request": Text(zh="请求", en="Request"),
    "purpose": Text(zh="用途", en="Purpose"),
    "consents": Text(zh="项同意", en="consents"),
    "signed": Text(zh="已签署，许可如下内容编号", en="Signed; it allows this content id"),
    "record": Text(zh="发布记录", en="Release record"),
    "content id": Text(zh="内容编号", en="Content id"),
    "ledger entry": Text(zh="账本条目", en="ledger entry"),
    "byte": Text(zh="字节偏移", en="at byte"),
    "metadata": Text(zh="元数据标识（隐式）", en="Metadata label"),
    "label": Text(zh="显式标识", en="Explicit label"),
    "watermark": Text(zh="水印", en="Watermark"),
    "credential": Text(zh="内容凭证", en="Content credential"),
    "fingerprint": Text(zh="指纹", en="Fingerprint"),
    "trace": Text(zh="合成痕迹", en="Trace of synthesis"),
    "absent": Text(zh="未发现", en="not found"),
    "unreadable": Text(zh="无法读取", en="could not be read"),
}

AIGC_KEYS = {
    "Label": Text(zh="属性：1 是，2 可能是，3 疑似", en="attribute: 1 is, 2 may be, 3 is suspected"),
    "ContentProducer": Text(zh="生成服务提供者", en="generating service provider"),
    "ProduceID": Text(zh="内容制作编号", en="the producer’s number for this content"),
    "ReservedCode1": Text(zh="制作方的完整性数据", en="the producer’s integrity data"),
    "ContentPropagator": Text(zh="传播服务提供者", en="disseminating service provider"),
    "PropagateID": Text(zh="内容传播编号", en="the disseminator’s number"),
    "ReservedCode2": Text(zh="传播方的完整性数据", en="the disseminator’s integrity data"),
}
