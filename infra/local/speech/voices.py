"""Spoken telephone audio from text: 8 kHz µ-law in a telephone's band, by libespeak-ng or as a plain tone.

The lab's caller and its text-to-speech stand-in speak through here. It knows nothing of calls, turns or sockets, and
holds no sentence of its own. libespeak-ng has one global state, so a lock lets one utterance be made at a time; that
is no bottleneck, since five seconds of speech take about five milliseconds.
"""

from __future__ import annotations

import ctypes
import re
import threading
from dataclasses import dataclass
from functools import cache

import espeakng_loader
import numpy as np
import soxr
from numpy.typing import NDArray

from infra.local.speech import ulaw

CALLER = "en-us+m6"
"""The caller's voice: of espeak's voices the one that the offline recogniser hears best."""

SOPHIE = "en-us+f3"
TONE = "tone"

RATE = 8_000
_ESPEAK_RATE = 22_050
USUAL_RATE = 155
_TONE_BYTES_PER_CHARACTER = 8 * 60  # 60 ms a character at that rate: about the pace of speech
_TONE_BYTES_AT_LEAST = 8 * 200  # however short the word: what is shorter sounds like a click
_BAND_HZ = (240.0, 3_600.0)  # what G.712 lets through: flat from 300 to 3,400 Hz
_PEAK = 12_000  # a talker's level on a telephone line, some 9 dB under full scale

_AUDIO_OUTPUT_SYNCHRONOUS = 2
_CHARS_UTF8 = 1
_RATE_PARAMETER, _PITCH_PARAMETER = 1, 3
_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)

# Sophie's casting: the provider's voice names are many, espeak's are few; unknown ones speak as Sophie.
_CAST = {"aura-2-asteria-en": SOPHIE, "aura-2-thalia-en": "en-us+f2", "aura-2-orion-en": "en-us+m3"}


def cast(model: str) -> str:
    """The espeak voice that plays a text-to-speech model of that name."""
    return _CAST.get(model, SOPHIE)


def speak(text: str, voice: str = CALLER, rate: int = USUAL_RATE, pitch: int = 50) -> bytes:
    """The text as 8 kHz µ-law bytes; `rate` in words a minute, `pitch` 0–99; an empty text gives no audio.

    The voice `tone` gives a hum whose length follows the text's: it costs next to nothing, for load.
    Raises ValueError when espeak has no such voice.
    """
    if not re.search(r"\w", text):
        return b""
    if voice == TONE:
        return _tone(len(text), rate)
    heard = _band_filter(soxr.resample(_espeak().synthesise(text, voice, rate, pitch), _ESPEAK_RATE, RATE))
    peak = float(np.abs(heard).max()) or 1.0
    return ulaw.encode((heard * (_PEAK / peak)).astype(np.int16))


def _tone(characters: int, rate: int) -> bytes:
    count = max(_TONE_BYTES_AT_LEAST, characters * _TONE_BYTES_PER_CHARACTER * USUAL_RATE // rate)
    whole = -(-count // RATE)
    return (_one_second_of_tone() * whole)[:count]


@cache
def _one_second_of_tone() -> bytes:
    return ulaw.encode((8_000 * np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE)).astype(np.int16))


@cache
def _band_taps() -> NDArray[np.float64]:
    """A 129-tap windowed-sinc band pass at 8 kHz."""
    k = np.arange(129) - 64
    low, high = (2 * hz / RATE for hz in _BAND_HZ)
    ideal: NDArray[np.float64] = high * np.sinc(high * k) - low * np.sinc(low * k)
    return ideal * np.hamming(129)


def _band_filter(samples: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.convolve(samples, _band_taps(), mode="same")


@dataclass
class _Espeak:
    """The library, opened once: its buffer of pieces is filled by the callback while `synthesise` holds the lock."""

    library: ctypes.CDLL
    pieces: list[bytes]
    lock: threading.Lock

    def synthesise(self, text: str, voice: str, rate: int, pitch: int) -> NDArray[np.float64]:
        encoded = text.encode()
        with self.lock:
            self.pieces.clear()
            if self.library.espeak_SetVoiceByName(voice.encode()) != 0:
                raise ValueError(f"espeak-ng has no voice {voice!r}: name one such as 'en-us+m6'.")
            self.library.espeak_SetParameter(_RATE_PARAMETER, rate, 0)
            self.library.espeak_SetParameter(_PITCH_PARAMETER, pitch, 0)
            self.library.espeak_Synth(encoded, len(encoded) + 1, 0, 0, 0, _CHARS_UTF8, None, None)
            spoken = b"".join(self.pieces)
        return np.frombuffer(spoken, dtype=np.int16).astype(np.float64)


_opening = threading.Lock()
_opened: list[_Espeak] = []
_kept_callbacks: list[object] = []  # ctypes does not own a callback: without this it would be collected under espeak


def _espeak() -> _Espeak:
    with _opening:
        if not _opened:
            _opened.append(_open_espeak())
        return _opened[0]


def _open_espeak() -> _Espeak:
    library = ctypes.CDLL(espeakng_loader.get_library_path())
    if library.espeak_Initialize(_AUDIO_OUTPUT_SYNCHRONOUS, 60, espeakng_loader.get_data_path().encode(), 0) < 0:
        raise RuntimeError("espeak-ng did not start: reinstall espeakng-loader, its data directory is missing.")
    library.espeak_Synth.argtypes = [
        ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint, ctypes.c_int, ctypes.c_uint, ctypes.c_uint,
        ctypes.c_void_p, ctypes.c_void_p,
    ]  # fmt: skip
    pieces: list[bytes] = []

    def collect(samples: ctypes._Pointer[ctypes.c_short], count: int, _events: int) -> int:
        if samples and count > 0:
            pieces.append(ctypes.string_at(samples, 2 * count))
        return 0

    callback = _CALLBACK(collect)
    _kept_callbacks.append(callback)
    library.espeak_SetSynthCallback(callback)
    return _Espeak(library, pieces, threading.Lock())
