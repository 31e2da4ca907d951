"""The decorator for any Python function that generates.

```python
@overt.generator(technique="image_generation", purpose="education")
def draw(prompt: str) -> PIL.Image.Image: ...

made = draw("a lighthouse")
made.value, made.content_id, made.contents[0].path
```

Before the function runs, the gate is asked, where it is on: the texts among its arguments are the prompt, files and
pictures its input. What it gives comes back as the same kind of thing, marked. Pieces of a text (an iterator) are
labelled as they come; each is looked at together with those before it, and the text is recorded when it ends.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any, Final, Generic, ParamSpec, TypeVar

from overt.errors import UnsupportedError
from overt.gate.model import Ask, Decision, Depicted
from overt.language import Text
from overt.settings import Setup
from overt.wrappers import outcomes, studio
from overt.wrappers.studio import Content, Studio

P = ParamSpec("P")
T = TypeVar("T")

CONTEXT: Final = 400
"""Characters before a piece of a text that are looked at once more with it."""


@dataclass(frozen=True, slots=True)
class Generated(Generic[T]):
    """What came of a call: the value with its marks, as the function gave it, and the contents that were released.

    `decision` is the id of the gate's decision, empty where the gate is off. Pieces of a text have no content yet.
    """

    value: T
    content_id: str
    decision: str
    contents: tuple[Content, ...]


def generator(  # noqa: PLR0913  (what is known beforehand of each call, all by name)
    *,
    technique: str | Sequence[str],
    purpose: str = "",
    account: str = "",
    function: str = "",
    model: str = "",
    rate: int | None = None,
    outputs: int = 1,
    depicted: Sequence[Depicted] = (),
    setup: Setup | None = None,
) -> Callable[[Callable[P, T]], Callable[P, Generated[T]]]:
    """Gates a function, and marks what it gives.

    Args:
        technique: one technique of the Deep Synthesis Provisions, art. 23, or several.
        purpose: the purpose, for the gate.
        account: for whom it runs; `overt.requested` says it for each request.
        function: what kill switches know it by; the function's own name where empty.
        model: name and version of the model.
        rate: samples a second, where arrays are sounds.
        outputs: how many contents the function gives at most: a list of several is marked one by one.
        depicted: whose likeness is used.
        setup: the set-up; the one that applies where the function runs, if none is given.
    """
    techniques = (technique,) if isinstance(technique, str) else tuple(technique)

    def wrapped(call: Callable[P, T]) -> Callable[P, Generated[T]]:
        named = function or f"{call.__module__}.{call.__qualname__}"

        @wraps(call)
        def run(*args: P.args, **kwargs: P.kwargs) -> Generated[T]:
            house = studio.studio(setup)
            bound = inspect.signature(call).bind(*args, **kwargs)
            words, files = brought(list(bound.arguments.values()))
            decision = house.decide(
                Ask(
                    account, techniques, purpose, named, model, studio.materials(words, files), tuple(depicted), outputs
                )
            )
            value = call(*args, **kwargs)
            return Work(house, techniques, decision, rate).generated(value)

        return run

    return wrapped


def brought(arguments: Sequence[Any]) -> tuple[str, list[outcomes.Made]]:
    """The texts among arguments, and the files. What else a function takes, numbers and models, is nobody's content."""
    words: list[str] = []
    files: list[outcomes.Made] = []
    for each in arguments:
        if isinstance(each, str):
            words.append(each)
        elif isinstance(each, dict):
            more = brought(list(each.values()))
            words, files = [*words, *filter(None, [more[0]])], files + more[1]
        elif isinstance(each, (list, tuple)):
            more = brought(list(each))
            words, files = [*words, *filter(None, [more[0]])], files + more[1]
        elif isinstance(each, (Path, bytes)) or outcomes.is_picture(each):
            files += filter(None, [outcomes.made(each)])
    return "\n".join(words), files


class Work:
    """Marks what one call gives, under one decision."""

    def __init__(
        self, house: Studio, techniques: tuple[str, ...], decision: Decision | None, rate: int | None = None
    ) -> None:
        self.house = house
        self.techniques = techniques
        self.decision = decision
        self.rate = rate
        self.contents: list[Content] = []
        self._used = 0

    def generated(self, value: Any) -> Generated[Any]:
        """The value with its marks."""
        if isinstance(value, Iterator):
            written = self.house.begin_text(self.techniques, self.decision, self.next_id())
            return self.told(self._pieces(value, written), written.content_id)
        if isinstance(value, (list, tuple)):
            return self.told(type(value)(self.marked(each) for each in value))
        return self.told(self.marked(value))

    def told(self, value: Any, content_id: str = "") -> Generated[Any]:
        """The value with what was released."""
        named = content_id or next((each.content_id for each in self.contents), "")
        return Generated(value, named, self.decision.id if self.decision else "", tuple(self.contents))

    def marked(self, value: Any) -> Any:
        """One value with its marks. Raises `UnsupportedError` for what cannot carry any."""
        if isinstance(value, str):
            return self.text(value)
        output = outcomes.made(value, self.rate)
        if output is None:
            raise UnsupportedError(
                f"a {type(value).__name__} cannot be marked",
                f"无法标识类型 {type(value).__name__}",
                hint=Text(
                    zh="返回路径（pathlib.Path）、字节、PIL 图像、NumPy 数组、文本或文本片段。",
                    en="Give a path (pathlib.Path), bytes, a PIL picture, a NumPy array, a text or pieces of one.",
                ),
            )
        content = self.house.mark(output, self.techniques, self.decision, self.next_id())
        self.contents.append(content)
        assert content.path is not None  # noqa: S101  (a file was marked)
        return outcomes.back(output.kind, content.path, value)

    def text(self, value: str) -> str:
        """A whole text with its label."""
        self.house.review(self.decision, value)
        written = self.house.begin_text(self.techniques, self.decision, self.next_id())
        text = written.piece(value) + written.end()
        self.contents.append(self.house.end_text(written, self.techniques, self.decision))
        return text

    def next_id(self) -> str:
        """The next content id of the decision; empty where there is none, so that one is made."""
        if self.decision is None:
            return ""
        if self._used >= len(self.decision.content_ids):
            raise UnsupportedError(
                f"the decision covers {len(self.decision.content_ids)} outputs, and there are more",
                f"决定仅涵盖 {len(self.decision.content_ids)} 个产出，实际更多",
                hint=Text(zh="用 outputs 说明最多产出几个。", en="Say by `outputs` how many there are at most."),
            )
        self._used += 1
        return self.decision.content_ids[self._used - 1]

    def _pieces(self, value: Iterator[Any], written: Any) -> Iterator[str]:
        said, window = [], ""
        try:
            for piece in value:
                said.append(str(piece))
                window = (window + said[-1])[-(CONTEXT + len(said[-1])) :]
                self.house.review(self.decision, window, record=False)
                if told := written.piece(str(piece)):
                    yield told
            self.house.review(self.decision, "".join(said))
            if end := written.end():
                yield end
        finally:
            if written.text:
                self.contents.append(self.house.end_text(written, self.techniques, self.decision))
