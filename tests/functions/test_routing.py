"""Where a ringing call goes: each row of the table."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from functions.routing import Today, Way, attestation, choose
from shared.domain.line import Line
from shared.shop import load_shop

OWN, DESK, CALLER = "+13125550100", "+12175550100", "+12175550142"
HOURS = load_shop().hours
OPEN, NIGHT = datetime(2026, 11, 23, 16, tzinfo=UTC), datetime(2026, 11, 23, 5, tzinfo=UTC)
MONDAY, THANKSGIVING = date(2026, 11, 23), datetime(2026, 11, 26, 16, tzinfo=UTC)
QUIET = Today(OPEN, HOURS, Line(), rings=1, most_rings=20)
DESK_TAKES = replace(QUIET, line=Line("desk"))


def way(today: Today = QUIET, **form: str) -> Way:
    return choose({"From": CALLER, **form}, OWN, DESK, today)


@pytest.mark.parametrize("now", [OPEN, NIGHT, THANKSGIVING])
@pytest.mark.parametrize("caller", [CALLER, "anonymous", "+266696687", "", "x" * 200, "💥", "sip:a@b.example", DESK])
def test_sophie_answers_at_all_hours_whoever_calls(now: datetime, caller: str) -> None:
    assert way(replace(QUIET, now=now), From=caller) is Way.SERVICE


def test_a_call_without_any_parameter_is_answered() -> None:
    assert choose({}, OWN, DESK, QUIET) is Way.SERVICE


def test_a_call_that_the_desk_forwards_is_answered() -> None:
    assert way(ForwardedFrom=DESK) is Way.SERVICE


@pytest.mark.parametrize("own", [OWN, "3125550100", "1 (312) 555-0100", f"sip:{OWN}@carrier.example"])
def test_a_second_leg_from_our_own_number_is_turned_away(own: str) -> None:
    assert way(From=own) is Way.REJECT
    assert way(DESK_TAKES, From=own, ForwardedFrom=DESK) is Way.REJECT


@pytest.mark.parametrize("form", [{"ForwardedFrom": OWN}, {"From": DESK, "ForwardedFrom": DESK}])
def test_a_forwarded_call_that_came_back_never_rings_anybody(form: dict[str, str]) -> None:
    for today in (QUIET, DESK_TAKES):
        assert way(today, **form) is Way.CALL_BACK


def test_a_blocked_number_is_turned_away() -> None:
    blocked = replace(QUIET, line=Line(blocked=frozenset({CALLER})))
    assert way(blocked) is Way.REJECT
    assert way(blocked, From="(217) 555-0142") is Way.REJECT
    assert way(blocked, From="+12175550143") is Way.SERVICE


def test_one_call_more_than_a_number_may_make_in_an_hour_is_turned_away() -> None:
    assert way(replace(QUIET, rings=20)) is Way.SERVICE
    assert way(replace(QUIET, rings=21)) is Way.REJECT


def test_while_the_desk_takes_all_calls_they_ring_there_when_it_is_open() -> None:
    assert way(DESK_TAKES) is Way.DESK
    assert way(DESK_TAKES, From="anonymous") is Way.DESK


@pytest.mark.parametrize("now", [NIGHT, THANKSGIVING])
def test_while_the_desk_takes_all_calls_a_caller_at_night_is_called_back(now: datetime) -> None:
    assert way(replace(DESK_TAKES, now=now)) is Way.CALL_BACK


def test_a_day_that_staff_closed_is_closed() -> None:
    assert way(replace(QUIET, line=Line("desk", closed={MONDAY: "burst pipe"}))) is Way.CALL_BACK


def test_when_the_days_money_is_spent_calls_ring_at_the_desk_until_midnight() -> None:
    assert way(replace(QUIET, line=Line(capped_on=MONDAY))) is Way.DESK
    assert way(replace(QUIET, line=Line(capped_on=date(2026, 11, 22)))) is Way.SERVICE


@pytest.mark.parametrize("name", ["SPAM LIKELY", "<Hangup/>", ""])
@pytest.mark.parametrize("proof", ["TN-Validation-Passed-A", "TN-Validation-Failed-C", "No-TN-Validation", "?"])
def test_neither_name_nor_attestation_turns_a_caller_away(name: str, proof: str) -> None:
    assert way(CallerName=name, StirVerstat=proof) is Way.SERVICE


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("TN-Validation-Passed-A", "A"),
        ("TN-Validation-Passed-C", "C"),
        ("TN-Validation-Failed-B", "failed"),
        ("TN-Validation-Failed", "failed"),
        ("No-TN-Validation", ""),
        ("TN-Validation-Passed-Z", ""),
        ("", ""),
    ],
)
def test_the_attestation_is_read_as_the_carrier_writes_it(told: str, kept: str) -> None:
    assert attestation({"StirVerstat": told}) == kept
