"""Deepgram's turn-taking recogniser (Flux, `/v2/listen`), as messages. Pure.

`Update` comes about every quarter second of audio; an `EndOfTurn` has the words of the `EagerEndOfTurn` before it
unless a `TurnResumed` stood between (Deepgram, "Understanding the Flux State Machine").
"""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

import orjson

from media_service.conversation.endpointing import Patience
from media_service.conversation.events import (
    EagerEndOfTurn,
    Interim,
    SpeechStarted,
    TurnEnded,
    TurnResumed,
    Word,
)
from shared.errors import ProtocolError, Unavailable

Heard = SpeechStarted | Interim | EagerEndOfTurn | TurnResumed | TurnEnded


def url(base: str, model: str, keyterms: Sequence[str], patience: Patience, hints: Sequence[str] = ()) -> str:
    """The websocket's address. `base` is the http(s) origin; `keyterms` are words to listen for, `hints` the languages
    that are expected, for a model of several."""
    query = [
        ("model", model),
        ("encoding", "mulaw"),
        ("sample_rate", "8000"),
        ("eager_eot_threshold", str(patience.eager)),
        ("eot_threshold", str(patience.end)),
        ("eot_timeout_ms", str(patience.silence_ms)),
        *(("keyterm", term) for term in keyterms),
        *(("language_hint", hint) for hint in hints),
    ]
    return f"{base.replace('http', 'ws', 1)}/v2/listen?{urlencode(query)}"


def configure(patience: Patience, hints: Sequence[str] = ()) -> str:
    """New thresholds for the turns to come, and the languages that are expected in them."""
    thresholds = {
        "eager_eot_threshold": patience.eager,
        "eot_threshold": patience.end,
        "eot_timeout_ms": patience.silence_ms,
    }
    languages = {"language_hints": list(hints)} if hints else {}
    return orjson.dumps({"type": "Configure", "thresholds": thresholds, **languages}).decode()


def parse(text: str | bytes) -> Heard | None:
    """One message; None when it tells the conversation nothing.

    Raises Unavailable for Deepgram's fatal Error, ProtocolError for what is not in its shape.
    """
    try:
        message = orjson.loads(text)
        kind = message["type"]
        if kind == "TurnInfo":
            return _turn_info(message)
        if kind == "Error":
            raise Unavailable(f"Deepgram ended the recognition: {str(message.get('code'))[:40]}.")
        return None
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError) as why:
        raise ProtocolError("Deepgram sent a message that does not have its type's shape.") from why


def _turn_info(message: dict[str, Any]) -> Heard | None:
    transcript = str(message["transcript"]).strip()
    match message["event"]:
        case "Update":
            return Interim(transcript)
        case "StartOfTurn":
            return SpeechStarted(transcript)
        case "EagerEndOfTurn":
            return EagerEndOfTurn(transcript, _words(message))
        case "TurnResumed":
            return TurnResumed()
        case "EndOfTurn":
            return TurnEnded(transcript, _words(message), tuple(str(each) for each in message.get("languages") or ()))
    return None


def _words(message: dict[str, Any]) -> tuple[Word, ...]:
    return tuple(Word(str(w["word"]), float(w["confidence"])) for w in message["words"])
