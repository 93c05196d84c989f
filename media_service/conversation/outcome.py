"""What a call came to, in one word, for the reports. What was written outlasts whatever happened to the line later."""

from typing import Literal

Ending = Literal["goodbye", "transfer"]


class Outcome:
    """One per call."""

    def __init__(self) -> None:
        self._written: str | None = None
        self._other: str | None = None

    @property
    def written(self) -> str | None:
        """What was committed last, if anything was."""
        return self._written

    def wrote(self, outcome: str) -> None:
        """A tool committed a row."""
        self._written = outcome

    def suggest(self, outcome: str) -> None:
        """How the call went on, unless something was written. The first suggestion stays."""
        self._other = self._other or outcome

    def final(self) -> str:
        return self._written or self._other or "abandoned"
