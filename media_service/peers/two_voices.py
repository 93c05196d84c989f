"""A call's voice with another in reserve: what the first cannot say is said by the second, for the rest of the call.

A text that was half given goes on at the first word that was not. Which word that is, is reckoned from the audio given
and from how fast the first voice has spoken so far, since no voice tells where in a text it is.
"""

from collections import deque
from collections.abc import AsyncGenerator
from contextlib import aclosing

from media_service.conversation.playback import GUESSED_MS_PER_CHARACTER
from media_service.conversation.word_times import words_within
from media_service.peers.tts import Spoken, TextToSpeech
from media_service.wire.mulaw import BYTES_PER_MS


class TwoVoices:
    """A TextToSpeech over two others."""

    def __init__(self, first: TextToSpeech, second: TextToSpeech) -> None:
        self._first = first
        self._second = second
        self._speaking = first
        self._texts: deque[str] = deque()
        self._given = 0
        self._spoken_characters = 0
        self._spoken_bytes = 0

    @property
    def model(self) -> str:
        return self._speaking.model

    def say(self, text: str) -> None:
        self._texts.append(text)
        self._speaking.say(text)

    def stop(self) -> None:
        self._texts.clear()
        self._given = 0
        self._speaking.stop()

    async def speech(self) -> AsyncGenerator[bytes | Spoken, None]:
        async with aclosing(self._first.speech()) as pieces:
            async for piece in pieces:
                if piece is Spoken.FAILED:
                    break
                self._note(piece)
                yield piece
        self._speaking = self._second
        if self._texts:
            self._texts[0] = self._not_given(self._texts[0])
            if not self._texts[0]:
                self._texts.popleft()
                yield Spoken.OUT
        for text in self._texts:
            self._second.say(text)
        self._texts.clear()
        async with aclosing(self._second.speech()) as pieces:
            async for piece in pieces:
                yield piece

    def _note(self, piece: bytes | Spoken) -> None:
        if isinstance(piece, bytes):
            self._given += len(piece)
        elif self._texts:
            self._spoken_characters += len(self._texts.popleft())
            self._spoken_bytes += self._given
            self._given = 0

    def _not_given(self, text: str) -> str:
        pace = GUESSED_MS_PER_CHARACTER * BYTES_PER_MS
        if self._spoken_characters:
            pace = self._spoken_bytes // self._spoken_characters
        given = words_within(text, self._given / (len(text) * pace)) if pace else ""
        return text[len(given) :].strip()
