"""The vendor's own SDK drives the emulator's REST."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from tests.lab.twilio_product import CALLER, NUMBER, SID, TOKEN, Lab, MediaSocket, laboratory


@dataclass
class Desk:
    lab: Lab
    client: Client

    async def sdk(self, call: Any, *args: Any, **kwargs: Any) -> Any:
        """The SDK blocks: it works in a thread."""
        return await asyncio.to_thread(call, *args, **kwargs)


@asynccontextmanager
async def _desk(password: str = TOKEN) -> AsyncIterator[Desk]:
    async with laboratory() as lab:
        http = TwilioHttpClient(timeout=5)
        client = Client(SID, password, account_sid=SID, http_client=http)
        client.api.base_url = lab.url
        try:
            yield Desk(lab, client)
        finally:
            if http.session is not None:
                http.session.close()


async def _wait_for_stop(media: MediaSocket) -> None:
    await media.play(b"\x00" * 1_600)
    await media.next("stop")


async def test_a_created_call_rings_fetches_its_twiml_and_tells_each_step() -> None:
    async with _desk() as desk:
        await desk.lab.post("/_lab/phones", number=CALLER, rings_s=0.5, script={"lines": []})
        desk.lab.product.twiml("/voice", "<Say>Your car is ready.</Say>")
        url = desk.lab.product.url
        call = await desk.sdk(
            desk.client.calls.create,
            to=CALLER,
            from_=NUMBER,
            url=url + "/voice?attempt=3",
            status_callback=url + "/status",
            status_callback_event=["initiated", "ringing", "answered", "completed"],
        )
        assert call.status == "queued"
        assert call.direction == "outbound-api"
        record = await desk.lab.over(call.sid)
        assert record["said"] == ["Your car is ready."]
        told = [asked.form for asked in desk.lab.product.asked_at("/status")]
        assert [form["CallStatus"] for form in told] == ["initiated", "ringing", "in-progress", "completed"]
        assert [form["SequenceNumber"] for form in told] == ["0", "1", "2", "3"]
        assert "CallDuration" not in told[2]
        assert told[3]["CallDuration"] != "0"
        for asked in desk.lab.product.asked:
            assert RequestValidator(TOKEN).validate(asked.url, asked.form, asked.headers["X-Twilio-Signature"])
        fetched = await desk.sdk(desk.client.calls(call.sid).fetch)
        assert fetched.status == "completed"
        assert int(fetched.duration) >= 1
        assert fetched.end_time >= fetched.start_time


@pytest.mark.parametrize("answers", ["busy", "no-answer", "failed"])
async def test_a_phone_that_is_not_answered_ends_the_call_without_asking_for_twiml(answers: str) -> None:
    async with _desk() as desk:
        await desk.lab.post("/_lab/phones", number=CALLER, answers=answers, rings_s=0.1)
        url = desk.lab.product.url
        call = await desk.sdk(
            desk.client.calls.create,
            to=CALLER,
            from_=NUMBER,
            url=url + "/voice",
            timeout=2,
            status_callback=url + "/status",
        )
        record = await desk.lab.over(call.sid)
        assert record["status"] == answers
        assert [asked.path for asked in desk.lab.product.asked] == ["/status"]
        assert desk.lab.product.asked[0].form["CallStatus"] == answers


async def test_new_twiml_replaces_a_running_stream_which_hears_stop_and_owes_no_action() -> None:
    async with _desk() as desk:
        desk.lab.product.media = _wait_for_stop
        sid = await desk.lab.place()
        await _streaming(desk.lab, sid)
        updated = await desk.sdk(desk.client.calls(sid).update, twiml="<Response><Dial>+15125550199</Dial></Response>")
        assert updated.status == "in-progress"
        record = await desk.lab.over(sid)
        assert [dialled["number"] for dialled in record["dialled"]] == ["+15125550199"]
        assert record["streams"][0]["by"] == "carrier"
        assert desk.lab.product.sockets[0].heard[-1]["event"] == "stop"
        assert desk.lab.product.asked_at("/connected") == []


async def test_a_new_address_replaces_a_running_stream() -> None:
    async with _desk() as desk:
        desk.lab.product.media = _wait_for_stop
        desk.lab.product.twiml("/next", "<Say>Moved.</Say>")
        sid = await desk.lab.place()
        await _streaming(desk.lab, sid)
        await desk.sdk(desk.client.calls(sid).update, url=desk.lab.product.url + "/next", method="GET")
        assert (await desk.lab.over(sid))["said"] == ["Moved."]


async def test_a_call_is_ended_by_rest_and_cannot_be_changed_afterwards() -> None:
    async with _desk() as desk:
        desk.lab.product.media = _wait_for_stop
        sid = await desk.lab.place()
        await _streaming(desk.lab, sid)
        await desk.sdk(desk.client.calls(sid).update, status="completed")
        record = await desk.lab.over(sid)
        assert (record["status"], record["ended_by"]) == ("completed", "rest")
        with pytest.raises(TwilioRestException) as refused:
            await desk.sdk(desk.client.calls(sid).update, status="completed")
        assert (refused.value.status, refused.value.code) == (400, 21220)


async def _streaming(lab: Lab, sid: str) -> None:
    async with lab.http.get(f"{lab.url}/_lab/calls/{sid}/events") as response:
        async for line in response.content:
            if b'"first_media"' in line:
                return


async def test_calls_are_listed_newest_first_with_filters_and_pages() -> None:
    async with _desk() as desk:
        desk.lab.product.twiml("/voice", "<Hangup/>")
        sids = [(await desk.lab.call())["call_sid"] for _ in range(3)]
        listed = await desk.sdk(desk.client.calls.list, to=NUMBER, page_size=2)
        assert [call.sid for call in listed] == list(reversed(sids))
        assert await desk.sdk(desk.client.calls.list, from_="+15125550155") == []
        assert len(await desk.sdk(desk.client.calls.list, status="completed", limit=2)) == 2
        now = datetime.now(UTC)
        assert len(await desk.sdk(desk.client.calls.list, start_time_after=now - timedelta(minutes=5))) == 3
        assert await desk.sdk(desk.client.calls.list, start_time_after=now + timedelta(minutes=5)) == []


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"to": "12", "from_": NUMBER, "url": "http://x"}, 21211),
        ({"to": CALLER, "from_": "+15125550155", "url": "http://x"}, 21210),
        ({"to": CALLER, "from_": NUMBER}, 21205),
        ({"to": CALLER, "from_": NUMBER, "twiml": "<Response>" + "<Pause/>" * 600 + "</Response>"}, 32018),
        ({"to": CALLER, "from_": NUMBER, "url": "http://x", "timeout": 601}, 20001),
        ({"to": CALLER, "from_": NUMBER, "url": "http://x", "status_callback_event": ["ended"]}, 21626),
    ],
)
async def test_a_wrong_request_raises_the_vendors_error(given: dict[str, Any], code: int) -> None:
    async with _desk() as desk:
        with pytest.raises(TwilioRestException) as refused:
            await desk.sdk(desk.client.calls.create, **given)
        assert (refused.value.status, refused.value.code) == (400, code)


async def test_a_wrong_token_is_20003_and_an_unknown_call_20404() -> None:
    async with _desk(password="guessed") as desk:
        with pytest.raises(TwilioRestException) as refused:
            await desk.sdk(desk.client.calls("CA1").fetch)
        assert (refused.value.status, refused.value.code) == (401, 20003)
    async with _desk() as desk:
        with pytest.raises(TwilioRestException) as missing:
            await desk.sdk(desk.client.calls("CA1").fetch)
        assert (missing.value.status, missing.value.code) == (404, 20404)
