"""What REST answers, held field by field against the vendor's published OpenAPI description (its 2010-04-01 API), and
read by the vendor's SDK; and what it takes, of which nothing that is described is taken and then ignored.

`twilio_openapi.json` has what the description says of the resources and requests that the lab knows: names, types,
formats, enumerations. There each property may be null; which of them the lab must fill is said here.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException

from tests.lab.twilio_product import CALLER, NUMBER, SID, TOKEN, Desk, desk

API = json.loads(Path(__file__).with_name("twilio_openapi.json").read_text())
TYPES: dict[str, type] = {"string": str, "integer": int, "boolean": bool, "object": dict}
FORMATS: dict[str, Any] = {
    "date-time-rfc-2822": lambda value: re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000", value),
    "currency": lambda value: re.fullmatch(r"[A-Z]{3}", value),
    "uri": lambda value: value == "" or value.startswith(("http://", "/2010-04-01/")),
    "uri-map": lambda value: all(uri.startswith("/2010-04-01/") for uri in value.values()),
    "phone-number": lambda value: re.fullmatch(r"\+\d{7,15}", value),
    "phone-number-capabilities": lambda value: (
        value.keys() == {"voice", "sms", "mms", "fax"} and all(type(each) is bool for each in value.values())
    ),
}
# Never null, whatever becomes of it.
FILLED = {
    "call": "sid account_sid date_created date_updated to from status direction queue_time api_version uri price_unit",
    "message": "sid account_sid date_created date_updated to body status direction num_segments num_media uri",
    "incoming_phone_number": "sid account_sid phone_number friendly_name capabilities voice_url voice_method sms_url",
    "account": "sid auth_token status type friendly_name date_created uri",
}


def _fits(described: dict[str, Any], value: Any) -> bool:
    if not isinstance(value, TYPES[described["type"]]):
        return False
    if "pattern" in described and value != "" and not re.fullmatch(described["pattern"], str(value)):
        return False  # an application that is not set is "" in the description's own examples
    if value not in described.get("enum", [value]):
        return False
    return "format" not in described or bool(FORMATS[described["format"]](value))


def _check(found: dict[str, Any], resource: str) -> None:
    described = API["resources"][resource]
    assert found.keys() == described.keys() | set(API["in_examples_only"][resource])
    wrong = {
        name: value for name, value in found.items()
        if name in described and value is not None and not _fits(described[name], value)
    }  # fmt: skip
    assert wrong == {}
    assert [name for name in FILLED[resource].split() if found[name] is None] == []


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
        _check(await _json(office, path), "call")
        await office.lab.until(call.sid, "status", status="ringing")
        _check(await _json(office, path), "call")
        await office.lab.over(call.sid)
        _check(await _json(office, path), "call")


async def test_an_inbound_call_and_its_dialled_leg_have_every_documented_field() -> None:
    async with desk() as office:
        office.lab.product.twiml("/voice", "<Dial>+15125550199</Dial>")
        sid = await office.lab.place()
        await office.lab.over(sid)
        for leg in (await _json(office, "/Calls.json"))["calls"]:
            _check(leg, "call")
        (child,) = (await _json(office, f"/Calls.json?ParentCallSid={sid}"))["calls"]
        assert (child["parent_call_sid"], child["direction"]) == (sid, "outbound-dial")


async def test_a_message_has_every_documented_field_in_its_form() -> None:
    async with desk() as office:
        message = await office.sdk(office.client.messages.create, to=CALLER, from_=NUMBER, body="Hello")
        _check(await _json(office, f"/Messages/{message.sid}.json"), "message")
        by_service = await office.sdk(
            office.client.messages.create, to=CALLER, messaging_service_sid="MG" + "1" * 32, body="Hello"
        )
        assert by_service.status == "accepted"
        _check(await _json(office, f"/Messages/{by_service.sid}.json"), "message")


async def test_the_numbers_and_the_account_have_every_documented_field_in_its_form() -> None:
    async with desk() as office:
        (number,) = (await _json(office, "/IncomingPhoneNumbers.json"))["incoming_phone_numbers"]
        _check(number, "incoming_phone_number")
        _check(await _json(office, ".json"), "account")
        fetched = await office.sdk(office.client.api.accounts(SID).fetch)
        assert (fetched.sid, fetched.status, fetched.auth_token) == (SID, "active", TOKEN)


async def test_a_list_has_the_pages_that_the_sdk_follows() -> None:
    async with desk() as office:
        office.lab.product.twiml("/voice", "<Hangup/>")
        sids = [(await office.lab.call())["call_sid"] for _ in range(5)]
        first = await _json(office, "/Calls.json?PageSize=2")
        assert first.keys() == API["page"].keys() | {"calls"}
        for name, described in API["page"].items():
            assert (first[name] is None and "nullable" in described) or _fits(described, first[name]), name
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


# A method says nothing without its address.
METHODS_OF = {"Method": "Url", "FallbackMethod": "FallbackUrl", "StatusCallbackMethod": "StatusCallback"}
# One value for each form that a request's parameter may have.
GIVEN = {"integer": "5", "boolean": "false", "array": "a", "number": "0.01"}


def _given(described: dict[str, Any]) -> str:
    if "enum" in described:
        return str(described["enum"][0])
    if "pattern" in described:
        return re.sub(r"^\^(\w\w).*", r"\1" + "0" * 32, described["pattern"])
    return "http://127.0.0.1:9/x" if described.get("format") == "uri" else GIVEN.get(described["type"], "text")


@pytest.mark.parametrize(
    ("request_", "path", "needed"),
    [
        ("CreateCall", "/Calls.json", {"To": CALLER, "From": NUMBER, "Url": "http://127.0.0.1:9/voice"}),
        ("CreateMessage", "/Messages.json", {"To": CALLER, "From": NUMBER, "Body": "Hello"}),
        ("UpdateIncomingPhoneNumber", "", {}),
    ],
)
async def test_each_described_parameter_is_performed_or_refused_by_its_name(
    request_: str, path: str, needed: dict[str, str]
) -> None:
    async with desk() as office:
        [number] = (await _json(office, "/IncomingPhoneNumbers.json"))["incoming_phone_numbers"]
        place = path or f"/IncomingPhoneNumbers/{number['sid']}.json"
        url = f"{office.lab.url}/2010-04-01/Accounts/{SID}{place}"
        for name, described in API["requests"][request_].items():
            form = {name: _given(described)} | needed
            answer = await office.sdk(office.client.request, "POST", url, data=form)
            said = json.loads(answer.text)
            assert answer.status_code in (200, 201) or (answer.status_code == 400 and name in said["message"]), said


@pytest.mark.parametrize("name", API["requests"]["UpdateCall"])
async def test_each_described_parameter_of_a_calls_update_is_performed(name: str) -> None:
    async with desk() as office:
        office.lab.product.twiml("/voice", "<Say>Hello.</Say><Pause length='500'/>")
        sid = await office.lab.place()
        await office.lab.until(sid, "status", status="in-progress")
        url = f"{office.lab.url}/2010-04-01/Accounts/{SID}/Calls/{sid}.json"
        form = {name: _given(API["requests"]["UpdateCall"][name])}
        if name in METHODS_OF:
            form[METHODS_OF[name]] = "http://127.0.0.1:9/x"
        answer = await office.sdk(office.client.request, "POST", url, data=form)
        assert answer.status_code == 200, answer.text


async def test_a_parameter_that_no_description_has_is_refused_by_its_name() -> None:
    async with desk() as office:
        url = f"{office.lab.url}/2010-04-01/Accounts/{SID}/Calls.json"
        form = {"To": CALLER, "From": NUMBER, "Url": "http://127.0.0.1:9/voice", "Idempotency": "1"}
        answer = await office.sdk(office.client.request, "POST", url, data=form)
        assert (answer.status_code, json.loads(answer.text)["code"]) == (400, 20001)
        assert "Idempotency" in json.loads(answer.text)["message"]
