"""What the carrier itself plays: spoken words, and sounds fetched from the product, as telephone audio.

It refuses to know who hears them.
"""

from __future__ import annotations

import io
import wave

import numpy as np
import soxr

from infra.local.speech import ulaw, voices

BEEP = voices.speak("a" * 8, voice=voices.TONE)
_BARE = ("audio/basic", "audio/x-mulaw", "audio/mulaw", "audio/ulaw")
_WAVE = ("audio/wav", "audio/x-wav", "audio/wave")


def spoken(text: str) -> bytes:
    """The words in the carrier's voice; may take some milliseconds."""
    return voices.speak(text, voice=voices.SOPHIE)


def decoded(content_type: str, body: bytes) -> bytes:
    """A fetched sound; raises ValueError with a sentence when it is none that the lab can play."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind in _BARE:
        return body
    if kind not in _WAVE:
        raise ValueError(f"{kind or 'Nothing'} is no sound that is played here: WAV or bare µ-law is.")
    try:
        with wave.open(io.BytesIO(body)) as file:
            if (file.getnchannels(), file.getsampwidth()) != (1, 2):
                raise ValueError("A WAV file is played here when it has one channel of 16 bits.")
            samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
            rate = file.getframerate()
    except (wave.Error, EOFError) as error:
        raise ValueError(f"The WAV file cannot be read: {error}.") from error
    return ulaw.encode(samples if rate == voices.RATE else soxr.resample(samples, rate, voices.RATE))
