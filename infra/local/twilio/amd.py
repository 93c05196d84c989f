"""Answering machine detection: what the carrier takes whoever answered for, and when it says so.

It listens to the first stretch of speech only: a short one is a person's hello, a long one a machine's greeting. So a
machine with a two-second greeting passes for a person, as it does with the carrier. Defaults are the documented ones.
It refuses to know calls and sounds.
"""

from __future__ import annotations

from dataclasses import dataclass

VERDICTS = (
    "human", "machine_start", "machine_end_beep", "machine_end_silence", "machine_end_other", "fax", "unknown",
)  # fmt: skip
_FAX_TONE_HEARD = 1.0


@dataclass(frozen=True)
class Detection:
    """How a created call wants it; seconds. `asynchronous` lets the call begin at once and tells `callback` later."""

    mode: str = "Enable"
    timeout: float = 30.0
    speech_threshold: float = 2.4
    speech_end: float = 1.2
    silence: float = 5.0
    asynchronous: bool = False
    callback: str | None = None
    method: str = "POST"


@dataclass(frozen=True)
class Verdict:
    """What was found and how many seconds after the answer; `by` is in the words of AnsweredBy."""

    by: str
    after: float

    @property
    def form(self) -> dict[str, str]:
        return {"AnsweredBy": self.by, "MachineDetectionDuration": str(round(1000 * self.after))}


def listen(detection: Detection, speech: float, *, is_fax: bool, beep: float | None) -> Verdict:
    """The verdict on one who says `speech` seconds after answering; `beep` is when a tone after that was over."""
    found = _hear(detection, speech, is_fax=is_fax, beep=beep)
    return found if found.after <= detection.timeout else Verdict("unknown", detection.timeout)


def _hear(detection: Detection, speech: float, *, is_fax: bool, beep: float | None) -> Verdict:
    if is_fax:
        return Verdict("fax", _FAX_TONE_HEARD)
    if speech == 0:
        return Verdict("unknown", detection.silence)
    if speech < detection.speech_threshold:
        return Verdict("human", speech + detection.speech_end)
    if detection.mode == "Enable":
        return Verdict("machine_start", detection.speech_threshold)
    if beep is not None:
        return Verdict("machine_end_beep", beep)
    return Verdict("machine_end_silence", speech + detection.speech_end)
