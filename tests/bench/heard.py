"""Whether the history says what was heard: `python -m tests.bench.heard --interruptions 1000`.

Answers of several sentences are spoken by the lab's voice, whose words' ends are known, over a carrier that plays in
real time and is up to an eighth of a second away, which sound, marks and clear all take; the caller cuts in at any
moment. Compared is the number of words that the history holds with the number whose sound had been played to its end.
In virtual time.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter
from functools import cache

from infra.local.speech.voices import SOPHIE, speak
from media_service.conversation import commands as do
from media_service.conversation import events as ev
from media_service.conversation.conversation import Conversation
from media_service.conversation.playback import MARK_EVERY_MS, mark_name
from media_service.wire.mulaw import BYTES_PER_MS, leading_quiet, pauses_in
from tests.calls.script import LINES

_ANSWERS = (
    "I have Thursday, November 26 at 2 PM, or Friday at half past nine. Which of the two suits you better?",
    "An oil and filter change takes about an hour. It is 59 to 89 dollars, depending on the oil. Shall I look for a "
    "time?",
    "Sure. To find you in our book, may I have your last name, your ZIP code, or the last four characters of the VIN?",
    "We are at 12 Maple Street, Springfield. Please drive into the lane on the left, and leave the key at the desk.",
    "Your appointment is on Monday at 8 AM: a brake inspection for your 2019 Honda Civic. Do you want to move it?",
    "Yes, we do. There is a waiting room with coffee, wifi and a children's corner.",
    "The VIN is 1 Hotel Golf, Charlie Mike 8, 2 6 3, 3 Alpha 0 0, 4 3 5 2. Is that right?",
)
_LONGEST_WAY = 0.125


@cache
def _word_ends(text: str) -> tuple[int, ...]:
    """For each word the millisecond at which its sound is over; for the last, the length of all. A word is said longer
    at the end of a text: so its end is taken between where it is when nothing follows and where nothing goes before. At
    a comma or a stop the two differ by the pause, and the word is said as if nothing followed."""
    words, whole = text.split(" "), _sound_ms(text)
    ends = []
    for count in range(1, len(words)):
        before, after = (_sound_ms(" ".join(part)) for part in (words[:count], words[count:]))
        ends.append(before if words[count - 1][-1] in ",.:?!" else (before + whole - after) // 2)
    return (*ends, whole)


def _sound_ms(text: str) -> int:
    """How long a text is, without the quiet around it."""
    audio = _sound(text)
    return (len(audio) - leading_quiet(audio[::-1], len(audio))) // BYTES_PER_MS


@cache
def _sound(text: str) -> bytes:
    """As the carrier gets it."""
    audio = speak(text, SOPHIE)
    return audio[leading_quiet(audio, len(audio)) :]


class _Line:
    """A call whose sound takes `way` seconds to the carrier, and its marks as long back."""

    def __init__(self, way: float) -> None:
        self._call = Conversation(LINES)
        self._way = way
        self._marks: list[tuple[float, str]] = []
        self._plays_until = 0.0
        self.said: list[tuple[float, str]] = []
        """When what was said since the last answer began is played, and its text."""

    def tell(self, event: ev.Event, now: float) -> list[do.Command]:
        return self._note(self._call.receive(event, now), now)

    def wait(self, until: float) -> None:
        """The carrier plays, and returns marks, until this moment."""
        while self._marks and self._marks[0][0] < until:
            at, name = self._marks.pop(0)
            self.tell(ev.MarkReturned(name), at)

    def answer(self, text: str, now: float) -> float:
        """Say this; the moment at which all of it was played."""
        self.said.clear()
        asked = self.tell(ev.TurnEnded("hello"), now)
        reply = next(command.reply for command in asked if isinstance(command, do.StartReply))
        self.tell(ev.ReplyText(reply, text), now)
        self.tell(ev.ReplyDone(reply), now)
        return self._plays_until

    @property
    def heard(self) -> int:
        """Words of the newest answer in the history."""
        said = [m["content"] for m in self._call.so_far.dialogue if m["role"] == "assistant"][1:]
        return sum(len(content.split()) for content in said)

    def _note(self, commands: list[do.Command], now: float) -> list[do.Command]:
        for command in commands:
            if isinstance(command, do.Say):
                starts = max(self._plays_until, now + self._way)
                self.said.append((starts, command.text))
                sound = _sound(command.text)
                length = len(sound) // BYTES_PER_MS
                for at in (*range(MARK_EVERY_MS // 2, length, MARK_EVERY_MS), length):
                    name = mark_name(command.epoch, command.utterance, at)
                    self._marks.append((starts + at / 1000 + self._way, name))
                self._plays_until = starts + length / 1000
                self.tell(ev.SpeechFinished(command.utterance, length, pauses_in(sound)), now)
        return commands


def _interrupted(text: str, chance: random.Random) -> tuple[int, int]:
    """Words in the history and words that were heard, when the caller cuts in somewhere."""
    way = chance.uniform(0.01, _LONGEST_WAY)
    line = _Line(way)
    line.tell(ev.StreamStarted(), 0.0)
    line.wait(60.0)
    stops = chance.uniform(60.0, line.answer(text, 60.0))
    line.wait(stops)
    line.tell(ev.TurnEnded("no wait a moment"), stops)
    # Until the clear is there, the carrier plays on.
    played = stops + way
    truth = sum(sum(starts + end / 1000 <= played for end in _word_ends(said)) for starts, said in line.said)
    return line.heard, truth


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--interruptions", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance, off = random.Random(options.seed), Counter[int]()
    for _ in range(options.interruptions):
        written, heard = _interrupted(chance.choice(_ANSWERS), chance)
        off[written - heard] += 1
    right = sum(count for words, count in off.items() if abs(words) <= 1)
    print(f"{options.interruptions:,} interruptions, {right / options.interruptions:.1%} right to within a word")
    print("words too many: " + ", ".join(f"{words:+d}: {off[words]}" for words in sorted(off)))


if __name__ == "__main__":
    main()
