"""One temporary directory per run, removed at its end, and by the next run when a run was killed.

It refuses to know what is kept there. As root the directory lies where an unprivileged user can enter.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_PREFIX = "sophie-"
_LOCK = "run.lock"


@contextmanager
def run_directory(name: str) -> Iterator[Path]:
    """A fresh directory that is ours until the block ends; others may pass through it but not list it."""
    parent = _parent()
    _sweep(parent)
    path = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{name}-", dir=parent))
    path.chmod(0o711)
    # The lock file appears under its own name only when it is locked, so that no sweep takes a starting run for dead.
    with (path / "starting.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        (path / "starting.lock").rename(path / _LOCK)
        try:
            yield path
        finally:
            shutil.rmtree(path, ignore_errors=True)


def _parent() -> Path:
    """The temporary directory; as root one that every user can enter (a TMPDIR below a private home is not)."""
    usual = Path(tempfile.gettempdir())
    if os.geteuid() != 0:
        return usual
    for candidate in (usual, Path("/tmp"), Path("/var/tmp")):  # noqa: S108
        if all(step.stat().st_mode & 0o001 for step in (candidate, *candidate.resolve().parents)):
            return candidate
    raise RuntimeError(f"As root the lab needs a temporary directory that every user can enter; {usual} is not one.")


def _sweep(parent: Path) -> None:
    """Removes what killed runs of this user left behind: a directory whose lock nobody holds."""
    for path in parent.glob(f"{_PREFIX}*"):
        with suppress(OSError):
            if path.stat().st_uid != os.geteuid():
                continue
            with (path / _LOCK).open() as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                for rest in path.iterdir():
                    if rest.is_dir():
                        shutil.rmtree(rest)
                shutil.rmtree(path)  # the lock file goes last: a sweep that failed half-way is repeated by the next run
