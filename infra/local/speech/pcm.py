"""Telephone speech as other audio: linear samples at any rate, A-law, a WAV file. It knows nothing of who asked."""

from __future__ import annotations

import struct
from typing import Literal

import numpy as np
import soxr
from numpy.typing import NDArray

from infra.local.speech import alaw, ulaw

Encoding = Literal["linear16", "mulaw", "alaw"]
SAMPLE_BYTES: dict[str, int] = {"linear16": 2, "mulaw": 1, "alaw": 1}
_WAVE_FORMAT = {"linear16": 1, "alaw": 6, "mulaw": 7}
_LINE_RATE = 8_000


def resampled(line: bytes, rate: int) -> NDArray[np.int16]:
    """8 kHz µ-law as samples at that rate."""
    samples = ulaw.decode(line)
    if rate == _LINE_RATE or not len(samples):
        return samples
    changed: NDArray[np.int16] = soxr.resample(samples, _LINE_RATE, rate, quality="LQ")
    return changed


def encoded(line: bytes, encoding: Encoding, rate: int) -> bytes:
    """8 kHz µ-law in that encoding at that rate."""
    if encoding == "mulaw" and rate == _LINE_RATE:
        return line
    samples = resampled(line, rate)
    if encoding == "linear16":
        return samples.astype("<i2").tobytes()
    return ulaw.encode(samples) if encoding == "mulaw" else alaw.encode(samples)


def wav(audio: bytes, encoding: Encoding, rate: int) -> bytes:
    """The same audio behind a WAV header; of one channel."""
    width = SAMPLE_BYTES[encoding]
    form = struct.pack("<HHIIHH", _WAVE_FORMAT[encoding], 1, rate, rate * width, width, 8 * width)
    return b"RIFF%sWAVEfmt %s%sdata%s" % (
        struct.pack("<I", 36 + len(audio)), struct.pack("<I", len(form)), form, struct.pack("<I", len(audio)) + audio,
    )  # fmt: skip
