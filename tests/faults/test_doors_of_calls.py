"""Whole calls between Sophie and people: a line that breaks, a desk that takes the call, and one that does not."""

from collections.abc import Iterator
from typing import Any

import pytest

from shared.domain.line import Line
from shared.sessions.in_time import RedisInTime
from shared.sessions.line_copy import LineCopy
from tests.fast_lab import DESK, FastLab, WholeCall

# The key is pressed again and again: in the lab's fast time a first briefing may come later than the first key.
KEYS = ["[keys 1]", "[pause 5]"] * 4
TAKES_IT = {"answers": "human", "rings_s": 1, "talks_s": 2, "script": {"lines": KEYS}}


@pytest.fixture(autouse=True)
def as_usual(lab: FastLab) -> Iterator[None]:
    lab.brain("offline-desk")
    yield
    the_line_is(lab, Line())


def the_line_is(lab: FastLab, line: Line) -> None:
    redis = RedisInTime(lab.at.redis, seconds=5.0)
    assert LineCopy(redis).write(line)
    redis.close()


def dialled(call: WholeCall) -> list[str]:
    return [each["number"] for each in call.record["dialled"]]


def told(call: WholeCall) -> str:
    """What the carrier itself said to the caller."""
    return " ".join(call.record["said"])


def whispered(call: WholeCall) -> str:
    return " ".join(each["text"] for each in call.record["events"] if each["kind"] == "whisper")


def callbacks(lab: FastLab, call: WholeCall) -> list[tuple[Any, ...]]:
    return lab.rows("SELECT reason, message FROM callbacks WHERE call_sid = :sid", sid=call.record["sid"])


def test_a_line_that_breaks_again_and_again_goes_on_where_it_broke_off(lab: FastLab) -> None:
    call = lab.call("I need an oil change", "tomorrow", "goodbye", about={"network": {"cut_after_s": 14}})
    broken = [stream for stream in call.record["streams"] if stream["by"] == "network"]
    assert 1 <= len(broken) <= 4
    again = [sophie for _, sophie in call.turns if sophie.startswith("Sorry,")]
    assert again and not any("How can I help" in sophie for sophie in again)
    assert call.record["faults"] == []


def test_the_desk_hears_who_calls_and_takes_the_call_with_a_key(lab: FastLab) -> None:
    call = lab.call("I want to talk to a person please", desk=TAKES_IT)
    assert dialled(call) == [DESK]
    assert "Nothing was booked or changed." in whispered(call) and "Press 1" in whispered(call)
    assert callbacks(lab, call) == []
    assert call.outcome == "transferred" and call.record["faults"] == []


@pytest.mark.parametrize("answers", ["no-answer", "machine", "human"])
def test_whoever_the_desk_does_not_take_leaves_a_message_with_sophie(lab: FastLab, answers: str) -> None:
    waits = {"lines": [{"tone_ms": 600}, "[pause 50]", {"tone_ms": 600}], "patience_s": 4}
    call = lab.call(
        "I want to talk to a person please", "goodbye", desk={"answers": answers, "rings_s": 1}, about={"script": waits}
    )
    assert dialled(call) == [DESK]
    assert "What should I tell them?" in call.heard
    assert [reason for reason, _ in callbacks(lab, call)] == ["desk_no_answer"]
    assert call.record["faults"] == []


def test_a_caller_without_a_session_is_told_when_they_are_called_back(lab: FastLab) -> None:
    the_line_is(lab, Line("desk"))
    call = lab.call()
    assert dialled(call) == [DESK] and call.turns == []
    assert "We will call you back at this number as soon as somebody is free." in told(call)
    assert callbacks(lab, call) == [("desk_no_answer", None)]
    assert call.record["faults"] == []


def test_while_the_desk_takes_all_calls_sophie_is_not_asked(lab: FastLab) -> None:
    the_line_is(lab, Line("desk"))
    call = lab.call(desk={**TAKES_IT, "script": {}})
    assert dialled(call) == [DESK] and call.record["streams"] == [] and told(call) == ""
    assert callbacks(lab, call) == [] and call.record["faults"] == []


def test_a_blocked_caller_hears_a_busy_tone_and_costs_nothing(lab: FastLab) -> None:
    the_line_is(lab, Line(blocked=frozenset({"+17085550666"})))
    call = lab.call(caller="+17085550666")
    assert (call.record["status"], call.record["seconds"]) == ("busy", 0)


def test_a_call_that_comes_back_to_us_rings_nobody(lab: FastLab) -> None:
    call = lab.call(about={"parameters": {"ForwardedFrom": lab.at.number}})
    assert dialled(call) == [] and call.record["streams"] == []
    assert "We will call you back" in told(call) and call.record["faults"] == []


def test_how_far_a_number_is_proven_is_kept(lab: FastLab) -> None:
    call = lab.call("goodbye", about={"parameters": {"StirVerstat": "TN-Validation-Passed-B"}})
    kept = lab.rows("SELECT attestation FROM reporting.calls WHERE call_sid = :sid", sid=call.record["sid"])
    assert kept == [("B",)]
