"""What every call that rang came to, also where nobody of ours spoke or the record of it was lost."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from shared.domain.line import Line
from shared.sessions.state import SessionState
from shared.storage import calls
from tests.functions.conftest import CALLER, DESK, NIGHT, OPEN, PUBLIC, RINGING, TALKING, Doors, context, verbs

OVER = {**TALKING, "CallStatus": "completed", "CallDuration": "31"}


def outcomes(doors: Doors) -> list[tuple[Any, ...]]:
    return doors.rows("SELECT outcome, transferred_to FROM reporting.calls ORDER BY started_at, call_sid")


def closed_with(doors: Doors, outcome: calls.Outcome) -> None:
    """As the media service writes it when its stream is over."""
    doors.write(
        "INSERT INTO calls (call_sid, direction, flow, outcome, started_at) "
        "VALUES ('CA1', 'inbound', 'service', :outcome, :now)",
        outcome=outcome,
        now=OPEN,
    )


def written_late(doors: Doors, outcome: calls.Outcome) -> None:
    """As a media service writes it when another stream of the call is over."""
    nothing = Decimal(0)
    with doors.database.transaction() as connection:
        calls.close_call(
            connection, call_sid="CA1", outcome=outcome, now=OPEN, providers_cost=nothing, minute_price=nothing
        )


@pytest.mark.parametrize(
    ("form", "outcome", "to"),
    [
        ({"DialCallStatus": "completed", "DialBridged": "true"}, "desk_answered", DESK),
        ({"DialCallStatus": "answered"}, "desk_answered", DESK),
        ({"DialCallStatus": "completed", "DialBridged": "false"}, "desk_voicemail", None),
        ({"DialCallStatus": "busy"}, "desk_busy", None),
        ({"DialCallStatus": "no-answer"}, "desk_no_answer", None),
        ({"DialCallStatus": "failed"}, "desk_no_answer", None),
        ({"CallStatus": "completed", "DialCallStatus": "canceled"}, "desk_no_answer", None),
    ],
)
def test_a_call_that_rang_straight_at_the_desk_has_the_outcome_of_its_ringing(
    doors: Doors, form: dict[str, str], outcome: str, to: str | None
) -> None:
    doors.line(Line("desk"))
    assert verbs(doors.asked("/voice", RINGING)) == ["Dial"]
    doors.asked("/dialed", {**TALKING, **form})
    doors.post("/status", OVER)
    assert outcomes(doors) == [(outcome, to)]
    assert doors.rows("SELECT caller::text FROM calls") == [(CALLER,)]


@pytest.mark.parametrize("caller", [CALLER, "anonymous"])
def test_a_call_to_a_closed_desk_says_so(doors: Doors, caller: str) -> None:
    doors.it_is(NIGHT)
    doors.line(Line("desk"))
    assert verbs(doors.asked("/voice", {**RINGING, "From": caller})) == ["Redirect"]
    doors.asked("/dialed?reason=desk_closed", {**TALKING, "From": caller})
    assert outcomes(doors) == [("desk_closed", None)]


@pytest.mark.parametrize(
    ("direction", "status", "outcome"),
    [
        ("inbound", "busy", "rejected"),
        ("inbound", "no-answer", "abandoned"),
        ("inbound", "canceled", "abandoned"),
        ("inbound", "failed", "failed"),
        ("outbound-api", "busy", "no_answer"),
        ("outbound-api", "no-answer", "no_answer"),
        ("outbound-api", "failed", "failed"),
    ],
)
def test_a_call_that_nobody_answered_has_an_outcome(doors: Doors, direction: str, status: str, outcome: str) -> None:
    doors.post("/status", {**RINGING, "Direction": direction, "CallStatus": status})
    assert outcomes(doors) == [(outcome, None)]


def test_what_sophie_wrote_in_a_call_outlasts_its_hand_over(doors: Doors) -> None:
    closed_with(doors, "booked")
    doors.asked("/dialed", {**TALKING, "DialCallStatus": "completed", "DialBridged": "true"})
    assert outcomes(doors) == [("booked", DESK)]


@pytest.mark.parametrize(("status", "outcome"), [("completed", "transferred"), ("busy", "desk_busy")])
def test_a_call_that_sophie_put_through_counts_as_that_only_if_somebody_took_it(
    doors: Doors, status: str, outcome: str
) -> None:
    closed_with(doors, "transferred")
    doors.asked("/dialed", {**TALKING, "DialCallStatus": status, "DialBridged": "true"})
    assert outcomes(doors)[0][0] == outcome


@pytest.mark.parametrize(("then", "outcome"), [("message", "message"), ("abandoned", "desk_busy")])
def test_a_call_that_came_back_from_the_desk_counts_as_that_unless_something_came_of_it(
    doors: Doors, then: calls.Outcome, outcome: str
) -> None:
    closed_with(doors, "transferred")
    doors.asked("/dialed", {**TALKING, "DialCallStatus": "busy"})
    written_late(doors, then)
    assert outcomes(doors)[0][0] == outcome


@pytest.mark.parametrize(
    ("status", "outcome"), [("busy", "desk_busy"), ("no-answer", "desk_no_answer"), ("completed", "transferred")]
)
def test_a_record_of_the_hand_over_that_comes_late_does_not_hide_what_the_desk_did(
    doors: Doors, status: str, outcome: str
) -> None:
    doors.asked("/dialed", {**TALKING, "DialCallStatus": status, "DialBridged": "true"})
    written_late(doors, "transferred")
    assert outcomes(doors)[0][0] == outcome


# /voice failed


def failed_over(doors: Doors) -> str:
    """The fallback rings the desk; where it has the carrier ask how that went."""
    dial = doors.asked("/fallback", {**RINGING, "ErrorCode": "11200", "ErrorUrl": f"{PUBLIC}/voice"}).find("Dial")
    assert dial is not None
    return dial.get("action", "").removeprefix(PUBLIC).partition("#")[0]


@pytest.mark.parametrize(
    ("form", "outcome", "to"),
    [
        ({"DialCallStatus": "completed", "DialBridged": "true"}, "desk_answered", DESK),
        ({"DialCallStatus": "no-answer"}, "desk_no_answer", None),
        ({"DialCallStatus": "busy"}, "desk_busy", None),
    ],
)
def test_a_call_that_fell_back_to_the_desk_has_the_outcome_of_its_ringing(
    doors: Doors, form: dict[str, str], outcome: str, to: str | None
) -> None:
    doors.asked(failed_over(doors), {**TALKING, **form})
    doors.post("/status", OVER)
    assert outcomes(doors) == [(outcome, to)]


def test_a_call_that_fell_back_to_a_desk_where_nobody_is_gets_a_call_back(doors: Doors) -> None:
    document = doors.asked(failed_over(doors), {**TALKING, "DialCallStatus": "no-answer"})
    assert "call you back" in (document.findtext("Say") or "")
    assert doors.rows("SELECT phone, call_sid FROM callbacks") == [(CALLER, "CA1")]


def test_a_call_that_was_rung_at_the_desk_is_not_rung_again_because_the_door_after_it_fails(doors: Doors) -> None:
    failed = {**TALKING, "ErrorCode": "11200", "ErrorUrl": f"{PUBLIC}{failed_over(doors)}"}
    assert verbs(doors.asked("/fallback", failed)) == ["Say", "Hangup"]


# What the desk's leg costs

MINUTE_IN, MINUTE_OUT = Decimal("0.0125"), Decimal("0.0140")


def costs(doors: Doors) -> list[tuple[Any, ...]]:
    return doors.rows("SELECT seconds, desk_seconds, cost FROM reporting.calls")


TALKED = {**TALKING, "DialCallStatus": "completed", "DialBridged": "true", "DialCallDuration": "61"}


@pytest.mark.parametrize("order", [("/dialed", "/status"), ("/status", "/dialed"), ("/dialed", "/status", "/dialed")])
def test_a_call_that_was_put_through_costs_its_leg_to_the_desk_too_whatever_is_told_first_or_twice(
    doors: Doors, order: tuple[str, ...]
) -> None:
    closed_with(doors, "transferred")
    for path in order:
        doors.post(path, TALKED if path == "/dialed" else {**OVER, "CallDuration": "130"})
    assert costs(doors) == [(130, 61, 3 * MINUTE_IN + 2 * MINUTE_OUT)]


def test_a_record_that_comes_after_the_leg_to_the_desk_keeps_its_cost(doors: Doors) -> None:
    doors.post("/dialed", TALKED)
    doors.post("/status", {**OVER, "CallDuration": "130"})
    with doors.database.transaction() as connection:
        calls.close_call(
            connection,
            call_sid="CA1",
            outcome="booked",
            now=OPEN,
            providers_cost=Decimal("0.05"),
            minute_price=MINUTE_IN,
        )
    assert costs(doors) == [(130, 61, Decimal("0.05") + 3 * MINUTE_IN + 2 * MINUTE_OUT)]


def test_a_machine_that_picked_up_at_the_desk_is_paid_for(doors: Doors) -> None:
    doors.post("/dialed", {**TALKED, "DialBridged": "false", "DialCallDuration": "9"})
    assert costs(doors) == [(None, 9, MINUTE_OUT)]


@pytest.mark.parametrize("told", ["", "0", "-3", "9" * 30, "1e9", "\u0663"])
def test_a_length_that_is_none_does_not_cost_the_call_its_outcome(doors: Doors, told: str) -> None:
    doors.post("/dialed", {**TALKED, "DialCallDuration": told})
    assert outcomes(doors) == [("desk_answered", DESK)]
    assert doors.rows("SELECT desk_seconds, cost FROM reporting.calls") == [(None, None)]


# The record was lost


def test_an_outcome_that_the_database_did_not_take_is_written_with_the_carriers_last_word(doors: Doors) -> None:
    doors.streamed("goodbye")
    doors.sessions.conclude("CA1", 0, "booked")
    doors.post("/status", OVER)
    assert outcomes(doors) == [("booked", None)]


def test_an_outcome_that_somebody_scribbled_is_not_believed(doors: Doors) -> None:
    doors.streamed("goodbye")
    doors.redis.ask("scribble", lambda redis: redis.hset("sophie:call:CA1", "outcome", "booked"), None)
    doors.post("/status", OVER)
    assert outcomes(doors) == [(None, None)]


@pytest.mark.parametrize(
    ("written", "ending", "outcome"),
    [("moved", None, "moved"), (None, "transfer", "transferred"), (None, None, "failed")],
)
def test_a_call_that_broke_off_for_good_has_an_outcome_after_a_minute_and_not_before(
    doors: Doors, written: str | None, ending: Any, outcome: str
) -> None:
    doors.streamed(ending, SessionState(context(), "service", 2, [], {}, written))
    doors.post("/status", OVER)
    assert outcomes(doors) == [(None, None)], "the record may still be on its way"
    doors.it_is(OPEN + timedelta(minutes=2))
    doors.post("/status", {**OVER, "CallSid": "CA2", "CallStatus": "busy"})
    assert outcomes(doors)[0] == (outcome, None)


def test_a_call_of_which_the_carrier_says_no_last_word_has_an_outcome_hours_later(doors: Doors) -> None:
    doors.post("/status", {**TALKING, "CallStatus": "in-progress"})
    doors.it_is(OPEN + timedelta(hours=3))
    doors.post("/status", {**OVER, "CallSid": "CA2", "CallStatus": "busy"})
    assert outcomes(doors)[0] == ("failed", None)


def test_a_record_that_comes_late_is_the_last_word(doors: Doors) -> None:
    doors.streamed()
    doors.post("/status", OVER)
    doors.it_is(OPEN + timedelta(minutes=2))
    doors.post("/status", OVER)
    assert outcomes(doors) == [("failed", None)]
    written_late(doors, "booked")
    assert outcomes(doors) == [("booked", None)]


def test_after_a_goodbye_that_redis_did_not_take_the_call_is_hung_up(doors: Doors) -> None:
    doors.streamed()
    with doors.database.transaction() as connection:
        calls.note_goodbye(connection, "CA1", OPEN)
    assert verbs(doors.asked("/connected")) == ["Hangup"]
    doors.redis.ask("forget", lambda redis: redis.delete("sophie:call:CA1"), None)
    assert verbs(doors.asked("/connected")) == ["Hangup"]
