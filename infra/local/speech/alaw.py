"""G.711 A-law: the code of telephone audio outside North America, by table. Knows nothing of calls.

Source: ITU-T G.711, with even bits inverted.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def _decode_table() -> NDArray[np.int16]:
    byte = np.arange(256, dtype=np.int32) ^ 0x55
    exponent, mantissa = (byte >> 4) & 7, (byte & 0x0F) << 4
    magnitude = np.where(exponent == 0, mantissa + 8, (mantissa + 0x108) << np.maximum(exponent - 1, 0))
    return np.where(byte & 0x80, magnitude, -magnitude).astype(np.int16)


_DECODE = _decode_table()
_BY_LEVEL = np.argsort(_DECODE)
_BETWEEN = (_DECODE[_BY_LEVEL][1:].astype(np.int32) + _DECODE[_BY_LEVEL][:-1]) / 2


def decode(coded: bytes) -> NDArray[np.int16]:
    """A-law bytes to as many 16-bit samples."""
    return _DECODE[np.frombuffer(coded, dtype=np.uint8)]


def encode(samples: NDArray[np.int16]) -> bytes:
    """16-bit samples to as many A-law bytes, each to the nearest level."""
    return _BY_LEVEL[np.searchsorted(_BETWEEN, samples)].astype(np.uint8).tobytes()
