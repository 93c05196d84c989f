"""Child programs of the lab: started, watched until they are ready, ended with their parent.

What it promises: a program dies with the process that started it (even by SIGKILL), a start that fails says so with
the program's own last lines, and nothing is left as a zombie. It refuses to know what any program is for.

Start programs from a thread that lives as long as they shall: Linux ties the death signal to the *thread* that forked
(prctl(2), PR_SET_PDEATHSIG), not to its process.
"""

from __future__ import annotations

import ctypes
import os
import queue
import random
import signal
import socket
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

_LIBC = ctypes.CDLL(
    None, use_errno=True
)  # loaded before any fork: a child between fork and exec must not load anything
_PR_SET_PDEATHSIG = 1
_KEPT_LINES = 400


class ProgramFailed(Exception):
    """A program did not become ready, or ended when it should have run. The text holds its last lines."""


def free_port() -> int:
    """A loopback port nobody listens on now, below the range the kernel takes outgoing connections' ports from."""
    for _ in range(200):
        port = random.randint(20_000, 32_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise ProgramFailed("No free port was found between 20000 and 32000: end some of the programs that listen there.")


class Program:
    """One child process: its output is read all the time, its last lines are kept, its end is our business."""

    def __init__(
        self,
        name: str,
        argv: Sequence[str | Path],
        *,
        env: Mapping[str, str],
        cwd: Path,
        uid_gid: tuple[int, int] | None = None,
        stdin: bytes = b"",
        log: Path | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
        death_signal: signal.Signals = signal.SIGKILL,
    ) -> None:
        self.name = name
        self._stop_signal = stop_signal
        self._log = log
        self._tail: deque[str] = deque(maxlen=_KEPT_LINES)
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        uid, gid = uid_gid or (None, None)
        self._process = subprocess.Popen(
            [str(word) for word in argv],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=dict(env),
            cwd=cwd,
            user=uid,
            group=gid,
            extra_groups=[] if uid_gid else None,
            process_group=0,  # Ctrl-C at the terminal reaches the launcher alone, which then ends its children in order
            preexec_fn=_die_with(os.getpid(), death_signal),
        )
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.write(stdin)
            self._process.stdin.close()
        self._reader = threading.Thread(target=self._read, name=f"output of {name}", daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """The exit code, or None while it runs."""
        return self._process.poll()

    def tail(self, lines: int = 30) -> str:
        """The program's last lines of output."""
        return "\n".join(list(self._tail)[-lines:])

    def wait_for_line(self, wanted: Callable[[str], bool], seconds: float) -> str:
        """The first line that `wanted` accepts; raises ProgramFailed when the program ends or `seconds` pass first."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            try:
                line = self._lines.get(timeout=left)
            except queue.Empty:
                break
            if line is None:
                raise self.failure(f"ended with code {self._process.wait()} before it was ready")
            if wanted(line):
                return line
        raise self.failure(f"was not ready after {seconds:.0f} s")

    def finish(self, seconds: float) -> None:
        """Waits for a program that does one thing and ends; raises ProgramFailed unless it ends well in time."""
        try:
            code = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise self.failure(f"was not done after {seconds:.0f} s") from None
        self._reader.join(1.0)
        if code:
            raise self.failure(f"ended with code {code}")

    def failure(self, what: str) -> ProgramFailed:
        """An error about this program that shows its last lines."""
        return ProgramFailed(f"{self.name} {what}. Its last lines:\n{self.tail() or '(it said nothing)'}")

    def stop(self, seconds: float = 8.0) -> int:
        """Asks it to end, insists after `seconds`, and reaps it; harmless when it has ended already. The exit code."""
        if self._process.poll() is None:
            self._process.send_signal(self._stop_signal)
            try:
                self._process.wait(seconds)
            except subprocess.TimeoutExpired:
                with suppress(ProcessLookupError):
                    os.killpg(self._process.pid, signal.SIGKILL)
        code = self._process.wait()
        self._reader.join(1.0)
        return code

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as output, Path(self._log or os.devnull).open("wb", buffering=0) as log:
            for raw in output:
                log.write(raw)
                line = raw.decode("utf-8", "replace").rstrip()
                self._tail.append(line)
                self._lines.put(line)
        self._lines.put(None)


def _die_with(parent: int, death_signal: signal.Signals) -> Callable[[], None]:
    number = int(death_signal)

    def ask_the_kernel() -> None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)
        if os.getppid() != parent:  # the parent died between fork and prctl: its death signal would never come
            os._exit(1)

    return ask_the_kernel
