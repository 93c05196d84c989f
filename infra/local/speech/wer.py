"""How well the offline recogniser hears: `python -m infra.local.speech.wer [--voice V …] [--snr DB …] [--show]`.

Speaks sentences that nothing was fitted to, adds line noise, and counts word errors, concepts heard whole (dates,
times, names …) and what a confidence is worth: how many wrongly heard content words fall below a threshold, and how
many rightly heard ones do. It prints measures; it asserts nothing.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import time
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from infra.local.speech import language_model, ulaw, voices
from infra.local.speech.decoding import Hearing
from infra.local.speech.recogniser import Word

SENTENCES = Path(__file__).with_name("unseen_sentences.toml")
THRESHOLDS = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9)
_FUNCTION_WORDS = frozenset(
    "a an the i i'm i'd it it's is am are was be to for of on in at by and or but my your you me we our "  # noqa: SIM905
    "can could would will do does did have has had that this there with from if so as not no uh um please".split()
)


@dataclass
class Tally:
    """Sums over one voice on one line."""

    errors: int = 0
    words: int = 0
    concepts: dict[str, list[bool]] = field(default_factory=lambda: defaultdict(list))
    right: list[float] = field(default_factory=list)
    wrong: list[float] = field(default_factory=list)
    settle_ms: list[float] = field(default_factory=list)
    cpu: float = 0.0
    seconds: float = 0.0


def read_sentences(part: str) -> list[dict[str, object]]:
    """The sentences of a part: `desk` (names that the lexicon may know) or `stranger`."""
    rows: list[dict[str, object]] = tomllib.loads(SENTENCES.read_text("utf-8"))["sentence"]
    return [row for row in rows if row.get("part", "desk") == part]


def on_the_line(audio: bytes, snr_db: float | None) -> bytes:
    """The audio with white noise at that ratio to its mean power; None: a quiet line."""
    if snr_db is None:
        return audio
    samples = ulaw.decode(audio).astype(np.float64)
    loud = np.sqrt(np.mean(samples[np.abs(samples) > 200] ** 2))
    noise = np.random.default_rng(8).standard_normal(len(samples)) * loud / 10 ** (snr_db / 20)
    return ulaw.encode(np.clip(samples + noise, -32_000, 32_000).astype(np.int16))


def hear(hearing: Hearing, audio: bytes, tally: Tally) -> list[Word]:
    """One turn, fed as a call feeds it; the time of `settle` is what the caller waits for."""
    started = time.process_time()
    for at in range(0, len(audio), 2_000):
        hearing.hear(audio[at : at + 2_000])
        hearing.guess()
    before = time.perf_counter()
    words = hearing.settle()
    tally.settle_ms.append(1_000 * (time.perf_counter() - before))
    hearing.close_turn()
    tally.cpu += time.process_time() - started
    tally.seconds += len(audio) / 8_000
    return words


def align(said: Sequence[str], heard: Sequence[str]) -> Iterator[tuple[int | None, int | None]]:
    """The cheapest alignment, as pairs of positions; None where one side has nothing."""
    cost = np.zeros((len(said) + 1, len(heard) + 1), dtype=int)
    cost[:, 0], cost[0] = range(len(said) + 1), range(len(heard) + 1)
    for i, j in np.ndindex(len(said), len(heard)):
        change = cost[i, j] + (said[i] != heard[j])
        cost[i + 1, j + 1] = min(change, cost[i, j + 1] + 1, cost[i + 1, j] + 1)
    i, j = len(said), len(heard)
    while i or j:
        if i and j and cost[i, j] == cost[i - 1, j - 1] + (said[i - 1] != heard[j - 1]):
            i, j = i - 1, j - 1
            yield i, j
        elif j and cost[i, j] == cost[i, j - 1] + 1:
            j -= 1
            yield None, j
        else:
            i -= 1
            yield i, None


def count(tally: Tally, said: Sequence[str], heard: Sequence[Word]) -> None:
    """Word errors, and the confidences of content words heard rightly and wrongly."""
    texts = [plain(word.text) for word in heard]
    tally.words += len(said)
    for i, j in align(said, texts):
        right = i is not None and j is not None and said[i] == texts[j]
        tally.errors += not right
        if j is not None and texts[j] not in _FUNCTION_WORDS:
            (tally.right if right else tally.wrong).append(heard[j].confidence)


def plain(text: str) -> str:
    return re.sub(r"[^a-z']", "", text.lower())


def measure(hearing: Hearing, part: str, voice: str, snr_db: float | None, *, show: bool) -> Tally:
    tally = Tally()
    for row in read_sentences(part):
        said = str(row["say"])
        audio = ulaw.silence(200) + voices.speak(said, voice) + ulaw.silence(200)
        words = hear(hearing, on_the_line(audio, snr_db), tally)
        count(tally, said.split(), words)
        heard = f" {' '.join(plain(word.text) for word in words)} "
        wanted = row["hear"]
        assert isinstance(wanted, dict)
        for kind, phrase in wanted.items():
            tally.concepts[kind].append(f" {phrase} " in heard)
        if show:
            print(f"   {said}\n  > {' '.join(f'{word.text}:{word.confidence:.2f}' for word in words)}")
    return tally


def _share(values: Sequence[float], below: float) -> str:
    return f"{100 * sum(value < below for value in values) / max(1, len(values)):4.0f} %"


def report(tally: Tally, title: str) -> None:
    met = [hit for hits in tally.concepts.values() for hit in hits]
    print(f"{title:36} WER {100 * tally.errors / tally.words:5.1f} %   concepts {100 * sum(met) / len(met):4.0f} %")
    kinds = (f"{kind} {sum(hits)}/{len(hits)}" for kind, hits in sorted(tally.concepts.items()))
    print("    " + ", ".join(kinds))
    print(
        f"    settle p50 {np.percentile(tally.settle_ms, 50):.0f} ms, p95 {np.percentile(tally.settle_ms, 95):.0f} ms; "
        f"CPU per second of audio {tally.cpu / tally.seconds:.3f} s = {tally.seconds / tally.cpu:.0f} streams a core"
    )


def report_confidence(tallies: Sequence[Tally], title: str) -> None:
    wrong = [value for tally in tallies for value in tally.wrong]
    right = [value for tally in tallies for value in tally.right]
    print(f"{title}: {len(wrong)} content words heard wrongly, {len(right)} rightly; below the threshold are")
    for threshold in THRESHOLDS:
        print(f"    {threshold:.2f}: {_share(wrong, threshold)} of the wrong, {_share(right, threshold)} of the right")


def resident_mb() -> float:
    """This process's memory now (Linux)."""
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * 4_096 / 2**20


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(
        prog="infra.local.speech.wer", description="How well the offline recogniser hears."
    )
    parser.add_argument("--voice", nargs="+", default=["en-us+klatt4", "en-us+m6", "en-us", "en-us+f4"])
    parser.add_argument("--snr", nargs="*", type=float, default=[15.0], help="noisy lines beside the quiet one, in dB")
    parser.add_argument("--show", action="store_true", help="print each sentence as it was heard")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="wer-") as directory:
        language_model.write(Path(directory))
        hearing = Hearing(Path(directory), ())
        before = resident_mb()
        second = Hearing(Path(directory), ())
        grown = resident_mb() - before
        del second
        lines: list[float | None] = [None, *chosen.snr]
        for snr_db in lines:
            line = "quiet line" if snr_db is None else f"noise at {snr_db:.0f} dB"
            tallies = []
            for voice in chosen.voice:
                tallies.append(measure(hearing, "desk", voice, snr_db, show=chosen.show))
                report(tallies[-1], f"{voice}, {line}")
            strangers = [measure(hearing, "stranger", voice, snr_db, show=chosen.show) for voice in chosen.voice]
            report_confidence(tallies, f"known words, {line}")
            report_confidence(strangers, f"strangers' names, {line}")
            report_confidence(tallies + strangers, f"all, {line}")
    print(f"one more decoder in a process takes {grown:.0f} MB")


if __name__ == "__main__":
    main(sys.argv[1:])
