"""Text messages that we send: after a call, to the desk, and what the carrier says of them; on the lab's carrier."""

import os
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from shared.outbound_texts import send_pending
from shared.settings import Part, read
from shared.storage import messages
from shared.telephony import Sent, Telephony
from tests.functions.conftest import CALLER, DESK, NUMBER, OPEN, Doors
from tests.functions.texting import ACCOUNT, Carrier, booked, left_message, over, running

PRICE = Decimal("0.008300")


@pytest.fixture
def carrier() -> Iterator[Carrier]:
    with running() as carrier:
        yield carrier


@pytest.fixture
def doors(telephony: Callable[..., Doors], carrier: Carrier) -> Doors:
    return telephony(TWILIO_API_BASE_URL=carrier.url, TWILIO_ACCOUNT_SID=ACCOUNT)


# After a call


def test_the_desk_hears_of_a_message_once_the_call_is_over(doors: Doors, carrier: Carrier) -> None:
    left_message(doors)
    over(doors)
    over(doors)
    over(doors, "CA2")
    [(to, body)] = carrier.texts
    assert to == DESK and "#3" in body and CALLER in body and "the red one is leaking" in body


def test_the_desk_hears_what_a_lost_status_did_not_bring(doors: Doors, carrier: Carrier) -> None:
    left_message(doors)
    over(doors, "CA2")
    assert len(carrier.texts) == 1


def test_a_booking_is_confirmed_in_writing_where_the_number_has_consented(doors: Doors, carrier: Carrier) -> None:
    booked(doors)
    over(doors)
    over(doors)
    [(to, body)] = carrier.texts
    assert to == CALLER
    assert "oil and filter change, Wed Nov 25, 10 AM, 12 Maple Street" in body and len(body) <= 306


def test_without_consent_nothing_is_sent(doors: Doors, carrier: Carrier) -> None:
    booked(doors, consent=False)
    over(doors)
    assert carrier.texts == []


def test_a_number_that_opted_out_gets_nothing(doors: Doors, carrier: Carrier) -> None:
    booked(doors)
    doors.write("INSERT INTO opt_outs VALUES (:phone, 'desk', :now)", phone=CALLER, now=OPEN)
    over(doors)
    assert carrier.texts == []


@pytest.mark.parametrize("phone", ["+18765550142", "+14165550142", "+442079460142", "+19005550142"])
def test_only_numbers_of_the_united_states_are_texted(doors: Doors, carrier: Carrier, phone: str) -> None:
    booked(doors, phone=phone)
    over(doors)
    assert carrier.texts == []


def test_an_appointment_that_moves_is_confirmed_for_its_new_time(doors: Doors, carrier: Carrier) -> None:
    booked(doors)
    over(doors)
    doors.write(
        "UPDATE appointments SET starts_at = starts_at + interval '1 day', ends_at = ends_at + interval '1 day'"
    )
    over(doors, "CA2")
    assert [("Wed Nov 25" in body, "Thu Nov 26" in body) for _, body in carrier.texts] == [(True, False), (False, True)]


PICKED_UP = {"CallSid": "CA9", "ParentCallSid": "CA1", "From": NUMBER, "To": DESK}


def test_whoever_picks_up_at_the_desk_has_the_briefing_in_writing_too_and_once(doors: Doors, carrier: Carrier) -> None:
    doors.streamed("transfer")
    for _ in range(2):
        assert doors.asked("/whisper", PICKED_UP).find("Gather") is not None
    [(to, body)] = carrier.texts
    assert to == DESK and "2 1 7, 5 5 5, 0 1 4 2" in body


def test_a_call_is_put_through_although_the_carrier_takes_no_text(telephony: Callable[..., Doors]) -> None:
    doors = telephony(TWILIO_API_BASE_URL="http://127.0.0.1:9")
    doors.streamed("transfer")
    assert doors.asked("/whisper", PICKED_UP).find("Gather") is not None
    assert doors.rows("SELECT state FROM messages") == [("pending",)]


def test_whoever_picked_up_at_the_desk_does_not_wait_for_texts_of_other_calls(doors: Doors, carrier: Carrier) -> None:
    left_message(doors)
    doors.write(
        "INSERT INTO messages (kind, phone, body, state, callback_id, created_at) "
        "VALUES ('callback', :desk, 'Call back #3', 'pending', 3, :now)",
        desk=DESK,
        now=OPEN,
    )
    doors.streamed("transfer")
    doors.asked("/whisper", PICKED_UP)
    assert ["on the line now" in body for _, body in carrier.texts] == [True]
    assert doors.rows("SELECT kind, state FROM messages ORDER BY id") == [("callback", "pending"), ("briefing", "sent")]


# What the carrier says of ours


def sent(doors: Doors) -> str:
    booked(doors)
    over(doors)
    [(sid,)] = doors.rows("SELECT message_sid FROM messages")
    return str(sid)


def reported(doors: Doors, sid: str, status: str, code: str | None = None, path: str = "/sms") -> None:
    form = {"MessageSid": sid, "MessageStatus": status, "To": CALLER} | ({"ErrorCode": code} if code else {})
    assert doors.post(path, form).status_code == 204


def test_a_text_costs_what_its_segments_cost(doors: Doors, carrier: Carrier) -> None:
    left_message(doors, "the red one is leaking, " * 8)
    over(doors)
    assert len(carrier.texts) == 1
    assert doors.rows("SELECT kind, segments, cost FROM reporting.messages") == [("callback", 2, Decimal("0.016600"))]


def test_a_text_that_the_carrier_refused_costs_nothing(doors: Doors, carrier: Carrier) -> None:
    carrier.ask("/_lab/phones", {"number": DESK, "undelivered": 21610})
    left_message(doors)
    over(doors)
    assert doors.rows("SELECT state, segments, cost FROM reporting.messages") == [("failed", 1, None)]


def test_the_last_report_of_a_message_stays(doors: Doors) -> None:
    sid = sent(doors)
    for status in ("delivered", "sent", "queued"):
        reported(doors, sid, status)
    assert doors.rows("SELECT state, error_code FROM messages") == [("delivered", None)]


def test_why_a_message_failed_is_kept(doors: Doors) -> None:
    reported(doors, sent(doors), "undelivered", "30005")
    assert doors.rows("SELECT state, error_code FROM messages") == [("failed", 30005)]


def test_unsubscribed_in_a_report_is_an_opt_out(doors: Doors) -> None:
    reported(doors, sent(doors), "failed", "21610")
    assert doors.rows("SELECT phone, source FROM opt_outs") == [(CALLER, "sms")]


def test_unsubscribed_when_it_is_sent_is_an_opt_out(doors: Doors, carrier: Carrier) -> None:
    carrier.ask("/_lab/phones", {"number": CALLER, "undelivered": 21610})
    booked(doors)
    over(doors)
    assert doors.rows("SELECT phone, source FROM opt_outs") == [(CALLER, "sms")]
    assert doors.rows("SELECT state, error_code FROM messages") == [("failed", 21610)]


@pytest.mark.parametrize("fault", [{"kind": "drop_reply"}, {"kind": "status", "code": 500}, {"kind": "cut"}])
def test_a_message_whose_answer_is_lost_is_never_sent_again(
    doors: Doors, carrier: Carrier, fault: dict[str, Any]
) -> None:
    carrier.ask("/_lab/faults", {"match": "messages.create", **fault})
    left_message(doors)
    over(doors)
    over(doors)
    assert doors.rows("SELECT state FROM messages") == [("sending",)]


@pytest.mark.parametrize("fault", [{"kind": "drop_reply"}, {"kind": "status", "code": 500}])
def test_a_carrier_that_does_not_answer_is_asked_once_and_the_other_texts_wait(
    doors: Doors, carrier: Carrier, fault: dict[str, Any]
) -> None:
    carrier.ask("/_lab/faults", {"match": "messages.create", **fault})
    booked(doors)
    left_message(doors)
    over(doors)
    assert sorted(doors.rows("SELECT state FROM messages")) == [("pending",), ("sending",)]
    over(doors, "CA2")
    assert sorted(doors.rows("SELECT state FROM messages")) == [("sending",), ("sent",)]


def test_a_message_that_the_carrier_had_no_time_for_is_sent_after_the_next_call(doors: Doors, carrier: Carrier) -> None:
    carrier.ask("/_lab/faults", {"match": "messages.create", "kind": "status", "code": 429})
    left_message(doors)
    over(doors)
    assert doors.rows("SELECT state FROM messages") == [("pending",)]
    over(doors, "CA2")
    assert len(carrier.texts) == 1
    assert doors.rows("SELECT state, error_code FROM messages") == [("sent", None)]


# A sender that dies


class Died(Exception):
    """The process ends here."""


@dataclass
class Mortal:
    """The way to the carrier; its sender dies before the request leaves, or before the answer is read."""

    real: Telephony
    took: bool

    def text(self, to: str, body: str, message: int) -> Sent:
        if self.took:
            self.real.text(to, body, message)
        raise Died


def dies_sending(doors: Doors, carrier: Carrier, *, took: bool) -> None:
    """A sender claims a message and dies; the carrier has it when it `took` it."""
    left_message(doors)
    doors.write(
        "INSERT INTO messages (id, kind, phone, body, state, callback_id, created_at, segments) "
        "VALUES (70, 'callback', :desk, 'Call back #3', 'pending', 3, :now, 1)",
        desk=DESK,
        now=OPEN,
    )
    settings = replace(read(os.environ, Part.TELEPHONY), public_base_url=carrier.office.url)
    with closing(Telephony(settings)) as real, pytest.raises(Died):
        send_pending(doors.database, Mortal(real, took), OPEN)
    assert doors.rows("SELECT state FROM messages") == [("sending",)]


def states(doors: Doors) -> list[tuple[Any, ...]]:
    return doors.rows("SELECT state, cost FROM reporting.messages")


def test_a_text_whose_sender_died_is_never_sent_again_and_is_closed_as_unknown_after_an_hour(
    doors: Doors, carrier: Carrier
) -> None:
    dies_sending(doors, carrier, took=False)
    doors.it_is(OPEN + timedelta(minutes=59))
    over(doors)
    assert states(doors) == [("sending", None)]
    doors.it_is(OPEN + timedelta(minutes=61))
    over(doors, "CA2")
    assert states(doors) == [("unknown", PRICE)], "it may have gone out"
    assert carrier.texts == []


def test_what_the_carrier_says_of_a_text_whose_sender_died_finds_it(doors: Doors, carrier: Carrier) -> None:
    dies_sending(doors, carrier, took=True)
    for path, form in carrier.reports():
        assert doors.post(path, form).status_code == 204
    assert states(doors) == [("delivered", PRICE)]
    over(doors)
    assert len(carrier.texts) == 1


def test_a_report_that_comes_after_a_text_was_closed_as_unknown_is_believed(doors: Doors, carrier: Carrier) -> None:
    dies_sending(doors, carrier, took=True)
    doors.it_is(OPEN + timedelta(hours=2))
    over(doors)
    assert states(doors) == [("unknown", PRICE)]
    reported(doors, "SM8", "delivered", path="/sms?message=70")
    assert states(doors) == [("delivered", PRICE)]


def test_a_report_that_outruns_the_carriers_answer_is_not_lost(doors: Doors) -> None:
    left_message(doors)
    doors.write(
        "INSERT INTO messages (id, kind, phone, body, state, callback_id, created_at, segments) "
        "VALUES (70, 'callback', :desk, 'Call back #3', 'sending', 3, :now, 1)",
        desk=DESK,
        now=OPEN,
    )
    reported(doors, "SM8", "undelivered", "30005", path="/sms?message=70")
    doors.database.run(lambda connection: messages.settle(connection, 70, "sent", "SM8", None))
    assert doors.rows("SELECT state, error_code FROM messages") == [("failed", 30005)]


@pytest.mark.parametrize("path", ["/sms?message=70", "/sms?message=", "/sms?message=x", "/sms?message=" + "9" * 30])
def test_a_report_of_another_text_changes_none_that_has_a_name(doors: Doors, carrier: Carrier, path: str) -> None:
    sid = sent(doors)
    doors.write("UPDATE messages SET id = 70")
    reported(doors, "SM404", "failed", path=path)
    assert doors.rows("SELECT state, message_sid FROM messages") == [("sent", sid)]


def test_a_text_that_waited_for_a_day_is_no_news_and_failed(doors: Doors, carrier: Carrier) -> None:
    doors.write(
        "INSERT INTO messages (kind, phone, body, state, created_at, segments) "
        "VALUES ('callback', :desk, 'Call back #1', 'pending', :then, 1)",
        desk=DESK,
        then=OPEN - timedelta(hours=25),
    )
    over(doors)
    assert states(doors) == [("failed", None)] and carrier.texts == []


# The day's money


def test_when_the_days_calls_cost_the_cap_new_ones_ring_at_the_desk(doors: Doors) -> None:
    doors.write(
        "INSERT INTO calls (call_sid, direction, flow, started_at, cost) VALUES ('CA0', 'inbound', 'service', :at, 99)",
        at=OPEN,
    )
    over(doors)
    assert doors.asked("/voice").find("Connect") is not None
    doors.write("UPDATE calls SET cost = 100 WHERE call_sid = 'CA0'")
    over(doors, "CA3")
    assert doors.asked("/voice").findtext("Dial/Number") == DESK
    doors.it_is(OPEN + timedelta(days=1))
    assert doors.asked("/voice").find("Connect") is not None
