"""The demo's verdict: it believes the row and the carrier's record, not the call."""

from __future__ import annotations

from typing import Any

import pytest

from infra.local.demo.evidence import Evidence, complaints, expectations

_QUIET_RECORD = {"faults": [], "over": True}
_ROW = {"status": "booked", "service": "oil_change", "starts": "Tuesday, December 1, 2026, 9:30 AM"}


def _left(*appointments: dict[str, Any]) -> Evidence:
    return Evidence(list(appointments), [], {"outcome": "booked"})


def test_a_row_as_the_caller_wanted_it_proves_the_booking() -> None:
    wanted = expectations("# expect service: oil_change\n# expect starts: tuesday\nHello.\n")
    assert complaints(_QUIET_RECORD, _left(_ROW), wanted) == []


def test_a_call_that_says_booked_without_a_row_proves_nothing() -> None:
    assert len(complaints(_QUIET_RECORD, _left(), [])) == 1
    assert len(complaints(_QUIET_RECORD, _left(_ROW | {"status": "cancelled"}), [])) == 1


def test_a_row_of_another_day_than_the_caller_wanted_is_a_failure() -> None:
    said = complaints(_QUIET_RECORD, _left(_ROW), expectations("# expect starts: Wednesday\n"))
    assert said == ["The booked starts is 'Tuesday, December 1, 2026, 9:30 AM', but the caller wanted 'Wednesday'."]


def test_an_expectation_of_a_column_that_does_not_exist_is_never_met() -> None:
    assert complaints(_QUIET_RECORD, _left(_ROW), [("colour", "no")])


def test_an_empty_column_does_not_hold_what_its_emptiness_is_called() -> None:
    assert complaints(_QUIET_RECORD, _left(_ROW | {"vehicle": None}), [("vehicle", "None")])


def test_every_expectation_of_one_column_counts() -> None:
    wanted = expectations("# expect starts: Tuesday\n  # Expect Starts: 9:30\n# expect starts: December 2\n")
    assert complaints(_QUIET_RECORD, _left(_ROW), wanted) == [
        "The booked starts is 'Tuesday, December 1, 2026, 9:30 AM', but the caller wanted 'December 2'."
    ]


@pytest.mark.parametrize("line", ["# expect starts Tuesday", "# expect: Tuesday", "#expect starts:", "# expect"])
def test_an_expectation_that_cannot_be_read_is_refused_and_not_passed_over(line: str) -> None:
    with pytest.raises(ValueError, match="# expect COLUMN: TEXT"):
        expectations(f"{line}\nHello.\n")


def test_a_fault_of_the_media_stream_fails_a_call_that_booked() -> None:
    record = {"faults": [{"code": 31951, "message": "a bad frame"}], "over": True}
    assert complaints(record, _left(_ROW), []) == ["The media stream broke a rule, 31951: a bad frame."]


_SPOKEN_OVER = {
    "faults": [],
    "over": True,
    "turns": [{"said": "No, Friday.", "start_ms": 1_500.0}, {"said": "Okay.", "start_ms": 4_000.0}],
    "sophie_speaking": [{"start_ms": 1_000.0, "end_ms": 1_700.0}, {"start_ms": 3_000.0, "end_ms": 6_000.0}],
}
_CUT = {"caller_said": "tuesday", "sophie_said": "I can offer", "barged_in": True}
_WHOLE = {"caller_said": "no friday", "sophie_said": "I have Friday. Which works for you?", "barged_in": False}
_FLOOR = [("cuts_in", "No, Friday."), ("listens", "Okay.")]


def test_one_who_cuts_in_stops_her_within_a_sentence_and_one_who_listens_aloud_does_not() -> None:
    left = Evidence([_ROW], [_CUT, _WHOLE], {"outcome": "booked"})
    assert complaints(_SPOKEN_OVER, left, _FLOOR) == []


def test_a_listener_who_is_taken_for_one_who_cuts_in_fails_the_call() -> None:
    stopped = Evidence([_ROW], [_CUT, _WHOLE | {"barged_in": True}], {"outcome": "booked"})
    answered = Evidence([_ROW], [_CUT, _WHOLE, _WHOLE | {"caller_said": "okay"}], {"outcome": "booked"})
    assert "but was so in 2 turns" in complaints(_SPOKEN_OVER, stopped, _FLOOR)[0]
    assert complaints(_SPOKEN_OVER, answered, _FLOOR) == [
        "'Okay.' only meant that the caller listens, but was answered."
    ]


def test_an_interruption_that_left_a_whole_sentence_heard_proves_no_interruption() -> None:
    left = Evidence([_ROW], [_CUT | {"sophie_said": "I can offer Tuesday."}, _WHOLE], {"outcome": "booked"})
    assert "ends a sentence" in complaints(_SPOKEN_OVER, left, _FLOOR)[0]


def test_what_was_to_be_said_while_she_spoke_and_was_not_fails_the_call() -> None:
    left = Evidence([_ROW], [_CUT, _WHOLE], {"outcome": "booked"})
    late = _SPOKEN_OVER | {"turns": [{"said": "No, Friday.", "start_ms": 1_500.0}]}
    assert complaints(late, left, _FLOOR) == ["Nobody said 'Okay.' while Sophie spoke."]
