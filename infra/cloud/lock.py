"""`python -m infra.cloud.lock`: writes what the cloud installs, every package of a part with its version and its hash.

A lock is made of the part's `requirements.txt` and `infra/constraints.txt`, for Linux on x86-64 and the cloud's Python.
pip resolves and names the hashes; nothing is installed here.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PYTHON = "3.12"
PARTS = ("functions", "media_service")
_PLATFORMS = ("manylinux_2_28_x86_64", "manylinux2014_x86_64")
_HEAD = """# Written by `python -m infra.cloud.lock` from requirements.txt and infra/constraints.txt: what the cloud
# installs, on Python {python} and Linux x86-64. Write it anew when one of them changes.
"""


def lock(part: str) -> str:
    """The text of one part's lock. Raises CalledProcessError when pip cannot resolve it."""
    words = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--quiet"]
    words += ["--only-binary=:all:", "--python-version", PYTHON, "--target", "unused", "--report", "-"]
    words += [f"--platform={name}" for name in _PLATFORMS]
    words += ["-c", "infra/constraints.txt", "-r", f"{part}/requirements.txt"]
    said = subprocess.run(words, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    packages = sorted(json.loads(said)["install"], key=lambda each: str(each["metadata"]["name"]).lower())
    return _HEAD.format(python=PYTHON) + "".join(_line(each) for each in packages)


def _line(package: dict[str, Any]) -> str:
    about, digest = package["metadata"], package["download_info"]["archive_info"]["hashes"]["sha256"]
    return f"{about['name']}=={about['version']} \\\n    --hash=sha256:{digest}\n"


def main() -> None:
    for part in PARTS:
        path = ROOT / part / "requirements.lock"
        path.write_text(lock(part))
        print(f"{path.relative_to(ROOT)} is written.")


if __name__ == "__main__":
    main()
