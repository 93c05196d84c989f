"""From Sophie to people: every way in which a stream and a ringing desk can end."""

from time import time
from typing import Any
from xml.etree import ElementTree

import pytest

from shared import stream_token
from shared.domain.line import Line
from shared.sessions.state import SessionState
from tests.functions.conftest import (
    CALLER,
    DESK,
    MEDIA,
    NIGHT,
    NUMBER,
    OPEN,
    PUBLIC,
    TALKING,
    TOKEN_SECRET,
    Doors,
    context,
    verbs,
)  # fmt: skip

UNTAKEN = [
    {"DialCallStatus": "busy"},
    {"DialCallStatus": "no-answer"},
    {"DialCallStatus": "failed"},
    {"DialCallStatus": "canceled"},
    {"DialCallStatus": "completed", "DialBridged": "false"},
    {},
]


def reopened(document: ElementTree.Element) -> tuple[int, dict[str | None, str | None]]:
    """Epoch and parameters of the stream that goes on."""
    stream = document.find("Connect/Stream")
    assert stream is not None, ElementTree.tostring(document)
    token = stream.get("url", "").removeprefix(f"{MEDIA}/media-stream/")
    said = stream_token.check([TOKEN_SECRET], token, time())
    assert said is not None and said.leg == "CA1"
    return said.epoch, {p.get("name"): p.get("value") for p in document.iter("Parameter")}


def said(document: ElementTree.Element) -> str:
    assert verbs(document) == ["Say", "Hangup"]
    return document.findtext("Say") or ""


def callbacks(doors: Doors) -> list[tuple[Any, ...]]:
    return doors.rows("SELECT phone, reason, message, call_sid, state FROM callbacks ORDER BY id")


# The stream has ended


def test_after_a_goodbye_the_call_is_hung_up(doors: Doors) -> None:
    doors.streamed("goodbye")
    assert verbs(doors.asked("/connected")) == ["Hangup"]


@pytest.mark.parametrize("ending", ["transfer", None])
def test_when_the_caller_has_hung_up_nothing_rings(doors: Doors, ending: Any) -> None:
    doors.streamed(ending)
    assert verbs(doors.asked("/connected", {**TALKING, "CallStatus": "completed"})) == ["Hangup"]


def test_a_transfer_rings_the_desk_which_is_briefed_before_it_takes_the_call(doors: Doors) -> None:
    doors.streamed("transfer")
    document = doors.asked("/connected")
    dial, number = document.find("Dial"), document.find("Dial/Number")
    assert dial is not None and number is not None
    assert (number.text, dial.get("callerId")) == (DESK, NUMBER)
    assert dial.get("action", "").startswith(f"{PUBLIC}/dialed#")
    assert number.get("url", "").startswith(f"{PUBLIC}/whisper#")


def test_a_transfer_at_night_rings_nobody_and_sophie_takes_a_message(doors: Doors) -> None:
    doors.it_is(NIGHT)
    doors.streamed("transfer")
    assert reopened(doors.asked("/connected"))[1]["because"] == "nobody_at_desk"
    assert callbacks(doors) == [(CALLER, "desk_closed", None, "CA1", "open")]


def test_a_line_that_broke_off_goes_on_in_a_new_stream_of_the_next_epoch(doors: Doors) -> None:
    doors.streamed(epoch=2)
    assert reopened(doors.asked("/connected")) == (3, {"from": CALLER, "because": "cut_off"})


def test_a_stream_that_nobody_took_is_opened_again_three_times_and_then_the_desk_rings(doors: Doors) -> None:
    doors.streamed()
    for _ in range(3):
        assert reopened(doors.asked("/connected"))[0] == 1
    assert doors.asked("/connected").findtext("Dial/Number") == DESK


def test_a_call_that_nobody_knows_rings_at_the_desk(doors: Doors) -> None:
    assert doors.asked("/connected").findtext("Dial/Number") == DESK


def test_a_call_that_nobody_knows_is_called_back_when_the_desk_is_closed(doors: Doors) -> None:
    doors.it_is(NIGHT)
    words = said(doors.asked("/connected"))
    assert "We will call you back at this number when we open on Monday, November 23 at 7:30 AM." in words
    assert callbacks(doors) == [(CALLER, "desk_closed", None, "CA1", "open")]


def test_a_session_that_somebody_scribbled_over_is_nobodys(doors: Doors) -> None:
    doors.streamed("goodbye")
    doors.redis.ask("scribble", lambda redis: redis.hset("sophie:call:CA1", "ending", "goodbye"), None)
    assert verbs(doors.asked("/connected")) != ["Hangup"]


# The desk was rung


def test_after_a_talk_with_the_desk_the_call_is_over(doors: Doors) -> None:
    for form in ({"DialCallStatus": "completed", "DialBridged": "true"}, {"DialCallStatus": "answered"}):
        assert verbs(doors.asked("/dialed", {**TALKING, **form})) == ["Hangup"]
    assert callbacks(doors) == []


@pytest.mark.parametrize("form", UNTAKEN)
def test_whoever_nobody_took_leaves_a_message_with_sophie(doors: Doors, form: dict[str, str]) -> None:
    doors.streamed("transfer")
    document = doors.asked("/dialed", {**TALKING, **form})
    assert reopened(document) == (1, {"from": CALLER, "because": "nobody_at_desk"})
    connect = document.find("Connect")
    assert connect is not None and connect.get("action", "").startswith(f"{PUBLIC}/connected?after=desk#")
    assert callbacks(doors) == [(CALLER, "desk_no_answer", None, "CA1", "open")]


def test_the_carrier_asking_twice_makes_one_call_back(doors: Doors) -> None:
    doors.streamed("transfer")
    for _ in range(2):
        doors.asked("/dialed", {**TALKING, "DialCallStatus": "busy"})
    assert len(callbacks(doors)) == 1


def test_after_the_message_the_desk_is_not_rung_a_second_time(doors: Doors) -> None:
    doors.streamed("transfer", epoch=1)
    assert "call you back at this number as soon as somebody is free" in said(doors.asked("/connected?after=desk"))


def test_a_message_that_is_cut_off_goes_on_and_remembers_that_the_desk_was_rung(doors: Doors) -> None:
    doors.streamed(epoch=1)
    document = doors.asked("/connected?after=desk")
    assert reopened(document)[0] == 2
    connect = document.find("Connect")
    assert connect is not None and "/connected?after=desk#" in connect.get("action", "")


def test_a_caller_who_hung_up_while_the_desk_rang_is_called_back(doors: Doors) -> None:
    doors.streamed("transfer")
    form = {**TALKING, "CallStatus": "completed", "DialCallStatus": "canceled"}
    assert verbs(doors.asked("/dialed", form)) == ["Hangup"]
    assert callbacks(doors) == [(CALLER, "desk_no_answer", None, "CA1", "open")]


def test_while_the_desk_takes_all_calls_sophie_takes_no_message(doors: Doors) -> None:
    doors.line(Line("desk"))
    doors.streamed("transfer")
    assert "as soon as somebody is free" in said(doors.asked("/dialed", {**TALKING, "DialCallStatus": "busy"}))


@pytest.mark.parametrize(
    ("moment", "when"),
    [(OPEN, "as soon as somebody is free"), (NIGHT, "when we open on Monday, November 23 at 7:30 AM")],
)
def test_the_caller_is_told_when_they_are_called_back(doors: Doors, moment: Any, when: str) -> None:
    doors.it_is(moment)
    assert when in said(doors.asked("/dialed", {**TALKING, "DialCallStatus": "no-answer"}))


@pytest.mark.parametrize("caller", ["anonymous", "", "x" * 200, NUMBER, DESK])
def test_nothing_is_promised_to_a_caller_without_a_number_of_their_own(doors: Doors, caller: str) -> None:
    words = said(doors.asked("/dialed", {**TALKING, "From": caller, "DialCallStatus": "no-answer"}))
    assert "Please call again a little later" in words and "call you back" not in words
    assert callbacks(doors) == []


def test_nothing_is_promised_while_the_database_is_away(telephony: Any) -> None:
    doors = telephony(NEON_DATABASE_URL="postgresql://x@127.0.0.1:9/x")
    words = said(doors.asked("/dialed", {**TALKING, "DialCallStatus": "no-answer"}))
    assert "Please call again a little later" in words


@pytest.mark.parametrize("known", [True, False])
def test_whoever_we_called_is_called_back_at_their_own_number_and_not_at_ours(doors: Doors, known: bool) -> None:
    if known:
        doors.streamed("transfer")
    form = {**TALKING, "Direction": "outbound-api", "From": NUMBER, "To": CALLER, "DialCallStatus": "no-answer"}
    document = doors.asked("/dialed", form)
    assert callbacks(doors) == [(CALLER, "desk_no_answer", None, "CA1", "open")]
    assert doors.rows("SELECT caller::text FROM calls") == [(CALLER,)]
    if known:
        assert reopened(document)[1] == {"from": CALLER, "because": "nobody_at_desk"}


# The briefing


def whispered(doors: Doors) -> str:
    document = doors.asked("/whisper", {"CallSid": "CA9", "ParentCallSid": "CA1", "From": NUMBER, "To": DESK})
    gather = document.find("Gather")
    assert gather is not None and verbs(document) == ["Gather", "Hangup"]
    assert gather.get("numDigits") == "1" and gather.get("action", "").startswith(f"{PUBLIC}/whisper?asked=key#")
    return gather.findtext("Say") or ""


def transferred(reason: str) -> list[dict[str, Any]]:
    call = {"name": "transfer_call", "arguments": f'{{"reason": "{reason}"}}'}
    return [
        {"role": "user", "content": "Is my car [?ready], by any chance?"},
        {"role": "assistant", "content": None, "tool_calls": [{"id": "a", "type": "function", "function": call}]},
        {"role": "tool", "tool_call_id": "a", "content": "{}"},
    ]


def customer(doors: Doors, first_name: str = "Dana") -> int:
    doors.write(
        "INSERT INTO customers (id, phone, first_name, last_name, zone, created_at) "
        "VALUES (7, :phone, :first, 'Reyes', 'America/Chicago', now())",
        phone=CALLER,
        first=first_name,
    )
    doors.write(
        "INSERT INTO vehicles (customer_id, year, make, model, created_at) VALUES (7, 2019, 'Honda', 'Civic', now())"
    )
    return 7


def test_the_desk_hears_who_calls_what_about_and_what_was_done(doors: Doors) -> None:
    verified = context(verified=customer(doors))
    doors.streamed("transfer", SessionState(verified, "service", 3, transferred("status_of_car"), {}, "booked"))
    assert whispered(doors) == (
        "Dana Reyes, 2 1 7, 5 5 5, 0 1 4 2, with a 2019 Honda Civic. "
        "They want to know how their car is, and last said: Is my car ready, by any chance. "
        "An appointment was booked in this call. Press 1 to take the call."
    )


def test_a_caller_who_is_not_confirmed_is_not_named(doors: Doors) -> None:
    proposed = context(proposed=[customer(doors)])
    doors.streamed("transfer", SessionState(proposed, "service", 1, [], {}, None))
    words = whispered(doors)
    assert "Dana" not in words and "not confirmed" in words and "Nothing was booked or changed." in words


def test_markup_in_a_name_is_spoken_and_not_performed(doors: Doors) -> None:
    verified = context(verified=customer(doors, "</Say><Hangup/>"))
    doors.streamed("transfer", SessionState(verified, "service", 1, [], {}, None))
    assert "</Say><Hangup/> Reyes" in whispered(doors)


def test_a_call_that_nobody_knows_is_briefed_with_what_there_is(doors: Doors) -> None:
    assert "of whom nothing more is known" in whispered(doors)


def test_the_desk_is_briefed_while_the_database_is_away(telephony: Any) -> None:
    doors = telephony(NEON_DATABASE_URL="postgresql://x@127.0.0.1:9/x")
    doors.streamed("transfer", SessionState(context(verified=7), "service", 1, transferred("billing"), {}, None))
    assert "It is about a bill" in whispered(doors)


@pytest.mark.parametrize(("digits", "answer"), [("1", []), ("2", ["Hangup"]), ("", ["Hangup"]), ("11", ["Hangup"])])
def test_only_the_key_puts_the_caller_through(doors: Doors, digits: str, answer: list[str]) -> None:
    assert verbs(doors.asked("/whisper?asked=key", {"CallSid": "CA9", "Digits": digits})) == answer
