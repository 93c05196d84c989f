"""What the conversation core costs per event: `python -m tests.bench.core`.

Whole booking-shaped turns (interim words, end of turn, a streamed reply, its audio and marks) run through the state
machine in virtual time; only the machine is measured, not the making of the events, and in time of this thread, so that
what else runs counts for little. Reading that clock is a part of the figure: it is printed beside it.
"""

from __future__ import annotations

import gc
import statistics
import time

from media_service.conversation import events as ev
from media_service.conversation.commands import Say, StartReply
from media_service.conversation.conversation import Conversation
from media_service.conversation.lines import Lines
from media_service.conversation.playback import mark_name
from tests.calls.script import LINES

_CALLS = 200
_TURNS = 12
_SAID = "i would like to bring my car in for an oil change next tuesday morning please"
_WORDS = _SAID.split()
_REPLY = "I have Tuesday at nine, or at half past ten. Which of the two suits you better?"


def _timed(conversation: Conversation, event: ev.Event, now: float, spent: list[int]) -> list[object]:
    began = time.thread_time_ns()
    commands = conversation.receive(event, now)
    spent.append(time.thread_time_ns() - began)
    return list(commands)


def _call(lines: Lines, spent: list[int]) -> None:
    conversation, now = Conversation(lines), 0.0
    heard = _play(conversation, _timed(conversation, ev.StreamStarted(), now, spent), now, spent)
    for _ in range(_TURNS):
        now += 1.0
        for count in range(1, len(_WORDS), 3):
            now += 0.25
            _timed(conversation, ev.Interim(" ".join(_WORDS[:count])), now, spent)
        words = tuple(ev.Word(word, 0.98) for word in _WORDS)
        asked = _timed(conversation, ev.TurnEnded(" ".join(_WORDS), words), now, spent)
        reply = next(command.reply for command in asked if isinstance(command, StartReply))
        for piece in _REPLY.split(" "):
            said = _timed(conversation, ev.ReplyText(reply, f"{piece} "), now, spent)
            heard += _play(conversation, said, now, spent)
        heard += _play(conversation, _timed(conversation, ev.ReplyDone(reply), now, spent), now, spent)
    if heard < _TURNS:
        raise SystemExit(f"Only {heard} utterances were spoken in {_TURNS} turns: the script no longer fits the core.")


def _play(conversation: Conversation, commands: list[object], now: float, spent: list[int]) -> int:
    said = [command for command in commands if isinstance(command, Say)]
    for each in said:
        _timed(conversation, ev.SpeechFinished(each.utterance, 1_500), now, spent)
        for played in (500, 1_000, 1_500):
            mark = mark_name(each.epoch, each.utterance, played)
            _timed(conversation, ev.MarkReturned(mark), now, spent)
    return len(said)


def _clock() -> int:
    return -(time.thread_time_ns() - time.thread_time_ns())


def main() -> None:
    _call(LINES, [])  # the first call warms the interpreter's caches
    spent: list[int] = []
    gc.collect()
    gc.disable()
    for _ in range(_CALLS):
        _call(LINES, spent)
    gc.enable()
    spent.sort()
    micro = [each / 1000 for each in (statistics.mean(spent), spent[len(spent) // 2], spent[int(len(spent) * 0.99)])]
    print(f"{len(spent)} events in {_CALLS} calls of {_TURNS} turns")
    clock = min(_clock() for _ in range(1_000)) / 1000
    print(f"per event: mean {micro[0]:.2f} µs, p50 {micro[1]:.2f} µs, p99 {micro[2]:.2f} µs; the clock {clock:.2f} µs")


if __name__ == "__main__":
    main()
