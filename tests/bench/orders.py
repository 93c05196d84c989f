"""Random orders of events against the promises of the conversation: `python -m tests.bench.orders --orders 100000`.

The world and the promises of `tests/calls/test_invariants.py`, in far more orders than a test has time for. Each order
ends in one of the ways in which a call may be left: asked something, left to a silent caller, left alone, or played a
second time. Prints every tenth of the way; ends with 1, and prints the order, at the first promise that is broken.
"""

from __future__ import annotations

import argparse
import random
import sys
import time

from tests.calls.world import (
    ANSWERS,
    KINDS,
    OURS,
    TEXTS,
    TOOLS,
    WORDS,
    Action,
    World,
    answers_within_its_patience,
    comes_to_its_end,
    no_silence_outlasts_its_patience,
    replays,
)

_MOST = 60
# What happens in a call is more common than what ends it, so that orders run long.
_IN_A_CALL = (
    *("interim", "turn", "sound", "eager", "ended", "resumed", "text", "other", "done", "failed", "tool", "late"),
    *("sent", "mark", "old_mark", "hear_out", "key", "wait", "stall", "callback", "opted_out"),
)
_ACTIONS = (*_IN_A_CALL * 4, "speech_failed", "deaf", "hang_up", "drain", "on_file")


def _value(action: str, chance: random.Random) -> object:
    match action:
        case "interim" | "turn":
            return chance.choice((*WORDS, ""))
        case "eager" | "ended":
            return chance.choice(WORDS)
        case "text":
            return chance.choice(TEXTS)
        case "other":
            return chance.choice(("", "The other one says {}. "))
        case "done":
            return chance.randint(0, 3), chance.choice(TOOLS)
        case "failed":
            return chance.randint(1, 2)
        case "tool":
            return chance.choice(ANSWERS)
        case "sent" | "mark" | "old_mark":
            return chance.randint(0, 5000)
        case "key":
            return chance.choice("019#*")
        case "wait" | "stall":
            return chance.uniform(0.05, chance.choice((1, 12)))
        case "hang_up" | "drain" | "callback" | "opted_out":
            return chance.random() < 0.5
    return 0


def _hold(kind: str, actions: list[Action], end: int) -> None:
    if end == 0:
        replays(kind, actions)
        return
    world = World(kind).run(actions)
    if end == 1 and kind not in OURS:
        answers_within_its_patience(world)
    elif end == 2:
        no_silence_outlasts_its_patience(world)
    else:
        comes_to_its_end(world)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance, began, events = random.Random(options.seed), time.process_time(), 0
    for number in range(1, options.orders + 1):
        names = chance.choices(_ACTIONS, k=chance.randint(1, _MOST))
        actions = [(name, _value(name, chance)) for name in names]
        kind, end = chance.choice(KINDS), chance.randrange(4)
        events += len(actions)
        try:
            _hold(kind, actions, end)
        except AssertionError as why:
            print(f"Broken by order {number:,}, in a call of the kind {kind}, end {end}: {why}\n{actions}")
            return 1
        if number % max(1, options.orders // 10) == 0:
            print(f"{number:,} orders", file=sys.stderr)
    seconds = time.process_time() - began
    print(f"{options.orders:,} orders, {events:,} events, no promise broken, {seconds:.1f} s of one processor")
    return 0


if __name__ == "__main__":
    sys.exit(main())
