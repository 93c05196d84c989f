"""Whether the history says what was heard: `python -m tests.bench.heard --interruptions 1000`.

Answers of several sentences are spoken by the lab's voice, whose words' ends are known, over a carrier that plays in
real time, returns each mark up to an eighth of a second late and takes as long to clear; the caller cuts in at any
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
from media_service.wire.mulaw import BYTES_PER_MS, leading_quiet
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
_LATEST_SECONDS = 0.125


@cache
def _word_ends(text: str) -> tuple[int, ...]:
    """For each word the millisecond at which its sound is over; for the last, the length of all. A word is said longer
    at the end of a text: so its end is taken between where it is when nothing follows and where nothing goes before."""
    words, whole = text.split(" "), _sound_ms(text)
    ends = []
    for count in range(1, len(words)):
        before, after = (_sound_ms(" ".join(part)) for part in (words[:count], words[count:]))
        ends.append((before + whole - after) // 2)
    return (*ends, whole)


def _sound_ms(text: str) -> int:
    """How long a text is, without the quiet around it."""
    audio = speak(text, SOPHIE)
    return (len(audio) - leading_quiet(audio, len(audio)) - leading_quiet(audio[::-1], len(audio))) // BYTES_PER_MS


def _interrupted(text: str, chance: random.Random) -> tuple[int, int]:
    """Words in the history and words that were heard, when the caller cuts in somewhere."""
    call, now = Conversation(LINES), 0.0
    _finish(call, call.receive(ev.StreamStarted(), now), now)
    asked = call.receive(ev.TurnEnded("hello"), now)
    reply = next(command.reply for command in asked if isinstance(command, do.StartReply))
    said = [*call.receive(ev.ReplyText(reply, text), now), *call.receive(ev.ReplyDone(reply), now)]
    says = [command for command in said if isinstance(command, do.Say)]
    starts, total, marks = [], 0, []
    for say in says:
        starts.append(total)
        length = _word_ends(say.text)[-1]
        marks += [
            (total + at, mark_name(say.epoch, say.utterance, at)) for at in range(MARK_EVERY_MS, length, MARK_EVERY_MS)
        ]
        marks.append((total + length, mark_name(say.epoch, say.utterance, length)))
        call.receive(ev.SpeechFinished(say.utterance, length), now)
        total += length
    stops = chance.uniform(0, total)
    late = chance.uniform(0.01, _LATEST_SECONDS)
    for at, name in marks:
        if at / 1000 + late < stops / 1000:
            call.receive(ev.MarkReturned(name), at / 1000 + late)
    call.receive(ev.Interim("no wait a moment"), stops / 1000)
    played = stops + late * 500
    truth = sum(
        sum(end <= played - start for end in _word_ends(say.text)) for start, say in zip(starts, says, strict=True)
    )
    heard = [m["content"] for m in call.so_far.dialogue if m["role"] == "assistant"][1:]
    return sum(len(content.split()) for content in heard), truth


def _finish(call: Conversation, commands: list[do.Command], now: float) -> None:
    for command in commands:
        if isinstance(command, do.Say):
            call.receive(ev.SpeechFinished(command.utterance, 100), now)
            call.receive(ev.MarkReturned(mark_name(command.epoch, command.utterance, 100)), now)


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
