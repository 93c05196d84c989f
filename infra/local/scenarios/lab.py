"""Fast labs: with callers who hum and a voice in a hurry, several at once to play many scenarios in little time.

They refuse to know what is played on them.
"""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, SimpleQueue

from infra.local.house.lab import DIALLER, EMULATORS, PRODUCT, Lab, LabPlan
from infra.local.house.programs import ProgramFailed
from infra.local.scenarios.model import Caller, Scenario
from infra.local.scenarios.playing import FAST, Player
from infra.local.scenarios.verdict import Played

FAST_PLAN = LabPlan(
    recogniser="scripted",
    voice="tone",
    seed=None,
    parts=(*EMULATORS, *PRODUCT, DIALLER),
    flags={"twilio": ("--speed", str(FAST)), "deepgram": ("--rate", "900")},
)
HOUSES = 3
"""Much of a call's time is waiting, so that two cores carry three houses."""

_TICKS = os.sysconf("SC_CLK_TCK")


class Playing:
    """Scenarios that are being played: what comes of each, by name, and what it took."""

    def __init__(self, scenarios: Sequence[Scenario]) -> None:
        self.results: dict[str, Future[Played]] = {scenario.name: Future() for scenario in scenarios}
        self.processor_seconds: Counter[str] = Counter()
        """By program, over all houses; of those that are done."""
        self._left: SimpleQueue[Scenario] = SimpleQueue()
        for scenario in sorted(scenarios, key=_patience, reverse=True):
            self._left.put(scenario)
        self._lock = threading.Lock()

    def play_what_is_left(self) -> None:
        """In a house of its own. One that falls gives up on everything: nobody waits for ever."""
        try:
            with Lab(FAST_PLAN) as lab, Player(lab, FAST) as player:
                before = _processor_seconds(lab)
                while (scenario := self._next()) is not None:
                    self._play(player, scenario)
                with self._lock:
                    self.processor_seconds += _processor_seconds(lab) - before
        except Exception as why:
            self.give_up(why)
            raise

    def give_up(self, why: Exception) -> None:
        while self._next() is not None:
            pass
        for result in self.results.values():
            if not result.done():
                result.set_exception(why)

    def _next(self) -> Scenario | None:
        try:
            return self._left.get_nowait()
        except Empty:
            return None

    def _play(self, player: Player, scenario: Scenario) -> None:
        result = self.results[scenario.name]
        try:
            result.set_result(player.play(scenario))
        except ProgramFailed as why:
            result.set_result(Played([str(why)], [], {}))
        except Exception as why:  # noqa: BLE001 - told to whoever asks for this one
            result.set_exception(why)


@contextmanager
def playing(scenarios: Sequence[Scenario], houses: int = HOUSES) -> Iterator[Playing]:
    """Whoever leaves the block early waits only for the calls on the line."""
    all_of_it = Playing(scenarios)
    with ThreadPoolExecutor(houses) as threads:
        for _ in range(min(houses, len(scenarios))):
            threads.submit(all_of_it.play_what_is_left)
        try:
            yield all_of_it
        except BaseException:
            all_of_it.give_up(RuntimeError("Nobody waits for it any more."))
            raise


def _patience(scenario: Scenario) -> float:
    """The longest first, so that the others are played meanwhile: callers who wait long."""
    scripts = [each.script for each in (*scenario.steps, *scenario.others) if isinstance(each, Caller)]
    return max((float(script.get("gives_up_s", 0.0)) for script in scripts), default=0.0)


def _processor_seconds(lab: Lab) -> Counter[str]:
    """What each program has used so far, its children with it."""
    return Counter({name: _used(program.pid) for name, program in lab.programs.items()})


def _used(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return sum(int(ticks) for ticks in fields[11:15]) / _TICKS + sum(_used(int(child)) for child in children)
