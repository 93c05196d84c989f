"""Whole calls in virtual time: `python -m tests.bench.whole_calls --calls 10000`.

Each is a booking from the greeting to the hang-up, with a carrier that plays and returns marks, a model whose answers
are written down, and a caller who now and then interrupts, types, listens aloud, falls silent or is answered ahead.
Ends with 1 when a call does not come to its end as a booking.
"""

from __future__ import annotations

import argparse
import random
import sys
import time

from media_service.conversation import commands as do
from media_service.conversation import events as ev
from tests.calls.script import Script

_READ_BACK = "An oil and filter change on Thursday, November 26 at 2 PM for your 2019 Honda Civic. Shall I book that?"
_TURNS = (
    ("hi i need an oil change for my civic", "Sure. Let me see.", "lookup_customer", {"status": "known"}),
    ("my zip code is six two seven oh one", "", "verify_caller", {"status": "verified"}),
    ("some time on thursday afternoon", "", "get_available_slots", {"status": "ok"}),
)


class Caller:
    """Plays one call from end to end, by chance in one of many ways."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self.call = Script()

    def book(self) -> None:
        call = self.call
        call.hear_out()
        for words, text, tool, content in _TURNS:
            self._says(words)
            call.model(text, (tool, "{}"))
            call.wait(self._chance.uniform(0.01, 1.0))
            call.tool(content)
            call.model("I have two o'clock, or half past three. Which of the two suits you better?")
            self._listens()
        self._says("two o'clock is fine")
        call.model("", ("book_appointment", "{}"))
        call.tool({"status": "read_back", "spoken": _READ_BACK}, spoken=_READ_BACK, intent="intent_1")
        call.hear_out()
        self._says("yes please")
        call.model("", ("book_appointment", '{"intent": "intent_1"}'))
        done = "Booked: Thursday at 2 PM."
        call.tool({"status": "booked", "spoken": done}, spoken=done, changed=True, outcome="booked")
        call.hear_out()
        self._says("no that's all")
        call.model("", ("end_call", "{}"))
        call.tool({"status": "goodbye", "spoken": "Goodbye."}, spoken="Goodbye.", ending="goodbye")
        call.hear_out()
        call.tell(ev.StreamEnded())

    def _says(self, words: str) -> None:
        call = self.call
        spoken = words.split()
        call.tell(ev.SpeechStarted(spoken[0]))
        for heard in range(2, len(spoken) + 1):
            call.now += 0.3
            call.tell(ev.Interim(" ".join(spoken[:heard])))
        if self._chance.random() < 0.7:
            call.tell(ev.EagerEndOfTurn(words))
            call.now += 0.15
        call.tell(ev.TurnEnded(words, tuple(ev.Word(word, 0.97) for word in spoken)))

    def _listens(self) -> None:
        """To all of the answer, or not."""
        call, kind = self.call, self._chance.randrange(5)
        if kind == 0:
            call.hear(self._chance.randrange(200, 2_000, 200))
            return  # the caller's next words cut in
        if kind == 1:
            call.tell(ev.SpeechStarted("uh-huh"))
            call.tell(ev.TurnEnded("uh-huh"))
        if kind == 2:
            call.tell(ev.SpeechStarted(""))
            call.wait(1.3)
        call.hear_out()
        if kind == 3:
            call.wait(self._chance.uniform(1, 9))
            call.hear_out()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    commands, chance, began, talked = 0, random.Random(options.seed), time.process_time(), 0.0
    for number in range(options.calls):
        caller = Caller(chance)
        start = caller.call.now
        caller.book()
        talked += caller.call.now - start
        commands += len(caller.call.commands)
        if caller.call.of(do.CallOver) != [do.CallOver("booked", False)]:
            print(f"Call {number} did not end as a booking: {caller.call.commands[-3:]}")
            return 1
    seconds = time.process_time() - began
    print(
        f"{options.calls:,} calls, {talked / 3600:,.0f} hours, {commands:,} commands, {seconds:.1f} s of one processor"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
