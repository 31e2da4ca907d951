"""What a watermark adds to a verdict. Pure rules.

```
confirmed      its id is in our own record, and the fingerprint of the content agrees with what was released under it
suspected      any other watermark: an id of ours that is not in the record or was not compared, an id whose fingerprint
               differs, a mark whose id cannot be read
contradiction  its id is in our record, and the content is another: the id was copied
contradiction  the metadata label names another content than every id of ours in the content
```

A watermark is a signal, and whoever holds the key can put any id on anything, so that none confirms by itself (design,
decision 3). Without the record it is one of the "other traces" of the Labeling Measures, art. 6(1)(3).
What the caller found out about the record stands in the reading's values under `registry`: `agrees`, `differs` or
`unknown`; it is missing where nobody asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from overt.language import Text
from overt.marks.watermark.model import names

Strength = Literal["confirmed", "suspected"]


def ground(values: Mapping[str, Any]) -> tuple[Strength, Text]:
    """What a found watermark is a ground for."""
    told = values["id"]
    if told is None:
        return "suspected", Text(
            zh="内容带有水印，但其编号无法读取",
            en="the content carries a watermark whose id cannot be read",
        )
    match values.get("registry"):
        case "agrees":
            return "confirmed", Text(
                zh=f"内容的水印编号 {told} 在我方发布记录中，且内容指纹相符",
                en=f"the content's watermark id {told} is in our record, and the fingerprint agrees",
            )
        case "differs":
            return "suspected", Text(
                zh=f"内容带有我方水印，编号 {told}，但指纹与该编号下发布的内容不符",
                en=f"the content carries our watermark {told}, but the fingerprint of what we released so differs",
            )
        case "unknown":
            return "suspected", Text(
                zh=f"内容带有我方水印，编号 {told}，但我方记录中没有该编号，或无法比对指纹",
                en=f"the content carries our watermark {told}, which is not in our record, or could not be compared",
            )
    return "suspected", Text(
        zh=f"内容带有我方密钥的水印，编号 {told}；未与发布记录比对",
        en=f"the content carries a watermark of our key, {told}; it was not compared with the record",
    )


def contradictions(marks: Sequence[Mapping[str, Any]], content_ids: Sequence[str]) -> Iterator[tuple[str, Text]]:
    """What speaks against the found watermarks, beside the content ids of the metadata labels: names and texts."""
    ids = [(each["id"], each["bits"]) for each in marks if each["id"] is not None]
    for each in marks:
        if each.get("registry") == "differs":
            yield (
                "watermark-copied",
                Text(
                    zh=f"水印编号 {each['id']} 属于我方发布的另一内容：该编号是从别处复制来的",
                    en=f"the watermark id {each['id']} belongs to another content of ours: it was copied from there",
                ),
            )
    others = [each for each in content_ids if ids and not any(names(told, bits, each) for told, bits in ids)]
    if content_ids and len(others) == len(content_ids):
        yield (
            "watermark-id-differs",
            Text(
                zh=f"元数据标识写明内容编号 {others[0]}，而内容中的水印是另一编号（{ids[0][0]}）",
                en=f"the metadata label names the content {others[0]}, the watermark in it another one ({ids[0][0]})",
            ),
        )
