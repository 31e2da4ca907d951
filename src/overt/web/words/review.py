"""Words of the review queue."""

from __future__ import annotations

from typing import Final

from overt.language import Text

MEDIA: Final[dict[str, Text]] = {
    "text": Text(zh="文本", en="text"),
    "document": Text(zh="文档", en="document"),
    "image": Text(zh="图片", en="picture"),
    "audio": Text(zh="音频", en="sound"),
    "video": Text(zh="视频", en="film"),
    "scene": Text(zh="虚拟场景", en="scene"),
}
ROLES: Final[dict[str, Text]] = {
    "prompt": Text(zh="提示词", en="Prompt"),
    "input": Text(zh="输入", en="Input"),
    "output": Text(zh="产出", en="Output"),
}
STATES: Final[dict[str, Text]] = {
    "waiting": Text(zh="待领取", en="Waiting"),
    "claimed": Text(zh="审核中", en="With a reviewer"),
    "settled": Text(zh="已处理", en="Settled"),
}
ANSWERS: Final[dict[str, Text]] = {
    "pass": Text(zh="通过", en="Pass"),
    "refuse": Text(zh="拒绝", en="Refuse"),
    "escalate": Text(zh="上报", en="Escalate"),
}
KINDS: Final = {"pass": "good", "refuse": "bad", "escalate": "warn"}
"""The colours of answers."""

WORDS: Final[dict[str, Text]] = {
    "title": Text(zh="审核队列", en="Review queue"),
    "lead": Text(
        zh="引擎无法定论、需由人判断的内容。列表不显示内容本身，领取后才能查看。",
        en="What the engines left to people. The list shows no material: you see it once an item is yours.",
    ),
    "take": Text(zh="领取下一个", en="Take the next"),
    "continue": Text(zh="继续审核您领取的条目", en="Go on with the item that you have"),
    "free": Text(zh="等待领取", en="waiting for somebody"),
    "claimed": Text(zh="审核中", en="with reviewers"),
    "senior": Text(zh="等待复核", en="waiting for a senior"),
    "unfollowed": Text(zh="尚无后续", en="answers not yet carried out"),
    "oldest": Text(zh="最早等待始于 {since}", en="the longest since {since}"),
    "tab_waiting": Text(zh="待审核", en="To review"),
    "tab_settled": Text(zh="已处理", en="Settled"),
    "none_waiting": Text(zh="没有待审核的条目", en="Nothing waits"),
    "none_waiting_hint": Text(
        zh="闸口把需要人工判断的请求和产出放到这里。现在可以休息一下。",
        en="Requests and outputs that need a person's judgement come here. Have a rest.",
    ),
    "none_settled": Text(zh="还没有已处理的条目", en="Nothing has been settled yet"),
    "none_settled_hint": Text(zh="答复过的条目会列在这里。", en="Items that were answered are listed here."),
    "none_for_you": Text(zh="现在没有您可以领取的条目。", en="There is nothing that you can take now."),
    "col_item": Text(zh="条目", en="Item"),
    "col_age": Text(zh="等待", en="Age"),
    "col_about": Text(zh="类别与用途", en="Categories and purpose"),
    "col_priority": Text(zh="优先级", en="Priority"),
    "col_level": Text(zh="级别", en="Level"),
    "col_state": Text(zh="状态", en="State"),
    "col_outcome": Text(zh="结果", en="Outcome"),
    "col_settled": Text(zh="处理时间", en="Settled"),
    "level_first": Text(zh="初审", en="First"),
    "level_senior": Text(zh="复核", en="Senior"),
    "eyes": Text(zh="双人审核，已答复 {count}", en="two pairs of eyes, {count} answered"),
    "yours": Text(zh="您的", en="yours"),
    "no_category": Text(zh="未分类", en="no category"),
    "minutes": Text(zh="{n} 分钟", en="{n} min"),
    "hours": Text(zh="{n} 小时", en="{n} h"),
    "days": Text(zh="{n} 天", en="{n} d"),
    # One item
    "item": Text(zh="审核条目", en="Review item"),
    "yours_until": Text(zh="您领取的条目，至 {time}", en="Yours until {time}"),
    "left": Text(zh="剩余 %", en="% left"),
    "renewing": Text(zh="页面打开且您在使用时自动延长。", en="It is lengthened by itself while you work on this page."),
    "renew": Text(zh="延长 15 分钟", en="15 minutes more"),
    "give_back": Text(zh="放回队列", en="Put it back"),
    "ending": Text(zh="领取即将到期，请延长或答复。", en="Your time is nearly over: lengthen it, or answer."),
    "lost": Text(zh="该条目已不在您名下", en="This item is not yours any more"),
    "lost_hint": Text(
        zh="领取已到期，或已由他人领取。您写的内容仍在下方；若无人领取，可重新领取后提交。",
        en="Your time was over, or somebody else took it. What you wrote is still below. If nobody has it, take it "
        "again and send it.",
    ),
    "take_again": Text(zh="重新领取", en="Take it again"),
    "taken": Text(zh="已由他人领取，您的答复未被记录。", en="Somebody else has it now; your answer was not recorded."),
    "not_yours": Text(
        zh="该条目不在您名下，内容不予显示。", en="This item is not yours, so its material is not shown."
    ),
    "materials": Text(zh="内容", en="What is reviewed"),
    "erased": Text(
        zh="请求者的密钥已销毁，内容无法再读取。", en="The key of whoever asked was destroyed: it can be read no more."
    ),
    "beside": Text(zh="一并显示，供对照", en="beside it, to compare"),
    "waits": Text(zh="待判断", en="to be judged"),
    "reveal": Text(zh="显示原图（按住空格或按住图片）", en="Show it (hold Space, or press and hold)"),
    "reveal_film": Text(zh="显示画面", en="Show the pictures"),
    "muted": Text(zh="静音，不自动播放", en="muted; it does not play by itself"),
    "file": Text(zh="打开文件", en="Open the file"),
    "fetch": Text(zh="下载文件", en="Download the file"),
    "not_kept": Text(zh="文件未保存", en="The file was not kept"),
    "not_shown": Text(zh="无法显示：{why}", en="It cannot be shown: {why}"),
    "preview_of": Text(zh="{role}：{medium}的预览", en="{role}: preview of the {medium}"),
    "engines_said": Text(zh="引擎的意见", en="What the engines said"),
    "looked": Text(zh="已审核的引擎：{engines}", en="Engines that looked: {engines}"),
    "nobody_looked": Text(zh="没有引擎审核过。", en="No engine has looked."),
    "hit": Text(zh="命中：{category}（条目 {entry}）", en="hit: {category} (entry {entry})"),
    "request": Text(zh="请求", en="The request"),
    "purpose": Text(zh="用途", en="Purpose"),
    "techniques": Text(zh="技术", en="Techniques"),
    "categories": Text(zh="类别", en="Categories"),
    "decision": Text(zh="决定", en="Decision"),
    "reasons": Text(zh="决定的理由", en="Reasons of the decision"),
    "earlier": Text(zh="此前的答复", en="Earlier answers"),
    "blind": Text(
        zh="本条目需两人分别审核，您答复后才能看到他人的答复。",
        en="Two people look at this one apart: you see the other's answer after your own.",
    ),
    "by": Text(zh="由 {who}", en="by {who}"),
    # Answering
    "answer": Text(zh="答复", en="Your answer"),
    "choose": Text(zh="请选择通过、拒绝或上报。", en="Choose pass, refuse or escalate."),
    "duties": Text(zh="依据的义务", en="Duties that it rests on"),
    "other_duty": Text(zh="其他义务（按编号或文字查找，可填多个）", en="Another duty (search by id or words)"),
    "words": Text(zh="理由（会告知请求者）", en="Reason, in your words (whoever asked reads it)"),
    "words_hint": Text(zh="勾选了义务时可以不写。", en="May stay empty where you tick a duty."),
    "send": Text(zh="提交答复", en="Send the answer"),
    # Settled
    "done_settled": Text(zh="答复已记录。", en="Your answer is recorded."),
    "done_waiting": Text(
        zh="答复已记录，条目等待另一位审核员。", en="Your answer is recorded; the item waits for another reviewer."
    ),
    "done_back": Text(zh="条目已放回队列。", en="The item is back in the queue."),
    "done_renewed": Text(zh="已延长。", en="You have 15 minutes more."),
    "followed": Text(zh="后续", en="What followed"),
    "followed_new": Text(zh="产生了新的决定：", en="A new decision was made: "),
    "followed_pass": Text(
        zh="产出内容可以按原决定添加标识并发布。", en="The output can be marked and released by its decision."
    ),
    "followed_refuse": Text(zh="产出内容不得按该决定发布。", en="The output stays refused for its decision."),
    "following": Text(zh="正在作出后续决定", en="The decision that follows is being made"),
    "not_followed": Text(zh="后续决定尚未作出", en="What follows has not been made yet"),
    "not_followed_hint": Text(
        zh="答复没有丢失。请重试；若仍不成功，请告知管理员。",
        en="The answer is not lost. Try again; if it fails once more, tell an administrator.",
    ),
    "follow": Text(zh="立即作出", en="Make it now"),
    "prepare": Text(zh="添加标识并准备下载", en="Mark it and prepare the file"),
    "preparing": Text(zh="正在添加标识", en="The marks are being put on"),
    "fetch_marked": Text(zh="下载已标识的文件", en="Download the marked file"),
    "fetch_hours": Text(zh="可下载 {hours} 小时。", en="It can be fetched for {hours} hours."),
    "prepare_failed": Text(zh="未能添加标识", en="It could not be marked"),
    "outcome": Text(zh="结果", en="Outcome"),
    # Wellbeing
    "comfort": Text(zh="显示与快捷键", en="Display and keys"),
    "comfort_lead": Text(zh="这些设置只保存在此浏览器中。", en="These choices stay in this browser."),
    "blur": Text(zh="图片和视频的模糊程度", en="How blurred pictures and films are"),
    "blur_strong": Text(zh="强（默认）", en="strongly (default)"),
    "blur_light": Text(zh="弱", en="lightly"),
    "blur_none": Text(zh="不模糊", en="not at all"),
    "grey": Text(zh="以灰度显示", en="Show them in grey"),
    "size": Text(zh="预览大小", en="Size of previews"),
    "size_small": Text(zh="小（默认）", en="small (default)"),
    "size_medium": Text(zh="中", en="medium"),
    "keys": Text(zh="使用单键快捷键", en="Use single keys"),
    "rest": Text(zh="提醒休息", en="Remind me to rest"),
    "rest_never": Text(zh="不提醒", en="never"),
    "rest_after": Text(zh="连续审核 {n} 分钟后", en="after {n} minutes"),
    "rest_now": Text(zh="您已连续审核 {n} 分钟", en="You have reviewed for {n} minutes"),
    "rest_hint": Text(
        zh="先离开屏幕休息一下；当前条目可以放回队列。",
        en="Look away for a while. You can put this item back.",
    ),
    "saved": Text(zh="已保存。", en="Saved."),
    "help": Text(zh="快捷键", en="Keys"),
    "help_off": Text(zh="快捷键已关闭。", en="Single keys are switched off."),
    "key_move": Text(zh="下一项、上一项内容", en="next, previous material"),
    "key_reveal": Text(zh="按住时显示当前内容", en="show the current material while held"),
    "key_pass": Text(zh="选择通过", en="choose pass"),
    "key_refuse": Text(zh="选择拒绝", en="choose refuse"),
    "key_escalate": Text(zh="选择上报", en="choose escalate"),
    "key_send": Text(zh="提交答复", en="send the answer"),
    "key_help": Text(zh="显示或隐藏本说明", en="show or hide this help"),
    "space": Text(zh="空格", en="Space"),
    "or": Text(zh="或", en="or"),
    "keys_note": Text(zh="输入文字时不起作用。", en="They do nothing while you type."),
}
