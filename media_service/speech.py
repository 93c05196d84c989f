"""Sophie's side of the line: utterances to audio, audio to the carrier, with marks that tell how far it was heard.

Fixed lines come from memory, all else from the voice, strictly in the order in which they were said. Audio is passed on
as it comes, as far ahead of what was heard as the conversation lets it through; it is cut only there and where a mark
goes in between, and of the quiet with which a voice begins.
"""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from media_service.conversation.commands import Say
from media_service.conversation.events import SpeechFailed, SpeechFinished
from media_service.conversation.playback import MARK_EVERY_MS, SEND_AHEAD_MS, mark_name
from media_service.peers.tts import Spoken, TextToSpeech
from media_service.wire.mulaw import BYTES_PER_MS, Pauses, leading_quiet, pauses_in
from media_service.wire.twilio_media import Outgoing

_MARK_EVERY = MARK_EVERY_MS * BYTES_PER_MS
# Voices begin with up to a quarter of a second of silence; what is longer is a pause that is meant.
MOST_QUIET = 300 * BYTES_PER_MS


@dataclass(slots=True)
class _Spoken:
    """An utterance on its way out: `waiting` is what of its audio is here and was not sent, `whole` whether no more of
    it will come."""

    say: Say
    waiting: bytearray = field(default_factory=bytearray)
    whole: bool = False
    taken: int = 0
    sent: int = 0
    pauses: Pauses = field(default_factory=Pauses)
    _left_out: int = 0
    """Quiet bytes at its beginning that were not taken."""

    @property
    def to_next_mark(self) -> int:
        """Bytes until the next mark is due; the first comes after half as many, since until then nothing is known."""
        return _MARK_EVERY - (self.sent + _MARK_EVERY // 2) % _MARK_EVERY

    def take(self, audio: bytes) -> None:
        """Of what the voice gives, all but the quiet at its beginning."""
        if not self.taken:
            quiet = leading_quiet(audio, MOST_QUIET - self._left_out)
            self._left_out += quiet
            audio = audio[quiet:]
        self.taken += len(audio)
        self.waiting += audio
        self.pauses.feed(audio)


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
        self._sent = 0
        self._through: int | None = SEND_AHEAD_MS * BYTES_PER_MS
        self._voiceless = False

    def say(self, say: Say) -> None:
        if (fixed := self._rendered.get(say.text)) is not None:
            self._queue.append(_Spoken(say, bytearray(fixed), whole=True))
            self._play()
            self._tell(SpeechFinished(say.utterance, len(fixed) // BYTES_PER_MS, pauses_in(fixed)))
        elif self._voiceless:
            self._tell(SpeechFailed(say.utterance))
        else:
            self._voice.say(say.text)
            self._queue.append(_Spoken(say))

    def voice_lost(self) -> None:
        """The voice will never speak again: only what is rendered can be said."""
        self._voiceless = True
        self._fail()

    def change_voice(self, voice: TextToSpeech) -> None:
        """What is said from now on is said by another voice; it is for when nothing waits for this one."""
        self._voice = voice

    def let_through(self, ms: int | None) -> None:
        """Send as much as this since the last stop; None sends all there is."""
        self._through = None if ms is None else ms * BYTES_PER_MS
        self._play()

    def stop(self) -> None:
        """Silence at once: the voice first, then what is queued, then what the carrier has buffered."""
        self._voice.stop()
        self._queue.clear()
        self._sent, self._through = 0, SEND_AHEAD_MS * BYTES_PER_MS
        self._send(self._outgoing.clear)

    def take(self, piece: bytes | Spoken) -> None:
        """What the voice gives: it belongs to the oldest utterance that is not whole."""
        spoken = next((each for each in self._queue if not each.whole), None)
        if spoken is None:
            return
        if isinstance(piece, bytes):
            spoken.take(piece)
            self._play()
        elif piece is Spoken.OUT:
            spoken.whole = True
            self._play()
            ms = spoken.taken // BYTES_PER_MS
            self._tell(SpeechFinished(spoken.say.utterance, ms, spoken.pauses.found))
        else:
            self._fail()

    def _play(self) -> None:
        """Send what may be sent, in order."""
        while self._queue:
            spoken = self._queue[0]
            self._send_audio(spoken)
            if spoken.waiting or not spoken.whole:
                return
            if spoken.sent and spoken.to_next_mark < _MARK_EVERY:
                self._mark(spoken)
            self._queue.popleft()

    def _send_audio(self, spoken: _Spoken) -> None:
        while spoken.waiting:
            room = spoken.to_next_mark
            if self._through is not None:
                room = min(room, self._through - self._sent)
            if room <= 0:
                return
            piece = bytes(spoken.waiting[:room])
            del spoken.waiting[:room]
            if spoken.sent == 0:
                self._first_audio()
            spoken.sent += len(piece)
            self._sent += len(piece)
            self._send(self._outgoing.media(piece))
            if spoken.to_next_mark == _MARK_EVERY:
                self._mark(spoken)

    def _mark(self, spoken: _Spoken) -> None:
        ms = spoken.sent // BYTES_PER_MS
        self._send(self._outgoing.mark(mark_name(spoken.say.epoch, spoken.say.utterance, ms)))

    def _fail(self) -> None:
        """The voice is gone: what is whole can still be played, the rest never will be."""
        lost = [each.say.utterance for each in self._queue if not each.whole]
        self._queue = deque(each for each in self._queue if each.whole)
        self._play()
        for utterance in lost:
            self._tell(SpeechFailed(utterance))
