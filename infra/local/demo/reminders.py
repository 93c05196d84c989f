"""`infra/demo reminders`: the workshop calls its customers of tomorrow, each answers in their own way, and a table
shows what came of it.

Exit code 0 only when each appointment came to what its person wanted, nobody was called twice, and no media stream
broke a rule. It refuses to know how the calls are made.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from infra.local.demo import campaign
from infra.local.demo.campaign import Customer, Played
from infra.local.house.lab import Lab
from infra.local.house.lab_command import ToldToEnd, end_on_signals
from infra.local.house.programs import ProgramFailed

_PERSON = r"am i speaking"
_COMING = r"can you make it"
_YES, _BYE = f"[on {_PERSON}] Yes, it is.", "[on anything else] No, thank you. Goodbye."

_TOWN = (
    Customer(("Ana", "Lopez"), "confirmed", (_YES, f"[on {_COMING}] Yes, I'll be there.", _BYE)),
    Customer(
        ("Ben", "Quill"), "cancelled", (_YES, f"[on {_COMING}] Cancel it please.", "[on shall i] Yes, please.", _BYE)
    ),
    Customer(("Cora", "Reed"), "no_answer", (f"[on {_PERSON}] Call me back please.",)),
    Customer(("Dan", "Moss"), "no_answer", answers="no-answer"),
    Customer(("Eve", "Hart"), "opted_out", (f"[on {_PERSON}] [keys 9]",)),
    Customer(("Finn", "Wade"), "voicemail", answers="machine"),
    Customer(("Gail", "Ross"), "no_answer", answers="busy"),
    Customer(("Hugo", "Lane"), "confirmed", (_YES, f"[on {_COMING}] Yes, I'll be there.", _BYE), answers="screening"),
    Customer(("Iris", "Cole"), "wrong_number", (f"[on {_PERSON}] You have the wrong number.",)),
)


def main() -> int:
    argparse.ArgumentParser(prog="infra/demo reminders", description="Calls to customers, spoken.").parse_args()
    end_on_signals()
    try:
        with tempfile.TemporaryDirectory() as directory:
            plan = campaign.plan(_TOWN, Path(directory))
            with Lab(plan, say=lambda words: print(f"  {words} …", flush=True)) as lab:
                print("\nEverybody is being called …", flush=True)
                return _report(campaign.play(lab, _TOWN))
    except ToldToEnd:
        return 130
    except (ProgramFailed, OSError) as why:
        print(f"\nThe demo could not run: {why}", file=sys.stderr)
        return 1


def _report(played: Played) -> int:
    print(f"The dialler says: {json.dumps(played.first)}\n")
    _print_talks(played)
    print(f"{'customer':<12} {'at the phone':<13} {'outcome':<13} {'heard by the carrier':<21} {'their time':<11} book")
    for which, one in enumerate(_TOWN):
        row = played.reminders.get(campaign.phone_of(which), {})
        print(
            f"{' '.join(one.name):<12} {one.answers:<13} {row.get('outcome') or '-':<13} "
            f"{row.get('answered_by') or '-':<21} {row.get('local_time') or '-':<11} {row.get('status') or '-'}"
        )
    wrong = campaign.complaints(_TOWN, played)
    print(
        f"\n{'NOT AS WANTED: ' + ' '.join(wrong) if wrong else 'EVERYBODY WAS CALLED ONCE, AND ASKED AS THEY WANTED'}"
    )
    return int(bool(wrong))


def _print_talks(played: Played) -> None:
    """What was said in each call, as the media service kept it."""
    for phone, row in played.reminders.items():
        print(f"{phone}:")
        for turn in (each for each in played.turns if each["call_sid"] == row["call_sid"]):
            tools = ", ".join(each["name"] for each in turn["tools"])
            print(f"  they:   {turn['caller_said'] or '-'}")
            print(f"  Sophie: {turn['sophie_said'] or '-'}{f'  [{tools}]' if tools else ''}")
    print()


if __name__ == "__main__":
    sys.exit(main())
