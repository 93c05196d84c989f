"""What a streaming recogniser is to a call, whoever makes it."""

from collections.abc import AsyncGenerator
from typing import Protocol

from media_service.conversation.endpointing import Patience
from media_service.conversation.events import RecogniserLost
from media_service.wire.deepgram_listen import Heard


class SpeechToText(Protocol):
    """One per call. Audio goes in without waiting; what was heard comes out."""

    def push(self, audio: bytes) -> None:
        """Take in µ-law audio, 8,000 bytes a second, at once. May be called before `heard` is connected."""

    def set_patience(self, patience: Patience) -> None:
        """How patient to be from now on, also on a connection yet to be made."""

    def expect(self, language: str) -> None:
        """The caller speaks this language (ISO 639-1); only for a recogniser that understands several."""

    def heard(self) -> AsyncGenerator[Heard | RecogniserLost, None]:
        """What the caller says, until the iteration is cancelled. A RecogniserLost is the last thing it gives."""
