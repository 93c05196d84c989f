"""Sophie's side of the conversation: what she says, in which order and language, when she falls silent and goes on.

It knows what is being heard; what ought to be said, and who has the floor, is decided elsewhere. The carrier cannot
pause: a pause drops what is queued, and going on says the words that were not heard as new utterances.
"""

from collections.abc import Sequence

from media_service.conversation import commands as do
from media_service.conversation.history import History, SophieSaid
from media_service.conversation.lines import Lines
from media_service.conversation.playback import SEND_AHEAD_MS, Playback, Utterance
from shared.domain.wording.wording import Language


class Speaking:
    """One per call. Commands are appended to `out`."""

    def __init__(self, lines: Lines, history: History, out: list[do.Command]) -> None:
        self.lines = lines
        self.spoken_in = lines.spoken_in
        self.language: Language = "en"
        self._history = history
        self._out = out
        self._fillers_said: set[str] = set()
        self._held: list[Utterance] = []
        self.playback = Playback()
        self._let_through: int | None = SEND_AHEAD_MS
        self._newest = SophieSaid()

    @property
    def talking(self) -> bool:
        """Whether something said is still to be heard."""
        return self.playback.talking

    @property
    def paused(self) -> bool:
        """Whether words are held until the floor is free again."""
        return bool(self._held)

    @property
    def asks_now(self) -> bool:
        """Whether the last of what she is saying is a question that is being heard, or was when she paused."""
        if self._held:
            return len(self._held) == 1 and self._held[0].asks_now
        return self.playback.asks_now

    @property
    def asked(self) -> str:
        """The words of her newest answer: what the caller is about to answer."""
        return self._newest.words(lambda utterance: utterance.text)

    def change_language(self, language: Language) -> None:
        """From now on the lines are those of another language."""
        self.language, self.lines = language, self.spoken_in[language]

    def say(self, said: SophieSaid, text: str) -> Utterance:
        self._newest = said
        if self._held:
            utterance = self.playback.hold(text)
            self._held.append(utterance)
        else:
            utterance = self._send(self.playback.say(text))
        said.utterances.append(utterance)
        return utterance

    def line(self, text: str) -> None:
        """Say something that stands for itself."""
        self.say(self._history.sophie_says(), text)

    def filler(self, before: SophieSaid | None, fitting: Sequence[str]) -> None:
        """Cover a wait with a line that fits it, one that was not said in this call while there is any; `before` is the
        answer that is being waited for."""
        lines = (*fitting, *self.lines.fillers)
        new = [line for line in lines if line not in self._fillers_said]
        if not new:
            self._fillers_said.clear()
            new = list(lines)
        self._fillers_said.add(new[0])
        self.say(before or self._history.sophie_says(), new[0])

    def let_through(self, now: float) -> None:
        """Have as much audio sent as may be by now."""
        self.playback.note_time(now)
        if (ms := self.playback.through_ms) != self._let_through:
            self._let_through = ms
            self._out.append(do.LetThrough(ms))

    def stop(self, now: float) -> None:
        """Fall silent at once, for good: what was not heard is not said."""
        if self.playback.talking:
            self._fall_silent(now)
        self._let_go()

    def line_gone(self, now: float) -> None:
        """Nobody hears the rest, and nothing is left to be silenced."""
        self.playback.clear(now)
        self._let_go()

    def pause(self, now: float) -> None:
        """Fall silent at once, and hold what was not heard."""
        for cut in self._fall_silent(now):
            if cut.unheard_text:
                cut.held = True
                self._held.append(cut)

    def go_on(self) -> None:
        """Say what was held, from the first word that was not heard."""
        held, self._held = self._held, []
        for cut in held:
            self._send(self.playback.take_up(cut))

    def _let_go(self) -> None:
        for cut in self._held:
            cut.held = False
        self._held.clear()

    def _fall_silent(self, now: float) -> list[Utterance]:
        self._out.append(do.StopTalking())
        self._let_through = SEND_AHEAD_MS
        return self.playback.clear(now)

    def _send(self, utterance: Utterance) -> Utterance:
        self._out.append(do.Say(utterance.number, utterance.epoch, utterance.text))
        return utterance
