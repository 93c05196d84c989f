"""Utterances become audio in the order in which they were said, with marks that tell how far they were heard."""

import base64
import json
from dataclasses import dataclass, field

from media_service.conversation.commands import Say
from media_service.conversation.events import SpeechFailed, SpeechFinished
from media_service.peers.tts import Spoken
from media_service.speech import Speech
from media_service.wire.twilio_media import Outgoing

SECOND = b"\x00" * 8000
LOUD = b"\x10" * 8000


@dataclass
class Line:
    """The voice, the carrier and the conversation around one Speech, as lists."""

    asked: list[str] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    told: list[SpeechFinished | SpeechFailed] = field(default_factory=list)

    def say(self, text: str) -> None:
        self.asked.append(text)

    def stop(self) -> None:
        self.asked.append("(stop)")

    def speech(self) -> None:
        raise NotImplementedError

    @property
    def marks(self) -> list[str]:
        return [m["mark"]["name"] for m in map(json.loads, self.sent) if m["event"] == "mark"]


def speech(line: Line, **rendered: bytes) -> Speech:
    return Speech(line, rendered, Outgoing("MZ1"), line.sent.append, line.told.append, lambda: None)  # type: ignore[arg-type]


def test_a_mark_follows_the_first_100_ms_and_then_every_200_and_the_last_audio() -> None:
    line = Line()
    speech(line, Hi=SECOND[:4000]).say(Say(1, 0, "Hi"))
    assert line.marks == ["0.1.100", "0.1.300", "0.1.500"]
    mouth = speech(line, Oh=SECOND[:480])
    mouth.say(Say(2, 0, "Oh"))
    assert line.marks[3:] == ["0.2.60"]
    assert line.told == [SpeechFinished(1, 500), SpeechFinished(2, 60)]


def test_a_rendered_line_waits_for_the_live_one_before_it() -> None:
    line = Line()
    mouth = speech(line, Goodbye=SECOND)
    mouth.say(Say(1, 0, "live words"))
    mouth.say(Say(2, 0, "Goodbye"))
    assert line.sent == []
    mouth.take(SECOND)
    mouth.take(Spoken.OUT)
    assert line.marks == [f"0.{utterance}.{ms}" for utterance in (1, 2) for ms in (100, 300, 500, 700, 900, 1000)]


def test_what_the_voice_makes_while_a_rendered_line_is_held_back_belongs_to_the_live_one_after_it() -> None:
    line = Line()
    mouth = speech(line, Hello=SECOND * 4)
    mouth.say(Say(1, 0, "Hello"))
    mouth.say(Say(2, 0, "live words"))
    mouth.take(LOUD)
    mouth.take(Spoken.OUT)
    assert media(line) == SECOND * 3
    assert line.told == [SpeechFinished(1, 4000), SpeechFinished(2, 1000)]
    mouth.let_through(None)
    assert media(line) == SECOND * 4 + LOUD
    assert line.marks[-7:] == ["0.1.4000", *(f"0.2.{ms}" for ms in (100, 300, 500, 700, 900, 1000))]


def test_after_a_stop_the_window_is_as_wide_as_at_the_beginning() -> None:
    line = Line()
    mouth = speech(line, Hello=SECOND * 4)
    mouth.say(Say(1, 0, "Hello"))
    mouth.stop()
    line.sent.clear()
    mouth.say(Say(2, 1, "Hello"))
    assert media(line) == SECOND * 3


def test_the_pauses_in_what_is_said_are_told_whoever_made_it_and_however_it_came() -> None:
    line = Line()
    sound = LOUD[:4000] + QUIET * 12 + LOUD[:4000] + QUIET * 20
    mouth = speech(line, Hello=sound)
    mouth.say(Say(1, 0, "Hello"))
    mouth.say(Say(2, 0, "live words"))
    for at in range(0, len(sound), 130):
        mouth.take(sound[at : at + 130])
    mouth.take(Spoken.OUT)
    assert line.told == [SpeechFinished(at, 1320, ((500, 620), (1120, 1320))) for at in (1, 2)]


def test_the_voice_is_stopped_before_the_carriers_buffer_is_cleared() -> None:
    line = Line()
    mouth = speech(line)
    mouth.say(Say(1, 0, "live words"))
    mouth.stop()
    assert line.asked == ["live words", "(stop)"]
    assert [json.loads(message)["event"] for message in line.sent] == ["clear"]


def test_audio_that_comes_when_nothing_is_said_goes_nowhere() -> None:
    line = Line()
    speech(line).take(SECOND)
    assert line.sent == []


def test_without_a_voice_what_is_rendered_is_still_said_and_the_rest_reported() -> None:
    line = Line()
    mouth = speech(line, Sorry=SECOND)
    mouth.say(Say(1, 0, "live words"))
    mouth.say(Say(2, 0, "Sorry"))
    mouth.voice_lost()
    mouth.say(Say(3, 0, "more live words"))
    assert line.told == [SpeechFinished(2, 1000), SpeechFailed(1), SpeechFailed(3)]


def test_a_text_without_sound_is_over_at_once() -> None:
    line = Line()
    mouth = speech(line)
    mouth.say(Say(1, 0, "…"))
    mouth.take(Spoken.OUT)
    assert line.told == [SpeechFinished(1, 0)]
    assert line.marks == []


QUIET = b"\xff" * 80  # 10 ms


def media(line: Line) -> bytes:
    sent = [m for m in map(json.loads, line.sent) if m["event"] == "media"]
    return b"".join(base64.b64decode(m["media"]["payload"]) for m in sent)


def test_the_quiet_with_which_a_voice_begins_is_left_out_and_does_not_count_as_heard() -> None:
    line = Line()
    mouth = speech(line)
    mouth.say(Say(1, 0, "live words"))
    mouth.take(QUIET * 15)
    mouth.take(QUIET * 5 + SECOND)
    mouth.take(Spoken.OUT)
    assert media(line) == SECOND
    assert line.told == [SpeechFinished(1, 1000)]


def test_a_long_pause_at_the_beginning_is_shortened_by_300_ms_only_and_one_in_the_middle_is_kept() -> None:
    line = Line()
    mouth = speech(line)
    mouth.say(Say(1, 0, "live words"))
    for piece in (QUIET * 20, QUIET * 20 + SECOND, QUIET * 10, SECOND):
        mouth.take(piece)
    assert media(line) == QUIET * 10 + SECOND + QUIET * 10 + SECOND


def test_a_line_that_is_rendered_while_it_is_spoken_live_is_not_said_twice() -> None:
    line = Line()
    rendered: dict[str, bytes] = {}
    mouth = Speech(line, rendered, Outgoing("MZ1"), line.sent.append, line.told.append, lambda: None)  # type: ignore[arg-type]
    mouth.say(Say(1, 0, "live words"))
    mouth.say(Say(2, 0, "Goodbye."))
    rendered["Goodbye."] = SECOND
    for piece in (SECOND, Spoken.OUT, SECOND[:800], Spoken.OUT):
        mouth.take(piece)
    assert line.told == [SpeechFinished(1, 1000), SpeechFinished(2, 100)]
