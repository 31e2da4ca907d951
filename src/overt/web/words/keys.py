"""The words of keys and certificates."""

from __future__ import annotations

from typing import Final

from overt.language import Text

WORDS: Final[dict[str, Text]] = {
    "title": Text(zh="密钥与证书", en="Keys and certificates"),
    "lead": Text(
        zh="这里列出本系统持有的全部密钥和证书、有效期，以及到期时怎么办。不显示任何私钥。",
        en="Every key and certificate that this set-up holds, until when it is good, and what to do then. No private "
        "key is ever shown.",
    ),
    "ok": Text(zh="正常", en="Good"),
    "note": Text(zh="请知悉", en="To know"),
    "missing": Text(zh="需要处理", en="Wants somebody"),
    "sum_good": Text(zh="没有需要处理的密钥或证书", en="No key or certificate wants somebody"),
    "sum_bad": Text(zh="{count} 项需要处理", en="{count} want somebody"),
    "what": Text(zh="项目", en="What"),
    "state": Text(zh="状态", en="State"),
    "found": Text(zh="情况", en="What it is"),
    "until": Text(zh="有效期", en="Good until"),
    "ends": Text(zh="{day} 到期", en="until {day}"),
    "ended": Text(zh="已于 {day} 到期", en="ended on {day}"),
    "left": Text(zh="还有 {days} 天", en="{days} days left"),
    "no_end": Text(zh="不按时间到期", en="does not end by itself"),
    "file": Text(zh="文件 {name}", en="file {name}"),
    "do": Text(zh="怎么办：", en="What to do: "),
    "line": Text(
        zh="竖线是今天；向左半年，向右一年半。",
        en="The upright line is today; half a year to its left, a year and a half to its right.",
    ),
    "doctor": Text(zh="全面检查", en="Examine the whole set-up"),
    "doctor_lead": Text(
        zh="与命令 overt doctor 相同：试签一次，检查权限、扩展、时钟和检查点。约需几秒。",
        en="The same as the command overt doctor: signs once to try it, looks at rights, extras, the clock and "
        "checkpoints. It takes some seconds.",
    ),
    "examine": Text(zh="开始检查", en="Examine"),
    "examining": Text(zh="正在检查", en="Examining"),
    "examined": Text(zh="检查结果", en="What was found"),
    "again": Text(zh="再检查一次", en="Examine again"),
    "failed": Text(zh="检查没有完成", en="The examination did not end"),
}
