"""What a scenario wants to go wrong: faults of the stand-ins, and servers that answer no more. And all of it undone.

It refuses to know what the product makes of it.
"""

from __future__ import annotations

import os
import signal
import urllib.request
from contextlib import suppress
from pathlib import Path

from infra.local.house.lab import Addresses, Lab, fetch_json
from infra.local.scenarios.model import EMULATORS, SERVERS, WEBHOOKS, Trouble


def begin(lab: Lab, trouble: Trouble) -> None:
    if trouble.of in SERVERS:
        _signal(lab, trouble.of, signal.SIGSTOP)
    elif trouble.of == WEBHOOKS:
        fetch_json(f"{lab.addresses.twilio}/_lab/webhooks", trouble.fault)
    else:
        fetch_json(f"{_url(lab.addresses, trouble.of)}/_lab/faults", trouble.fault)


def end(lab: Lab, of: str) -> None:
    if of in SERVERS:
        _signal(lab, of, signal.SIGCONT)
    elif of == WEBHOOKS:
        _delete(f"{lab.addresses.twilio}/_lab/webhooks")
    elif url := _url(lab.addresses, of):
        _delete(f"{url}/_lab/faults")


def end_all(lab: Lab) -> None:
    for each in (*SERVERS, *EMULATORS, WEBHOOKS):
        end(lab, each)


def _delete(url: str) -> None:
    request = urllib.request.Request(url, method="DELETE")  # noqa: S310
    urllib.request.urlopen(request, timeout=10).close()  # noqa: S310


def _url(at: Addresses, emulator: str) -> str:
    urls = {"twilio": at.twilio, "deepgram": at.deepgram, "vpic": at.vpic, "google": at.google}
    return urls.get(emulator, at.openai.removesuffix("/v1"))


def _signal(lab: Lab, server: str, number: signal.Signals) -> None:
    """To a server and to the processes that it serves its clients with."""
    pid = lab.programs[server].pid
    for each in (pid, *_children(pid)):
        with suppress(ProcessLookupError):
            os.kill(each, number)


def _children(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
