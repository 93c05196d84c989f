"""How many calls the recognisers carry: `python -m infra.local.deepgram.streams [--streams N …] [--recogniser …]`.

Callers speak in real time, as a call does (a sentence, a pause, the next), through one worker of the real recogniser or
through the scripted one. Told are how late a turn's words came, how late audio was taken in, and the processor's time.
It prints measures; it asserts nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from infra.local.deepgram.turns import Pace, Thresholds, Turns
from infra.local.speech import ulaw, voices
from infra.local.speech.recogniser import Recogniser, Script, ScriptedRecogniser
from infra.local.speech.speech_recogniser import SpeechRecogniser
from infra.local.speech.wer import read_sentences

_PIECE_SECONDS = 0.08
_PAUSE_MS = 2_500  # about what a caller listens between two sentences


@dataclass
class Tally:
    """Of all callers together."""

    waits_ms: list[float] = field(default_factory=list)
    late_ms: list[float] = field(default_factory=list)
    turns: int = 0


async def call(recogniser: Recogniser, number: int, seconds: float, tally: Tally) -> None:
    """One caller, who speaks in real time; a wait is how late an early end is told, against its audio."""
    stream = await recogniser.open(number, ())
    turns = Turns(stream, Thresholds(eager=0.4), Pace())
    line = _line(number, seconds)
    await asyncio.sleep(random.random())  # callers do not speak in step
    due = time.monotonic()
    for at in range(0, len(line), int(8_000 * _PIECE_SECONDS)):
        due += _PIECE_SECONDS
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        tally.late_ms.append(1_000 * (time.monotonic() - due))
        for nth in range(at, at + int(8_000 * _PIECE_SECONDS), 160):
            kinds = [event["event"] async for event in turns.hear(line[nth : nth + 160])]
            if "EagerEndOfTurn" in kinds:
                tally.waits_ms.append(1_000 * (time.monotonic() - due))
            tally.turns += "EndOfTurn" in kinds
    await stream.close()


def _line(number: int, seconds: float) -> bytes:
    sentences = [str(row["say"]) for row in read_sentences("desk")]
    line = b""
    while len(line) < 8_000 * seconds:
        line += voices.speak(sentences[number % len(sentences)]) + ulaw.silence(_PAUSE_MS)
        number += 7
    return line[: int(8_000 * seconds) // 640 * 640]


async def measure(recogniser: Recogniser, streams: int, seconds: float) -> None:
    tally = Tally()
    began, used = time.monotonic(), await _processor_seconds(recogniser)
    await asyncio.gather(*(call(recogniser, number, seconds, tally) for number in range(streams)))
    used = [after - before for after, before in zip(await _processor_seconds(recogniser), used, strict=True)]
    shares = [100 * one / (time.monotonic() - began) / streams for one in used]
    waits = tally.waits_ms or [0.0]
    print(
        f"{streams:3d} streams: {tally.turns} turns; words late p50 {np.percentile(waits, 50):.0f} ms, "
        f"p95 {np.percentile(waits, 95):.0f} ms; audio taken in late p95 {np.percentile(tally.late_ms, 95):.0f} ms; "
        f"of a core a stream: this process {shares[0]:.2f} %, the worker {shares[1]:.2f} %; "
        f"load {os.getloadavg()[0]:.1f}"
    )


async def _processor_seconds(recogniser: Recogniser) -> list[float]:
    """Of this process and of the worker."""
    worker = await recogniser.processor_seconds() if isinstance(recogniser, SpeechRecogniser) else 0.0
    return [time.process_time(), worker]


async def run(chosen: argparse.Namespace) -> None:
    script = Script()
    real = SpeechRecogniser(workers=1) if chosen.recogniser == "real" else None
    if real is not None:
        await real.start()
    else:
        script.add(None, ["I would like to come in on Tuesday"] * 10_000)
    recogniser: Recogniser = real or ScriptedRecogniser(script)
    for streams in chosen.streams:
        await measure(recogniser, streams, chosen.seconds)
    await recogniser.close()


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(
        prog="infra.local.deepgram.streams", description="Calls that a recogniser carries."
    )
    parser.add_argument("--streams", nargs="+", type=int, default=[4, 8, 16])
    parser.add_argument("--seconds", type=float, default=15.0, help="of each call")
    parser.add_argument("--recogniser", choices=("real", "scripted"), default="real")
    asyncio.run(run(parser.parse_args(arguments)))


if __name__ == "__main__":
    main(sys.argv[1:])
