"""A Python that has the packages of one lock and nothing else, and a way to run it as nobody in particular."""

import importlib.metadata
import os
import re
import time
import urllib.error
import urllib.request
import venv
from collections.abc import Iterable, Sequence
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from infra.local.house.programs import Program

ROOT = Path(__file__).resolve().parents[2]
_NOBODY = "65534"


def pinned(lock: Path) -> dict[str, str]:
    """The versions of a lock by package."""
    return dict(re.findall(r"^([\w.-]+)==(\S+) \\$", lock.read_text(), re.MULTILINE))


def clean_room(lock: Path, place: Path) -> Path:
    """Makes an environment of the lock's packages, linked from those of this one; its folder of programs."""
    venv.create(place, symlinks=True)
    site, locked = next(place.glob("lib/python3*/site-packages")), pinned(lock)
    for name in (*locked, *_needed_here(locked)):
        package = importlib.metadata.distribution(name)
        version = locked.get(name, package.version)
        assert package.version == version, f"{name}: {package.version} is installed, {version} is locked"
        for file in package.files or ():
            if file.parts[0] != "..":
                link = site / file
                link.parent.mkdir(parents=True, exist_ok=True)
                link.symlink_to(file.locate())
            elif file.parts[-2] == "bin":
                _program(place / "bin", Path(str(file.locate())))
    return place / "bin"


def _needed_here(locked: Iterable[str]) -> set[str]:
    """What locked packages need on this Python, when it is older than the cloud's."""
    said = (Requirement(each) for name in locked for each in importlib.metadata.requires(name) or ())
    needed = {each.name for each in said if each.marker and each.marker.evaluate({"extra": ""})}
    return {name for name in needed if canonicalize_name(name) not in set(map(canonicalize_name, locked))}


def _program(folder: Path, original: Path) -> None:
    """A program of a package, told to use this environment's Python."""
    _, _, rest = original.read_text().partition("\n")
    (folder / original.name).write_text(f"#!{folder}/python\n{rest}")
    (folder / original.name).chmod(0o755)


def unprivileged(words: Sequence[str | Path]) -> list[str]:
    """The command line that runs this one as a user who owns nothing; where we are root, one that may only read."""
    line = [str(word) for word in words]
    if os.geteuid() != 0:
        return line
    reading = ["--inh-caps=-all,+dac_read_search", "--ambient-caps=-all,+dac_read_search"]
    return ["setpriv", f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups", *reading, *line]


def answers_health(program: Program, port: int) -> bool:
    """Waits until the program answers /health with 200; False when it ends first, or has not in a minute."""
    until = time.monotonic() + 60
    while program.returncode is None and time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.02)
    return False
