"""The rounds of tools in one call: what was asked for, what has answered, what is still to be said of it.

A tool is never cancelled and its answer never lost; what it wanted spoken may be overtaken by the caller.
"""

from typing import Any, Literal

from media_service.conversation.events import ToolCall, ToolDone
from media_service.conversation.history import SophieSaid
from media_service.conversation.lines import Limits

_LONGEST_ARGUMENTS = 8_000


class ToolRounds:
    """Bookkeeping only: the conversation decides what is said and asked."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._rounds = 0
        self._seen = 0
        self._running: dict[str, SophieSaid] = {}
        self._done: list[ToolDone] = []
        self._said: dict[str, SophieSaid] = {}
        self._refused = False
        self.reply_owed = False
        """The caller finished a turn while tools ran: it must be answered when they are done."""

    @property
    def running(self) -> bool:
        return bool(self._running)

    @property
    def ending(self) -> Literal["goodbye", "transfer"] | None:
        """How the round that has just finished wants the call to end."""
        return next((d.ending for d in self._done if d.ending), None)

    @property
    def model_must_answer(self) -> bool:
        """Whether the round that has just finished left something that only the model can put into words."""
        return self._refused or any(d.spoken is None for d in self._done)

    def new_turn(self) -> None:
        self._rounds = 0

    def owe_a_reply(self) -> None:
        self.reply_owed = True

    def start(self, said: SophieSaid, calls: tuple[ToolCall, ...]) -> tuple[ToolCall, ...] | None:
        """Begin a round; the calls to be run, or None when this turn has had too many rounds.

        Calls beyond the limit of a round are answered here, with a refusal the model can read.
        """
        self._rounds += 1
        if self._rounds > self._limits.tool_rounds:
            return None
        self._done, self._said, self._refused, self.reply_owed = [], {}, False, False
        said.tool_calls = tuple(self._own_id(call) for call in calls)
        allowed = said.tool_calls[: self._limits.tool_calls]
        for call in said.tool_calls[self._limits.tool_calls :]:
            self._refused = True
            said.results[call.id] = {"status": "error", "reason": "Too many tools at once. Ask for one at a time."}
        self._running.update((call.id, said) for call in allowed)
        return allowed

    def record(self, done: ToolDone) -> bool:
        """Take in an answer; False when nobody asked for it."""
        said = self._running.pop(done.call_id, None)
        if said is None:
            return False
        said.results[done.call_id] = done.content
        self._said[done.call_id] = said
        self._done.append(done)
        return True

    def take_spoken(self, *, only_changes: bool) -> list[ToolDone]:
        """The answers with words to be spoken now, in order.

        With `only_changes` the caller has the floor: what a committed change says must still be said, a read-back or a
        goodbye has been overtaken and is shown to the model as not spoken.
        """
        spoken = [d for d in self._done if d.spoken is not None]
        for done in spoken:
            if only_changes and not done.changed:
                self._said[done.call_id].results[done.call_id] = _unspoken(done)
        return [d for d in spoken if d.changed or not only_changes]

    def _own_id(self, call: ToolCall) -> ToolCall:
        """The model's ids may repeat: history needs each but once. Overlong arguments are not kept."""
        self._seen += 1
        arguments = call.arguments if len(call.arguments) <= _LONGEST_ARGUMENTS else "{}"
        return ToolCall(f"{call.id[:40] or 'call'}_{self._seen}", call.name[:64], arguments)


def _unspoken(done: ToolDone) -> dict[str, Any]:
    content = dict(done.content)
    content["not_spoken"] = content.pop("spoken", done.spoken)
    return content
