"""`<Gather>` and `<Record>`: the carrier listens to the person itself, for keys, words, or a message.

What is recognised is what the script says, word for word. Source of the rules: the carrier's pages on both verbs. It
refuses to know where the results are sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from infra.local.caller.caller import Moment
from infra.local.twilio.clock import LineClock
from infra.local.twilio.line import Line
from infra.local.twilio.playback import FRAME, ReturnedMark
from infra.local.twilio.vocabulary import Gather, Prompt, Record

_CERTAIN = "0.9"

Prompts = Callable[[Sequence[Prompt]], Awaitable[None]]
"""Performs what stands inside `<Gather>`, to its end or until cancelled."""


class Input:
    """What the person does, as far as somebody waits for it."""

    def __init__(self, *, dtmf: bool, speech: bool) -> None:
        self._dtmf = dtmf
        self._speech = speech
        self._moments: asyncio.Queue[Moment] = asyncio.Queue()

    def heard(self, moment: Moment, _due: int) -> None:
        speaks = moment.began is not None or moment.ended is not None
        if (self._dtmf and moment.digit is not None) or (self._speech and speaks):
            self._moments.put_nowait(moment)

    def returned(self, mark: ReturnedMark) -> None:
        pass

    async def next(self) -> Moment:
        return await self._moments.get()


class Gathering:
    """One `<Gather>`; `run` answers what was entered or said, or None when there was nothing."""

    def __init__(self, verb: Gather, line: Line, clock: LineClock, prompts: Prompts) -> None:
        self._verb = verb
        self._line = line
        self._clock = clock
        self._prompts = prompts

    async def run(self) -> dict[str, str] | None:
        inputs = Input(dtmf=self._verb.dtmf, speech=self._verb.speech)
        with self._line.listened_to_by(inputs):
            prompt = asyncio.ensure_future(self._prompts(self._verb.prompts))
            try:
                return await self._collect(inputs, prompt)
            finally:
                await _stop(prompt)

    async def _collect(self, inputs: Input, prompt: asyncio.Future[None]) -> dict[str, str] | None:
        digits = ""
        while (moment := await self._next(inputs, prompt)) is not None:
            await _stop(prompt)  # the first key or word ends the prompt
            if moment.digit is None:
                while moment.ended is None:
                    moment = await inputs.next()
                return {"SpeechResult": moment.ended, "Confidence": _CERTAIN}
            if moment.digit in self._verb.finish_on_key:
                if digits:
                    return {"Digits": digits, "FinishedOnKey": moment.digit}
                continue  # it ends an entry; without one it means nothing
            digits += moment.digit
            if len(digits) == self._verb.num_digits:
                break
        return {"Digits": digits} if digits else None

    async def _next(self, inputs: Input, prompt: asyncio.Future[None]) -> Moment | None:
        """The next key or word; None when nothing came for the time-out after the prompt was over."""
        waiting = asyncio.ensure_future(inputs.next())
        try:
            either: set[asyncio.Future[Any]] = {waiting, prompt}
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if not waiting.done():
                await asyncio.wait({waiting}, timeout=self._clock.real(self._verb.timeout))
            return waiting.result() if waiting.done() else None
        finally:
            waiting.cancel()


async def _stop(prompt: asyncio.Future[None]) -> None:
    prompt.cancel()
    await asyncio.wait({prompt})


class Recording:
    """One `<Record>` while it listens: `over` is set by a key, by silence, or when it is full."""

    def __init__(self, verb: Record) -> None:
        self.over = asyncio.Event()
        self.digit = ""
        self._verb = verb
        self._samples = bytearray()
        self._spoken_to = 0
        self._speaks = False

    @property
    def audio(self) -> bytes:
        """What was said, without the silence after it; empty when nothing was."""
        return bytes(self._samples[: len(self._samples) if self._speaks else self._spoken_to])

    def heard(self, moment: Moment, _due: int) -> None:
        if self.over.is_set():
            return
        self._samples += moment.frame.samples
        if moment.began is not None:
            self._speaks = True
        if moment.ended is not None:
            self._speaks, self._spoken_to = False, len(self._samples)
        if moment.digit is not None and moment.digit in self._verb.finish_on_key:
            self.digit = moment.digit
            self.over.set()
        quiet = 0 if self._speaks else len(self._samples) - self._spoken_to
        if quiet >= self._verb.timeout * 8_000 or len(self._samples) + FRAME > self._verb.max_length * 8_000:
            self.over.set()

    def returned(self, mark: ReturnedMark) -> None:
        pass
