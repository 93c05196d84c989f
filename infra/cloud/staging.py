"""`python -m infra.cloud.staging FOLDER`: the folders that Google builds the functions from, one each.

Google installs `requirements.txt` and starts the bare `functions-framework` beside `main.py`, so everything that a
function imports stands beside it too: https://cloud.google.com/run/docs/runtimes/python-dependencies. Nothing else is
in the folder. What a function is given in the cloud is not known here.
"""

import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FUNCTIONS = ("telephony", "dial_reminders", "sync_calendar")
_PACKAGES = ("functions", "shared")
_MAIN = '"""The entry point of {name}."""\n\nfrom functions.main import {name}\n\n__all__ = ["{name}"]\n'


def stage(name: str, folder: Path) -> Path:
    """Makes the folder of one function anew inside `folder`; its path."""
    place = folder / name
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    for package in _PACKAGES:
        shutil.copytree(ROOT / package, place / package, ignore=shutil.ignore_patterns("__pycache__", "requirements.*"))
    shutil.copy(ROOT / "functions" / "requirements.lock", place / "requirements.txt")
    (place / "main.py").write_text(_MAIN.format(name=name))
    return place


def main() -> None:
    for name in FUNCTIONS:
        print(stage(name, Path(sys.argv[1])))


if __name__ == "__main__":
    main()
