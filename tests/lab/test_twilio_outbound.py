"""Calls that the product places: the queue, who answers, what the detection makes of it, and every way to fail."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import requests
from twilio.base.exceptions import TwilioRestException

from infra.local.twilio.amd import Detection, Verdict, listen
from tests.lab.twilio_product import CALLER, NUMBER, MediaSocket, desk

OTHER = "+15125550143"


async def test_calls_leave_the_queue_one_after_the_other_and_say_how_long_they_wait() -> None:
    async with desk(calls_per_second=0.001) as office:
        await office.lab.phone(CALLER, answers="busy", rings_s=0)
        calls = [await office.dial() for _ in range(3)]
        assert [call.status for call in calls] == ["queued"] * 3
        waits = [int(call.queue_time) for call in calls]
        assert waits[0] == 0
        assert 0 < waits[1] < 1_000_000 < waits[2] < 2_000_000
        assert (await office.lab.over(calls[0].sid))["status"] == "busy"
        assert (await office.sdk(office.client.calls(calls[1].sid).fetch)).status == "queued"


async def test_a_call_rings_when_its_time_in_the_queue_is_over() -> None:
    async with desk(calls_per_second=0.2) as office:
        await office.lab.phone(CALLER, answers="busy", rings_s=0)
        calls = [await office.dial() for _ in range(2)]
        records = [await office.lab.over(call.sid) for call in calls]
        rang = [next(event["ms"] for event in record["events"] if event["kind"] == "status") for record in records]
        assert all(ms >= int(call.queue_time) for ms, call in zip(rang, calls, strict=True))


async def test_a_day_of_waiting_calls_is_all_that_the_queue_holds() -> None:
    async with desk() as office:
        await office.lab.phone(CALLER, answers="busy")
        await office.lab.post("/_lab/account", calls_per_second=0.00001)
        await office.dial()
        with pytest.raises(TwilioRestException) as refused:
            await office.dial()
        assert refused.value.code == 22005


@pytest.mark.parametrize(
    ("answers", "sip"), [("busy", "486"), ("no-answer", "487"), ("failed", "404"), ("human", "200")]
)
async def test_every_ending_is_told_with_its_numbers(answers: str, sip: str) -> None:
    async with desk() as office:
        await office.lab.phone(CALLER, answers=answers, rings_s=0.1)
        office.lab.product.twiml("/voice", "<Hangup/>")
        call = await office.dial(timeout=1)
        await office.lab.over(call.sid)
        last = office.told()[-1]
        assert last["CallStatus"] == ("completed" if answers == "human" else answers)
        assert last["SipResponseCode"] == sip
        assert last["CallbackSource"] == "call-progress-events"
        assert (last["CallDuration"] == "0") == (answers != "human")
        assert [form["SequenceNumber"] for form in office.told()] == [str(n) for n in range(len(office.told()))]
        fetched = await office.sdk(office.client.calls(call.sid).fetch)
        assert fetched.start_time is not None
        assert (fetched.duration is None) == (answers != "human")


@pytest.mark.parametrize("status", ["canceled", "completed"])
async def test_a_call_that_still_rings_can_be_called_off(status: str) -> None:
    async with desk() as office:
        await office.lab.phone(CALLER, rings_s=500)
        call = await office.dial(timeout=600)
        await office.sdk(office.client.calls(call.sid).update, status=status)
        record = await office.lab.over(call.sid)
        assert (record["status"], record["ended_by"]) == ("canceled", "rest")
        assert office.told()[-1]["CallStatus"] == "canceled"


async def test_a_queued_call_has_no_instructions_to_replace_and_a_running_one_is_not_canceled() -> None:
    async with desk() as office:
        await office.lab.phone(CALLER, rings_s=0, opening="")
        office.lab.product.twiml("/voice", "<Pause length='9'/><Say>Still here.</Say>")
        await office.lab.post("/_lab/account", calls_per_second=0.1)
        await office.dial(to=OTHER)
        queued = await office.dial()
        with pytest.raises(TwilioRestException) as refused:
            await office.sdk(office.client.calls(queued.sid).update, twiml="<Response/>")
        assert refused.value.code == 21220
        await office.lab.until(queued.sid, "status", status="in-progress")
        await office.sdk(office.client.calls(queued.sid).update, status="canceled")
        assert (await office.lab.over(queued.sid))["said"] == ["Still here."]


async def test_a_call_ends_when_its_time_is_over() -> None:
    async with desk() as office:
        await office.lab.phone(CALLER, rings_s=0)
        office.lab.product.twiml("/voice", "<Pause length='500'/>")
        call = await office.dial(time_limit=5)
        record = await office.lab.over(call.sid)
        assert (record["status"], record["ended_by"]) == ("completed", "time-limit")
        assert record["seconds"] >= 5


async def test_a_person_who_answers_says_hello_first_and_then_follows_the_script() -> None:
    async with desk() as office:
        await office.lab.phone(CALLER, rings_s=0, script={"lines": ["Yes, that is me.", "[hangup]"], "patience_s": 0.3})

        async def conversation(media: MediaSocket) -> None:
            await media.next("media")
            while True:
                await media.say(600, "line")
                for _ in range(40):
                    await media.next("media")

        office.lab.product.media = conversation
        record = await office.lab.over((await office.dial()).sid)
        assert [turn["said"] for turn in record["turns"]] == ["Hello?", "Yes, that is me."]
        assert record["ended_by"] == "callee"
        assert record["faults"] == []


async def test_a_machine_greets_beeps_records_and_hangs_up_when_it_hears_nothing_more() -> None:
    async with desk() as office:
        await office.lab.phone(CALLER, answers="machine", rings_s=0, opening="This is a machine. Speak after the tone.")
        office.lab.product.twiml("/voice", "<Pause length='4'/><Say>Your car is due.</Say><Pause length='60'/>")
        record = await office.lab.over((await office.dial()).sid)
        heard = [turn["said"] for turn in record["turns"]]
        assert heard == ["This is a machine. Speak after the tone.", "(beep)"]
        assert record["ended_by"] == "callee"
        message = record["sophie_speaking"][-1]
        assert message["start_ms"] > record["turns"][1]["end_ms"]


async def test_a_screening_asks_listens_rings_on_and_then_a_person_answers() -> None:
    async with desk() as office:
        script = {"lines": ["[hangup]"], "patience_s": 0.3}
        await office.lab.phone(CALLER, answers="screening", rings_s=0, opening="Who is calling?", script=script)
        office.lab.product.twiml(
            "/voice", "<Pause length='2'/><Say>Lakeside, about your car.</Say><Pause length='12'/><Say>Hello.</Say>"
            "<Pause length='9'/>",
        )  # fmt: skip
        record = await office.lab.over((await office.dial()).sid)
        assert [turn["said"] for turn in record["turns"]] == [
            "Who is calling?", "Thanks. Please stay on the line.", "Hello?",
        ]  # fmt: skip
        assert record["ended_by"] == "callee"


@pytest.mark.parametrize(
    ("phone", "mode", "verdict", "shown"),
    [
        ({}, "Enable", "human", "human"),
        ({"answers": "machine"}, "Enable", "machine_start", "machine"),
        ({"answers": "machine"}, "DetectMessageEnd", "machine_end_beep", "machine"),
        ({"answers": "machine", "beeps": False}, "DetectMessageEnd", "machine_end_silence", "machine"),
        ({"answers": "machine", "opening": "Leave a message."}, "DetectMessageEnd", "human", "human"),
        ({"answers": "fax"}, "Enable", "fax", None),
        ({"opening": ""}, "Enable", "unknown", None),
        ({"answers": "screening"}, "Enable", "machine_start", "machine"),
        ({"answered_by": "machine_end_other"}, "DetectMessageEnd", "machine_end_other", "machine"),
    ],
)
async def test_a_detection_that_is_waited_for_comes_with_the_question_for_instructions(
    phone: dict[str, Any], mode: str, verdict: str, shown: str | None
) -> None:
    async with desk() as office:
        await office.lab.phone(CALLER, rings_s=0, **phone)
        office.lab.product.twiml("/voice", "<Hangup/>")
        call = await office.dial(machine_detection=mode)
        record = await office.lab.over(call.sid)
        (asked,) = office.told("/voice")
        assert asked["AnsweredBy"] == verdict
        assert record["answered_by"] == verdict
        assert int(asked["MachineDetectionDuration"]) >= 1_000
        assert office.told()[-1]["AnsweredBy"] == verdict
        assert (await office.sdk(office.client.calls(call.sid).fetch)).answered_by == shown


async def test_an_asynchronous_detection_lets_the_call_begin_and_is_told_later() -> None:
    async with desk() as office:
        await office.lab.phone(CALLER, answers="machine", rings_s=0)
        office.lab.product.twiml("/voice", "<Pause length='15'/>")
        url = office.lab.product.url + "/amd?attempt=7"
        detect = {"machine_detection": "DetectMessageEnd", "async_amd": "true", "async_amd_status_callback": url}
        record = await office.lab.over((await office.dial(**detect)).sid)
        (asked,) = office.told("/voice")
        assert "AnsweredBy" not in asked
        (told,) = office.told("/amd")
        assert told.keys() == {"AccountSid", "CallSid", "AnsweredBy", "MachineDetectionDuration"}
        assert told["AnsweredBy"] == "machine_end_beep"
        greeting, beep = record["turns"]
        assert abs(int(told["MachineDetectionDuration"]) - (beep["end_ms"] - greeting["start_ms"])) <= 60


async def test_a_call_that_is_over_before_the_verdict_is_told_none() -> None:
    async with desk() as office:
        await office.lab.phone(CALLER, rings_s=0)
        office.lab.product.twiml("/voice", "<Hangup/>")
        url = office.lab.product.url + "/amd"
        detect = {"machine_detection": "Enable", "async_amd": "true", "async_amd_status_callback": url}
        await office.lab.over((await office.dial(**detect)).sid)
        assert office.told("/amd") == []


async def test_digits_are_sent_and_switch_the_detection_off() -> None:
    async with desk() as office:
        await office.lab.phone(CALLER, rings_s=0)
        office.lab.product.twiml("/voice", "<Hangup/>")
        record = await office.lab.over((await office.dial(send_digits="w12#", machine_detection="Enable")).sid)
        assert [event["digits"] for event in record["events"] if event["kind"] == "digits_sent"] == ["w12#"]
        assert "AnsweredBy" not in office.told("/voice")[0]


@pytest.mark.parametrize(
    ("speech", "detection", "verdict"),
    [
        (0.9, Detection(), Verdict("human", 2.1)),
        (0.9, Detection(speech_end=0.5), Verdict("human", 1.4)),
        (5.0, Detection(), Verdict("machine_start", 2.4)),
        (5.0, Detection("DetectMessageEnd"), Verdict("machine_end_silence", 6.2)),
        (2.9, Detection(speech_threshold=3.0), Verdict("human", 4.1)),
        (0.0, Detection(silence=2.0), Verdict("unknown", 2.0)),
        (40.0, Detection("DetectMessageEnd"), Verdict("unknown", 30.0)),
    ],
)
def test_the_detection_obeys_its_thresholds(speech: float, detection: Detection, verdict: Verdict) -> None:
    found = listen(detection, speech, is_fax=False, beep=None)
    assert (found.by, round(found.after, 3)) == (verdict.by, verdict.after)


@pytest.mark.parametrize("code", [13224, 21214, 21215, 21216, 21217, 21219, 32203])
async def test_a_number_can_be_one_that_the_carrier_refuses_to_call(code: int) -> None:
    async with desk() as office:
        await office.lab.phone(CALLER, refused=code)
        with pytest.raises(TwilioRestException) as refused:
            await office.dial()
        assert refused.value.code == code
        assert await office.sdk(office.client.calls.list) == []


@pytest.mark.parametrize(
    ("code", "status", "number"), [(20003, 401, 20003), (429, 429, 20429), (503, 503, 20503), (10004, 400, 10004)]
)
async def test_creating_fails_on_demand_in_the_carriers_words_and_nothing_is_done(
    code: int, status: int, number: int
) -> None:
    async with desk() as office:
        await office.lab.post("/_lab/faults", kind="status", match="calls.create", code=code, retry_after=3)
        body = {"To": CALLER, "From": NUMBER, "Url": office.lab.product.url + "/voice"}
        url = f"{office.lab.url}/2010-04-01/Accounts/{office.client.account_sid}/Calls.json"
        answer = await office.sdk(requests.post, url, data=body, auth=office.client.auth, timeout=5)
        assert (answer.status_code, answer.headers["Retry-After"]) == (status, "3")
        assert answer.json().keys() == {"code", "message", "more_info", "status"}
        assert (answer.json()["code"], answer.json()["status"]) == (number, status)
        assert await office.sdk(office.client.calls.list) == []


async def test_a_create_whose_answer_is_lost_has_placed_the_call_and_listing_by_number_and_time_finds_it() -> None:
    async with desk() as office:
        await office.lab.phone(CALLER, answers="busy", rings_s=0)
        await office.lab.post("/_lab/faults", kind="drop_reply", match="calls.create")
        with pytest.raises(requests.exceptions.ConnectionError):
            await office.dial()
        (call,) = await office.sdk(office.client.calls.list, to=CALLER)
        assert (await office.lab.over(call.sid))["status"] == "busy"


async def test_a_parameter_that_the_lab_would_ignore_is_refused() -> None:
    async with desk() as office:
        with pytest.raises(TwilioRestException) as refused:
            await office.dial(record=True)
        assert (refused.value.status, refused.value.code) == (400, 20001)
        assert "Record" in refused.value.msg


async def test_ten_calls_ring_at_the_same_time_and_none_is_mixed_up() -> None:
    async with desk(speed=4) as office:
        numbers = [f"+1512555{n:04}" for n in range(150, 160)]
        for number in numbers:
            await office.lab.phone(number, rings_s=0.1, opening="")
        office.lab.product.twiml("/voice", "<Hangup/>")
        calls = [await office.dial(to=number, path=f"/voice?to={number[1:]}") for number in numbers]
        records = await asyncio.gather(*(office.lab.over(call.sid) for call in calls))
        assert {record["status"] for record in records} == {"completed"}
        asked = {(asked.url.rpartition("=")[2], asked.form["To"]) for asked in office.lab.product.asked_at("/voice")}
        assert asked == {(number[1:], number) for number in numbers}
