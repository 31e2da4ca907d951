"""The words that several pages share. A page's own are in the module that is called like its folder of templates."""

from __future__ import annotations

from typing import Final

from overt.language import Text

WORDS: Final[dict[str, Text]] = {
    "other_language": Text(zh="English", en="中文"),
    "skip": Text(zh="跳到正文", en="Skip to the content"),
    "problem": Text(zh="没有成功", en="That did not work"),
    "next": Text(zh="下一步：", en="What to do next: "),
    "no_page": Text(zh="没有这个页面", en="There is nothing here"),
    "no_page_lead": Text(
        zh="链接可能不完整，或已失效。请重新打开收到的链接。",
        en="The link may be incomplete or old. Open the one that you received once more.",
    ),
    # Shell
    "navigation": Text(zh="导航", en="Navigation"),
    "verify_nav": Text(zh="验证", en="Verify"),
    "report_nav": Text(zh="举报", en="Report"),
    "refuse_nav": Text(zh="拒绝被合成", en="Refuse"),
    "rules_nav": Text(zh="规则与公示", en="Rules and notices"),
    "console_nav": Text(zh="控制台", en="Console"),
    "sign_in": Text(zh="登录", en="Sign in"),
    "sign_out": Text(zh="退出登录", en="Sign out"),
    "own_account": Text(zh="我的账号", en="My account"),
    # Acts
    "save": Text(zh="保存", en="Save"),
    "cancel": Text(zh="取消", en="Cancel"),
    "search": Text(zh="查找", en="Search"),
    "more": Text(zh="更多", en="More"),
    "newer": Text(zh="较新", en="Newer"),
    "older": Text(zh="较旧", en="Older"),
    "download": Text(zh="下载", en="Download"),
    "back": Text(zh="返回", en="Back"),
    "show": Text(zh="显示", en="Show"),
    "reason": Text(zh="理由", en="Reason"),
    "required": Text(zh="必填", en="required"),
    "optional": Text(zh="选填", en="optional"),
    "copy": Text(zh="复制", en="Copy"),
    "copied": Text(zh="已复制", en="Copied"),
    # States
    "nothing": Text(zh="没有内容", en="Nothing here"),
    "waiting": Text(zh="排队中", en="Waiting"),
    "ahead": Text(zh="前面还有 {count} 个", en="{count} before it"),
    "renewed": Text(zh="有新结果，点此查看", en="There is something new. Show it"),
    "running": Text(zh="处理中", en="Under way"),
    "covered": Text(zh="已遮盖", en="Covered"),
    "yes": Text(zh="是", en="Yes"),
    "no": Text(zh="否", en="No"),
    "unknown": Text(zh="未知", en="Unknown"),
    "never": Text(zh="从未", en="Never"),
}
