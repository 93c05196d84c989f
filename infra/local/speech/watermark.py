"""A number hidden in telephone audio, so that a sound can be told to be one speaker's, among many that sound alike.

It stands in the lowest bits of the µ-law bytes, where nobody hears it, again and again: any run of 12 ms that comes
through unchanged still tells it. The stand-ins sign what they say; who says what to whom is not known here.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from infra.local.speech import ulaw

MOST = 2**16 - 1
_SYNC = 0b1110_1011_1001_0000
_BITS = 48


def sign(audio: bytes, number: int) -> bytes:
    """The audio, 8 kHz µ-law, as that speaker's: 0 to 65,535."""
    pattern = np.resize(_pattern(number), len(audio))
    return ((np.frombuffer(audio, dtype=np.uint8) & 0xFE) | pattern).tobytes()


def read(audio: bytes) -> int | None:
    """The number in a piece of audio; None when it carries none."""
    bits = np.frombuffer(audio, dtype=np.uint8) & 1
    if len(bits) < _BITS:
        return None
    sync = _as_bits(_SYNC)
    windows = np.lib.stride_tricks.sliding_window_view(bits[: len(bits) - _BITS + 16], 16)
    for at in np.flatnonzero((windows == sync).all(axis=1)):
        number, inverted = _as_number(bits[at + 16 : at + 32]), _as_number(bits[at + 32 : at + 48])
        if number == inverted ^ MOST:
            return number
    return None


def silence(milliseconds: int, number: int) -> bytes:
    """An idle line that is that speaker's."""
    return sign(ulaw.silence(milliseconds), number)


def _pattern(number: int) -> NDArray[np.uint8]:
    return np.concatenate([_as_bits(_SYNC), _as_bits(number), _as_bits(number ^ MOST)])


def _as_bits(number: int) -> NDArray[np.uint8]:
    return np.array([number >> place & 1 for place in reversed(range(16))], dtype=np.uint8)


def _as_number(bits: NDArray[Any]) -> int:
    return int("".join(map(str, bits)), 2)
