"""Sophie's side of the conversation: what she says, in which order, and when she falls silent.

It knows what is being heard and keeps the marks' watch; what ought to be said is decided elsewhere.
"""

from media_service.conversation import commands as do
from media_service.conversation.history import History, SophieSaid
from media_service.conversation.lines import Lines
from media_service.conversation.playback import Playback, Utterance


class Speaking:
    """One per call. Commands are appended to `out`."""

    def __init__(self, lines: Lines, history: History, out: list[do.Command]) -> None:
        self._lines = lines
        self._history = history
        self._out = out
        self._fillers_said = 0
        self.playback = Playback()

    @property
    def talking(self) -> bool:
        """Whether something said is still to be heard."""
        return self.playback.talking

    def say(self, said: SophieSaid, text: str) -> Utterance:
        utterance = self.playback.say(text)
        said.utterances.append(utterance)
        self._out.append(do.Say(utterance.number, utterance.epoch, utterance.text))
        return utterance

    def line(self, text: str) -> None:
        """Say something that stands for itself."""
        self.say(self._history.sophie_says(), text)

    def filler(self, before: SophieSaid | None) -> None:
        """Cover a wait, each time with the next of the lines; `before` is the answer that is being waited for."""
        line = self._lines.fillers[self._fillers_said % len(self._lines.fillers)]
        self._fillers_said += 1
        self.say(before or self._history.sophie_says(), line)

    def stop(self) -> None:
        """Fall silent at once."""
        if self.playback.talking:
            self.playback.clear()
            self._out.append(do.StopTalking())
