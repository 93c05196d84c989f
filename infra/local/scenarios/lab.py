"""A lab for scenarios: in real time as the demo has it, or fast, with callers who hum and a voice in a hurry.

It refuses to know what is played on it.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from infra.local.house.lab import ROOT, Addresses, LabPlan
from infra.local.house.programs import ProgramFailed
from infra.local.scenarios.playing import FAST

FAST_PLAN = LabPlan(
    recogniser="scripted",
    voice="tone",
    seed=None,
    flags={"twilio": ("--speed", str(FAST)), "deepgram": ("--rate", "900")},
)


def seed_from(at: Addresses, rows: Path) -> None:
    """`python -m seed --from`, as a process of its own. Raises ProgramFailed with what it said."""
    settings = {
        "SOPHIE_ENV": "local",
        "NEON_DATABASE_URL": at.database,
        "REDIS_URL": at.redis,
        "SOPHIE_CLOCK_FILE": at.clock_file,
        "STREAM_TOKEN_SECRET": at.stream_token_secret,
        "PATH": "/usr/bin:/bin",
        "HOME": str(rows.parent),
    }
    done = subprocess.run(
        [sys.executable, "-m", "seed", "--from", str(rows)],
        cwd=ROOT,
        env=settings,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ProgramFailed(f"The situation could not be set up: {done.stderr.strip() or done.stdout.strip()}")
