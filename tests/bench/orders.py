"""Random orders of events against the promises of the conversation: `python -m tests.bench.orders --orders 100000`.

The same world and the same promises as in `tests/calls/test_invariants.py`, in far more orders than a test has time
for. Ends with 1, and prints the order, at the first promise that is broken.
"""

from __future__ import annotations

import argparse
import random
import sys
import time

from tests.calls.test_invariants import RECORDED, SPANISH, TO_US, World

_WORDS = (
    *("yes", "no wait", "an oil change please", "my zip is six two", "uh-huh", "stop calling me", *SPANISH, RECORDED),
    "",
)
_WHOSE = (*TO_US, "called")
_TEXTS = ("Sentence {}. ", "It's booked {}. ", "Which is it {}? ", "Your ZIP {}? ", "and {} ")
_MOST = 60


def _action(chance: random.Random) -> tuple[str, object]:
    kind = chance.choice(_KINDS)
    match kind:
        case "interim" | "turn":
            return kind, chance.choice(_WORDS)
        case "eager":
            return kind, chance.choice(_WORDS[:-1])
        case "text":
            return kind, chance.choice(_TEXTS)
        case "other":
            return kind, chance.choice(("", "The other one says {}. "))
        case "done":
            return kind, chance.randint(0, 3)
        case "failed":
            return kind, chance.randint(1, 2)
        case "tool":
            return kind, chance.choice(("plain", "read_back", "changed", "goodbye", "transfer"))
        case "sent" | "mark":
            return kind, chance.randint(0, 5000)
        case "key":
            return kind, chance.choice("019#*")
        case "wait":
            return kind, chance.uniform(0.05, 12)
        case "hang_up" | "drain" | "callback" | "opted_out":
            return kind, chance.random() < 0.5
    return kind, 0


# Ends of a call are rarer than what happens in it, so that orders run long.
_COMMON = (
    "interim", "turn", "sound", "eager", "resumed", "text", "other", "done", "failed", "tool", "late", "sent", "mark",
    "key", "wait", "callback", "opted_out",
)  # fmt: skip
_KINDS = (*_COMMON * 4, "speech_failed", "deaf", "hang_up", "drain", "on_file")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance, began, events = random.Random(options.seed), time.process_time(), 0
    for _ in range(options.orders):
        order = [_action(chance) for _ in range(chance.randint(1, _MOST))]
        events += len(order)
        whose = chance.choice(_WHOSE)
        world = World(whose)
        try:
            for action, value in order:
                world.act(action, value)
        except AssertionError as why:
            print(f"Broken, in a call of the kind {whose}: {why}\n{order}")
            return 1
    seconds = time.process_time() - began
    print(f"{options.orders:,} orders, {events:,} events, no promise broken, {seconds:.1f} s of one processor")
    return 0


if __name__ == "__main__":
    sys.exit(main())
