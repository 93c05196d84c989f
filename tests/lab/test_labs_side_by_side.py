"""Two labs on one machine at the same time, and what is left of them: no process, no port, no file."""

from __future__ import annotations

import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from infra.local.house.servers import embedded_redis

_ROOT = Path(__file__).resolve().parents[2]
_UP = [sys.executable, "-m", "infra.local.house.lab_command", "up", "--json", "--recogniser", "scripted"]
_SMALL = ("--only", "twilio", "vpic")


@contextmanager
def _launched(temporary: Path) -> Iterator[subprocess.Popen[str]]:
    launcher = subprocess.Popen(
        [*_UP, *_SMALL],
        cwd=_ROOT,
        env=os.environ | {"TMPDIR": str(temporary)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with launcher:
        try:
            yield launcher
        finally:
            launcher.kill()


def _ready(launcher: subprocess.Popen[str]) -> dict[str, Any]:
    assert launcher.stdout is not None
    found: dict[str, Any] = json.loads(launcher.stdout.readline())
    return found


def _ports(lab: dict[str, Any]) -> set[int]:
    return {urlsplit(lab[name]).port or 0 for name in ("database", "redis", "twilio", "vpic")}


def _directories(lab: dict[str, Any]) -> set[Path]:
    """The lab's own, and those that its servers work in."""
    inside = [Path(lab["logs"]), *(Path(f"/proc/{lab['pids'][name]}/cwd").readlink() for name in ("postgres", "redis"))]
    named = [re.match(r"(.*?/sophie-[^/]+)", str(path)) for path in inside]
    return {Path(found[1]) for found in named if found}


def _everybody(lab: dict[str, Any]) -> list[int]:
    """Each part and the processes that it started itself, as Postgres does for its clients."""
    parts = list(lab["pids"].values())
    return parts + [
        int(child) for pid in parts for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    ]


def _all_end(pids: list[int]) -> bool:
    handles = [os.pidfd_open(pid) for pid in pids if Path(f"/proc/{pid}").exists()]
    ended = [bool(select.select([handle], [], [], 30)[0]) for handle in handles]
    for handle in handles:
        os.close(handle)
    return all(ended)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return probe.connect_ex(("127.0.0.1", port)) != 0


@pytest.fixture(scope="module")
def temporary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One temporary directory for both, as on a user's machine."""
    path = tmp_path_factory.mktemp("labs")
    for each in (path, *path.parents[:2]):
        each.chmod(0o711)
    return path


@pytest.fixture(scope="module")
def labs(temporary: Path) -> Iterator[list[tuple[subprocess.Popen[str], dict[str, Any]]]]:
    """Two, started at the same moment."""
    with ExitStack() as stack:
        launchers = [stack.enter_context(_launched(temporary)) for _ in range(2)]
        yield [(launcher, _ready(launcher)) for launcher in launchers]


def test_two_labs_share_nothing_and_the_end_of_one_is_nothing_to_the_other(
    labs: list[tuple[subprocess.Popen[str], dict[str, Any]]],
) -> None:
    (told_to_end, one), (_, other) = labs
    assert not _ports(one) & _ports(other)
    assert not _directories(one) & _directories(other)
    pids, directories = _everybody(one), _directories(one)
    assert len(directories) == 3
    told_to_end.send_signal(signal.SIGTERM)
    assert told_to_end.wait(60) == 0
    assert _all_end(pids)
    assert all(_is_free(port) for port in _ports(one))
    assert not any(directory.exists() for directory in directories)
    with urllib.request.urlopen(f"{other['twilio']}/_lab/calls") as answer:  # noqa: S310
        assert answer.status == 200
    assert all(directory.exists() for directory in _directories(other))


def test_of_a_lab_whose_launcher_was_killed_no_process_is_left_and_the_next_run_removes_the_files(
    labs: list[tuple[subprocess.Popen[str], dict[str, Any]]], temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed, lab = labs[1]
    pids, directories = _everybody(lab), _directories(lab)
    killed.kill()
    assert _all_end(pids)
    assert all(_is_free(port) for port in _ports(lab))
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    with embedded_redis():
        assert not any(directory.exists() for directory in directories)
