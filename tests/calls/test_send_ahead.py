"""Audio goes out a few seconds ahead of what was heard: never more, and never so little that the caller hears a gap."""

import base64
import heapq
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media_service.conversation import commands as do
from media_service.conversation import events as ev
from media_service.conversation.conversation import Conversation
from media_service.conversation.marks import LATE_MARK_SECONDS
from media_service.conversation.playback import SEND_AHEAD_MS
from media_service.peers.tts import Spoken
from media_service.speech import Speech
from media_service.wire.twilio_media import Outgoing
from tests.calls.script import LINES

LONG = "We have Thursday at two in the afternoon, and that is a long sentence which takes its time to be heard."
BYTES_A_CHARACTER = 8 * 60


class Line:
    """A call with its sound, in virtual time: a voice that makes everything at once, and a carrier that plays what it
    is sent and returns each mark `late` seconds after, or never when `late` is None."""

    def __init__(self, late: float | None) -> None:
        self.late, self.now = late, 0.0
        self.plays_until = 0.0
        self.heard = b""
        self.ahead: list[float] = []
        self.gaps: list[float] = []
        self._begins = False
        self._marks: list[tuple[float, int, str]] = []
        self._texts: list[str] = []
        self.conversation = Conversation(LINES)
        self.speech = Speech(self, {}, Outgoing("MZ1"), self._take, self.tell, lambda: None)  # type: ignore[arg-type]
        self.replies: list[int] = []
        self.tell(ev.StreamStarted())

    # The voice

    def say(self, text: str) -> None:
        self._texts.append(text)

    def stop(self) -> None:
        self._texts.clear()

    # The carrier

    def _take(self, message: str) -> None:
        told = json.loads(message)
        if told["event"] == "media":
            audio = base64.b64decode(told["media"]["payload"])
            if self.plays_until < self.now and not self._begins:
                self.gaps.append(self.now - self.plays_until)
            self._begins = False
            self.plays_until = max(self.plays_until, self.now) + len(audio) / 8000
            self.heard += audio
            self.ahead.append(self.plays_until - self.now)
        elif told["event"] == "mark" and self.late is not None:
            heapq.heappush(self._marks, (self.plays_until + self.late, len(self.heard), told["mark"]["name"]))
        elif told["event"] == "clear":
            self.plays_until, self.heard = self.now, b""
            self._marks = [(self.now + (self.late or 0.0), order, name) for _, order, name in self._marks]

    # Time and events

    def tell(self, event: ev.Event) -> None:
        self._carry_out(self.conversation.receive(event, self.now))

    def wait(self, seconds: float) -> None:
        end = self.now + seconds
        while True:
            due = self._marks[0][0] if self._marks else float("inf")
            deadline = self.conversation.deadline
            following = min(due, deadline if deadline is not None else float("inf"))
            if following > end:
                break
            self.now = max(self.now, following)
            if due <= following:
                self.tell(ev.MarkReturned(heapq.heappop(self._marks)[2]))
            else:
                self._carry_out(self.conversation.wake(self.now))
        self.now = end

    def answer(self, *sentences: str) -> None:
        self.tell(ev.TurnEnded("when could i come"))
        self.tell(ev.ReplyText(self.replies[-1], " ".join(sentences)))
        self.tell(ev.ReplyDone(self.replies[-1]))

    def _carry_out(self, commands: list[do.Command]) -> None:
        for command in commands:
            match command:
                case do.Say():
                    self._begins = self._begins or self.plays_until <= self.now
                    self.speech.say(command)
                case do.StopTalking():
                    self.speech.stop()
                case do.LetThrough(ms):
                    self.speech.let_through(ms)
                case do.StartReply(reply):
                    self.replies.append(reply)
        while self._texts:
            text = self._texts.pop(0)
            self.speech.take(b"\x00" * BYTES_A_CHARACTER * len(text))
            self.speech.take(Spoken.OUT)


def test_no_more_is_sent_than_the_window_ahead_of_what_was_heard() -> None:
    line = Line(late=0.1)
    line.wait(10)
    line.answer(LONG, LONG, LONG)
    line.wait(30)
    assert max(line.ahead) <= SEND_AHEAD_MS / 1000 + 1e-6


@settings(max_examples=60, deadline=None)
@given(
    st.floats(0.0, 1.5),
    st.lists(st.integers(1, 4), min_size=1, max_size=4),
    st.lists(st.floats(0.0, 9.0), min_size=4, max_size=4),
)
def test_marks_that_come_late_tear_no_hole_into_what_is_said(
    late: float, answers: list[int], cut_after: list[float]
) -> None:
    line = Line(late)
    line.wait(5)
    for sentences, seconds in zip(answers, cut_after, strict=False):
        line.answer(*[LONG] * sentences)  # it cuts in on the answer before
        line.wait(seconds)
    line.wait(60)
    assert len(line.heard) >= BYTES_A_CHARACTER * len(LONG) * answers[len(line.replies) - 1], "all of the last answer"
    assert max(line.ahead) <= SEND_AHEAD_MS / 1000 + 1e-6
    assert line.gaps == []


def test_without_any_mark_the_caller_waits_once_and_then_hears_everything() -> None:
    line = Line(late=None)
    line.wait(5)
    line.answer(LONG, LONG, LONG)
    line.wait(18)
    assert len(line.heard) == BYTES_A_CHARACTER * (3 * len(LONG) + 1)  # two sentences are one piece, with a space
    assert line.gaps == [pytest.approx(LATE_MARK_SECONDS)]


def test_what_was_held_back_when_the_caller_cut_in_is_never_sent() -> None:
    line = Line(late=0.1)
    line.wait(5)
    line.answer(LONG, LONG)
    line.wait(2)
    line.tell(ev.Interim("no wait"))
    line.wait(5)
    assert line.heard == b""


def test_the_next_answer_finds_the_window_open_however_much_was_heard_before() -> None:
    line = Line(late=0.1)
    for _ in range(3):
        line.wait(10)
        line.answer("Yes.")
        line.wait(7)
        assert line.ahead[-1] == pytest.approx(4 * 0.06)
