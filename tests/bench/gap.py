"""How long a caller waits for an answer, with providers at the delays that they publish.

    python -m tests.bench.gap --calls 10 --turns 12

From the last sound of the caller to the first audio of the answer at the carrier: the end of turn 260 ms after the
silence began and the probable end some time before it (Deepgram, Flux), the first token after 375 ms and the voice's
first byte after 100 ms (Twilio, "Core latency in AI voice agents"). It is measured for each of the `--eager-ms`, 0 for
no probable end at all, and for answers that begin with an opener, as the model is asked to, and for such that do not.
Every second answer is interrupted, which shows how long a `clear` takes.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from itertools import product

from infra.local.house.lab import fetch_json
from tests.bench.latency import barge_ins, beside_fixed_providers, by_kind, place_calls, quantile
from tests.bench.line import Noted

_LISTEN_MS, _MODEL_MS, _VOICE_MS = 260, 375, 100
_OPENER = "Sure."


def _gaps(calls: Sequence[Noted]) -> list[float]:
    """Milliseconds from the end of each utterance to the first frame of its answer."""
    return [(at - heard.loud_until[turn]) * 1000 for heard in calls for turn, at in heard.answered.items() if turn >= 0]


def _measure(opener: str, eager_ms: int, calls: int, turns: int) -> bool:
    delays = {"listen": _LISTEN_MS, "eager": eager_ms, "model": _MODEL_MS, "voice": _VOICE_MS}
    flags = [part for name, ms in delays.items() for part in (f"--{name}-ms", str(ms))]
    with beside_fixed_providers(*flags, "--opener", opener) as (lab, providers):
        heard = asyncio.run(place_calls(lab, calls, turns))
        lab.check()
        notes = by_kind(fetch_json(f"{providers}/_bench/notes"))
    gaps, clears = _gaps(heard), barge_ins(notes, heard)
    waits = max(_LISTEN_MS, _LISTEN_MS - eager_ms + _MODEL_MS) + (0 if opener else _VOICE_MS)
    opens = f'"{opener}"' if opener else "no opener"
    print(f"{opens}, probable end {eager_ms} ms before the end: {len(gaps)} turns, the providers alone {waits} ms")
    measured = {"caller's silence to answer": gaps, "start of turn to clear": clears}
    if opener:
        measured["opener's end to next sound"] = [hole * 1000 for each in heard for hole in each.holes]
    for name, values in measured.items():
        shares = (f"p{round(share * 100)} {quantile(values, share):6.1f} ms" for share in (0.5, 0.95, 0.99))
        print(f"  {name:28} {'   '.join(shares)}", flush=True)
    return bool(gaps) and not any(each.lost_turns for each in heard)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=10, help="simultaneous calls")
    parser.add_argument("--turns", type=int, default=12, help="turns of each call")
    parser.add_argument("--eager-ms", type=int, nargs="+", default=[150, 0])
    options = parser.parse_args()
    rows = product(("", _OPENER), options.eager_ms)
    results = [_measure(opener, eager_ms, options.calls, options.turns) for opener, eager_ms in rows]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
