"""`infra/lab up`: starts the lab, says where everything is, and ends everything when it is told to.

It refuses to know what the lab is made of.
"""

from __future__ import annotations

import argparse
import json
import queue
import signal
import sys
from dataclasses import asdict, replace
from typing import NoReturn

from infra.local.house.lab import DIALLER, EMULATORS, PRODUCT, Lab, LabPlan
from infra.local.house.programs import ProgramFailed

_TOLD_TO_END = (signal.SIGTERM, signal.SIGINT)


class ToldToEnd(BaseException):
    """SIGTERM or SIGINT came. Not an Exception: no recovery on the way out may swallow it."""


def end_on_signals() -> None:
    """From now on SIGTERM and SIGINT raise ToldToEnd in the main thread, once: a second must not stop the ending."""

    def tell(*_: object) -> None:
        for each in _TOLD_TO_END:
            signal.signal(each, signal.SIG_IGN)
        raise ToldToEnd

    for number in _TOLD_TO_END:
        signal.signal(number, tell)


def stay(lab: Lab) -> NoReturn:
    """Raises ToldToEnd on a signal, ProgramFailed when a part of the lab dies."""
    endings: queue.SimpleQueue[int] = queue.SimpleQueue()
    signal.signal(signal.SIGCHLD, lambda number, _: endings.put(number))
    while True:
        lab.check()
        endings.get()


def add_plan_options(parser: argparse.ArgumentParser) -> None:
    """The choices that every command which starts a lab offers."""
    parser.add_argument(
        "--live", action="store_true", help="real Deepgram and OpenAI, with the keys of the environment"
    )
    parser.add_argument(
        "--brain", default="offline-desk", help="the model's stand-in: offline-desk, scripted or hostile"
    )
    parser.add_argument("--recogniser", default="real", help="the speech recogniser's stand-in: real or scripted")


def plan_of(options: argparse.Namespace) -> LabPlan:
    """The plan that those options describe."""
    return LabPlan(brain=options.brain, recogniser=options.recogniser, live=options.live)


def main() -> int:
    parser = argparse.ArgumentParser(prog="infra/lab", description=__doc__)
    parser.add_argument("action", choices=["up"])
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of lines")
    every = (*EMULATORS, *PRODUCT, DIALLER)
    only = f"of {', '.join(every)} start these alone, beside Postgres and Redis"
    parser.add_argument("--only", nargs="+", metavar="PART", choices=every, default=every, help=only)
    told = "let the dialler call whoever is due whenever Cloud Scheduler would ask it"
    parser.add_argument("--schedules", action="store_true", help=told)
    add_plan_options(parser)
    options = parser.parse_args()
    end_on_signals()
    try:
        plan = replace(plan_of(options), parts=tuple(options.only), schedules=options.schedules)
        with Lab(plan, say=lambda text: print(f"lab: {text}", file=sys.stderr, flush=True)) as lab:
            _print(lab, as_json=options.json)
            stay(lab)
    except ToldToEnd:
        return 0
    except ProgramFailed as why:
        print(f"lab: {why}", file=sys.stderr, flush=True)
        return 1


def _print(lab: Lab, *, as_json: bool) -> None:
    found = asdict(lab.addresses)
    pids = {name: program.pid for name, program in lab.programs.items()}
    if as_json:
        print(json.dumps({"ready": True, **found, "pids": pids}), flush=True)
    else:
        print("\n".join(f"{name:20} {value}" for name, value in found.items() if value), flush=True)


if __name__ == "__main__":
    sys.exit(main())
