"""Text messages through the vendor's SDK: their course, their errors, who opted out, and what people text back."""

from __future__ import annotations

from typing import Any

import pytest
from twilio.base import values
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator

from infra.local.twilio.texts import segments
from tests.lab.twilio_product import CALLER, NUMBER, SID, TOKEN, Desk, desk


async def _send(office: Desk, **given: Any) -> Any:
    wanted = {"to": CALLER, "from_": NUMBER, "body": "Your car is due tomorrow at 9:00."}
    callback = office.lab.product.url + "/sms-status"
    return await office.sdk(office.client.messages.create, **{**wanted, "status_callback": callback, **given})


async def _settled(office: Desk, count: int) -> list[dict[str, Any]]:
    """The lab's messages, once that many are over."""
    while True:
        async with office.lab.http.get(office.lab.url + "/_lab/messages") as response:
            messages: list[dict[str, Any]] = (await response.json())["messages"]
        if sum(message["over"] for message in messages) >= count:
            return messages


async def _text_in(office: Desk, body: str) -> None:
    answer = await office.lab.post("/_lab/messages", **{"from": CALLER, "to": NUMBER, "body": body})
    assert answer["http"] == 201


async def _hear_texts(office: Desk) -> None:
    await office.lab.post("/_lab/numbers", number=NUMBER, sms_url=office.lab.product.url + "/sms")


async def test_a_message_is_queued_sent_and_delivered_and_each_step_is_told_and_signed() -> None:
    async with desk() as office:
        message = await _send(office)
        assert (message.status, message.direction, message.num_segments) == ("queued", "outbound-api", "1")
        await _settled(office, 1)
        told = office.told("/sms-status")
        assert [form["MessageStatus"] for form in told] == ["queued", "sent", "delivered"]
        assert {(form["MessageSid"], form["To"], form["AccountSid"]) for form in told} == {(message.sid, CALLER, SID)}
        for asked in office.lab.product.asked:
            assert RequestValidator(TOKEN).validate(asked.url, asked.form, asked.headers["X-Twilio-Signature"])
        fetched = await office.sdk(office.client.messages(message.sid).fetch)
        assert (fetched.status, fetched.error_code) == ("delivered", None)
        assert fetched.date_sent >= fetched.date_created


@pytest.mark.parametrize(
    ("code", "course"), [(30003, ["queued", "sent", "undelivered"]), (30034, ["queued", "failed"])]
)
async def test_a_message_that_does_not_arrive_says_why(code: int, course: list[str]) -> None:
    async with desk() as office:
        await office.lab.phone(CALLER, undelivered=code)
        message = await _send(office)
        await _settled(office, 1)
        told = office.told("/sms-status")
        assert [form["MessageStatus"] for form in told] == course
        assert told[-1]["ErrorCode"] == str(code)
        assert "ErrorCode" not in told[0]
        assert (await office.sdk(office.client.messages(message.sid).fetch)).error_code == code


@pytest.mark.parametrize("code", [21211, 21408, 21610, 21612, 21614, 21611])
async def test_a_number_can_be_one_that_the_carrier_refuses_to_text(code: int) -> None:
    async with desk() as office:
        await office.lab.phone(CALLER, undelivered=code)
        with pytest.raises(TwilioRestException) as refused:
            await _send(office)
        assert (refused.value.status, refused.value.code) == (400, code)
        assert await office.sdk(office.client.messages.list) == []


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"to": "5550142"}, 21211),
        ({"from_": "+15125550155"}, 21606),
        ({"to": NUMBER}, 21266),
        ({"body": ""}, 21602),
        ({"body": "x" * 1601}, 21617),
        ({"status_callback": "not an address"}, 21609),
        ({"validity_period": 40_000}, 20001),
    ],
)
async def test_a_wrong_message_raises_the_vendors_error(given: dict[str, Any], code: int) -> None:
    async with desk() as office:
        with pytest.raises(TwilioRestException) as refused:
            await _send(office, **given)
        assert (refused.value.status, refused.value.code) == (400, code)


async def test_one_who_texted_stop_cannot_be_texted_until_he_texts_start() -> None:
    async with desk() as office:
        await _hear_texts(office)
        await _text_in(office, " stop ")
        with pytest.raises(TwilioRestException) as refused:
            await _send(office)
        assert refused.value.code == 21610
        with pytest.raises(TwilioRestException) as through_a_service:
            await _send(office, from_=values.unset, messaging_service_sid="MG" + "1" * 32)
        assert through_a_service.value.code == 21610
        assert (await _send(office, to="+15125550143")).status == "queued"
        await _text_in(office, "START")
        assert (await _send(office)).status == "queued"
        await _settled(office, 4)
        assert [form["Body"] for form in office.told("/sms")] == [" stop ", "START"]


async def test_a_text_from_a_person_is_told_to_the_product_whose_answer_is_sent() -> None:
    async with desk() as office:
        await _hear_texts(office)
        office.lab.product.twiml("/sms", '<Message statusCallback="/sms-status">See you tomorrow.</Message>')
        await _text_in(office, "C")
        messages = await _settled(office, 2)
        (asked,) = office.lab.product.asked_at("/sms")
        assert RequestValidator(TOKEN).validate(asked.url, asked.form, asked.headers["X-Twilio-Signature"])
        assert (asked.form["Body"], asked.form["From"], asked.form["To"]) == ("C", CALLER, NUMBER)
        assert (asked.form["SmsStatus"], asked.form["NumMedia"]) == ("received", "0")
        assert [(each["direction"], each["body"]) for each in messages] == [
            ("inbound", "C"),
            ("outbound-reply", "See you tomorrow."),
        ]
        assert [form["MessageStatus"] for form in office.told("/sms-status")] == ["queued", "sent", "delivered"]
        assert [message["faults"] for message in messages] == [[], []]


async def test_an_answer_that_is_no_document_is_a_fault_and_the_fallback_is_asked() -> None:
    async with desk() as office:
        url = office.lab.product.url
        await office.lab.post(
            "/_lab/numbers", number=NUMBER, sms_url=url + "/sms", sms_fallback_url=url + "/sms-fallback"
        )
        office.lab.product.answers["/sms"] = (200, "text/xml", "<Response><Message></Response>")
        office.lab.product.twiml("/sms-fallback", "<Message>Please call us.</Message><Shout/>")
        await _text_in(office, "hello")
        inbound, reply = await _settled(office, 2)
        assert [fault["code"] for fault in inbound["faults"]] == [12100, 12200]
        assert reply["body"] == "Please call us."
        assert office.told("/sms-fallback")[0]["ErrorCode"] == "12100"


async def test_messages_are_listed_newest_first_by_their_ends() -> None:
    async with desk() as office:
        sids = [(await _send(office)).sid for _ in range(3)]
        listed = await office.sdk(office.client.messages.list, to=CALLER, page_size=2)
        assert [message.sid for message in listed] == list(reversed(sids))
        assert await office.sdk(office.client.messages.list, from_="+15125550155") == []


async def test_shuffled_and_duplicated_callbacks_are_a_messages_lot_too() -> None:
    async with desk() as office:
        await office.lab.post("/_lab/delivery", copies=2, lose=["sent"])
        await _send(office)
        await _settled(office, 1)
        assert [form["MessageStatus"] for form in office.told("/sms-status")] == ["queued"] * 2 + ["delivered"] * 2


@pytest.mark.parametrize(
    ("body", "count"),
    [("a" * 160, 1), ("a" * 161, 2), ("a" * 306, 2), ("€" * 81, 2), ("ł" * 70, 1), ("ł" * 71, 2), ("🚗" * 36, 2)],
)
def test_long_texts_and_rare_letters_take_more_segments(body: str, count: int) -> None:
    assert segments(body) == count
