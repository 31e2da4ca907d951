"""What of a streamed text may be handed on: it is reviewed in windows, and its end waits for what follows.

A window is what came since the last look, with some text before it, so that words split between windows are seen. Looks
follow each other without a pause, and a window is as long as the look before it took: quick engines look at each
piece, slow ones at sentences. The last characters (`hold_back`) wait until what comes behind them was seen too: of a
passage that is refused, no beginning longer than its own length less `hold_back` has gone out. The very first piece of
a text does not wait, if it is as short as a token: whoever reads it shall see at once that an answer comes. Where the
generator pauses, what was looked at goes out, too.
"""

from __future__ import annotations

from typing import Final

CONTEXT: Final = 400
"""Characters before a window that are looked at once more: longer than any entry of a feature library."""
FIRST: Final = 16
"""Characters of a first piece that does not wait."""


class Track:
    """One text as it comes in."""

    def __init__(self, hold_back: int) -> None:
        self._hold_back = hold_back
        self._parts: list[str] = []
        self._fresh: list[str] = []
        self._before = ""
        self._first = 0
        self.total = 0
        self._looked = 0
        self.ended = False

    @property
    def text(self) -> str:
        """Everything that came in."""
        return "".join(self._parts)

    @property
    def safe(self) -> int:
        """How many characters may be handed on."""
        if self.ended:
            return self._looked
        return max(min(self._first, self._looked), self._looked - self._hold_back)

    def add(self, piece: str) -> int:
        """Takes a piece in. Returns how many characters there are with it."""
        if piece:
            self._parts.append(piece)
            self._fresh.append(piece)
            if not self.total and len(piece) <= FIRST:
                self._first = len(piece)
            self.total += len(piece)
        return self.total

    def pause(self) -> None:
        """Hands on all that was looked at: the generator pauses, and nobody shall wait for half a sentence."""
        self._first = self._looked

    def window(self) -> str:
        """What is to be looked at next; empty where everything was."""
        return self._before + "".join(self._fresh) if self._fresh else ""

    def looked(self, window: str) -> None:
        """Takes note that this window was looked at, and nothing was found in it."""
        self._before = window[-CONTEXT:]
        self._fresh.clear()
        self._looked = self.total
