"""A call as a script in virtual time: events in, commands out, with a carrier and a voice that behave.

The voice sends all of an utterance as soon as it is said; the carrier plays when told to and returns the marks.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from media_service.conversation import commands as do
from media_service.conversation import events as ev
from media_service.conversation.conversation import Conversation, State
from media_service.conversation.lines import LanguageLines, Limits, Lines
from media_service.conversation.playback import mark_name
from media_service.conversation.word_times import words_by

MS_PER_CHARACTER = 60
LINES = Lines(
    greeting="Hello, this is the garage. How can I help?",
    fillers=("One moment.", "Still looking."),
    still_there=("Are you still there?", "I can't hear you."),
    goodbye="Goodbye.",
    apology="Sorry, that does not work. I'll put you through.",
    to_person="I'll put you through.",
    nothing_done="Nothing has been done so far.",
    closing_soon="This call ends in a minute.",
    fillers_of={"get_available_slots": ("Let me look at the calendar.",)},
    other_language={
        "es": LanguageLines("Spanish", "a-spanish-voice", "¿Le llamamos?", "Le llamaremos.", "Le paso con una persona.")
    },
)
Kind = TypeVar("Kind")


class Script:
    """One call. `commands` holds everything the conversation has asked for, oldest first."""

    def __init__(self, limits: Limits | None = None, *, answered: bool = True, lines: Lines = LINES) -> None:
        self.conversation = Conversation(lines, limits)
        self.now = 100.0
        self.commands: list[do.Command] = []
        self.voice_hangs = False
        self._unplayed: list[do.Say] = []
        if answered:
            self.tell(ev.StreamStarted())

    # Events

    def tell(self, event: ev.Event) -> list[do.Command]:
        return self._note(self.conversation.receive(event, self.now))

    def wait(self, seconds: float) -> list[do.Command]:
        """Let time pass, waking the conversation whenever it wants to be woken."""
        end, came = self.now + seconds, []
        while (deadline := self.conversation.deadline) is not None and deadline <= end:
            self.now = max(self.now, deadline)
            came += self._note(self.conversation.wake(self.now))
        self.now = end
        return came

    def wake(self) -> list[do.Command]:
        """Wake it late: everything that has fallen due meanwhile is due at once."""
        return self._note(self.conversation.wake(self.now))

    def hear_out(self) -> None:
        """The carrier plays everything there is, to the end."""
        while self._unplayed:
            self.hear(len(self._unplayed[0].text) * MS_PER_CHARACTER)

    def hear(self, ms: int) -> None:
        """The carrier plays `ms` of the oldest utterance."""
        say = self._unplayed[0]
        total = len(say.text) * MS_PER_CHARACTER
        self.now += ms / 1000
        if ms >= total:
            self._unplayed.pop(0)
        self.tell(ev.MarkReturned(mark_name(say.epoch, say.utterance, min(ms, total))))

    def hear_words(self, words: str, but_for_ms: int = 0) -> None:
        """The carrier plays up to the end of the first words there are: as many as these."""
        count = len(words.split())
        while count > len(self._unplayed[0].text.split()):
            count -= len(self._unplayed[0].text.split())
            self.hear(len(self._unplayed[0].text) * MS_PER_CHARACTER)
        text = self._unplayed[0].text
        total = len(text) * MS_PER_CHARACTER
        end = next(ms for ms in range(total + 1) if len(words_by(text, ms, total, ()).split()) >= count)
        self.hear(end - but_for_ms)

    def caller(self, words: str) -> list[do.Command]:
        """A whole turn of the caller."""
        return self.tell(ev.SpeechStarted(words.split()[0])) + self.tell(ev.TurnEnded(words))

    def model(self, text: str = "", *tools: tuple[str, str]) -> list[do.Command]:
        """The model answers the newest reply: text, then tools as (name, arguments)."""
        reply = self.asked[-1].reply
        calls = tuple(ev.ToolCall(f"call_{i}", name, arguments) for i, (name, arguments) in enumerate(tools))
        return (self.tell(ev.ReplyText(reply, text)) if text else []) + self.tell(ev.ReplyDone(reply, calls))

    def tool(self, content: dict[str, Any] | None = None, **answer: Any) -> list[do.Command]:
        """The newest tool that was run answers."""
        call = self.of(do.RunTool)[-1].call
        return self.tell(ev.ToolDone(call.id, content or {"status": "ok"}, **answer))

    # What came of them

    def of(self, kind: Callable[..., Kind]) -> list[Kind]:
        return [c for c in self.commands if isinstance(c, kind)]  # type: ignore[arg-type,misc]

    @property
    def said(self) -> list[str]:
        return [say.text for say in self.of(do.Say)]

    @property
    def asked(self) -> list[do.StartReply]:
        return self.of(do.StartReply)

    @property
    def messages(self) -> list[do.Message]:
        return self.asked[-1].messages

    @property
    def state(self) -> State:
        return self.conversation.state

    def _note(self, commands: list[do.Command]) -> list[do.Command]:
        self.commands += commands
        came = list(commands)
        for command in commands:
            if isinstance(command, do.Say) and not self.voice_hangs:
                self._unplayed.append(command)
                came += self.tell(ev.SpeechFinished(command.utterance, len(command.text) * MS_PER_CHARACTER))
            elif isinstance(command, do.StopTalking):
                self._clear()
        return came

    def _clear(self) -> None:
        """As the carrier does: every mark that was still to come comes back at once."""
        cleared, self._unplayed = self._unplayed, []
        for say in cleared:
            self.tell(ev.MarkReturned(mark_name(say.epoch, say.utterance, len(say.text) * MS_PER_CHARACTER)))
