"""The lab's Google as a process: one ready line with everything a client needs, many clients at once, a quiet end."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from infra.local.google.app import GoogleAccount
from tests.lab.google_lab import GoogleLab, serving

_ROOT = Path(__file__).resolve().parents[2]
_NINE = {"start": {"dateTime": "2026-11-24T09:00:00Z"}, "end": {"dateTime": "2026-11-24T10:00:00Z"}}


def test_the_ready_line_holds_the_account_and_sigterm_ends_it_with_0() -> None:
    command = [sys.executable, "-m", "infra.local.google", "--calendar-id", "shop@group.calendar.google.com"]
    with subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        account = {name: value for name, value in said.items() if name not in ("ready", "url")}
        lab = GoogleLab(said["url"], GoogleAccount(**account))
        with lab.calendar() as calendar:
            name = calendar.calendars().get(calendarId="shop@group.calendar.google.com").execute()["summary"]
        process.send_signal(signal.SIGTERM)
        rest = process.communicate(timeout=30)
    assert (said["ready"], name) == (True, "Workshop")
    assert (process.returncode, rest) == (0, ("", ""))


def test_eight_clients_at_once_each_get_their_own_answers() -> None:
    with serving() as lab:

        def work(number: int) -> list[str]:
            with lab.calendar() as calendar:
                events = calendar.events()
                ids = [f"c{number}e{place}0" for place in range(5)]
                return [events.insert(calendarId="primary", body=_NINE | {"id": one}).execute()["id"] for one in ids]

        with ThreadPoolExecutor(8) as pool:
            made = [one for ids in pool.map(work, range(8)) for one in ids]
        kept = [one["id"] for one in lab.control("GET", "calendar/primary/events")]
    assert sorted(made) == sorted(kept)
    assert len(set(made)) == 40
