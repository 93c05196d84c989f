"""The demo's verdict: it believes the row and the carrier's record, not the call."""

from __future__ import annotations

from typing import Any

from infra.local.evidence import Evidence, complaints, expectations

_QUIET_RECORD = {"faults": [], "over": True}
_ROW = {"status": "booked", "service": "oil_change", "starts": "Tuesday, December 1, 2026, 9:30 AM"}


def _left(*appointments: dict[str, Any]) -> Evidence:
    return Evidence(list(appointments), [], {"outcome": "booked"})


def test_a_row_as_the_caller_wanted_it_proves_the_booking() -> None:
    wanted = expectations("# expect service: oil_change\n# expect starts: tuesday\nHello.\n")
    assert complaints(_QUIET_RECORD, _left(_ROW), wanted) == []


def test_a_call_that_says_booked_without_a_row_proves_nothing() -> None:
    assert len(complaints(_QUIET_RECORD, _left(), {})) == 1
    assert len(complaints(_QUIET_RECORD, _left(_ROW | {"status": "cancelled"}), {})) == 1


def test_a_row_of_another_day_than_the_caller_wanted_is_a_failure() -> None:
    said = complaints(_QUIET_RECORD, _left(_ROW), expectations("# expect starts: Wednesday\n"))
    assert said == ["The booked starts is 'Tuesday, December 1, 2026, 9:30 AM', but the caller wanted 'Wednesday'."]


def test_an_expectation_of_a_column_that_does_not_exist_is_never_met() -> None:
    assert complaints(_QUIET_RECORD, _left(_ROW), {"colour": "red"})


def test_a_fault_of_the_media_stream_fails_a_call_that_booked() -> None:
    record = {"faults": [{"code": 31951, "message": "a bad frame"}], "over": True}
    assert complaints(record, _left(_ROW), {}) == ["The media stream broke a rule, 31951: a bad frame."]
