"""What REST answers, held field by field against the vendor's published OpenAPI description (its 2010-04-01 API), and
read by the vendor's SDK.

The tables below say, for each field, the form the description gives it; `?` after a form means that it may be null.
"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException

from tests.lab.twilio_product import CALLER, NUMBER, SID, TOKEN, Desk, desk

FORMS: dict[str, Any] = {
    "text": lambda value: isinstance(value, str),
    "number as text": lambda value: isinstance(value, str) and value.isdecimal(),
    "whole number": lambda value: type(value) is int,
    "truth": lambda value: isinstance(value, bool),
    "date": lambda value: re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000", value),
    "currency": lambda value: re.fullmatch(r"[A-Z]{3}", value),
    "uris": lambda value: all(uri.startswith("/2010-04-01/") for uri in value.values()),
    "capabilities": lambda value: value.keys() == {"voice", "sms", "mms", "fax"},
    "method": lambda value: value in ("GET", "POST"),
}
CALL = {
    "sid": "CA", "account_sid": "AC", "annotation": "text?", "answered_by": "human|machine?", "api_version": "text",
    "caller_name": "text?", "date_created": "date", "date_updated": "date",
    "direction": "inbound|outbound-api|outbound-dial", "duration": "number as text?", "end_time": "date?",
    "forwarded_from": "text?", "from": "text", "from_formatted": "text", "group_sid": "GP?", "parent_call_sid": "CA?",
    "phone_number_sid": "PN?", "price": "text?", "price_unit": "currency", "queue_time": "number as text",
    "start_time": "date?", "status": "queued|ringing|in-progress|completed|busy|failed|no-answer|canceled",
    "stir_verstat": "text?", "subresource_uris": "uris", "to": "text", "to_formatted": "text", "trunk_sid": "TK?",
    "uri": "text",
}  # fmt: skip
MESSAGE = {
    "sid": "SM", "account_sid": "AC", "api_version": "text", "body": "text", "date_created": "date",
    "date_sent": "date?", "date_updated": "date",
    "direction": "inbound|outbound-api|outbound-call|outbound-reply", "error_code": "whole number?",
    "error_message": "text?", "from": "text?", "messaging_service_sid": "MG?", "num_media": "number as text",
    "num_segments": "number as text", "price": "text?", "price_unit": "currency",
    "status": "queued|sending|sent|failed|delivered|undelivered|receiving|received|accepted|scheduled|canceled",
    "subresource_uris": "uris", "to": "text", "uri": "text",
}  # fmt: skip
PHONE_NUMBER = {
    "sid": "PN", "account_sid": "AC", "address_requirements": "none|any|local|foreign", "address_sid": "AD?",
    "api_version": "text", "beta": "truth", "bundle_sid": "BU?", "capabilities": "capabilities",
    "date_created": "date", "date_updated": "date", "emergency_address_sid": "AD?",
    "emergency_address_status": "registered|unregistered|pending-registration|registration-failure",
    "emergency_status": "Active|Inactive", "friendly_name": "text", "identity_sid": "RI?", "origin": "twilio|hosted",
    "phone_number": "text", "sms_application_sid": "text", "sms_fallback_method": "method",
    "sms_fallback_url": "text", "sms_method": "method", "sms_url": "text", "status": "text",
    "status_callback": "text", "status_callback_method": "method", "subresource_uris": "uris", "trunk_sid": "TK?",
    "type": "text?", "uri": "text", "voice_application_sid": "text", "voice_caller_id_lookup": "truth",
    "voice_fallback_method": "method", "voice_fallback_url": "text", "voice_method": "method",
    "voice_receive_mode": "voice|fax", "voice_url": "text",
}  # fmt: skip
ACCOUNT = {
    "sid": "AC", "auth_token": "text", "date_created": "date", "date_updated": "date", "friendly_name": "text",
    "owner_account_sid": "AC", "status": "active|suspended|closed", "subresource_uris": "uris", "type": "Trial|Full",
    "uri": "text",
}  # fmt: skip
PAGE = {
    "page", "page_size", "start", "end", "uri", "first_page_uri", "previous_page_uri", "next_page_uri",
}  # fmt: skip


def _fits(form: str, value: Any) -> bool:
    bare = form.rstrip("?")
    if value is None:
        return form.endswith("?")
    if re.fullmatch("[A-Z]{2}", bare):
        return re.fullmatch(bare + "[0-9a-f]{32}", value) is not None
    return bool(FORMS[bare](value)) if bare in FORMS else value in bare.split("|")


def _check(found: dict[str, Any], table: dict[str, str]) -> None:
    assert found.keys() == table.keys()
    wrong = {name: found[name] for name, form in table.items() if not _fits(form, found[name])}
    assert wrong == {}


async def _json(office: Desk, path: str) -> Any:
    answer = await office.sdk(office.client.request, "GET", f"{office.lab.url}/2010-04-01/Accounts/{SID}{path}")
    assert answer.status_code == 200, answer.text
    return json.loads(answer.text)


@pytest.mark.parametrize("answers", ["human", "machine", "busy", "no-answer", "failed"])
async def test_a_call_has_every_documented_field_in_its_form_at_each_moment(answers: str) -> None:
    async with desk() as office:
        await office.lab.phone(CALLER, answers=answers, rings_s=2)
        office.lab.product.twiml("/voice", "<Pause length='3'/>")
        call = await office.dial(timeout=5, machine_detection="Enable")
        path = f"/Calls/{call.sid}.json"
        _check(await _json(office, path), CALL)
        await office.lab.until(call.sid, "status", status="ringing")
        _check(await _json(office, path), CALL)
        await office.lab.over(call.sid)
        _check(await _json(office, path), CALL)


async def test_an_inbound_call_and_its_dialled_leg_have_every_documented_field() -> None:
    async with desk() as office:
        office.lab.product.twiml("/voice", "<Dial>+15125550199</Dial>")
        sid = await office.lab.place(parameters={"StirVerstat": "TN-Validation-Passed-A"})
        await office.lab.over(sid)
        for leg in (await _json(office, "/Calls.json"))["calls"]:
            _check(leg, CALL)
        (child,) = (await _json(office, f"/Calls.json?ParentCallSid={sid}"))["calls"]
        assert (child["parent_call_sid"], child["direction"]) == (sid, "outbound-dial")
        assert (await _json(office, f"/Calls/{sid}.json"))["stir_verstat"] == "TN-Validation-Passed-A"


async def test_a_message_has_every_documented_field_in_its_form() -> None:
    async with desk() as office:
        message = await office.sdk(office.client.messages.create, to=CALLER, from_=NUMBER, body="Hello")
        _check(await _json(office, f"/Messages/{message.sid}.json"), MESSAGE)
        by_service = await office.sdk(
            office.client.messages.create, to=CALLER, messaging_service_sid="MG" + "1" * 32, body="Hello"
        )
        assert by_service.status == "accepted"
        _check(await _json(office, f"/Messages/{by_service.sid}.json"), MESSAGE)


async def test_the_numbers_and_the_account_have_every_documented_field_in_its_form() -> None:
    async with desk() as office:
        (number,) = (await _json(office, "/IncomingPhoneNumbers.json"))["incoming_phone_numbers"]
        _check(number, PHONE_NUMBER)
        _check(await _json(office, ".json"), ACCOUNT)
        fetched = await office.sdk(office.client.api.accounts(SID).fetch)
        assert (fetched.sid, fetched.status, fetched.auth_token) == (SID, "active", TOKEN)


async def test_a_list_has_the_pages_that_the_sdk_follows() -> None:
    async with desk() as office:
        office.lab.product.twiml("/voice", "<Hangup/>")
        sids = [(await office.lab.call())["call_sid"] for _ in range(5)]
        first = await _json(office, "/Calls.json?PageSize=2")
        assert first.keys() == PAGE | {"calls"}
        assert (first["page"], first["start"], first["end"], first["previous_page_uri"]) == (0, 0, 1, None)
        last = await _json(office, "/Calls.json?PageSize=2&Page=2")
        assert (last["next_page_uri"], len(last["calls"])) == (None, 1)
        page = await office.sdk(office.client.calls.page, page_size=2)
        found = [call.sid for call in page]
        while (page := await office.sdk(page.next_page)) is not None:
            found += [call.sid for call in page]
        assert found == list(reversed(sids))


async def test_a_deployment_points_a_number_at_itself_and_the_next_call_goes_there() -> None:
    async with desk() as office:
        url = office.lab.product.url
        (number,) = await office.sdk(office.client.incoming_phone_numbers.list, phone_number=NUMBER)
        changed = await office.sdk(
            number.update, voice_url=url + "/elsewhere#rc=2", voice_method="POST", status_callback=url + "/status",
            sms_url=url + "/sms", voice_fallback_url=url + "/fallback",
        )  # fmt: skip
        assert (changed.voice_url, changed.sms_url) == (url + "/elsewhere#rc=2", url + "/sms")
        office.lab.product.twiml("/elsewhere", "<Hangup/>")
        await office.lab.call()
        assert [asked.path for asked in office.lab.product.asked] == ["/elsewhere", "/status"]
        assert await office.sdk(office.client.incoming_phone_numbers.list, phone_number="+15125550155") == []


async def test_a_number_is_not_pointed_at_something_that_is_no_address() -> None:
    async with desk() as office:
        (number,) = await office.sdk(office.client.incoming_phone_numbers.list)
        with pytest.raises(TwilioRestException) as refused:
            await office.sdk(number.update, voice_url="localhost")
        assert (refused.value.status, refused.value.code) == (400, 21402)
        with pytest.raises(TwilioRestException) as missing:
            await office.sdk(office.client.incoming_phone_numbers("PN" + "0" * 32).fetch)
        assert (missing.value.status, missing.value.code) == (404, 20404)


@pytest.mark.parametrize("path", ["/Calls.json?PageSize=0", "/Calls.json?Page=x", "/Calls.json?StartTime=soon"])
async def test_a_list_that_cannot_be_understood_is_refused(path: str) -> None:
    async with desk() as office:
        answer = await office.sdk(office.client.request, "GET", f"{office.lab.url}/2010-04-01/Accounts/{SID}{path}")
        assert answer.status_code == 400
