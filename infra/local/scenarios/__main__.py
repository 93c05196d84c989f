"""`python -m infra.local.scenarios [NAME …]`: plays scenarios in fast time and says what each came to.

`--list` tells what each proves and plays nothing. Ends with 0 only if all were as expected. The last lines are
measures: whole calls a second, and the processor time that the lab's own programs and the product took for a call.
"""

from __future__ import annotations

import argparse
import sys
import time

from infra.local.house.lab import EMULATORS
from infra.local.house.lab_command import ToldToEnd, end_on_signals
from infra.local.house.programs import ProgramFailed
from infra.local.scenarios.lab import HOUSES, Playing, playing
from infra.local.scenarios.model import Scenario
from infra.local.scenarios.proofs import PROOFS
from infra.local.scenarios.scenario import Malformed, names, read
from infra.local.scenarios.verdict import Played


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m infra.local.scenarios", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(names())}; all by default")
    parser.add_argument("--list", action="store_true", help="what is proved, and by which scenarios")
    parser.add_argument("--houses", type=int, default=HOUSES, help="how many labs play at once")
    given = parser.parse_args()
    end_on_signals()
    try:
        scenarios = [read(name) for name in given.names or names()]
        if given.list:
            _list(scenarios)
            return 0
        good = _play(scenarios, given.houses)
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


def _list(scenarios: list[Scenario]) -> None:
    for proof, words in PROOFS.items():
        by = [each.name for each in scenarios if proof in each.proves]
        print(f"{proof:<26} {words:<72} {', '.join(by) or '-'}")


def _play(scenarios: list[Scenario], houses: int) -> int:
    """How many came out as expected."""
    began, good, calls = time.monotonic(), 0, 0
    with playing(scenarios, houses) as all_of_it:
        for scenario in scenarios:
            played = all_of_it.results[scenario.name].result()
            good, calls = good + (not played.complaints), calls + len(played.calls)
            _tell(scenario, played)
    _measures(all_of_it, calls, time.monotonic() - began)
    return good


def _tell(scenario: Scenario, played: Played) -> None:
    print(f"{'FAILED' if played.complaints else 'ok':<7} {scenario.name}: {scenario.title}", flush=True)
    for complaint in played.complaints:
        print(f"        {complaint}")
    for call in played.calls if played.complaints else ():
        for turn in call.left.turns:
            print(f"        {turn['turn']:>2} caller: {turn['caller_said'] or '–'}")
            print(f"           Sophie: {turn['sophie_said']}  {', '.join(tool['name'] for tool in turn['tools'])}")


def _measures(all_of_it: Playing, calls: int, seconds: float) -> None:
    taken = {name: 1000 * spent / calls for name, spent in all_of_it.processor_seconds.items()}
    stand_ins = sum(taken[name] for name in EMULATORS if name in taken)
    print(f"\n{calls} calls in {seconds:.1f} s, the starting of the houses with it: {calls / seconds:.2f} a second.")
    print(f"Processor time a call: {stand_ins:.0f} ms in the stand-ins", end="; ")
    print(", ".join(f"{name} {spent:.0f} ms" for name, spent in sorted(taken.items())))


if __name__ == "__main__":
    sys.exit(main())
