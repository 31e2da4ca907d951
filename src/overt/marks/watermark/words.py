"""A watermark's values in words. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from overt.language import Text

MEASURES: Final[dict[str, tuple[Text, Callable[[float], str]]]] = {
    "psnr": (Text(zh="峰值信噪比", en="peak signal to noise"), lambda value: f"{value:.1f} dB"),
    "snr": (Text(zh="信噪比", en="signal to noise"), lambda value: f"{value:.1f} dB"),
    "strength": (Text(zh="强度", en="strength"), lambda value: f"{value:.2f}"),
    "kept": (Text(zh="编码后保留", en="left after coding"), lambda value: f"{value:.0%}"),
    "frames": (Text(zh="画面数", en="pictures"), lambda value: f"{value:.0f}"),
    "sound": (Text(zh="音轨", en="sound track"), lambda value: "✓" if value else "—"),
    "seconds": (Text(zh="时长", en="lasts"), lambda value: f"{value:.1f} s"),
}
_REGISTRY: Final = {
    "agrees": Text(zh="编号在我方记录中，指纹相符", en="the id is in our record, the fingerprint agrees"),
    "differs": Text(zh="编号在我方记录中，但指纹不符", en="the id is in our record, the fingerprint differs"),
    "unknown": Text(zh="我方记录中没有，或无法比对", en="not in our record, or not comparable"),
}


def in_words(values: Mapping[str, Any]) -> list[tuple[Text, Text]]:
    """The id, how sure it is, and where it lies: names and texts."""
    told: list[tuple[Text, Text]] = []
    if values["id"] is not None:
        told.append((Text(zh="编号", en="id"), Text(zh=f"{values['id']}（{values['bits']} 位）", en=_id(values))))
        told.append((Text(zh="密钥", en="key"), _same(values["key"] or "—")))
    chance = f"10^{values['p']:.0f}"
    told.append((Text(zh="误判概率", en="chance of error"), Text(zh=f"不超过 {chance}", en=f"at most {chance}")))
    if (known := values.get("registry")) in _REGISTRY:
        told.append((Text(zh="发布记录", en="record"), _REGISTRY[known]))
    places = [where for place in values["places"] if (where := _where(place))]
    told += [(Text(zh="位置", en="where"), where) for where in places]
    for name, value in values.get("measures", {}).items():
        title, write = MEASURES.get(name, (_same(name), lambda number: f"{number:g}"))
        told.append((title, _same(write(value))))
    return told


def _id(values: Mapping[str, Any]) -> str:
    return f"{values['id']} ({values['bits']} bits)"


def _where(place: Mapping[str, Any]) -> Text | None:
    """A place in words; None where nothing of it is known but that it is there."""
    zh, en = [], []
    if "start" in place and "end" in place:
        zh.append(f"{place['start']:.1f}–{place['end']:.1f} 秒")
        en.append(f"{place['start']:.1f}–{place['end']:.1f} s")
    if round(turn := place.get("turn", 0.0), 1):
        zh.append(f"旋转 {turn:.1f}°")
        en.append(f"turned by {turn:.1f}°")
    if place.get("mirrored"):
        zh.append("镜像")
        en.append("mirrored")
    if round(speed := place.get("speed", 1.0), 3) != 1:
        zh.append(f"速度 {speed:.1%}")
        en.append(f"at {speed:.1%} of its speed")
    if round(pitch := place.get("pitch", 1.0), 3) != 1:
        zh.append(f"音高 {pitch:.1%}")
        en.append(f"pitch at {pitch:.1%}")
    return Text(zh="，".join(zh), en=", ".join(en)) if en else None


def _same(text: str) -> Text:
    return Text(zh=text, en=text)
