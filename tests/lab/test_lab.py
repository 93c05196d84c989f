"""The lab as one command: everything ready, nothing of the user's shell in it, nothing left of it."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

_ROOT = Path(__file__).resolve().parents[2]
_UP = [sys.executable, "-m", "infra.local.house.lab_command", "up", "--json", "--recogniser", "scripted"]
_SMALL = ("--only", "twilio")
_KEYS = {
    "OPENAI_API_KEY": "sk-of-the-shell",
    "DEEPGRAM_API_KEY": "dg-of-the-shell",
    "OPENAI_BASE_URL": "https://of.the.shell",
}


@contextmanager
def _lab_command(*words: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    command = subprocess.Popen(
        [*_UP, *words],
        cwd=_ROOT,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with command:
        try:
            yield command
        finally:
            command.kill()


def _ready(command: subprocess.Popen[str]) -> dict[str, Any]:
    assert command.stdout is not None and command.stderr is not None
    line = command.stdout.readline()
    assert line, command.stderr.read()
    found: dict[str, Any] = json.loads(line)
    return found


def _post(url: str, body: bytes, **headers: str) -> dict[str, Any]:
    asked = urllib.request.Request(url, data=body, headers={"Content-Type": "application/json"} | headers)  # noqa: S310
    with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310
        found: dict[str, Any] = json.load(answer)
    return found


def _all_end(pids: list[int]) -> bool:
    handles = [os.pidfd_open(pid) for pid in pids if Path(f"/proc/{pid}").exists()]
    ended = [bool(select.select([handle], [], [], 30)[0]) for handle in handles]
    for handle in handles:
        os.close(handle)
    return all(ended)


@pytest.fixture(scope="module")
def lab() -> Iterator[dict[str, Any]]:
    with _lab_command(**_KEYS) as command:
        yield _ready(command)
        command.send_signal(signal.SIGTERM)
        command.communicate(timeout=60)


def test_every_part_is_ready_when_the_lab_says_so(lab: dict[str, Any]) -> None:
    for part in ("telephony", "media", "sync_calendar", "dial_reminders"):
        with urllib.request.urlopen(f"{lab[part]}/health", timeout=10) as answer:  # noqa: S310
            assert answer.status == 200
    parts = {"postgres", "redis", "twilio", "deepgram", "openai_chat", "vpic", "google", "telephony", "media_service"}
    parts |= {"sync_calendar", "dial_reminders"}
    assert set(lab["pids"]) == parts


def test_what_the_lab_prints_is_enough_to_ask_a_function_of_the_schedules(lab: dict[str, Any]) -> None:
    audience = json.dumps({"audience": lab["oidc_audience_calendar"]}).encode()
    token = _post(f"{lab['google']}/_lab/oidc-token", audience)["token"]
    assert "error" not in _post(f"{lab['sync_calendar']}/", b"", Authorization=f"Bearer {token}")


def test_a_key_in_the_shell_reaches_no_part_of_the_lab(lab: dict[str, Any]) -> None:
    environments = {name: Path(f"/proc/{pid}/environ").read_bytes() for name, pid in lab["pids"].items()}
    assert b"OPENAI_API_KEY=sk-lab-" in environments["media_service"]
    for name, environment in environments.items():
        assert b"of-the-shell" not in environment and b"of.the.shell" not in environment, name


def test_live_without_keys_is_refused_with_their_names() -> None:
    with _lab_command("--live", OPENAI_API_KEY="", DEEPGRAM_API_KEY="") as command:
        said, complaint = command.communicate(timeout=60)
    assert (command.returncode, said) == (1, "")
    assert "--live needs DEEPGRAM_API_KEY and OPENAI_API_KEY" in complaint


def test_sigterm_ends_every_part_and_removes_every_file() -> None:
    with _lab_command(*_SMALL) as command:
        lab = _ready(command)
        command.send_signal(signal.SIGTERM)
        command.communicate(timeout=60)
        assert command.returncode == 0
        assert _all_end(list(lab["pids"].values()))
        assert not Path(lab["clock_file"]).parent.exists()


def test_a_part_that_dies_ends_the_lab_and_is_named() -> None:
    with _lab_command(*_SMALL) as command:
        lab = _ready(command)
        os.kill(lab["pids"]["twilio"], signal.SIGKILL)
        _, complaint = command.communicate(timeout=60)
        assert command.returncode == 1
        assert "twilio ended with code -9" in complaint
        assert _all_end(list(lab["pids"].values()))


def test_a_lab_that_is_killed_takes_every_part_with_it() -> None:
    with _lab_command(*_SMALL) as command:
        lab = _ready(command)
        command.kill()
        assert _all_end(list(lab["pids"].values()))
