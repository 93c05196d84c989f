"""What was not as a scenario expects, in sentences: of the calls, the rows, the texts, and what the desk was told.

It refuses to know how any of it was played.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from infra.local.demo.evidence import Evidence
from infra.local.scenarios import views
from infra.local.scenarios.model import Scenario


@dataclass(frozen=True)
class Call:
    """One call that is over: the carrier's record and what the database holds of it."""

    sid: str
    record: Mapping[str, Any]
    left: Evidence

    @property
    def said(self) -> str:
        """All that was heard of Sophie, and of the carrier's own voice."""
        return " ".join([*(str(turn["sophie_said"] or "") for turn in self.left.turns), *self.record["said"]])

    @property
    def outcome(self) -> str | None:
        return self.left.call["outcome"] if self.left.call else None

    @property
    def tools(self) -> set[str]:
        return {str(tool["name"]) for turn in self.left.turns for tool in turn["tools"]}


@dataclass(frozen=True)
class Told:
    """What a step was answered and what it should have been; `silent`: nothing at all. `wrong_end` is the exit code
    that was wanted and the one that came."""

    what: str
    words: str
    wanted: Sequence[str]
    silent: bool = False
    wrong_end: tuple[int, int] = (0, 0)


@dataclass(frozen=True)
class Played:
    """What came of a scenario; no complaints: all that was expected."""

    complaints: list[str]
    calls: list[Call]
    changed: views.Tables


def complaints(
    scenario: Scenario,
    calls: Sequence[Call],
    before: views.Tables,
    after: views.Tables,
    told: Sequence[Told],
    texts: Sequence[Mapping[str, Any]],
    speed: float,
) -> list[str]:
    expected = scenario.expected
    found = views.lost(before, after, expected.gone)
    found += views.complaints(expected.rows, views.changes(before, after))
    found += [each for one in told for each in _of_answer(one)]
    found += _of_outcomes(expected.outcomes, calls)
    found += [each for call in calls for each in _of_line(call, expected.silence, speed)]
    found += _of_words(scenario, calls, texts)
    found += _of_dialling(expected.dialled, calls)
    used = set().union(*(call.tools for call in calls))
    proved = [each.removeprefix("tool ") for each in scenario.proves if each.startswith("tool ")]
    return found + [f"The tool {each} was to be proved, and nobody used it." for each in proved if each not in used]


def _of_answer(told: Told) -> list[str]:
    found = [
        f"{told.what} was not answered {each!r}: {told.words!r}." for each in told.wanted if not _in(each, told.words)
    ]
    if told.silent and told.words:
        found.append(f"{told.what} was to be left without an answer, and was answered {told.words!r}.")
    wanted, came = told.wrong_end
    if wanted != came:
        found.append(f"{told.what} ended with {came}, not {wanted}: {told.words!r}.")
    return found


def _of_outcomes(wanted: Sequence[str | None], calls: Sequence[Call]) -> list[str]:
    if len(wanted) != len(calls):
        return [f"There were {len(calls)} calls, not {len(wanted)}."]
    return [
        f"The outcome of call {at} is {call.outcome!r}, not {outcome!r}."
        for at, (outcome, call) in enumerate(zip(wanted, calls, strict=True), 1)
        if call.outcome != outcome
    ]


def _of_line(call: Call, silence: float, speed: float) -> list[str]:
    found = [
        f"The media stream broke a rule, {each['code']}: {each['message']}."
        for each in call.record["faults"]
        if not _is_ours(each)
    ]
    gaps = [each["response_gap_ms"] or 0.0 for each in call.record["turns"]]
    if (longest := max(gaps, default=0.0) / 1000 / speed) > silence:
        found.append(f"The caller waited {longest:.1f} s in silence; {silence:.1f} s is the limit.")
    return found


def _is_ours(fault: Mapping[str, Any]) -> bool:
    """What the lab itself did, because the scenario wants it."""
    return str(fault["message"]).endswith("(the lab's doing).")


def _of_words(scenario: Scenario, calls: Sequence[Call], texts: Sequence[Mapping[str, Any]]) -> list[str]:
    expected = scenario.expected
    said = " ".join(call.said for call in calls)
    whispered = " ".join(each["text"] for call in calls for each in call.record["events"] if each["kind"] == "whisper")
    sent = [f"{each['to']}: {each['body']}" for each in texts if each["direction"] != "inbound"]
    found = [f"Sophie never said {each!r}." for each in expected.spoken if not _in(each, said)]
    found += [f"Sophie said {each!r}." for each in expected.never_spoken if _in(each, said)]
    found += [
        f"The desk was not told {each!r} but {whispered!r}." for each in expected.whispered if not _in(each, whispered)
    ]
    found += [f"No text says {each!r}; {sent}." for each in expected.texted if not any(_in(each, one) for one in sent)]
    return found + [f"A text says {each!r}." for each in expected.never_texted if any(_in(each, one) for one in sent)]


def _of_dialling(wanted: str | None, calls: Sequence[Call]) -> list[str]:
    rung = [each["number"] for call in calls for each in call.record["dialled"]]
    if wanted is not None and wanted not in rung:
        return [f"{wanted} was not rung; {rung or 'nobody'} was."]
    if wanted is None and rung:
        return [f"Nobody was to be rung, and {', '.join(rung)} was."]
    return []


def _in(pattern: str, said: str) -> bool:
    return bool(re.search(pattern, said, re.IGNORECASE | re.DOTALL))
