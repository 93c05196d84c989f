"""`infra/desk`: the operator's day.

Ends with 0 when it was done, 1 when what was asked for is not there, 2 when the command or a setting is wrong, 3 when
a server cannot be reached.
"""

import argparse
import getpass
import os
import sys
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path

from infra.service_desk import looks, switches
from infra.service_desk.house import House, house
from infra.service_desk.told import Told
from shared.errors import SophieError, Unavailable

Command = Callable[[House, argparse.Namespace], Told]


def main(arguments: Sequence[str] | None = None) -> int:
    asked = _parser().parse_args(arguments)
    try:
        found = house(asked.lab, os.environ)
        told = asked.command(found, asked)
    except Unavailable as why:
        print(why, file=sys.stderr)
        return 3
    except SophieError as why:
        print(why, file=sys.stderr)
        return 2
    print(told.as_json() if asked.json else told.for_people())
    return 0 if told.ok else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="infra/desk", description=__doc__)
    parser.add_argument(
        "--lab", type=Path, metavar="FILE", help="what infra/lab up --json printed; else the environment"
    )
    parser.add_argument("--json", action="store_true", help="for programs")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, help: str, command: Command) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=help, description=help)
        made.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="for programs")
        made.set_defaults(command=command)
        return made

    today = add("today", "the board by bay, who takes the calls, what the day has cost", _today)
    today.add_argument("--day", help="another day than today")
    closed = add("closed", "the workshop is closed on a day: nothing is booked, nobody is put through", _closed)
    closed.add_argument("day", help="a date such as 2026-12-24, today, or tomorrow")
    closed.add_argument("reason", nargs="*")
    add("open", "a day that was closed is open again", _open).add_argument("day")
    calls = add(
        "calls", "off: the desk takes all calls from the next ring on; on: Sophie does; else the last ones", _calls
    )
    calls.add_argument("state", nargs="?", choices=("on", "off"))
    calls.add_argument("--last", type=_count, default=20, metavar="N")
    back = add("callbacks", "who is to be called back; done ID, undone ID", _callbacks)
    back.add_argument("deed", nargs="?", choices=("done", "undone"))
    back.add_argument("id", nargs="?", type=_count)
    back.add_argument("--by", default=None, help="who called; else your login name")
    add("call", "one call: outcome, cost, latencies, and what was said if that is kept", _call).add_argument("sid")
    add("costs", "what a day's calls and texts cost", _costs).add_argument("--day", help="another day than today")
    forget = add("forget", "erases a customer, and proves what went", _forget)
    forget.add_argument("phone")
    forget.add_argument("--last-name")
    forget.add_argument("--first-name")
    forget.add_argument("--reason", default="asked at the desk", help="without the person's name; it is kept")
    forget.add_argument("--yes", action="store_true", help="does not ask")
    add("optout", "a number is never called or texted on our account again", _opt_out).add_argument("phone")
    block = add("block", "calls of a number get a busy tone; without one: which do", _block)
    block.add_argument("phone", nargs="?")
    block.add_argument("reason", nargs="*")
    add("unblock", "a blocked number is answered again", _unblock).add_argument("phone")
    return parser


def _count(given: str) -> int:
    if not given.isascii() or not given.isdigit() or not 0 < int(given) < 2**31:
        raise argparse.ArgumentTypeError("a whole number from 1")
    return int(given)


def _day(found: House, given: str) -> date:
    ahead = {"today": 0, "tomorrow": 1}.get(given)
    if ahead is not None:
        return found.today(found.shop()) + timedelta(days=ahead)
    try:
        return date.fromisoformat(given)
    except ValueError:
        raise SystemExit(
            _misused(f"{given!r} is no day: write a date such as 2026-12-24, today, or tomorrow.")
        ) from None


def _misused(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 2


def _today(found: House, asked: argparse.Namespace) -> Told:
    return looks.today(found, _day(found, asked.day) if asked.day else None)


def _closed(found: House, asked: argparse.Namespace) -> Told:
    return switches.close(found, _day(found, asked.day), " ".join(asked.reason) or "closed by the staff")


def _open(found: House, asked: argparse.Namespace) -> Told:
    return switches.reopen(found, _day(found, asked.day))


def _calls(found: House, asked: argparse.Namespace) -> Told:
    if asked.state is None:
        return looks.calls(found, asked.last)
    return switches.give_calls_to(found, "sophie" if asked.state == "on" else "desk")


def _callbacks(found: House, asked: argparse.Namespace) -> Told:
    if asked.deed is None:
        return looks.callbacks(found)
    if asked.id is None:
        raise SystemExit(_misused(f"Say which: infra/desk callbacks {asked.deed} ID."))
    if asked.deed == "done":
        return switches.finish(found, asked.id, (asked.by or getpass.getuser())[:80])
    return switches.unfinish(found, asked.id)


def _call(found: House, asked: argparse.Namespace) -> Told:
    return looks.call(found, asked.sid)


def _costs(found: House, asked: argparse.Namespace) -> Told:
    return looks.costs(found, _day(found, asked.day) if asked.day else None)


def _forget(found: House, asked: argparse.Namespace) -> Told:
    if not asked.yes:
        print(f"This erases the customer of {asked.phone} for good. Type the number again: ", end="", file=sys.stderr)
        sys.stderr.flush()
        if sys.stdin.readline().strip() != asked.phone:
            raise SystemExit(_misused("That is not it; nothing was erased."))
    names = {"first_name": asked.first_name, "last_name": asked.last_name}
    return switches.forget(found, asked.phone, **names, reason=asked.reason)


def _opt_out(found: House, asked: argparse.Namespace) -> Told:
    return switches.opt_out(found, asked.phone)


def _block(found: House, asked: argparse.Namespace) -> Told:
    if asked.phone is None:
        return looks.blocked(found)
    return switches.block(found, asked.phone, " ".join(asked.reason) or None)


def _unblock(found: House, asked: argparse.Namespace) -> Told:
    return switches.unblock(found, asked.phone)


if __name__ == "__main__":
    raise SystemExit(main())
