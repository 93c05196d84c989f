"""The rounds of tools in one call: what was asked for, what has answered, what is still to be said of it.

A tool is never cancelled and its answer never lost, however late; what it wanted spoken may be overtaken by the caller.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from media_service.conversation.events import ToolCall, ToolDone
from media_service.conversation.history import SophieSaid
from media_service.conversation.lines import Limits
from media_service.conversation.outcome import Ending

_LONGEST_ARGUMENTS = 8_000
# Tools that change nothing and tell nobody: they may run for a turn that is only probably over.
READ_ONLY = frozenset({"get_available_slots", "get_upcoming_appointments", "decode_vin"})
_NOT_IN_A_NAME = re.compile(r"[^a-zA-Z0-9_-]")


@dataclass(frozen=True, slots=True)
class Answers:
    """What tools have answered and nobody has spoken of, each beside the reply that asked."""

    done: tuple[tuple[SophieSaid, ToolDone], ...]
    some_unspeakable: bool

    @property
    def ending(self) -> Ending | None:
        """How they want the call to end."""
        return next((done.ending for _, done in self.done if done.ending), None)

    @property
    def model_must_answer(self) -> bool:
        """Whether something is left that only the model can put into words."""
        return self.some_unspeakable or any(done.spoken is None for _, done in self.done)

    def to_speak(self, *, only_changes: bool) -> list[tuple[SophieSaid, ToolDone]]:
        """Those with words to be spoken now, in order.

        With `only_changes` the caller has gone on: what was committed must still be told, a read-back or a goodbye has
        been overtaken.
        """
        return [(s, d) for s, d in self.done if d.spoken is not None and (d.changed or not only_changes)]


class ToolRounds:
    """Bookkeeping only: the conversation decides what is said and asked."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._rounds = 0
        self._seen = 0
        self._running: dict[str, SophieSaid] = {}
        self._late: dict[str, SophieSaid] = {}
        self._done: list[tuple[SophieSaid, ToolDone]] = []
        self._some_unspeakable = False
        self.reply_owed = False
        """The caller finished a turn while tools ran: it must be answered when they are done."""

    @property
    def running(self) -> bool:
        """Whether a round is still being waited for."""
        return bool(self._running)

    @property
    def settled(self) -> bool:
        """Whether every tool that was ever run has answered."""
        return not self._running and not self._late

    @property
    def unspoken(self) -> bool:
        """Whether a round is over, or a late change is known, and nothing has been said of it."""
        return not self._running and bool(self._done or self._some_unspeakable)

    @property
    def speechless(self) -> bool:
        """Whether nothing of what has answered wants to be spoken, or ends the call."""
        return all(done.spoken is None and done.ending is None for _, done in self._done)

    def new_turn(self) -> None:
        self._rounds = 0

    def forget(self, withdrawn: Sequence[SophieSaid]) -> None:
        """These answers were never given: what they asked for, all of it read-only, is not waited for."""
        ours = {id(said) for said in withdrawn}
        self._running = {call: said for call, said in self._running.items() if id(said) not in ours}
        self._late = {call: said for call, said in self._late.items() if id(said) not in ours}
        self._done = [(said, done) for said, done in self._done if id(said) not in ours]
        if not self._done:
            self._some_unspeakable = False

    def start(self, said: SophieSaid, calls: tuple[ToolCall, ...]) -> tuple[ToolCall, ...] | None:
        """Begin a round; the calls to be run, or None when this turn has had too many rounds.

        Calls beyond the limit of a round are answered here, with a refusal the model can read.
        """
        self._rounds += 1
        if self._rounds > self._limits.tool_rounds:
            return None
        said.tool_calls = tuple(self._own_id(call) for call in calls)
        allowed = said.tool_calls[: self._limits.tool_calls]
        for call in said.tool_calls[self._limits.tool_calls :]:
            self._some_unspeakable = True
            said.results[call.id] = {"status": "error", "reason": "Too many tools at once. Ask for one at a time."}
        self._running.update((call.id, said) for call in allowed)
        return allowed

    def late(self, call_id: str, content: Mapping[str, Any]) -> bool:
        """A tool is no longer waited for; `content` stands for its answer until it comes."""
        said = self._running.pop(call_id, None)
        if said is None:
            return False
        self._late[call_id] = said
        said.results[call_id] = content
        self._some_unspeakable = True
        return True

    def record(self, done: ToolDone) -> bool:
        """Take in an answer; False when nobody asked for it. A late one is spoken of only if it changed something."""
        late = self._late.pop(done.call_id, None)
        said = self._running.pop(done.call_id, late)
        if said is None:
            return False
        said.results[done.call_id] = done.content
        if late is None or done.changed:
            self._done.append((said, done))
        return True

    def take(self) -> Answers:
        """What has been answered since the last time; it now counts as spoken of."""
        answers = Answers(tuple(self._done), self._some_unspeakable)
        self._done, self._some_unspeakable, self.reply_owed = [], False, False
        return answers

    def _own_id(self, call: ToolCall) -> ToolCall:
        """The call as the history may hold it: the model's ids repeat, its names and arguments know no bounds.

        Chat completions refuses a history with a tool name outside letters, digits, - and _, or over 64 of them.
        """
        self._seen += 1
        name = _NOT_IN_A_NAME.sub("_", call.name)[:64] or "_"
        arguments = call.arguments if len(call.arguments) <= _LONGEST_ARGUMENTS else "{}"
        return ToolCall(f"{call.id[:40] or 'call'}_{self._seen}", name, arguments)
