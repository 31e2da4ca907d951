"""How items of the people's queue are shown, and their files written out, for `overt review`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from overt.cli.show import out, plain, print_json
from overt.language import Text

if TYPE_CHECKING:
    from overt.gate.review.queue import Item
    from overt.store.reviews import Reviews

Folder = Annotated[
    Path | None,
    typer.Option(
        "-o", "--out", metavar="DIR", help=str(Text(zh="文件写入此目录。", en="Write the files into this folder."))
    ),
]
_STATES = {
    "waiting": Text(zh="待领取", en="waiting"),
    "claimed": Text(zh="已领取", en="claimed"),
    "settled": Text(zh="已处理", en="settled"),
}


def brief(item: Item) -> None:
    """One line: where an item stands."""
    state = _STATES[item.state]
    told = f" {item.outcome} {item.settled}" if item.state == "settled" else f" {item.claimed_by}".rstrip()
    about = ", ".join((item.purpose, *item.categories))
    out.print(f"{item.id}  {state}{plain(told)}  [dim]{item.added}  {plain(about)}[/]", soft_wrap=True)


def follows(item: Item) -> Text:
    """What the id beside a settled item means."""
    if not any(each.role == "output" for each in item.materials):
        return Text(zh="新的决定", en="new decision")
    if item.outcome == "pass":
        return Text(zh="可按此决定添加标识并发布", en="it can be marked and released by this decision")
    return Text(zh="不得按此决定发布", en="it stays refused for this decision")


def show_item(queue: Reviews, item: Item, folder: Path | None, *, as_json: bool) -> None:
    """Shows what is reviewed, and writes its files where a folder is named."""
    written = _write(queue, item, folder) if folder is not None else {}
    if as_json:
        print_json(asdict(item) | {"files": [str(written[each]) for each in sorted(written)]})
        return
    brief(item)
    for number, seen in enumerate(item.materials):
        file = written.get(number) or (_WRITE if seen.object else _NOT_KEPT if seen.path else "")
        out.print(f"    {_ROLES[seen.role]} · {_MEDIA[seen.medium]}  {plain(seen.text or str(file))}", soft_wrap=True)
        for remark in seen.remarks:
            out.print(f"      [dim]{plain(remark)}[/]", soft_wrap=True)


def _write(queue: Reviews, item: Item, folder: Path) -> dict[int, Path]:
    """Writes the files of an item, for the owner's eyes alone. Returns where, by the number of the material."""
    written = {}
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for number, seen in enumerate(item.materials):
        data = queue.file(item, number) if seen.object else None
        if data is not None:
            target = folder / f"{item.id}-{number + 1}{Path(seen.path).suffix}"
            target.unlink(missing_ok=True)
            target.touch(mode=0o600)
            target.write_bytes(data)
            written[number] = target
    return written


_WRITE = Text(zh="用 -o 目录 取出文件", en="-o DIR writes the file out")
_NOT_KEPT = Text(zh="文件未保存", en="the file was not kept")
_ROLES = {
    "prompt": Text(zh="提示词", en="prompt"),
    "input": Text(zh="输入", en="input"),
    "output": Text(zh="产出", en="output"),
}
_MEDIA = {
    "text": Text(zh="文本", en="text"),
    "document": Text(zh="文档", en="document"),
    "image": Text(zh="图片", en="picture"),
    "audio": Text(zh="音频", en="sound"),
    "video": Text(zh="视频", en="film"),
    "scene": Text(zh="虚拟场景", en="scene"),
}
