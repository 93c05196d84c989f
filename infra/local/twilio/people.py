"""Who is at the other end of a line: a caller, or one who was called: a person, an answering machine, a fax, a phone
that asks who is calling before it rings.

All are asked every 20 ms what they do next, and decide it from what they have heard. What machines say is spoken over
the same line noise as a person's words. They refuse to know sockets and verbs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Protocol

from infra.local.caller import audio as caller_audio
from infra.local.caller.audio import CallerAudio, Frame, Utterance
from infra.local.caller.caller import Caller, Moment
from infra.local.caller.script import Say, Script, Tone
from infra.local.twilio.amd import Detection, Verdict, listen
from infra.local.twilio.plan import Phone
from infra.local.twilio.playback import FRAME, Hearing

_SECOND = 8_000
HELLO = "Hello?"
GREETING = "Hi, you have reached my voicemail. I can't take your call right now. Please leave a message after the tone."
SCREENING = "Hi. Before I try to connect you, can I ask who is calling and why? Please say your name after this."
_TAKEN = "Thanks. Please stay on the line."
_BEEP = Tone(400)
_FAX = Tone(3_000)
_RINGS_AFTER_SCREENING = 4 * _SECOND
_RECORDS_AT_MOST = 120 * _SECOND


class Person(Protocol):
    def next(self, now: int, hearing: Hearing, /) -> Moment: ...
    def hear(self, words: str) -> None: ...


class Part:
    """What one does for a while without listening to words; `over` once somebody else is to go on."""

    over = False

    def next(self, now: int, hearing: Hearing, /) -> Moment:
        raise NotImplementedError


class Recital(Part):
    """Utterances one after the other, from the first moment on, whatever is heard."""

    def __init__(
        self, utterances: Sequence[tuple[str, Utterance]], noise: Iterator[Frame], *, hums: bool = False
    ) -> None:
        self._left = [each for each in utterances if each[1].frames]
        self._hums = hums
        self._noise = noise
        self._at = 0
        self.over = not self._left

    def next(self, now: int, _hearing: Hearing) -> Moment:
        words, utterance = self._left[0]
        hint = Say(words).hint if self._hums and not self._at else None
        moment = Moment(utterance.frames[self._at], began=None if self._at else words, hint=hint)
        self._at += 1
        if self._at < len(utterance.frames):
            return moment
        self._left.pop(0)
        self._at = 0
        self.over = not self._left
        return replace(moment, ended=words, spoken_by=now + FRAME - utterance.tail)


class Recorder(Part):
    """An answering machine after the beep: it hangs up when it has heard enough, or nothing for a while."""

    def __init__(self, noise: Iterator[Frame], patience: float) -> None:
        self._noise = noise
        self._patience = int(patience * _SECOND)
        self._since: int | None = None

    def next(self, now: int, hearing: Hearing) -> Moment:
        if self._since is None:
            self._since = now
        quiet = now - max(self._since, hearing.last_sound) >= self._patience
        return Moment(next(self._noise), hangs_up=quiet or now - self._since >= _RECORDS_AT_MOST)


class Wait(Part):
    """Noise until `ready` says so; it is asked with now, since when, and what was heard."""

    def __init__(self, noise: Iterator[Frame], ready: Callable[[int, int, Hearing], bool]) -> None:
        self._noise = noise
        self._ready = ready
        self._since: int | None = None

    def next(self, now: int, hearing: Hearing) -> Moment:
        if self._since is None:
            self._since = now
        self.over = self._ready(now, self._since, hearing)
        return Moment(next(self._noise))


class Sequel:
    """Parts one after the other, and then the person they lead to, if there is one: without, the line is hung up."""

    def __init__(self, parts: Sequence[Part], then: Callable[[int], Person] | None, noise: Iterator[Frame]) -> None:
        self._parts = [part for part in parts if not part.over]
        self._then = then
        self._noise = noise
        self._person: Person | None = None
        self._words: list[str] = []

    def next(self, now: int, hearing: Hearing) -> Moment:
        if self._parts:
            moment = self._parts[0].next(now, hearing)
            if self._parts[0].over:
                self._parts.pop(0)
            return moment
        if self._person is None:
            if self._then is None:
                return Moment(next(self._noise), hangs_up=True)
            self._person = self._then(now)
            for words in self._words:
                self._person.hear(words)
        return self._person.next(now, hearing)

    def hear(self, words: str) -> None:
        if self._person is not None:
            self._person.hear(words)
        else:
            self._words.append(words)


class Called:
    """One phone that takes a call: all it will say is made beforehand (`Called(phone)` may take tens of ms)."""

    def __init__(self, phone: Phone) -> None:
        self._phone = phone
        self._opening = _usual(phone.answers) if phone.opening is None else phone.opening
        voice = phone.script.voice
        said = [Say(text) for text in (self._opening, HELLO, _TAKEN) if text]
        script = Script((*said, _BEEP, _FAX), voice=voice, noise_db=phone.script.noise_db, signed=phone.script.signed)
        self._audio = caller_audio.render(script)
        self._script_audio = caller_audio.render(phone.script)

    def verdict(self, detection: Detection) -> Verdict:
        """What the detection takes it for."""
        speech = self._seconds(self._opening)
        beeps = self._phone.answers == "machine" and self._phone.beeps
        beep = speech + _BEEP.milliseconds / 1000 if beeps else None
        found = listen(detection, speech, is_fax=self._phone.answers == "fax", beep=beep)
        return found if self._phone.answered_by is None else Verdict(self._phone.answered_by, found.after)

    def answering(self, *, understands: bool) -> Person:
        """Who takes the call, from its first moment on."""
        noise = _endless(self._audio)
        hums = self._phone.script.signed is not None
        opening = Recital(self._said(self._opening), noise, hums=hums)

        def caller(now: int) -> Caller:
            return Caller(self._phone.script, self._script_audio, now, understands=understands)

        match self._phone.answers:
            case "machine":
                patience = self._phone.script.gives_up
                beep = [("(beep)", self._audio.utterances[_BEEP])] if self._phone.beeps else []
                return Sequel([opening, Recital(beep, noise), Recorder(noise, patience)], None, noise)
            case "fax":
                return Sequel([Recital([("(fax tone)", self._audio.utterances[_FAX])], noise)], None, noise)
            case "screening":
                taken, hello = (Recital(self._said(words), noise, hums=hums) for words in (_TAKEN, HELLO))
                return Sequel([opening, Wait(noise, _was_told), taken, Wait(noise, _picks_up), hello], caller, noise)
        return Sequel([opening], caller, noise)

    def _said(self, text: str) -> list[tuple[str, Utterance]]:
        return [(text, self._audio.utterances[Say(text)])] if text else []

    def _seconds(self, text: str) -> float:
        return sum(len(utterance.frames) * FRAME - utterance.tail for _, utterance in self._said(text)) / _SECOND


def _usual(answers: str) -> str:
    return {"machine": GREETING, "screening": SCREENING, "fax": ""}.get(answers, HELLO)


def _was_told(now: int, since: int, hearing: Hearing) -> bool:
    """Somebody said something after the question and was silent for a second since."""
    return hearing.ended_after(since) is not None and now - hearing.last_sound >= _SECOND


def _picks_up(now: int, since: int, _hearing: Hearing) -> bool:
    return now - since >= _RINGS_AFTER_SCREENING


def _endless(audio: CallerAudio) -> Iterator[Frame]:
    while True:
        yield from audio.noise
