"""`python -m infra.cloud.audit`: holds every pinned package against the known advisories (https://osv.dev).

infra/constraints.txt names them all, those of the locks too. pip-audit asks; nothing is installed. Ends with 1 when
there is an advisory that infra/cloud/advisories_accepted.txt does not name with a reason, and with 0 when the source
cannot be reached: then one line says so.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ACCEPTED = ROOT / "infra" / "cloud" / "advisories_accepted.txt"
# What pip-audit ends with when nobody answers, or something else than the source does: requests' words and its own.
_UNREACHABLE = ("ConnectionError", "ConnectTimeout", "ProxyError", "SSLError", "ServiceError")


def accepted(text: str) -> list[str]:
    """The names of the advisories of such a file. Raises ValueError for one without a reason."""
    lines = [line.partition(" ") for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if bare := [name for name, _, reason in lines if not reason.strip()]:
        raise ValueError(f"{', '.join(bare)} is accepted without a reason: write it behind the name.")
    return [name for name, _, _ in lines]


def main() -> int:
    words = [sys.executable, "-m", "pip_audit", "--vulnerability-service=osv", "--progress-spinner=off"]
    words += ["--requirement=infra/constraints.txt", "--no-deps", "--disable-pip", "--desc=on"]
    words += [f"--ignore-vuln={name}" for name in accepted(ACCEPTED.read_text())]
    ran = subprocess.run(words, cwd=ROOT, check=False, capture_output=True, text=True)
    if ran.returncode and not ran.stdout and any(sign in ran.stderr for sign in _UNREACHABLE):
        print("The advisories (osv.dev) cannot be reached from here: the packages are not held against them.")
        return 0
    print(ran.stdout.strip(), ran.stderr.strip(), sep="\n")
    return ran.returncode


if __name__ == "__main__":
    raise SystemExit(main())
