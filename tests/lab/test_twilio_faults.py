"""Every misdeed of a service under test shows in the call's record, by the carrier's own error number."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from twilio.request_validator import RequestValidator

from tests.lab.twilio_product import NUMBER, TOKEN, MediaSocket, laboratory, silence

VALIDATOR = RequestValidator(TOKEN)


def _codes(record: dict[str, Any]) -> list[int]:
    return [fault["code"] for fault in record["faults"]]


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (b"\x00\x01", 31950),
        ("no json", 31951),
        ('{"event":"pause","streamSid":"SID"}', 31951),
        ('{"event":"clear","streamSid":"MZ-another"}', 31951),
        ('{"event":"media","streamSid":"SID","media":{"payload":"UklGRgAA"}}', 31951),
        ('{"event":"media","streamSid":"SID","media":{"payload":"%%"}}', 31950),
        ('{"event":"mark","streamSid":"SID","mark":{"name":"x"},"extra":1}', 31951),
    ],
)
async def test_a_frame_that_the_carrier_refuses_is_recorded_once_and_the_call_goes_on(
    frame: str | bytes, code: int
) -> None:
    async with laboratory() as lab:

        async def conversation(media: MediaSocket) -> None:
            for _ in range(3):
                if isinstance(frame, bytes):
                    await media.socket.send_bytes(frame)
                else:
                    await media.socket.send_str(frame.replace("SID", media.stream_sid, 1))
            await media.say(100, "still here")

        lab.product.media = conversation
        record = await lab.call()
        assert [(fault["code"], fault["count"]) for fault in record["faults"]] == [(code, 3)]
        assert record["marks"]["returned"] == 1


async def test_more_than_ten_minutes_of_audio_are_a_fault() -> None:
    async with laboratory() as lab:

        async def conversation(media: MediaSocket) -> None:
            for _ in range(11):
                await media.play(silence(60_000))
            await media.send("clear")

        lab.product.media = conversation
        assert _codes(await lab.call()) == [31931]


async def test_a_websocket_that_is_refused_is_31920_and_the_action_is_asked_all_the_same() -> None:
    async with laboratory() as lab:
        record = await lab.call()
        assert _codes(record) == [31920]
        assert lab.product.asked_at("/connected")


async def test_a_websocket_that_ends_without_an_orderly_close_is_a_fault() -> None:
    async with laboratory() as lab:

        async def conversation(media: MediaSocket) -> None:
            await media.socket.close(code=1011)

        lab.product.media = conversation
        record = await lab.call()
        assert _codes(record) == [31921]
        assert record["streams"][0]["code"] == 1011


async def test_a_connection_that_breaks_and_one_that_speaks_no_websocket_are_told_apart() -> None:
    async with laboratory() as lab:

        async def breaks(media: MediaSocket) -> None:
            assert media.transport is not None
            media.transport.abort()

        async def babbles(media: MediaSocket) -> None:
            assert media.transport is not None
            media.transport.write(b"\xff\xff\xff\xff no frame at all")
            await media.next("stop")

        lab.product.media = breaks
        assert _codes(await lab.call()) == [31903]
        lab.product.media = babbles
        assert _codes(await lab.call()) == [31924]


async def test_a_websocket_address_without_tls_behind_it_is_31910() -> None:
    async with laboratory() as lab:
        lab.product.twiml(
            "/voice", f'<Connect><Stream url="{lab.product.socket_url.replace("ws:", "wss:")}"/></Connect>'
        )
        assert _codes(await lab.call()) == [31910]


async def test_a_failing_voice_address_is_followed_by_its_fallback_which_learns_why() -> None:
    async with laboratory(voice_fallback_url="/fallback") as lab:
        lab.product.answers["/voice"] = (500, "text/plain", "broken")
        lab.product.twiml("/fallback", "<Say>Please hold.</Say><Dial>+15125550199</Dial>")
        record = await lab.call()
        assert _codes(record) == [11217]
        (fallback,) = lab.product.asked_at("/fallback")
        assert fallback.form["ErrorCode"] == "11217"
        assert fallback.form["ErrorUrl"] == lab.product.url + "/voice"
        assert record["said"] == ["Please hold."]
        assert [dialled["number"] for dialled in record["dialled"]] == ["+15125550199"]
        assert record["ended_by"] == "twiml"


async def test_a_voice_address_that_fails_without_a_fallback_ends_the_call_as_a_failure() -> None:
    async with laboratory() as lab:
        lab.product.answers["/voice"] = (200, "text/html", "<Response/>")
        record = await lab.call()
        assert (_codes(record), record["ended_by"]) == ([12300], "failure")


async def test_connection_overrides_are_obeyed_and_neither_sent_nor_signed() -> None:
    async with laboratory(voice_url="/voice#rc=3&rp=5xx,ct&ct=2000") as lab:
        lab.product.answers["/voice"] = (503, "text/plain", "busy")
        record = await lab.call()
        asked = lab.product.asked_at("/voice")
        assert len(asked) == 4
        assert VALIDATOR.validate(lab.product.url + "/voice", asked[0].form, asked[0].headers["X-Twilio-Signature"])
        assert _codes(record) == [11217]


async def test_an_override_out_of_its_range_is_a_fault_and_nobody_is_asked() -> None:
    async with laboratory(voice_url="/voice#ct=50") as lab:
        record = await lab.call()
        assert (_codes(record), lab.product.asked) == ([11100], [])


async def test_nobody_listening_at_the_voice_address_is_11202() -> None:
    async with laboratory(voice_url="http://127.0.0.1:9/voice") as lab:
        assert _codes(await lab.call()) == [11202]


@pytest.mark.parametrize(
    "said", [b"", b"no http at all\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n<Resp"]
)
async def test_an_answer_that_breaks_off_or_is_no_http_is_11206(said: bytes) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(said)
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1") as server:
        port = server.sockets[0].getsockname()[1]
        async with laboratory(voice_url=f"http://127.0.0.1:{port}/voice") as lab:
            assert _codes(await lab.call()) == [11206]


async def test_a_voice_address_that_speaks_no_tls_is_11220() -> None:
    async with laboratory() as lab:
        await lab.post("/_lab/numbers", number=NUMBER, voice_url=lab.product.url.replace("http:", "https:") + "/voice")
        assert _codes(await lab.call()) == [11220]


@pytest.mark.parametrize(("overrides", "asked"), [("rt=100", 1), ("tt=100", 1), ("rt=100&rc=2&rp=rt", 3)])
async def test_a_voice_address_that_takes_too_long_is_given_up_and_asked_again_if_the_address_says_so(
    overrides: str, asked: int
) -> None:
    async with laboratory(voice_url=f"/voice#{overrides}") as lab:
        lab.product.holds.add("/voice")
        record = await lab.call()
        assert (_codes(record), len(lab.product.asked_at("/voice"))) == ([11205], asked)


@pytest.mark.parametrize(("policy", "asked"), [("4xx", 3), ("all", 3), ("5xx", 1), ("ct", 1)])
async def test_a_refusal_is_asked_about_again_only_where_the_policy_names_it(policy: str, asked: int) -> None:
    async with laboratory(voice_url=f"/voice#rc=2&rp={policy}") as lab:
        lab.product.answers["/voice"] = (404, "text/plain", "not here")
        await lab.call()
        assert len(lab.product.asked_at("/voice")) == asked


async def test_a_redirecting_webhook_loses_its_form_on_the_way() -> None:
    async with laboratory() as lab:
        lab.product.answers["/voice"] = (302, "text/plain", "/elsewhere")
        lab.product.twiml("/elsewhere", "<Hangup/>")
        await lab.call()
        (asked,) = lab.product.asked_at("/elsewhere")
        assert (asked.method, asked.form) == ("GET", {})
        assert VALIDATOR.validate(asked.url, {}, asked.headers["X-Twilio-Signature"])


async def test_documents_that_redirect_for_ever_are_stopped() -> None:
    async with laboratory() as lab:
        lab.product.twiml("/voice", "<Redirect>/voice</Redirect>")
        record = await lab.call()
        assert (_codes(record), record["ended_by"]) == ([12100], "failure")


async def test_an_unknown_verb_is_reported_and_the_next_one_performed() -> None:
    async with laboratory() as lab:
        lab.product.twiml("/voice", "<Shout>hey</Shout><Say>Hello.</Say>")
        record = await lab.call()
        assert (_codes(record), record["said"]) == ([12200], ["Hello."])


async def test_a_callback_that_fails_is_a_fault_of_a_call_that_went_well() -> None:
    async with laboratory(status_callback="/nothing-here") as lab:
        lab.product.twiml("/voice", "<Hangup/>")
        record = await lab.call()
        assert (_codes(record), record["status"]) == ([11217], "completed")
