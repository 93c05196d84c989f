"""A caller who speaks aloud and listens: which 20 ms come next, decided from what was heard so far.

He speaks his next line when Sophie has spoken and then been silent for about a second; he waits for her a while (the
script says how long) once, and after a longer time of nothing he says goodbye and hangs up. One who understands chooses
his line by her words. It is pure: the sample clock, the hearing and the words are passed in. It refuses to know of
sockets and of where words come from.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from infra.local.caller.audio import GOODBYE, CallerAudio, Frame
from infra.local.caller.lines import Lines
from infra.local.caller.script import HangUp, Keys, Pause, Say, Script, Step, Tone
from infra.local.twilio.playback import FRAME, Hearing

_SECOND = 8_000
_STAYS = 4  # times as long as a silence is borne, after the last line, while Sophie speaks
_BETWEEN_KEYS = 300 * 8


@dataclass(frozen=True, slots=True)
class Moment:
    """What the caller does in these 20 ms; an utterance's words stand at both its edges.

    `spoken_by` is the sample where speech was over: voices end in a little silence. `hint` is what a recogniser that
    is told what it hears must know of the utterance that begins.
    """

    frame: Frame
    began: str | None = None
    hint: dict[str, Any] | None = None
    ended: str | None = None
    spoken_by: int = 0
    digit: str | None = None
    hangs_up: bool = False


class Caller:
    """One call's caller. Ask `next` every 20 ms with the sample count since the call was answered.

    One who `understands` is handed Sophie's words by `hear`, each before it has been played to its end.
    """

    def __init__(self, script: Script, audio: CallerAudio, now: int = 0, *, understands: bool = False) -> None:
        self._audio = audio
        self._lines = Lines(script.lines, understands=understands)
        self._patience = int(script.patience * _SECOND)
        self._moves_on = int(script.moves_on * _SECOND)
        self._gives_up = int(script.gives_up * _SECOND)
        self._hums = script.signed is not None
        self._noise = self._endless_noise()
        self._saying: list[Frame] = []
        self._words = ""
        self._tail = 0
        self._digits = ""
        self._turn_began = now  # where the caller's last own doing ended
        self._not_before = now
        self._at_once = False
        self._moved_on = False
        self._leaving = False

    def hear(self, words: str) -> None:
        self._lines.hear(words)

    def next(self, now: int, hearing: Hearing) -> Moment:
        if self._saying:
            return self._speak_on(now)
        if self._digits and now >= self._not_before:
            return self._press(now)
        if self._digits or now < self._not_before:
            return Moment(next(self._noise))
        return self._choose(now, hearing)

    def _choose(self, now: int, hearing: Hearing) -> Moment:
        if self._leaving:
            return Moment(next(self._noise), hangs_up=True)
        if (step := self._due(now, hearing)) is not None:
            return self._act(step, now)
        if self._has_had_enough(now, hearing):
            self._leaving = True
            return self._begin(Say(GOODBYE), now)
        return Moment(next(self._noise))

    def _due(self, now: int, hearing: Hearing) -> Step | None:
        step = self._lines.next_plain
        if isinstance(step, Say | Tone) and step.barge_ms is not None and not self._at_once:
            heard = hearing.ended_after(self._turn_began)
            if heard and now >= max(heard.start, self._turn_began) + step.barge_ms * 8:
                return self._lines.take_plain()
        return self._lines.take() if self._is_my_turn(now, hearing) else None

    def _is_my_turn(self, now: int, hearing: Hearing) -> bool:
        if self._at_once:
            return True
        if hearing.ended_after(self._turn_began) is not None:
            return now - hearing.last_sound >= self._patience
        if self._moved_on or now - self._turn_began < self._moves_on:
            return False
        self._moved_on = True
        return True

    def _has_had_enough(self, now: int, hearing: Hearing) -> bool:
        if now - max(self._turn_began, hearing.last_sound) >= self._gives_up:
            return True
        return self._lines.next_plain is None and now - self._turn_began >= _STAYS * self._gives_up

    def _act(self, step: Step, now: int) -> Moment:
        self._at_once = False
        match step:
            case Pause():
                self._not_before = now + int(step.seconds * _SECOND)
                self._at_once = True
            case Keys():
                self._digits = step.digits
                self._lines.line_is_over()
                return self._press(now)
            case Say() | Tone():
                return self._begin(step, now)
            case HangUp():
                return Moment(next(self._noise), hangs_up=True)
        return Moment(next(self._noise))

    def _begin(self, step: Say | Tone, now: int) -> Moment:
        utterance = self._audio.utterances[step]
        self._saying, self._tail = list(reversed(utterance.frames)), utterance.tail
        self._words = step.text
        hint = step.hint if self._hums and isinstance(step, Say) else None
        return replace(self._speak_on(now), began=step.text, hint=hint)

    def _speak_on(self, now: int) -> Moment:
        frame = self._saying.pop()
        if len(self._saying) * FRAME == self._tail:
            self._lines.line_is_over()
        if self._saying:
            return Moment(frame)
        self._turn_began = now + FRAME - self._tail
        return Moment(frame, ended=self._words, spoken_by=self._turn_began)

    def _press(self, now: int) -> Moment:
        digit, self._digits = self._digits[0], self._digits[1:]
        self._not_before = now + _BETWEEN_KEYS
        self._turn_began = now
        return Moment(next(self._noise), digit=digit)

    def _endless_noise(self) -> Iterator[Frame]:
        while True:
            yield from self._audio.noise
