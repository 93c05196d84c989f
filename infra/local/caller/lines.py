"""Which line a caller says next: his answers to what he has heard, then his own lines, then a last resort.

At each of his turns the first answer whose pattern stands in Sophie's words is said, at most three times (one who is
asked again says it again) and in any order. Where none fits, the plain lines are said one after the other; where none
is left, what Sophie has ready-made is answered, and then the `[else]` lines are said. Who cannot make out words says
plain lines and answers in the order of the script. It refuses to know when his turn is and how words sound.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from infra.local.caller.script import Answer, Line, Step

TIMES = 3


class ReadyMade(str):
    """Words that Sophie has ready-made, whatever was said: a greeting, "one moment", "are you still there?"."""

    __slots__ = ()


class Lines:
    """What is left to say. Words that Sophie says go in by `hear`; they count from the caller's last line on."""

    def __init__(self, lines: Sequence[Line], *, understands: bool) -> None:
        answers = [line for line in lines if isinstance(line, Answer)]
        self._answers = [answer for answer in answers if answer.pattern is not None] if understands else []
        self._last_resorts = [answer for answer in answers if answer.pattern is None] if understands else []
        self._plain = [step for line in lines if (step := _as_plain(line, understands=understands)) is not None]
        self._said: Counter[Answer] = Counter()
        self._words: list[str] = []
        self._ready_made: list[str] = []
        self._answered = False

    def hear(self, words: str) -> None:
        """Ready-made ones leave what she asked before them open: "Are you still there?" asks for the same answer."""
        if isinstance(words, ReadyMade):
            self._ready_made.append(words)
            return
        if self._answered:
            self._words.clear()
            self._answered = False
        self._words.append(words)

    def line_is_over(self) -> None:
        """What is heard from now on is news; until then her last words stand."""
        self._answered = True
        self._ready_made.clear()

    @property
    def next_plain(self) -> Step | None:
        return self._plain[0] if self._plain else None

    def take_plain(self) -> Step:
        return self._plain.pop(0)

    def take(self) -> Step | None:
        """What to say at one's turn; None when there is nothing."""
        fitting = self._answer_to(self._words)
        if fitting is None and self._plain:
            return self.take_plain()
        chosen = (
            fitting
            or self._answer_to(self._ready_made)
            or next((each for each in self._last_resorts if self._said[each] < TIMES), None)
        )
        if chosen is None:
            return None
        self._said[chosen] += 1
        return chosen.reply

    def _answer_to(self, words: Sequence[str]) -> Answer | None:
        heard = " ".join(words)
        return next((each for each in self._answers if self._said[each] < TIMES and each.fits(heard)), None)


def _as_plain(line: Line, *, understands: bool) -> Step | None:
    if not isinstance(line, Answer):
        return line
    return None if understands or line.pattern is None else line.reply
