"""The caller's side of the line, made beforehand in 20 ms frames: utterances over a quiet line noise, and the noise.

Nothing is computed while a call runs: a frame holds its bytes (for the recording) and its base64 text (for the wire).
It refuses to know when anything is said.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from infra.local.caller.script import Answer, Say, Script, Tone
from infra.local.speech import ulaw, voices, watermark
from infra.local.twilio.playback import FRAME, is_sound

GOODBYE = "Okay, thanks, goodbye."
_NOISE_SECONDS = 4
_FULL_SCALE = 32_768


@dataclass(frozen=True, slots=True)
class Frame:
    """20 ms of the caller's line."""

    samples: bytes
    payload: str


@dataclass(frozen=True)
class Utterance:
    """Frames to be sent one after the other; the last `tail` samples are no longer heard as speech."""

    frames: tuple[Frame, ...]
    tail: int


@dataclass(frozen=True)
class CallerAudio:
    """All that this caller can sound like, ready to be sent."""

    noise: tuple[Frame, ...]
    utterances: dict[Say | Tone, Utterance]


@lru_cache(maxsize=64)
def render(script: Script) -> CallerAudio:
    """Everything the script will say (and the goodbye of a caller who gives up). May take tens of milliseconds."""
    noise = _noise(script.noise_db)
    steps = [line.reply if isinstance(line, Answer) else line for line in script.lines]
    spoken = [step for step in steps if isinstance(step, Say | Tone)]
    # A sound without words is nobody's: who hears it waits for no words.
    utterances = {
        step: _utterance(_sound(step, script), noise, script.signed if isinstance(step, Say) else None)
        for step in [*spoken, Say(GOODBYE)]
    }
    return CallerAudio(_frames(noise), utterances)


def _utterance(sound: bytes, noise: NDArray[np.int16], signed: int | None) -> Utterance:
    frames = _frames(_over(sound, noise), signed)
    heard = [number for number, frame in enumerate(frames) if is_sound(frame.samples)]
    return Utterance(frames, FRAME * (len(frames) - 1 - heard[-1]) if heard else 0)


def _sound(step: Say | Tone, script: Script) -> bytes:
    if isinstance(step, Say):
        return voices.speak(step.aloud, voice=script.voice, rate=script.rate)
    hum = voices.speak("a" * (step.milliseconds // 60 + 1), voice=voices.TONE)
    return hum[: 8 * step.milliseconds]


def _noise(level_db: float) -> NDArray[np.int16]:
    """White noise at that level below full scale: an idle line is quiet, never digitally silent."""
    spread = _FULL_SCALE * 10 ** (level_db / 20)
    drawn = np.random.default_rng(8_000).normal(0.0, spread, 8_000 * _NOISE_SECONDS)
    return np.clip(drawn, -_FULL_SCALE, _FULL_SCALE - 1).astype(np.int16)


def _over(sound: bytes, noise: NDArray[np.int16]) -> NDArray[np.int16]:
    padded = sound + bytes([ulaw.SILENCE]) * (-len(sound) % FRAME)
    line = np.resize(noise, len(padded)).astype(np.int32) + ulaw.decode(padded)
    clipped: NDArray[np.int16] = np.clip(line, -_FULL_SCALE, _FULL_SCALE - 1).astype(np.int16)
    return clipped


def _frames(samples: NDArray[np.int16], signed: int | None = None) -> tuple[Frame, ...]:
    line = ulaw.encode(samples)
    if signed is not None:
        line = watermark.sign(line, signed)
    pieces = [line[at : at + FRAME] for at in range(0, len(line), FRAME)]
    return tuple(Frame(piece, base64.b64encode(piece).decode()) for piece in pieces)
