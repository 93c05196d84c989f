"""µ-law (ITU-T G.711) to and from 16-bit linear PCM, by table lookup.

A telephone call is 8,000 µ-law bytes a second. Python 3.13 has no `audioop` any more, so the two tables are made here
once per process. It knows nothing of files, sample rates or of who is speaking.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SILENCE = 0xFF
"""The µ-law byte of linear zero: what an idle line carries."""

_BIAS = 0x84
_CLIP = 32_635


def _decode_table() -> NDArray[np.int16]:
    byte = ~np.arange(256, dtype=np.int32) & 0xFF
    exponent = (byte >> 4) & 7
    magnitude = (((byte & 0x0F) << 3) + _BIAS << exponent) - _BIAS
    return np.where(byte & 0x80, -magnitude, magnitude).astype(np.int16)


def _encode_table() -> NDArray[np.uint8]:
    sample = np.arange(65_536, dtype=np.int32).astype(np.int16).astype(np.int32)  # indexed by the sample's 16 bits
    sign = np.where(sample < 0, 0x80, 0)
    biased = np.minimum(np.abs(sample), _CLIP) + _BIAS
    exponent = np.floor(np.log2(biased)).astype(np.int32) - 7
    mantissa = (biased >> (exponent + 3)) & 0x0F
    code: NDArray[np.int32] = ~(sign | (exponent << 4) | mantissa) & 0xFF
    return code.astype(np.uint8)


_DECODE = _decode_table()
_ENCODE = _encode_table()


def decode(ulaw: bytes) -> NDArray[np.int16]:
    """µ-law bytes to as many 16-bit samples."""
    return _DECODE[np.frombuffer(ulaw, dtype=np.uint8)]


def encode(samples: NDArray[np.int16]) -> bytes:
    """16-bit samples to as many µ-law bytes; louder than the code can say is clipped."""
    return _ENCODE[np.ascontiguousarray(samples, dtype=np.int16).view(np.uint16)].tobytes()


def silence(milliseconds: int) -> bytes:
    """An idle line of that length at 8 kHz."""
    return bytes([SILENCE]) * (8 * milliseconds)
