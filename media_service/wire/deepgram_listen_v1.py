"""Deepgram's other recogniser (Nova, `/v1/listen`), as messages. Pure.

It finds no turns: it sends interim and final pieces of text, says `speech_final` after a silence as long as
`endpointing`, and `UtteranceEnd` when no word came for `utterance_end_ms`, which also sees through noise (Deepgram,
"End of Speech Detection"). Turns are put together here, out of what was final. Both silences are settled for the
connection: so the shortest are asked for, with which a turn has probably ended, and its sure end is held back for the
patience in force.
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

# Sent while no audio is: after ten seconds without either the connection is closed (NET-0001).
KEEP_ALIVE = '{"type":"KeepAlive"}'
# The silence after which an answer may be begun; the least that Deepgram takes for the other.
_ENDPOINTING_MS = 200
_UTTERANCE_END_MS = 1_000
_SEVERAL = "-multi"


def url(base: str, model: str, keyterms: Sequence[str], _patience: Patience, _hints: Sequence[str] = ()) -> str:
    """The websocket's address; the patience is not its concern. A model of several languages is named
    as Flux's is, "nova-3-multi"; it takes no hints."""
    language = [("language", "multi")] if model.endswith(_SEVERAL) else []
    query = [
        ("model", model.removesuffix(_SEVERAL)),
        *language,
        ("encoding", "mulaw"),
        ("sample_rate", "8000"),
        ("interim_results", "true"),
        ("smart_format", "true"),
        ("vad_events", "true"),
        ("endpointing", str(_ENDPOINTING_MS)),
        ("utterance_end_ms", str(_UTTERANCE_END_MS)),
        *(("keyterm", term) for term in keyterms),
    ]
    return f"{base.replace('http', 'ws', 1)}/v1/listen?{urlencode(query)}"


Told = SpeechStarted | Interim | EagerEndOfTurn | TurnResumed | TurnEnded


class Turns:
    """One per connection. `patience` may change at any time; times are in the seconds of any steady clock."""

    def __init__(self, patience: Patience) -> None:
        self.patience = patience
        self._final: list[str] = []
        self._words: list[Word] = []
        self._languages: tuple[str, ...] = ()
        self._begun = False
        self._silent_since: float | None = None
        self._wordless_since: float | None = None
        self._probably_over = False

    @property
    def deadline(self) -> float | None:
        """When the turn is over if no word comes: `wake` is wanted then."""
        ends = []
        if self._silent_since is not None:
            ends.append(self._silent_since + (self.patience.silence_ms / 10 - _ENDPOINTING_MS) / 1000)
        if self._wordless_since is not None:
            ends.append(self._wordless_since + (self.patience.silence_ms / 4 - _UTTERANCE_END_MS) / 1000)
        return min(ends, default=None)

    def wake(self, now: float) -> list[Told]:
        """Take in that time has passed."""
        deadline = self.deadline
        return self._end() if deadline is not None and deadline <= now else []

    def take(self, text: str | bytes, now: float) -> list[Told]:
        """What one message tells. Raises Unavailable for an Error, ProtocolError for what is not in its shape."""
        try:
            message = orjson.loads(text)
            match message["type"]:
                case "Results":
                    return self._results(message, now)
                case "SpeechStarted":
                    return [] if self._begun else [SpeechStarted("")]
                case "UtteranceEnd":
                    self._wordless_since = now if self._wordless_since is None else self._wordless_since
                    return self._silence(now)
                case "Error":
                    raise Unavailable("Deepgram ended the recognition.")
            return []
        except (orjson.JSONDecodeError, KeyError, IndexError, TypeError, ValueError) as why:
            raise ProtocolError("Deepgram sent a message that does not have its type's shape.") from why

    def _results(self, message: dict[str, Any], now: float) -> list[Told]:
        best = message["channel"]["alternatives"][0]
        said = str(best["transcript"]).strip()
        so_far = " ".join([*self._final, said] if said else self._final)
        if message["is_final"] and said:
            self._final.append(said)
            self._languages = tuple(str(each) for each in best.get("languages") or self._languages)
            self._words += [
                Word(str(w.get("punctuated_word", w["word"])), float(w["confidence"])) for w in best["words"]
            ]
        told: list[Told] = []
        if said:
            told += self._resumed()
            told.append(Interim(so_far) if self._begun else SpeechStarted(so_far))
            self._begun = True
        if not message.get("speech_final"):
            return told
        self._silent_since = now if self._silent_since is None else self._silent_since
        return told + self._silence(now)

    def _resumed(self) -> list[Told]:
        """The caller has gone on."""
        if not self._probably_over:
            return []
        self._go_on()
        return [TurnResumed()]

    def _go_on(self) -> None:
        self._silent_since = self._wordless_since = None
        self._probably_over = False

    def _silence(self, now: float) -> list[Told]:
        """The turn is over when its caller has been waited for, if there is one."""
        if not self._final:
            self._go_on()
            self._begun = False
            return []
        if ended := self.wake(now):
            return ended
        probably, self._probably_over = not self._probably_over, True
        return [EagerEndOfTurn(" ".join(self._final), tuple(self._words))] if probably else []

    def _end(self) -> list[Told]:
        ended = TurnEnded(" ".join(self._final), tuple(self._words), self._languages)
        self._final, self._words, self._languages, self._begun = [], [], (), False
        self._go_on()
        return [ended]
