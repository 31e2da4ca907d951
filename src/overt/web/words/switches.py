"""The words of the switches."""

from __future__ import annotations

from typing import Final

from overt.language import Text

WORDS: Final[dict[str, Text]] = {
    "title": Text(zh="停用开关", en="Switches"),
    "lead": Text(
        zh="停用对下一个请求立即生效，每次操作都记入账本。",
        en="What is switched off is off for the very next request. The ledger keeps every turn.",
    ),
    "all_on": Text(zh="没有停用任何功能、模型或账号", en="Nothing is switched off"),
    "some_off": Text(zh="有 {count} 项已停用", en="{count} switched off"),
    "off_now": Text(zh="当前已停用", en="Switched off now"),
    "off": Text(zh="已停用", en="Off"),
    "on": Text(zh="运行中", en="Running"),
    "covered_by": Text(zh="因“{name}”停用", en="off with “{name}”"),
    "everything": Text(zh="全部功能（*）", en="Everything (*)"),
    "functions": Text(zh="功能", en="Functions"),
    "functions_hint": Text(
        zh="以下是闸口收到过的功能，名称前段（如 images）代表其全部。",
        en="These were asked for at the gate. The first part of a name, such as images, means all of them.",
    ),
    "other": Text(zh="停用其他功能、模型或账号", en="Switch off something else"),
    "kind": Text(zh="类别", en="What it is"),
    "name": Text(zh="名称", en="Its name"),
    "name_hint": Text(
        zh="功能如 images.generate，模型如 sdxl，账号用编号。",
        en="A function such as images.generate, a model such as sdxl, or the id of an account.",
    ),
    "why": Text(zh="理由（记入账本）", en="Why (goes into the ledger)"),
    "why_off": Text(zh="为什么停用 {name}？", en="Why switch off {name}?"),
    "why_on": Text(zh="为什么恢复 {name}？", en="Why switch {name} on again?"),
    "turn_off": Text(zh="停用", en="Switch off"),
    "turn_off_name": Text(zh="立即停用 {name}", en="Switch off {name} now"),
    "turn_on": Text(zh="恢复", en="Switch on"),
    "turn_on_name": Text(zh="恢复 {name}", en="Switch {name} on again"),
    "history": Text(zh="最近的操作", en="Latest turns"),
    "no_history": Text(zh="还没有人操作过开关。", en="Nobody has turned a switch yet."),
    "when": Text(zh="时间", en="When"),
    "what": Text(zh="操作", en="Turn"),
    "by": Text(zh="岗位", en="By"),
    "done_off": Text(zh="已停用，对下一个请求即生效。", en="It is off, from the next request on."),
    "done_on": Text(zh="已恢复。", en="It runs again."),
    "gone": Text(zh="记录内容已无法打开", en="this entry opens no more"),
    "read_only": Text(zh="您可以查看，但不能操作开关。", en="You can see the switches, and may not turn them."),
}

KINDS: Final[dict[str, Text]] = {
    "function": Text(zh="功能", en="Function"),
    "model": Text(zh="模型", en="Model"),
    "account": Text(zh="账号", en="Account"),
}

# What people call the functions that the gateway's own adapters name; another operator's are shown as they are.
FUNCTIONS: Final[dict[str, Text]] = {
    "images.generate": Text(zh="生成图片", en="Making pictures"),
    "images.edit": Text(zh="编辑图片", en="Editing pictures"),
    "images.variation": Text(zh="生成图片的变体", en="Varying pictures"),
    "audio.speech": Text(zh="合成语音", en="Making speech"),
    "chat.completions": Text(zh="对话", en="Chat"),
    "responses.create": Text(zh="对话（responses）", en="Chat (responses)"),
    "videos.create": Text(zh="生成视频", en="Making films"),
    "videos.remix": Text(zh="改编视频", en="Remaking films"),
}
