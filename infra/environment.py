"""Makes the Python environment that every command of this project runs in, and prints the path of its interpreter.

Runs on a bare Python 3.11 or 3.12, before anything is installed. The environment is `.venv` at the root, or lies in
the user's cache when the tree cannot be written; it is made once, brought up to date when a requirements file changes,
and remade when it was left half-made. Two commands at once wait for each other. It refuses to know what is installed.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import venv
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parents[1]
_REQUIREMENTS = (
    "requirements.txt",
    "functions/requirements.txt",
    "media_service/requirements.txt",
    "infra/local/requirements.txt",
    "infra/constraints.txt",
)
_PYTHONS = ((3, 11), (3, 12))
_DONE = ".requirements"  # holds the hash of the requirements that this environment fulfils
_UNFINISHED = ".unfinished"  # stands while packages are being written


def main() -> None:
    """Prints the interpreter's path on standard output; everything said on the way goes to standard error."""
    _check_machine()
    place, wanted = _place(), _fingerprint()
    if not _fulfils(place, wanted):
        with _alone():
            if not _fulfils(place, wanted):  # another command may have made it while this one waited
                _make(place, wanted)
    print(place / "bin" / "python")


def _check_machine() -> None:
    if sys.platform != "linux" or platform.machine() not in ("x86_64", "AMD64"):
        _give_up("The lab's programs exist for Linux on x86-64 only: run this there, or in a container of that kind.")
    if sys.version_info[:2] not in _PYTHONS:
        _give_up(f"This is Python {platform.python_version()}: install Python 3.11 or 3.12.")
    if importlib.util.find_spec("ensurepip") is None:
        _give_up("This Python cannot make environments: install its venv module (Debian: apt install python3-venv).")


def _place() -> Path:
    """Where the environment is, or shall be."""
    usual = ROOT / ".venv"
    owned = usual.stat().st_uid == os.geteuid() if usual.exists() else os.access(ROOT, os.W_OK)
    if owned or _fulfils(usual, _fingerprint()):
        return usual
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    tree = hashlib.sha256(str(ROOT).encode()).hexdigest()[:12]
    return cache / "sophie" / f"venv-{tree}"


def _fingerprint() -> str:
    said = hashlib.sha256()
    for name in _REQUIREMENTS:
        said.update((ROOT / name).read_bytes())
    return said.hexdigest()


def _fulfils(place: Path, wanted: str) -> bool:
    try:
        done = (place / _DONE).read_text()
    except OSError:
        return False
    python = place / "bin" / "python"
    return done == wanted and os.access(python, os.X_OK) and not (place / _UNFINISHED).exists()


@contextmanager
def _alone() -> Iterator[None]:
    with (ROOT / "requirements.txt").open() as lock:  # a file that is always there, in a tree that can only be read too
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("Another command is making the Python environment: waiting for it.")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _make(place: Path, wanted: str) -> None:
    if (place / _UNFINISHED).exists() or not _usable(place):
        _say(f"Making the Python environment {place} (once; later runs use it again).")
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        (place / _UNFINISHED).touch()
        venv.create(place, with_pip=True, symlinks=True)
    else:
        _say(f"The requirements have changed: bringing {place} up to date.")
    (place / _UNFINISHED).touch()
    _install(place / "bin" / "python")
    (place / _DONE).write_text(wanted)
    (place / _UNFINISHED).unlink()


def _usable(place: Path) -> bool:
    """Whether an environment of a Python that will do stands there and its pip starts."""
    check = f"import pip, sys; sys.exit(sys.version_info[:2] not in {_PYTHONS})"
    try:
        return subprocess.run([place / "bin" / "python", "-c", check], check=False, capture_output=True).returncode == 0
    except OSError:
        return False


def _install(python: Path) -> None:
    settings = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
    settings |= {"PIP_USER": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1"}
    command = [str(python), "-m", "pip", "install", "--progress-bar", "off", "-r", "requirements.txt"]
    last: deque[str] = deque(maxlen=25)
    collected = 0
    with subprocess.Popen(
        command, cwd=ROOT, env=settings, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as pip:
        assert pip.stdout is not None
        for line in pip.stdout:
            last.append(line.rstrip())
            if line.startswith("Collecting "):
                collected += 1
                _progress(f"  package {collected}: {line.split()[1]}", worth_a_line=collected % 25 == 0)
            elif line.startswith("Installing collected"):
                _progress(f"  writing {collected} packages …", worth_a_line=True)
    if sys.stderr.isatty():
        _say("\r\033[K  done.")
    if pip.returncode:
        _give_up("\n".join([*last, "The packages could not be installed (see pip's words above): check the network."]))


def _progress(text: str, *, worth_a_line: bool) -> None:
    """On a terminal one line that changes; in a log a line now and then."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)
    elif worth_a_line:
        _say(text)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _give_up(why: str) -> NoReturn:
    _say(why)
    raise SystemExit(3)


if __name__ == "__main__":
    main()
