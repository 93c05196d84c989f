"""The vendor's own SDK drives the emulator's REST."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator

from tests.lab.twilio_product import CALLER, NUMBER, TOKEN, MediaSocket, desk

REDIAL = "<Response><Dial>+15125550199</Dial></Response>"


async def _wait_for_stop(media: MediaSocket) -> None:
    await media.play(b"\x00" * 1_600)
    await media.next("stop")


async def test_a_created_call_rings_fetches_its_twiml_and_tells_each_step() -> None:
    async with desk() as office:
        await office.lab.post("/_lab/phones", number=CALLER, rings_s=0.5, script={"lines": []})
        office.lab.product.twiml("/voice", "<Say>Your car is ready.</Say>")
        url = office.lab.product.url
        call = await office.sdk(
            office.client.calls.create,
            to=CALLER,
            from_=NUMBER,
            url=url + "/voice?attempt=3",
            status_callback=url + "/status",
            status_callback_event=["initiated", "ringing", "answered", "completed"],
        )
        assert call.status == "queued"
        assert call.direction == "outbound-api"
        record = await office.lab.over(call.sid)
        assert record["said"] == ["Your car is ready."]
        told = [asked.form for asked in office.lab.product.asked_at("/status")]
        assert [form["CallStatus"] for form in told] == ["initiated", "ringing", "in-progress", "completed"]
        assert [form["SequenceNumber"] for form in told] == ["0", "1", "2", "3"]
        assert "CallDuration" not in told[2]
        assert told[3]["CallDuration"] != "0"
        for asked in office.lab.product.asked:
            assert RequestValidator(TOKEN).validate(asked.url, asked.form, asked.headers["X-Twilio-Signature"])
        fetched = await office.sdk(office.client.calls(call.sid).fetch)
        assert fetched.status == "completed"
        assert int(fetched.duration) >= 1
        assert fetched.end_time >= fetched.start_time


@pytest.mark.parametrize("answers", ["busy", "no-answer", "failed"])
async def test_a_phone_that_is_not_answered_ends_the_call_without_asking_for_twiml(answers: str) -> None:
    async with desk() as office:
        await office.lab.post("/_lab/phones", number=CALLER, answers=answers, rings_s=0.1)
        url = office.lab.product.url
        call = await office.sdk(
            office.client.calls.create,
            to=CALLER,
            from_=NUMBER,
            url=url + "/voice",
            timeout=2,
            status_callback=url + "/status",
        )
        record = await office.lab.over(call.sid)
        assert record["status"] == answers
        assert [asked.path for asked in office.lab.product.asked] == ["/status"]
        assert office.lab.product.asked[0].form["CallStatus"] == answers


async def test_new_twiml_replaces_a_running_stream_which_hears_stop_and_owes_no_action() -> None:
    async with desk() as office:
        office.lab.product.media = _wait_for_stop
        sid = await office.lab.place()
        await office.lab.until(sid, "first_media")
        updated = await office.sdk(
            office.client.calls(sid).update, twiml="<Response><Dial>+15125550199</Dial></Response>"
        )
        assert updated.status == "in-progress"
        record = await office.lab.over(sid)
        assert [dialled["number"] for dialled in record["dialled"]] == ["+15125550199"]
        assert record["streams"][0]["by"] == "carrier"
        assert office.lab.product.sockets[0].heard[-1]["event"] == "stop"
        assert office.lab.product.asked_at("/connected") == []


async def test_a_new_address_replaces_a_running_stream() -> None:
    async with desk() as office:
        office.lab.product.media = _wait_for_stop
        office.lab.product.twiml("/next", "<Say>Moved.</Say>")
        sid = await office.lab.place()
        await office.lab.until(sid, "first_media")
        await office.sdk(office.client.calls(sid).update, url=office.lab.product.url + "/next", method="GET")
        assert (await office.lab.over(sid))["said"] == ["Moved."]


async def test_a_call_is_ended_by_rest_and_cannot_be_changed_afterwards() -> None:
    async with desk() as office:
        office.lab.product.media = _wait_for_stop
        sid = await office.lab.place()
        await office.lab.until(sid, "first_media")
        await office.sdk(office.client.calls(sid).update, status="completed")
        record = await office.lab.over(sid)
        assert (record["status"], record["ended_by"]) == ("completed", "rest")
        with pytest.raises(TwilioRestException) as refused:
            await office.sdk(office.client.calls(sid).update, status="completed")
        assert (refused.value.status, refused.value.code) == (400, 21220)


async def test_a_running_call_can_be_given_another_limit_whose_time_counts_from_the_answer() -> None:
    async with desk() as office:
        office.lab.product.twiml("/voice", "<Say>Hello.</Say><Pause length='500'/>")
        sid = await office.lab.place()
        await office.lab.until(sid, "status", status="in-progress")
        updated = await office.sdk(office.client.calls(sid).update, time_limit=5)
        assert updated.status == "in-progress"
        record = await office.lab.over(sid)
        assert (record["status"], record["ended_by"]) == ("completed", "time-limit")
        assert record["seconds"] >= 5


async def test_a_limit_that_is_given_while_a_call_waits_holds_from_its_answer() -> None:
    async with desk() as office:
        await office.lab.phone(CALLER, rings_s=2, opening="")
        office.lab.product.twiml("/voice", "<Pause length='500'/>")
        call = await office.dial()
        await office.sdk(office.client.calls(call.sid).update, time_limit=3)
        record = await office.lab.over(call.sid)
        assert (record["ended_by"], record["seconds"] >= 3) == ("time-limit", True)


async def test_new_addresses_for_callbacks_and_errors_take_the_place_of_the_old_ones() -> None:
    async with desk(status_callback="/status", voice_fallback_url="/fallback") as office:
        office.lab.product.media = _wait_for_stop
        office.lab.product.answers["/next"] = (500, "text/plain", "broken")
        office.lab.product.twiml("/another-fallback", "<Say>Please hold.</Say>")
        url = office.lab.product.url
        sid = await office.lab.place()
        await office.lab.until(sid, "first_media")
        await office.sdk(
            office.client.calls(sid).update, url=url + "/next", fallback_url=url + "/another-fallback",
            status_callback=url + "/another-status", status_callback_method="GET",
        )  # fmt: skip
        office.lab.product.answers["/another-status"] = (204, "text/plain", "")
        assert (await office.lab.over(sid))["said"] == ["Please hold."]
        asked = [(one.method, one.path) for one in office.lab.product.asked]
        assert asked == [
            ("POST", "/voice"), ("POST", "/next"), ("POST", "/another-fallback"), ("GET", "/another-status"),
        ]  # fmt: skip


async def test_an_update_that_asks_for_nothing_is_refused() -> None:
    async with desk() as office:
        office.lab.product.media = _wait_for_stop
        sid = await office.lab.place()
        await office.lab.until(sid, "first_media")
        with pytest.raises(TwilioRestException) as refused:
            await office.sdk(office.client.calls(sid).update)
        assert (refused.value.status, refused.value.code) == (400, 21205)


async def test_calls_are_listed_newest_first_with_filters_and_pages() -> None:
    async with desk() as office:
        office.lab.product.twiml("/voice", "<Hangup/>")
        sids = [(await office.lab.call())["call_sid"] for _ in range(3)]
        listed = await office.sdk(office.client.calls.list, to=NUMBER, page_size=2)
        assert [call.sid for call in listed] == list(reversed(sids))
        assert await office.sdk(office.client.calls.list, from_="+15125550155") == []
        assert len(await office.sdk(office.client.calls.list, status="completed", limit=2)) == 2
        now = datetime.now(UTC)
        assert len(await office.sdk(office.client.calls.list, start_time_after=now - timedelta(minutes=5))) == 3
        assert await office.sdk(office.client.calls.list, start_time_after=now + timedelta(minutes=5)) == []


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"to": "12", "from_": NUMBER, "url": "http://x"}, 21211),
        ({"to": CALLER, "from_": "+15125550155", "url": "http://x"}, 21210),
        ({"to": CALLER, "from_": NUMBER}, 21205),
        ({"to": CALLER, "from_": NUMBER, "url": "voice"}, 21205),
        ({"to": CALLER, "from_": NUMBER, "url": "http://under_score.example/voice"}, 21205),
        ({"to": CALLER, "from_": NUMBER, "url": "http://x", "method": "PUT"}, 21209),
        ({"to": CALLER, "from_": NUMBER, "url": "http://x", "send_digits": "1-2"}, 21206),
        ({"to": CALLER, "from_": NUMBER, "url": "http://x", "status_callback": "nowhere"}, 21609),
        ({"to": CALLER, "from_": NUMBER, "url": "http://x", "machine_detection": "Perhaps"}, 20001),
        (
            {
                "to": CALLER,
                "from_": NUMBER,
                "url": "http://x",
                "machine_detection": "Enable",
                "machine_detection_timeout": 60,
            },
            20001,
        ),
        ({"to": CALLER, "from_": NUMBER, "twiml": "<Response>" + "<Pause/>" * 600 + "</Response>"}, 32018),
        ({"to": CALLER, "from_": NUMBER, "url": "http://x", "timeout": 601}, 21208),
        ({"to": CALLER, "from_": NUMBER, "url": "http://x", "status_callback_event": ["ended"]}, 21626),
    ],
)
async def test_a_wrong_request_raises_the_vendors_error(given: dict[str, Any], code: int) -> None:
    async with desk() as office:
        with pytest.raises(TwilioRestException) as refused:
            await office.sdk(office.client.calls.create, **given)
        assert (refused.value.status, refused.value.code) == (400, code)


async def test_a_wrong_token_is_20003_and_an_unknown_call_20404() -> None:
    async with desk(password="guessed") as office:
        with pytest.raises(TwilioRestException) as refused:
            await office.sdk(office.client.calls("CA1").fetch)
        assert (refused.value.status, refused.value.code) == (401, 20003)
    async with desk() as office:
        with pytest.raises(TwilioRestException) as missing:
            await office.sdk(office.client.calls("CA1").fetch)
        assert (missing.value.status, missing.value.code) == (404, 20404)
