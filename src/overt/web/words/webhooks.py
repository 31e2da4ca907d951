"""The words of the pages about webhooks."""

from __future__ import annotations

from typing import Final

from overt.language import Text

WORDS: Final[dict[str, Text]] = {
    "title": Text(zh="回调", en="Webhooks"),
    "lead": Text(
        zh="事件发生后，通知您的程序。只发送事件名称、时间和编号，不含个人信息；内容由程序凭接口密钥另行查询。",
        en="Your programs are told when something happens: the event's tag, its time and ids, and never personal data."
        " What it says beyond that, a program asks for with its API key.",
    ),
    "make": Text(zh="新建回调", en="New webhook"),
    "none": Text(zh="还没有回调", en="There is no webhook yet"),
    "none_hint": Text(
        zh="填写一个接收地址，并选择要通知的事件。", en="Name an address that receives, and choose what it is told."
    ),
    "address": Text(zh="接收地址", en="Address"),
    "address_hint": Text(
        zh="公共互联网上的 https:// 地址；内网地址须由运营者在配置中允许。",
        en="An https:// address on the public internet; networks of your own need the operator's word in the set-up.",
    ),
    "events": Text(zh="通知哪些事件", en="What it is told"),
    "all_events": Text(zh="全部事件", en="Everything that happens"),
    "once": Text(zh="签名密钥，只显示这一次", en="The signing secret, shown this once"),
    "once_hint": Text(
        zh="请存入接收程序。每次通知都以它签名（Standard Webhooks），接收方应核对签名。",
        en="Put it into the program that receives: each message is signed with it (Standard Webhooks), and the receiver"
        " should check the signature.",
    ),
    "state": Text(zh="状态", en="State"),
    "on": Text(zh="启用", en="on"),
    "off": Text(zh="停用", en="off"),
    "failing": Text(zh="自 {since} 起未送达", en="Failing since {since}"),
    "why": Text(zh="原因：{why}", en="Why: {why}"),
    "made": Text(zh="新建于", en="Made"),
    "turn_on": Text(zh="启用", en="Turn on"),
    "turn_off": Text(zh="停用", en="Turn off"),
    "delete": Text(zh="删除", en="Delete"),
    "deliveries": Text(zh="投递记录", en="Deliveries"),
    "no_deliveries": Text(zh="还没有投递", en="Nothing was sent yet"),
    "no_deliveries_hint": Text(zh="新建之后发生的事件会出现在这里。", en="What happens from now on appears here."),
    "event": Text(zh="事件", en="Event"),
    "entry": Text(zh="账本第 {index} 条", en="Ledger entry {index}"),
    "attempts": Text(zh="尝试次数", en="Attempts"),
    "outcome": Text(zh="结果", en="Outcome"),
    "waiting_state": Text(zh="等待投递", en="waiting"),
    "done_state": Text(zh="已送达", en="arrived"),
    "dead_state": Text(zh="已放弃", en="given up"),
    "next_attempt": Text(zh="下次尝试", en="Next attempt"),
    "resend": Text(zh="重新发送", en="Send again"),
    "only_dead": Text(zh="只看已放弃的", en="Given up only"),
    "show_all": Text(zh="查看全部", en="Show all"),
    "done_made": Text(zh="回调已建立。", en="The webhook is made."),
    "done_turned": Text(zh="已更改。", en="Changed."),
    "done_deleted": Text(zh="回调已删除。", en="The webhook is deleted."),
    "done_resent": Text(zh="将立即重新发送。", en="It is sent again at once."),
    "back_to_all": Text(zh="全部回调", en="All webhooks"),
}
