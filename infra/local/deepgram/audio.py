"""What a client streams to `/listen`, whatever its encoding, as 20 ms frames of the telephone's 8 kHz µ-law."""

from __future__ import annotations

import numpy as np
import soxr
from multidict import MultiMapping
from numpy.typing import NDArray

from infra.local.deepgram.query import BadQuery
from infra.local.speech import alaw, ulaw
from infra.local.speech.endpointer import SAMPLES_PER_FRAME

FRAME_BYTES = SAMPLES_PER_FRAME
_SAMPLE_BYTES = {"mulaw": 1, "alaw": 1, "linear16": 2, "linear32": 4}
_PACKED = frozenset({"opus", "ogg-opus", "flac", "amr-nb", "amr-wb", "speex", "g729"})


class Undecodable(ValueError):
    """Audio that Deepgram answers with DATA-0000."""


def read_audio(query: MultiMapping[str]) -> AudioReader:
    """The reader for a connection's encoding and sample rate, or BadQuery."""
    encoding, rate = query.get("encoding"), query.get("sample_rate", "")
    if encoding is None:
        return AudioReader(None, 8_000)
    if encoding in _PACKED:
        raise BadQuery(f"This stand-in hears mulaw, alaw, linear16 and linear32, not {encoding}.")
    if encoding not in _SAMPLE_BYTES:
        raise BadQuery(f"Unsupported encoding: {encoding}.")
    if not rate.isdecimal() or not 8_000 <= int(rate) <= 48_000:
        raise BadQuery("sample_rate must be a number of hertz between 8000 and 48000.")
    return AudioReader(encoding, int(rate))


class AudioReader:
    """Pieces of any size in, whole frames out; without an encoding the client promised a container."""

    def __init__(self, encoding: str | None, rate: int) -> None:
        self._encoding = encoding
        self._width = _SAMPLE_BYTES.get(encoding or "", 1)
        self._resampler = soxr.ResampleStream(rate, 8_000, 1, dtype="int16") if rate != 8_000 else None
        self._odd = b""
        self._rest = b""

    def frames(self, piece: bytes) -> list[bytes]:
        """The frames that this piece completes; Undecodable when it cannot be audio."""
        if self._encoding is None:
            raise Undecodable("The audio is in no container: name its encoding and sample_rate.")
        whole = self._rest + self._as_ulaw(piece)
        count = len(whole) // FRAME_BYTES
        self._rest = whole[count * FRAME_BYTES :]
        return [whole[nth * FRAME_BYTES : (nth + 1) * FRAME_BYTES] for nth in range(count)]

    def _as_ulaw(self, piece: bytes) -> bytes:
        if self._encoding == "mulaw" and self._resampler is None:
            return piece
        piece = self._odd + piece
        whole = len(piece) - len(piece) % self._width
        piece, self._odd = piece[:whole], piece[whole:]
        samples = self._samples(piece)
        return ulaw.encode(self._resampler.resample_chunk(samples) if self._resampler else samples)

    def _samples(self, piece: bytes) -> NDArray[np.int16]:
        if self._encoding == "linear16":
            return np.frombuffer(piece, dtype="<i2").astype(np.int16)
        if self._encoding == "linear32":
            loud = np.clip(np.nan_to_num(np.frombuffer(piece, dtype="<f4")), -1.0, 1.0)
            samples: NDArray[np.int16] = (loud * 32_767).astype(np.int16)
            return samples
        return ulaw.decode(piece) if self._encoding == "mulaw" else alaw.decode(piece)
