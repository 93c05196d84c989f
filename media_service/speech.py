"""Sophie's side of the line: utterances to audio, audio to the carrier, with marks that tell how far it was heard.

Fixed lines come from memory, all else from the voice, strictly in the order in which they were said. Audio is passed on
as it comes; it is cut only where a mark goes in between, and of the quiet with which a voice begins.
"""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from media_service.conversation.commands import Say
from media_service.conversation.events import SpeechFailed, SpeechFinished
from media_service.conversation.playback import mark_name
from media_service.peers.tts import Spoken, TextToSpeech
from media_service.wire.mulaw import BYTES_PER_MS, leading_quiet
from media_service.wire.twilio_media import Outgoing

# A mark each 200 ms of audio: what was heard is known to about a word.
_MARK_EVERY = 200 * BYTES_PER_MS
# Voices begin with up to a quarter of a second of silence; what is longer is a pause that is meant.
MOST_QUIET = 300 * BYTES_PER_MS


@dataclass(slots=True)
class _Spoken:
    """An utterance on its way out: `fixed` is its audio where that was in memory when it was said."""

    say: Say
    fixed: bytes | None
    sent: int = 0
    left_out: int = 0
    """Quiet bytes at its beginning that were not sent."""

    def without_quiet(self, audio: bytes) -> bytes:
        """What of its next audio is worth sending."""
        if self.sent:
            return audio
        quiet = leading_quiet(audio, MOST_QUIET - self.left_out)
        self.left_out += quiet
        return audio[quiet:]


class Speech:
    """One per call. `send` takes a message for the carrier and does not wait; `tell` takes an event."""

    def __init__(
        self,
        voice: TextToSpeech,
        rendered: Mapping[str, bytes],
        outgoing: Outgoing,
        send: Callable[[str], None],
        tell: Callable[[SpeechFinished | SpeechFailed], None],
        first_audio: Callable[[], None],
    ) -> None:
        self._voice = voice
        self._rendered = rendered
        self._outgoing = outgoing
        self._send = send
        self._tell = tell
        self._first_audio = first_audio
        self._queue: deque[_Spoken] = deque()
        self._voiceless = False

    def say(self, say: Say) -> None:
        fixed = self._rendered.get(say.text)
        if fixed is None:
            if self._voiceless:
                self._tell(SpeechFailed(say.utterance))
                return
            self._voice.say(say.text)
        self._queue.append(_Spoken(say, fixed))
        if len(self._queue) == 1:
            self._play_rendered()

    def voice_lost(self) -> None:
        """The voice will never speak again: only what is rendered can be said."""
        self._voiceless = True
        self._fail()

    def stop(self) -> None:
        """Silence at once: the voice first, then what is queued, then what the carrier has buffered."""
        self._voice.stop()
        self._queue.clear()
        self._send(self._outgoing.clear)

    def take(self, piece: bytes | Spoken) -> None:
        """What the voice gives: it belongs to the oldest utterance."""
        if not self._queue:
            return
        if isinstance(piece, bytes):
            self._play(self._queue[0], self._queue[0].without_quiet(piece))
        elif piece is Spoken.OUT:
            self._finish()
        else:
            self._fail()

    def _play_rendered(self) -> None:
        while self._queue and (fixed := self._queue[0].fixed) is not None:
            self._play(self._queue[0], fixed)
            self._finish()

    def _play(self, spoken: _Spoken, audio: bytes) -> None:
        if spoken.sent == 0 and audio:
            self._first_audio()
        while audio:
            room = _MARK_EVERY - spoken.sent % _MARK_EVERY
            piece, audio = audio[:room], audio[room:]
            spoken.sent += len(piece)
            self._send(self._outgoing.media(piece))
            if spoken.sent % _MARK_EVERY == 0:
                self._mark(spoken)

    def _mark(self, spoken: _Spoken) -> None:
        ms = spoken.sent // BYTES_PER_MS
        self._send(self._outgoing.mark(mark_name(spoken.say.epoch, spoken.say.utterance, ms)))

    def _finish(self) -> None:
        spoken = self._queue.popleft()
        if spoken.sent % _MARK_EVERY:
            self._mark(spoken)
        self._tell(SpeechFinished(spoken.say.utterance, spoken.sent // BYTES_PER_MS))
        self._play_rendered()

    def _fail(self) -> None:
        """The voice is gone: what is rendered can still be played, the rest never will be."""
        lost = [s.say.utterance for s in self._queue if s.fixed is None]
        self._queue = deque(s for s in self._queue if s.fixed is not None)
        self._play_rendered()
        for utterance in lost:
            self._tell(SpeechFailed(utterance))
