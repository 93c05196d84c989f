"""Deepgram's streaming voice (Aura-2, `/v1/speak`), as messages. Pure.

Audio comes as binary frames of raw µ-law without ids; `Flushed` follows the audio of a Flush, `Cleared` follows what
was in flight when a Clear arrived. The installed SDK parses `Cleared` into the class of `Flushed`: only `type` tells.
"""

from typing import Literal
from urllib.parse import urlencode

import orjson

from shared.errors import ProtocolError

FLUSH = '{"type":"Flush"}'
CLEAR = '{"type":"Clear"}'

# Deepgram answers more flushes than this in a minute with warnings instead of audio.
FLUSHES_PER_MINUTE = 20

_AUDIO = {"encoding": "mulaw", "sample_rate": "8000"}


def url(base: str, model: str) -> str:
    """The websocket's address; `base` is the http(s) origin. It has no container: the audio is raw."""
    return f"{base.replace('http', 'ws', 1)}/v1/speak?{urlencode({'model': model, **_AUDIO})}"


def speak(text: str) -> str:
    return orjson.dumps({"type": "Speak", "text": text}).decode()


def parse(text: str) -> Literal["Flushed", "Cleared", "Warning", "Error"] | None:
    """What a text message says; None when it changes nothing.

    Raises ProtocolError for what is not JSON or has no type.
    """
    try:
        kind = orjson.loads(text)["type"]
    except (orjson.JSONDecodeError, KeyError, TypeError) as why:
        raise ProtocolError("Deepgram sent a message that does not have its type's shape.") from why
    return kind if kind in ("Flushed", "Cleared", "Warning", "Error") else None
