"""`python -m infra.local.scenarios [NAME …]`: plays scenarios in fast time and says what each came to.

Ends with 0 only if all were as expected. The last lines are measures: whole calls a second, and the processor time that
the lab's own programs and the product took for a call.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

from infra.local.house.lab import EMULATORS, Lab
from infra.local.house.lab_command import ToldToEnd, end_on_signals
from infra.local.house.programs import ProgramFailed
from infra.local.scenarios.lab import FAST_PLAN, seed_from
from infra.local.scenarios.playing import FAST, Played, Player
from infra.local.scenarios.scenario import Malformed, names, read

_TICKS = os.sysconf("SC_CLK_TCK")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m infra.local.scenarios", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(names())}; all by default")
    asked = parser.parse_args().names or names()
    end_on_signals()
    try:
        scenarios = [read(name) for name in asked]
        with Lab(FAST_PLAN) as lab:
            player = Player(lab, lambda rows: seed_from(lab.addresses, rows), FAST)
            before, seconds, good, calls = _processor_seconds(lab), 0.0, 0, 0
            for scenario in scenarios:
                began = time.monotonic()
                played = player.play(scenario)
                took = time.monotonic() - began
                seconds += sum(call.record["seconds"] / FAST for call in played.calls)
                good, calls = good + (not played.complaints), calls + len(played.calls)
                _tell(scenario.name, scenario.title, played, took)
            _measures(before, _processor_seconds(lab), seconds, calls)
    except Malformed as why:
        print(why, file=sys.stderr)
        return 2
    except ProgramFailed as why:
        print(why, file=sys.stderr)
        return 1
    except ToldToEnd:
        return 130
    print(f"{good} of {len(scenarios)} scenarios came out as expected.")
    return 0 if good == len(scenarios) else 1


def _tell(name: str, title: str, played: Played, took: float) -> None:
    print(f"{'FAILED' if played.complaints else 'ok':<7} {took:4.1f} s  {name}: {title}", flush=True)
    for complaint in played.complaints:
        print(f"        {complaint}")
    for call in played.calls if played.complaints else ():
        for turn in call.left.turns:
            print(f"        {turn['turn']:>2} caller: {turn['caller_said'] or '–'}")
            print(f"           Sophie: {turn['sophie_said']}")


def _measures(before: dict[str, float], after: dict[str, float], seconds: float, calls: int) -> None:
    taken = {name: (after[name] - before[name]) / calls for name in after}
    stand_ins = sum(taken[name] for name in EMULATORS if name in taken)
    rate = calls / seconds
    print(f"\n{calls} calls were on the line for {seconds:.1f} s: {rate:.2f} whole calls a second, one at a time.")
    print(f"Processor time a call: {1000 * stand_ins:.0f} ms in the stand-ins", end="; ")
    print(", ".join(f"{name} {1000 * spent:.0f} ms" for name, spent in sorted(taken.items())))


def _processor_seconds(lab: Lab) -> dict[str, float]:
    """What each program has used so far, its children with it."""
    return {name: _used(program.pid) for name, program in lab.programs.items()}


def _used(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return sum(int(ticks) for ticks in fields[11:15]) / _TICKS + sum(_used(int(child)) for child in children)


if __name__ == "__main__":
    sys.exit(main())
