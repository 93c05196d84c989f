"""What happened in one call of the lab: events as they come, both sides' audio, and the summary a test or demo reads.

Times are milliseconds since the call was placed. Faults are the misdeeds of the service under test. It refuses to know
how a call is carried out.
"""

from __future__ import annotations

import asyncio
import io
import wave
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import numpy as np

from infra.local.speech import ulaw
from infra.local.twilio.clock import LineClock
from infra.local.twilio.frames import Fault

Event = dict[str, Any]


class Track:
    """One side of the line as it sounded, from the call's first sample on; gaps are silence."""

    def __init__(self) -> None:
        self.samples = bytearray()

    def write(self, at: int, sound: bytes) -> None:
        self.samples += bytes([ulaw.SILENCE]) * (at - len(self.samples))
        self.samples[at : at + len(sound)] = sound


class CallRecord:
    """Written by the call while it lives, read by the lab at any time."""

    def __init__(self, clock: LineClock) -> None:
        self.events: list[Event] = []
        self.faults: list[Event] = []
        self.counts: Counter[str] = Counter()
        self.caller_track, self.sophie_track = Track(), Track()
        self.ended = False
        self._clock = clock
        self._news = asyncio.Event()

    def note(self, kind: str, at: int | None = None, **details: Any) -> None:
        """Record an event, now or at the given sample."""
        sample = self._clock.now() if at is None else at
        self.events.append({"ms": round(sample / 8, 1), "kind": kind, **details})
        self._wake()

    def fault(self, fault: Fault) -> None:
        """Record a misdeed; the same one again only counts, as the carrier warns once per stream."""
        self.counts["faults"] += 1
        for known in self.faults:
            if (known["code"], known["message"]) == (fault.code, fault.message):
                known["count"] += 1
                return
        entry = {"code": fault.code, "message": fault.message, "count": 1, "ms": round(self._clock.now() / 8, 1)}
        self.faults.append(entry)
        self.note("fault", code=fault.code, message=fault.message)

    def end(self) -> None:
        self.ended = True
        self._wake()

    async def live(self) -> AsyncIterator[Event]:
        """All events from the first on, then each as it comes, until the call has ended."""
        told = 0
        while True:
            news = self._news
            while told < len(self.events):
                yield self.events[told]
                told += 1
            if self.ended:
                return
            await news.wait()

    def _wake(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    def of_kind(self, kind: str) -> list[Event]:
        return [event for event in self.events if event["kind"] == kind]

    def speaking(self) -> list[Event]:
        """When Sophie was heard: `{"start_ms", "end_ms"}`; `end_ms` is null while she speaks."""
        spans: list[Event] = []
        for event in self.events:
            if event["kind"] == "sophie_starts":
                spans.append({"start_ms": event["ms"], "end_ms": None})
            elif event["kind"] == "sophie_stops" and spans:
                spans[-1]["end_ms"] = event["ms"]
        return spans

    def turns(self) -> list[Event]:
        """Each line of the caller and how long it took until Sophie was heard; null where that never came."""
        starts = self.of_kind("caller_starts")
        ends = [event["ms"] for event in self.of_kind("caller_stops")]
        limits = [*(event["ms"] for event in starts[1:]), float("inf")][: len(starts)]
        spans = self.speaking()
        turns: list[Event] = []
        for number, (start, until) in enumerate(zip(starts, limits, strict=True)):
            end = ends[number] if number < len(ends) else None
            answers = [] if end is None else [s["start_ms"] for s in spans if end <= s["start_ms"] < until]
            gap = round(answers[0] - end, 1) if answers and end is not None else None
            turns.append({"said": start["text"], "start_ms": start["ms"], "end_ms": end, "response_gap_ms": gap})
        return turns

    def summary(self) -> dict[str, Any]:
        start, media = self.of_kind("stream_started"), self.of_kind("first_media")
        spans = self.speaking()
        begun = start[0]["ms"] if start else None
        return {
            "stream_started_ms": begun,
            "first_media_ms": _since(begun, media[0]["ms"] if media else None),
            "first_audio_ms": _since(begun, spans[0]["start_ms"] if spans else None),
            "frames": {name: self.counts[name] for name in ("frames_sent", "media_received", "bytes_received")},
            "marks": {name: self.counts[f"marks_{name}"] for name in ("received", "returned", "cleared")},
            "clears": self.counts["clears"],
            "sophie_speaking": spans,
            "turns": self.turns(),
            "documents": self.of_kind("document"),
            "said": [event["text"] for event in self.of_kind("say")],
            "dialled": self.of_kind("dialled"),
            "callbacks": self.of_kind("callback"),
            "streams": self.of_kind("stream_ended"),
            "faults": self.faults,
            "events": sorted(self.events, key=lambda event: float(event["ms"])),
        }

    def wav(self) -> bytes:
        """16-bit stereo at 8 kHz: left the caller, right Sophie as she was played."""
        tracks = [ulaw.decode(bytes(track.samples)) for track in (self.caller_track, self.sophie_track)]
        stereo = np.zeros((max(len(track) for track in tracks), 2), dtype="<i2")
        for side, track in enumerate(tracks):
            stereo[: len(track), side] = track
        with io.BytesIO() as file:
            with wave.open(file, "wb") as recording:
                recording.setnchannels(2)
                recording.setsampwidth(2)
                recording.setframerate(8_000)
                recording.writeframes(stereo.tobytes())
            return file.getvalue()


def _since(begun: float | None, then: float | None) -> float | None:
    return None if begun is None or then is None else round(then - begun, 1)
