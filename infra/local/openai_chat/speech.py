"""OpenAI's `POST /v1/audio/speech`: text to 24 kHz speech in chunks, as raw samples, a WAV file or events.

Sources: the API reference of audio/speech and openai-python's types (voices, formats, limits). The compressed formats
are refused as this stand-in's own limit. It refuses to know who else speaks or listens.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable, Collection
from dataclasses import dataclass
from typing import Any

from infra.local.openai_chat.models import Model
from infra.local.openai_chat.refusals import Refusal, named_model
from infra.local.openai_chat.shapes import token_count
from infra.local.speech import pcm, voices

RATE = 24_000
_KNOWN = frozenset({"model", "input", "voice", "instructions", "response_format", "speed", "stream_format"})
_LONGEST = 4_096
_VOICES = ("alloy", "ash", "coral", "echo", "fable", "onyx", "nova", "sage", "shimmer")
_NEWER_VOICES = (*_VOICES, "ballad", "verse", "marin", "cedar")
_CAST = {"alloy": "en-us+f3", "ash": "en-us+m3", "echo": "en-us+m1", "fable": "en-us+m4", "onyx": "en-us+m7"}
_FORMATS = ("mp3", "opus", "aac", "flac", "wav", "pcm")
_CONTENT_TYPES = {"wav": "audio/wav", "pcm": "audio/pcm"}
_WORDS_A_MINUTE = 165
_PIECE = RATE // 5 * 2  # bytes: a fifth of a second

Say = Callable[[str, str, int], bytes]
"""(text, espeak's voice, words a minute) to 8 kHz µ-law."""


def in_espeak(text: str, voice: str, rate: int) -> bytes:
    """The voice of a demo."""
    return voices.speak(text, voice, rate)


def in_tone(text: str, voice: str, rate: int) -> bytes:  # noqa: ARG001 - one tone for every voice
    """The voice of a load: a hum as long as the text would take."""
    return voices.speak(text, voices.TONE)


SAY = {"espeak": in_espeak, "tone": in_tone}


@dataclass(frozen=True)
class SpeechRequest:
    """A checked request."""

    model: Model
    text: str
    voice: str
    form: str
    words_a_minute: int
    events: bool

    @property
    def content_type(self) -> str:
        return "text/event-stream; charset=utf-8" if self.events else _CONTENT_TYPES[self.form]

    async def pieces(self, say: Say) -> AsyncIterator[bytes]:
        """The body, chunk by chunk."""
        line = await asyncio.to_thread(say, self.text, _CAST.get(self.voice, voices.SOPHIE), self.words_a_minute)
        audio = await asyncio.to_thread(pcm.encoded, line, "linear16", RATE)
        if self.form == "wav":
            audio = pcm.wav(audio, "linear16", RATE)
        for at in range(0, len(audio), _PIECE):
            piece = audio[at : at + _PIECE]
            yield _event("delta", audio=base64.b64encode(piece).decode()) if self.events else piece
        if self.events:
            heard, said = token_count(self.text), len(audio) // _PIECE
            usage = {"input_tokens": heard, "output_tokens": said, "total_tokens": heard + said}
            yield _event("done", usage=usage)


def _event(kind: str, **more: Any) -> bytes:
    return b"data: " + json.dumps({"type": f"speech.audio.{kind}", **more}).encode() + b"\n\n"


def check_speech(body: Any, retired: Collection[str]) -> SpeechRequest:
    """Refuse what the API refuses; the request otherwise."""
    if not isinstance(body, dict):
        raise Refusal(400, "We could not parse the JSON body of your request.")
    model = named_model(body.get("model"), retired)
    if not model.speaks:
        raise Refusal(404, f"The model `{model.id}` does not support audio/speech.", param="model")
    if unknown := sorted(set(body) - _KNOWN):
        raise Refusal(400, f"Unrecognized request argument supplied: {unknown[0]}")
    form = _chosen(body, "response_format", _FORMATS, "mp3")
    events = _chosen(body, "stream_format", ("sse", "audio"), "audio") == "sse"
    if events and model.id.startswith("tts-1"):
        raise Refusal(400, f"stream_format 'sse' is not supported for {model.id}.", param="stream_format")
    if form not in _CONTENT_TYPES:
        raise Refusal(400, f"This stand-in does not speak {form}: ask for wav or pcm.", param="response_format")
    text, voice = _text(body), _voice(body, model)
    return SpeechRequest(model, text, voice, form, round(_WORDS_A_MINUTE * _speed(body)), events)


def _text(body: dict[str, Any]) -> str:
    text = _required(body, "input")
    if not isinstance(text, str) or not text.strip():
        raise Refusal(400, "Invalid 'input': expected a string with minimum length 1.", param="input")
    if len(text) > _LONGEST:
        raise Refusal(
            400,
            f"Invalid 'input': string too long. Expected a string with maximum length {_LONGEST}, "
            f"but got a string with length {len(text)} instead.",
            param="input",
            code="string_above_max_length",
        )
    return text


def _voice(body: dict[str, Any], model: Model) -> str:
    voice = _required(body, "voice")
    allowed = _VOICES if model.id.startswith("tts-1") else _NEWER_VOICES
    if voice not in allowed:
        raise _unsupported("voice", voice, allowed)
    return str(voice)


def _speed(body: dict[str, Any]) -> float:
    speed = body.get("speed", 1.0)
    if isinstance(speed, bool) or not isinstance(speed, int | float) or not 0.25 <= speed <= 4.0:
        raise Refusal(400, "Invalid 'speed': expected a number between 0.25 and 4.0.", param="speed")
    return float(speed)


def _required(body: dict[str, Any], name: str) -> Any:
    if body.get(name) is None:
        raise Refusal(400, f"Missing required parameter: '{name}'.", param=name, code="missing_required_parameter")
    return body[name]


def _chosen(body: dict[str, Any], name: str, allowed: tuple[str, ...], otherwise: str) -> str:
    chosen = body.get(name, otherwise)
    if chosen not in allowed:
        raise _unsupported(name, chosen, allowed)
    return str(chosen)


def _unsupported(name: str, value: Any, allowed: tuple[str, ...]) -> Refusal:
    values = ", ".join(f"'{one}'" for one in allowed)
    return Refusal(400, f"Invalid value: '{value}'. Supported values are: {values}.", param=name, code="invalid_value")
