"""Text messages: what is sent after a call, what is answered, and who is left alone; on the lab's carrier."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import TestServer

from infra.local.twilio.account import Credentials
from infra.local.twilio.app import make_app
from tests.functions.conftest import CALLER, DESK, NIGHT, NUMBER, OPEN, SECRET, TALKING, Doors, twiml

ENDED = {**TALKING, "CallStatus": "completed", "CallDuration": "61"}
ACCOUNT = "AC" + "5" * 32


@dataclass
class Carrier:
    """The lab's carrier, asked from a thread that has no loop."""

    loop: asyncio.AbstractEventLoop
    url: str

    def ask(self, path: str, body: dict[str, Any] | None = None) -> Any:
        return asyncio.run_coroutine_threadsafe(self._ask(path, body), self.loop).result(10)

    async def _ask(self, path: str, body: dict[str, Any] | None) -> Any:
        async with aiohttp.ClientSession() as http:
            asked = http.get(self.url + path) if body is None else http.post(self.url + path, json=body)
            async with asked as answer:
                return await answer.json()

    @property
    def texts(self) -> list[tuple[str, str]]:
        """Whom the product has texted, and what."""
        told = self.ask("/_lab/messages")["messages"]
        return [(each["to"], each["body"]) for each in told if each["direction"] == "outbound-api"]


@asynccontextmanager
async def _served() -> AsyncIterator[str]:
    async with TestServer(make_app(Credentials(ACCOUNT, SECRET), 100.0)) as server:
        url = str(server.make_url("")).rstrip("/")
        async with aiohttp.ClientSession() as http:
            await http.post(f"{url}/_lab/numbers", json={"number": NUMBER})
        yield url


async def _nothing_left() -> None:
    """A message may still be on its way when the test is over."""
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)


@contextmanager
def _running() -> Iterator[Carrier]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    served = _served()
    try:
        url = asyncio.run_coroutine_threadsafe(served.__aenter__(), loop).result(10)
        yield Carrier(loop, url)
    finally:
        asyncio.run_coroutine_threadsafe(served.__aexit__(None, None, None), loop).result(10)
        asyncio.run_coroutine_threadsafe(_nothing_left(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@pytest.fixture
def carrier() -> Iterator[Carrier]:
    with _running() as running:
        yield running


@pytest.fixture
def doors(telephony: Callable[..., Doors], carrier: Carrier) -> Doors:
    return telephony(TWILIO_API_BASE_URL=carrier.url, TWILIO_ACCOUNT_SID=ACCOUNT)


def booked(doors: Doors, *, consent: bool = True, phone: str = CALLER, hours: int = 48) -> None:
    """An appointment that a caller has just booked."""
    doors.write(
        "INSERT INTO customers (id, phone, first_name, last_name, zone, created_at) "
        "VALUES (7, :phone, 'Dana', 'Reyes', 'America/Chicago', :now)",
        phone=phone,
        now=OPEN,
    )
    doors.write("INSERT INTO vehicles (id, customer_id, make, created_at) VALUES (7, 7, 'Honda', :now)", now=OPEN)
    starts = OPEN + timedelta(hours=hours)
    doors.write(
        "INSERT INTO appointments (id, customer_id, vehicle_id, service, bay, starts_at, ends_at, mode, source, "
        "call_sid, created_at, changed_at) VALUES (7, 7, 7, 'oil_change', 2, :starts, :ends, 'wait', 'voice', 'CA1', "
        ":now, :now)",
        starts=starts,
        ends=starts + timedelta(minutes=30),
        now=OPEN,
    )
    if consent:
        doors.write(
            "INSERT INTO consents (phone, kind, source, given_at) VALUES (:phone, 'sms', 'web', :now)",
            phone=phone,
            now=OPEN - timedelta(days=9),
        )


def left_message(doors: Doors, message: str | None = "the red one is leaking") -> None:
    doors.write(
        "INSERT INTO callbacks (id, phone, reason, message, call_sid, created_at) "
        "VALUES (3, :phone, 'message', :message, 'CA1', :now)",
        phone=CALLER,
        message=message,
        now=OPEN,
    )


def over(doors: Doors, sid: str = "CA1") -> None:
    assert doors.post("/status", {**ENDED, "CallSid": sid}).status_code == 204


def texted(doors: Doors, body: str, sender: str = CALLER) -> str | None:
    """What a person hears back who texts this."""
    form = {"MessageSid": f"SM{abs(hash((body, sender)))}", "From": sender, "To": NUMBER, "Body": body}
    return twiml(doors.post("/sms", form)).findtext("Message")


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


def reported(doors: Doors, sid: str, status: str, code: str | None = None) -> None:
    form = {"MessageSid": sid, "MessageStatus": status, "To": CALLER} | ({"ErrorCode": code} if code else {})
    assert doors.post("/sms", form).status_code == 204


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


def test_an_answer_to_a_text_costs_too(doors: Doors) -> None:
    texted(doors, "HELP")
    [(segments, cost)] = doors.rows("SELECT segments, cost FROM reporting.messages")
    assert cost == segments * Decimal("0.0083")


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


# What people text


def test_c_confirms_what_our_texts_have_named(doors: Doors) -> None:
    booked(doors)
    over(doors)
    for body in (" c. ", "C", "Confirm"):
        assert "confirmed" in (texted(doors, body) or "")
    assert doors.rows("SELECT status, version FROM appointments") == [("confirmed", 2)]
    assert doors.rows("SELECT version, action FROM calendar_outbox") == [(2, "upsert")]


def test_c_confirms_nothing_that_was_not_told_to_that_number(doors: Doors) -> None:
    booked(doors)
    over(doors)
    assert "nothing of this number" in (texted(doors, "C", "+12175550199") or "")
    assert doors.rows("SELECT status FROM appointments") == [("booked",)]


def test_r_is_a_call_back_of_which_the_desk_hears_at_once(doors: Doors, carrier: Carrier) -> None:
    doors.it_is(NIGHT)
    assert "when we open on Monday, November 23 at 7:30 AM" in (texted(doors, "r") or "")
    assert doors.rows("SELECT phone, reason, state FROM callbacks") == [(CALLER, "message", "open")]
    assert [to for to, _ in carrier.texts] == [DESK]


@pytest.mark.parametrize("word", ["STOP", " Stop. ", "UNSUBSCRIBE", "Stop all", "QUIT", "cancel", "END", "revoke"])
def test_stop_ends_texts_and_calls_and_every_consent(doors: Doors, word: str) -> None:
    booked(doors)
    assert texted(doors, word) is None
    assert doors.rows("SELECT phone, source FROM opt_outs") == [(CALLER, "sms")]
    assert doors.rows("SELECT count(*) FROM consents WHERE withdrawn_at IS NULL") == [(0,)]


def test_start_ends_an_opt_out_that_was_texted_and_no_other(doors: Doors) -> None:
    texted(doors, "STOP")
    assert texted(doors, "START") is None
    assert doors.rows("SELECT count(*) FROM opt_outs") == [(0,)]
    doors.write("INSERT INTO opt_outs VALUES (:phone, 'voice', :now)", phone=CALLER, now=OPEN)
    texted(doors, "START")
    assert doors.rows("SELECT count(*) FROM opt_outs") == [(1,)]


def test_help_says_who_we_are_and_how_to_end_it(doors: Doors) -> None:
    words = texted(doors, "help") or ""
    assert "Maple Street Auto Care" in words and NUMBER in words and "STOP" in words


@pytest.mark.parametrize("body", ["is my car ready?", "", "💥" * 400, "<Response/>", "CC", "x" * 1600])
def test_whatever_else_is_texted_is_told_what_can_be_answered(doors: Doors, body: str) -> None:
    assert NUMBER in (texted(doors, body) or "")


def test_two_machines_do_not_talk_to_each_other_all_night(doors: Doors) -> None:
    heard = [texted(doors, f"hello {count}") for count in range(9)]
    assert [each is not None for each in heard] == [True] * 6 + [False] * 3


def test_numbers_that_begin_alike_share_a_cap(doors: Doors) -> None:
    heard = [texted(doors, "hello", f"+1217555{count:04d}") for count in range(62)]
    assert sum(each is not None for each in heard) == 60
    assert texted(doors, "hello", "+12179990142") is not None


@pytest.mark.parametrize("sender", ["", "anonymous", "x" * 200, "+18765550142"])
def test_nobody_abroad_and_nobody_without_a_number_is_answered(doors: Doors, sender: str) -> None:
    assert texted(doors, "hello", sender) is None


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
