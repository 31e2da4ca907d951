"""After the guide: as long as nothing was marked, "Today" leads to the first content."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from overt.language import Text
from overt.store.tables.content import contents
from overt.web.attention import Attention, Item

if TYPE_CHECKING:
    from overt.access.model import Principal
    from overt.web.house import Site


def _attention(house: Site, _: Principal) -> list[Item]:
    with house.store.reading() as connection:
        if connection.execute(select(contents.c.content_id).limit(1)).first():
            return []
    told = Text(
        zh="选一个文件，添加标识，看看标识在哪里，再到公众的验证页面验证它。",
        en="Choose a file, mark it, see where the marks sit, then check it on the public page.",
    )
    return [Item(Text(zh="为第一个文件添加标识", en="Mark your first file"), "/console/contents/new", detail=told)]


ATTENTION: Final = Attention(Text(zh="开始使用", en="Getting started"), ("contents:mark",), _attention)
