"""Deepgram's other recogniser (Nova, `/v1/listen`), as messages. Pure.

It finds no turns: it sends interim and final pieces of text, says `speech_final` after a silence as long as
`endpointing`, and `UtteranceEnd` when no word came for `utterance_end_ms`, which also sees through noise (Deepgram,
"End of Speech Detection"). Turns are put together here, out of what was final; none ends probably, only surely.
"""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

import orjson

from media_service.conversation.endpointing import Patience
from media_service.conversation.events import Interim, SpeechStarted, TurnEnded, Word
from shared.errors import ProtocolError, Unavailable

# Sent while no audio is: after ten seconds without either the connection is closed (NET-0001).
KEEP_ALIVE = '{"type":"KeepAlive"}'
_LEAST_UTTERANCE_END_MS = 1_000


def url(base: str, model: str, keyterms: Sequence[str], patience: Patience) -> str:
    """The websocket's address. How patient it is is settled for the connection."""
    query = [
        ("model", model),
        ("encoding", "mulaw"),
        ("sample_rate", "8000"),
        ("interim_results", "true"),
        ("smart_format", "true"),
        ("vad_events", "true"),
        ("endpointing", str(patience.silence_ms // 10)),
        ("utterance_end_ms", str(max(_LEAST_UTTERANCE_END_MS, patience.silence_ms // 4))),
        *(("keyterm", term) for term in keyterms),
    ]
    return f"{base.replace('http', 'ws', 1)}/v1/listen?{urlencode(query)}"


class Turns:
    """One per connection."""

    def __init__(self) -> None:
        self._final: list[str] = []
        self._words: list[Word] = []
        self._begun = False

    def take(self, text: str | bytes) -> list[SpeechStarted | Interim | TurnEnded]:
        """What one message tells. Raises Unavailable for an Error, ProtocolError for what is not in its shape."""
        try:
            message = orjson.loads(text)
            match message["type"]:
                case "Results":
                    return self._results(message)
                case "SpeechStarted":
                    return [] if self._begun else [SpeechStarted("")]
                case "UtteranceEnd":
                    return self._end()
                case "Error":
                    raise Unavailable("Deepgram ended the recognition.")
            return []
        except (orjson.JSONDecodeError, KeyError, IndexError, TypeError, ValueError) as why:
            raise ProtocolError("Deepgram sent a message that does not have its type's shape.") from why

    def _results(self, message: dict[str, Any]) -> list[SpeechStarted | Interim | TurnEnded]:
        best = message["channel"]["alternatives"][0]
        said = str(best["transcript"]).strip()
        so_far = " ".join([*self._final, said] if said else self._final)
        if message["is_final"] and said:
            self._final.append(said)
            self._words += [
                Word(str(w.get("punctuated_word", w["word"])), float(w["confidence"])) for w in best["words"]
            ]
        told: list[SpeechStarted | Interim | TurnEnded] = []
        if said:
            told.append(Interim(so_far) if self._begun else SpeechStarted(so_far))
            self._begun = True
        return told + self._end() if message.get("speech_final") else told

    def _end(self) -> list[SpeechStarted | Interim | TurnEnded]:
        """The turn is over, if there was one."""
        words, self._words = tuple(self._words), []
        said, self._final, self._begun = " ".join(self._final), [], False
        return [TurnEnded(said, words)] if said else []
