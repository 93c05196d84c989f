"""A scenario played aloud, in real time: what happens as it happens, then whether it came out as it should.

It refuses to know how a scenario is played and what it expects.
"""

from __future__ import annotations

from typing import Any

from infra.local.demo import transcript
from infra.local.demo.heard import HeardLog
from infra.local.house.lab import Lab
from infra.local.scenarios.model import Scenario
from infra.local.scenarios.playing import Player


def play(lab: Lab, scenario: Scenario) -> bool:
    """Whether all was as the scenario expects."""
    print(f"\n{scenario.title}\nIt is {scenario.clock:%A, %B %d, %Y, %H:%M} at the workshop.\n", flush=True)
    heard = HeardLog(lab.addresses.deepgram)

    def watch(event: dict[str, Any]) -> None:
        transcript.event(event)
        for kind, words in heard.news():
            transcript.line(float(event["ms"]), kind, f"“{words}”")

    with Player(lab) as player:
        played = player.play(scenario, watch)
    for call in played.calls:
        transcript.turns(call.left.turns, call.record)
    for view, rows in played.changed.items():
        for row in rows:
            told = ", ".join(f"{name} {value}" for name, value in row.items() if value is not None)
            print(f"\nNew in reporting.{view}: {told}")
    for complaint in played.complaints:
        print(f"\nNOT AS EXPECTED: {complaint}")
    print(f"\n{'NOT AS EXPECTED' if played.complaints else 'AS EXPECTED'}: {scenario.title}", flush=True)
    return not played.complaints
