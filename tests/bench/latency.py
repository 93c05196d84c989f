"""What the media service adds to each turn, and what a call costs, with providers whose delays are fixed.

    python -m tests.bench.latency --calls 1 25

The service under test runs as in the cloud, a process that knows its environment alone, beside a real Postgres and
Redis. For each number of simultaneous calls it prints: latency added per turn (everything from the recogniser's end of
turn to the first audio frame at the carrier, less the fixed delays of model and voice), its three stages, first audio
after `start`, barge-in to `clear`, CPU per call-minute and memory per call.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import secrets
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from infra.local.house.lab import ROOT, Lab, LabPlan, fetch_json
from infra.local.house.programs import Program
from shared import stream_token, twilio_signature
from tests.bench.line import Line, Noted

_STAGGER_SECONDS = 2.0
_TICKS = os.sysconf("SC_CLK_TCK")

Notes = dict[str, dict[int, float]]


@dataclass(frozen=True)
class Cost:
    """CPU seconds and resident bytes of a process, as they stand now."""

    cpu: float
    resident: int

    @classmethod
    def of(cls, pid: int) -> Cost:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        return cls((int(fields[11]) + int(fields[12])) / _TICKS, pages * os.sysconf("SC_PAGE_SIZE"))


async def place_calls(lab: Lab, calls: int, turns: int) -> list[Noted]:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def one(number: int) -> Noted:
            await asyncio.sleep(_STAGGER_SECONDS * number / calls)
            return await _line(lab, turns).call(session)

        return await asyncio.gather(*(one(number) for number in range(calls)))


def _line(lab: Lab, turns: int) -> Line:
    at = lab.addresses
    call_sid = f"CA{secrets.token_hex(16)}"
    token = stream_token.issue(at.stream_token_secret, call_sid, 0, time.time(), secrets.token_hex(8))
    path = f"/media-stream/{token}"
    signature = twilio_signature.sign(at.auth_token, at.media.replace("http://", "ws://") + path)
    return Line(f"{at.media}{path}", signature, at.account_sid, call_sid, turns)


def by_kind(raw: Sequence[tuple[str, int, float]]) -> Notes:
    notes: Notes = {}
    for kind, code, at in raw:
        notes.setdefault(kind, {}).setdefault(code, at)
    return notes


def _stages(notes: Notes, calls: Sequence[Noted]) -> dict[str, list[float]]:
    """Milliseconds per turn of each stage that is ours, for the turns that were answered."""
    stages: dict[str, list[float]] = {"words to model": [], "model to voice": [], "voice to carrier": []}
    added = []
    for heard in calls:
        for code, at in heard.heard.items():
            if any(code not in notes.get(kind, {}) for kind in ("end_sent", "model_asked", "voice_asked")):
                continue
            parts = (
                notes["model_asked"][code] - notes["end_sent"][code],
                notes["voice_asked"][code] - notes["model_sent"][code],
                at - notes["voice_sent"][code],
            )
            for name, seconds in zip(stages, parts, strict=True):
                stages[name].append(seconds * 1000)
            added.append(sum(parts) * 1000)
    return {"added per turn": added, **stages}


def barge_ins(notes: Notes, calls: Sequence[Noted]) -> list[float]:
    """Milliseconds from the recogniser's start of turn to the `clear` at the carrier."""
    found = []
    for heard in calls:
        sessions = {code >> 8 for code in heard.heard}
        starts = sorted(at for code, at in notes.get("start_sent", {}).items() if code >> 8 in sessions)
        for cleared in heard.cleared:
            if earlier := [at for at in starts if at <= cleared]:
                found.append((cleared - earlier[-1]) * 1000)
    return found


def _audio_in(notes: Notes, calls: Sequence[Noted]) -> list[float]:
    """Milliseconds from the caller's first loud frame to its arrival at the recogniser, gathered frames included."""
    found = []
    for heard in calls:
        for session in {code >> 8 for code in heard.heard}:
            arrived = (notes.get("loud_heard", {}).get(session << 8 | turn) for turn in range(len(heard.loud_from)))
            found += [(at - sent) * 1000 for at, sent in zip(arrived, heard.loud_from, strict=True) if at is not None]
    return found


def quantile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))] if ordered else float("nan")


def row(name: str, values: Sequence[float], unit: str = "ms") -> str:
    median, late, worst = (quantile(values, share) for share in (0.5, 0.99, 1.0))
    return f"  {name:24} p50 {median:8.2f}   p99 {late:8.2f}   max {worst:8.2f} {unit}   (n={len(values)})"


def _measure(lab: Lab, providers: str, calls: int, turns: int) -> bool:
    media = lab.programs["media_service"]
    before, began = Cost.of(media.pid), time.monotonic()
    known = len(fetch_json(f"{providers}/_bench/notes"))
    watched: list[int] = []

    async def placed() -> list[Noted]:
        placing = asyncio.create_task(place_calls(lab, calls, turns))
        while not placing.done():
            watched.append(Cost.of(media.pid).resident)
            await asyncio.wait([placing], timeout=0.5)
        return await placing

    heard = asyncio.run(placed())
    after, seconds = Cost.of(media.pid), time.monotonic() - began
    lab.check()
    notes = by_kind(fetch_json(f"{providers}/_bench/notes")[known:])
    stages = _stages(notes, heard)
    lost = sum(each.lost_turns for each in heard)
    answered = len(stages["added per turn"])
    minutes = sum(max(each.heard.values(), default=each.started) - each.started for each in heard) / 60
    print(f"{calls} call{'s' if calls > 1 else ''} at once, {answered} turns answered, {lost} lost, {seconds:.0f} s")
    for name, values in stages.items():
        print(row(name, values))
    print(row("caller's audio, inwards", _audio_in(notes, heard)))
    print(row("first audio after start", [(h.first_audio - h.started) * 1000 for h in heard if h.first_audio]))
    print(row("start of turn to clear", barge_ins(notes, heard)))
    print(f"  CPU                      {(after.cpu - before.cpu) / minutes:8.2f} s per call-minute")
    print(f"  memory                   {before.resident / 2**20:8.1f} MB before, "
          f"{(max(watched) - before.resident) / 2**10 / calls:.0f} kB per call at the peak", flush=True)  # fmt: skip
    return answered > 0 and lost == 0


@contextmanager
def beside_fixed_providers(*delays: str) -> Iterator[tuple[Lab, str]]:
    """The house with these providers (flags of `fixed_providers`) in the place of real ones, and their address."""
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    command = [sys.executable, "-m", "tests.bench.fixed_providers", *delays]
    with Program("fixed_providers", command, env=environment, cwd=ROOT) as providers:
        url = json.loads(providers.wait_for_line(lambda line: line.startswith('{"ready"'), 30))["url"]
        plan = LabPlan(
            parts=("media_service",),
            seed=None,
            settings={
                "DEEPGRAM_BASE_URL": url,
                "OPENAI_BASE_URL": f"{url}/v1",
                "MAX_CALLS": "1000",
                "MAX_CALLS_PER_NUMBER": "0",
            },
        )
        with Lab(plan, say=lambda text: print(text, file=sys.stderr)) as lab:
            yield lab, url


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, nargs="+", default=[1, 25], help="simultaneous calls, one run for each")
    parser.add_argument("--turns", type=int, default=12, help="turns of each call")
    options = parser.parse_args()
    with beside_fixed_providers() as (lab, url):
        results = [_measure(lab, url, calls, options.turns) for calls in options.calls]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
