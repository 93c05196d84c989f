"""The telephone's audio: 8 kHz µ-law (ITU-T G.711), its quiet, and how it is made of a voice's 24 kHz samples. Pure.

A byte holds the sign and seven bits that grow with the loudness, inverted: 0xFF and 0x7F are silence.
"""

import math
import sys
from array import array
from functools import lru_cache
from operator import mul

BYTES_PER_MS = 8
_LOUDNESS = bytes(~byte & 0x7F for byte in range(256))
# Quiet is told in stretches of 10 ms, since a single click begins no word; about -60 dBFS on the average.
_STRETCH = 10 * BYTES_PER_MS
_QUIET = 7

# A shorter quiet stands within a word: before a "p", say.
_LEAST_PAUSE_MS = 80


class Pauses:
    """Where the sound that goes by is quiet."""

    def __init__(self) -> None:
        self._found: list[tuple[int, int]] = []
        self._rest = b""
        self._ms = 0
        self._loud_until = 0

    def feed(self, audio: bytes) -> None:
        audio = self._rest + audio
        end = len(audio) - len(audio) % _STRETCH
        self._rest = audio[end:]
        loudness = audio[:end].translate(_LOUDNESS)
        for at in range(0, end, _STRETCH):
            if sum(loudness[at : at + _STRETCH]) > _QUIET * _STRETCH:
                if self._ms - self._loud_until >= _LEAST_PAUSE_MS:
                    self._found.append((self._loud_until, self._ms))
                self._loud_until = self._ms + _STRETCH // BYTES_PER_MS
            self._ms += _STRETCH // BYTES_PER_MS

    @property
    def found(self) -> tuple[tuple[int, int], ...]:
        """From and until which millisecond; the quiet with which the sound ends is the last."""
        ms = self._ms + len(self._rest) // BYTES_PER_MS
        last = ((self._loud_until, ms),) if ms - self._loud_until >= _LEAST_PAUSE_MS else ()
        return (*self._found, *last)


@lru_cache(256)
def pauses_in(audio: bytes) -> tuple[tuple[int, int], ...]:
    """The pauses of a whole sound that is played again and again."""
    pauses = Pauses()
    pauses.feed(audio)
    return pauses.found


_BIAS = 132
_CLIP = 32_635


def leading_quiet(audio: bytes, most: int) -> int:
    """How many bytes at its beginning hold nothing to be heard, in whole stretches of 10 ms and no more than `most`."""
    end = min(len(audio), most) - _STRETCH
    for at in range(0, end + 1, _STRETCH):
        if sum(audio[at : at + _STRETCH].translate(_LOUDNESS)) > _QUIET * _STRETCH:
            return at
    return max(0, end + _STRETCH) // _STRETCH * _STRETCH


def _encoded(sample: int) -> int:
    sign, magnitude = (0x80, -sample) if sample < 0 else (0, sample)
    magnitude = min(magnitude, _CLIP) + _BIAS
    exponent = magnitude.bit_length() - 8
    return ~(sign | exponent << 4 | magnitude >> (exponent + 3) & 0x0F) & 0xFF


# µ-law knows 14 of a sample's 16 bits.
_CODES = bytes(_encoded((index - 8192) << 2) for index in range(16_384))

_FACTOR = 3
_TAPS_COUNT = 33
_CUTOFF = 3_500 / 24_000


def _low_pass() -> tuple[float, ...]:
    """A windowed sinc (Hamming): 32 dB down from 4.6 kHz on, which 8 kHz would fold back into speech."""
    middle = (_TAPS_COUNT - 1) / 2
    taps = [
        (math.sin(2 * math.pi * _CUTOFF * (n - middle)) / (math.pi * (n - middle)) if n != middle else 2 * _CUTOFF)
        * (0.54 - 0.46 * math.cos(2 * math.pi * n / (_TAPS_COUNT - 1)))
        for n in range(_TAPS_COUNT)
    ]
    return tuple(tap / sum(taps) for tap in taps)


_TAPS = _low_pass()


class Downsampler:
    """24 kHz linear samples, 16 bits little-endian, become the telephone's audio piece by piece; a piece may end
    anywhere. A second of speech takes some 30 ms of a processor: not for an event loop."""

    def __init__(self) -> None:
        self._odd = b""
        self._samples = array("h", bytes(2 * (_TAPS_COUNT // 2)))

    def feed(self, pcm: bytes) -> bytes:
        pcm = self._odd + pcm
        whole = len(pcm) // 2 * 2
        self._odd = pcm[whole:]
        more = array("h", pcm[:whole])
        if sys.byteorder == "big":
            more.byteswap()
        self._samples += more
        return self._filtered()

    def rest(self) -> bytes:
        """What the filter still holds when all was fed."""
        self._odd = b""
        self._samples += array("h", bytes(2 * (_TAPS_COUNT // 2)))
        return self._filtered()

    def _filtered(self) -> bytes:
        samples = self._samples
        ends = range(_TAPS_COUNT, len(samples) + 1, _FACTOR)
        out = bytes(_code(sum(map(mul, samples[end - _TAPS_COUNT : end], _TAPS))) for end in ends)
        del samples[: len(ends) * _FACTOR]
        return out


def _code(sample: float) -> int:
    return _CODES[(max(-32_768, min(32_767, round(sample))) >> 2) + 8192]
