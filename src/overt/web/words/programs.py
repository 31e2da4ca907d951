"""The words of the pages about programs and their API keys."""

from __future__ import annotations

from typing import Final

from overt.language import Text

WORDS: Final[dict[str, Text]] = {
    "title": Text(zh="接口密钥", en="API keys"),
    "lead": Text(
        zh="程序凭接口密钥调用 /v1，只能做其权限之内的事。",
        en="Programs call /v1 with an API key, and may do what its scopes say, no more.",
    ),
    "none": Text(zh="还没有接口密钥", en="There are no API keys yet"),
    "none_hint": Text(
        zh="控制台能做的，程序都能通过 /v1 完成。为每个程序制作一个密钥。",
        en="Whatever the console does, programs can do through /v1. Make a key for each program.",
    ),
    "make": Text(zh="制作密钥", en="Make a key"),
    "name": Text(zh="名称", en="Name"),
    "name_hint": Text(zh="用它的程序，例如“上传检查”。", en="The program that uses it: “upload check”, for example."),
    "scopes": Text(zh="权限", en="Scopes"),
    "scopes_hint": Text(zh="只选程序需要的。", en="Choose what the program needs, no more."),
    "ends": Text(zh="有效期", en="It works for"),
    "days": Text(zh="{count} 天", en="{count} days"),
    "for_ever": Text(zh="直到撤销", en="until it is withdrawn"),
    "made": Text(zh="制作时间", en="Made"),
    "used": Text(zh="最近使用", en="Last used"),
    "until": Text(zh="到期", en="Ends"),
    "state": Text(zh="状态", en="State"),
    "works": Text(zh="有效", en="Works"),
    "over": Text(zh="已到期", en="Over"),
    "withdrawn": Text(zh="已撤销", en="Withdrawn"),
    "withdraw": Text(zh="撤销", en="Withdraw"),
    "once": Text(zh="请立即复制此密钥，它只显示这一次", en="Copy this key now: it is shown this one time"),
    "once_hint": Text(
        zh="请求时放在 Authorization: Bearer 之后；不要写进代码或地址。",
        en="Programs send it after `Authorization: Bearer`. Keep it out of code and out of addresses.",
    ),
    "done_made": Text(zh="密钥已制作。", en="The key is ready."),
    "done_withdrawn": Text(zh="密钥已撤销，立即失效。", en="The key was withdrawn, and works no more."),
}
