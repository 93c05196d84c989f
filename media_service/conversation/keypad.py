"""Keys of the caller's telephone, gathered into a number that is complete when it has its digits, ends with the hash
key or with a pause, and starts over with the star.

What was typed as a second factor is a secret: nobody is shown its digits, the model least of all. It passes a
placeholder on, and the server puts the digits in.
"""

from collections.abc import Set
from dataclasses import dataclass

from media_service.conversation.endpointing import Asked

# What the model is given for a secret, and may give back to a tool.
PLACEHOLDER = "[keypad digits]"
NUMERIC = frozenset({Asked.PHONE, Asked.ZIP, Asked.VIN, Asked.VIN_END, Asked.PLATE})
_SECRET = frozenset({Asked.ZIP, Asked.VIN_END})
_PHONE_DIGITS = 10
_LENGTHS = {Asked.ZIP: 5, Asked.PHONE: _PHONE_DIGITS}


@dataclass(frozen=True, slots=True)
class Typed:
    """A number that was typed, as it may be written down and as the model is told of it; `secret` holds the digits that
    neither shows."""

    shown: str
    for_model: str
    secret: str | None = None
    person: bool = False
    """It is no number: it stands for a person."""


class Keypad:
    """One per call; the pause is watched for by others."""

    def __init__(self) -> None:
        self._digits = ""
        self.complete = False

    def press(self, key: str, asked: Set[Asked]) -> bool:
        """Take in a key while this was asked for; whether a number has begun, goes on, starts over or ends with it."""
        had_begun = self.begun
        if key == "*":
            self._digits = ""
        elif key != "#":
            self._digits += key
        self.complete = self.begun and (key == "#" or len(self._digits) == self._wanted(asked))
        return had_begun or self.begun

    @property
    def begun(self) -> bool:
        """Whether there is a part of a number."""
        return bool(self._digits)

    def _wanted(self, asked: Set[Asked]) -> int | None:
        """How many digits make the number that was asked for; None when that is not known."""
        if len(asked) != 1:
            return None
        if Asked.PHONE in asked and self._digits.startswith("1"):
            return _PHONE_DIGITS + 1
        return _LENGTHS.get(next(iter(asked)))

    def take(self, asked: Set[Asked]) -> Typed | None:
        """The number so far, if there is one; a new one begins."""
        digits, self._digits, self.complete = self._digits, "", False
        if not digits:
            return None
        if asked & _SECRET and len(digits) < _PHONE_DIGITS:
            return Typed("•" * len(digits), PLACEHOLDER, digits)
        return Typed(digits, digits, person=not (digits.strip("0") or asked & NUMERIC))
