"""Whole calls through the emulator: webhooks, the stream, the end. The product is a few lines inside the test."""

from __future__ import annotations

import asyncio
import io
import wave
from typing import Any

import numpy as np
import pytest
from twilio.request_validator import RequestValidator

from tests.lab.twilio_product import CALLER, NUMBER, SID, TOKEN, MediaSocket, laboratory, tone

VALIDATOR = RequestValidator(TOKEN)


async def _greet_and_close(media: MediaSocket) -> None:
    await media.say(300, "greeting")


async def test_a_call_is_greeted_heard_and_ended_and_nothing_was_wrong() -> None:
    async with laboratory(status_callback="/status") as lab:

        async def conversation(media: MediaSocket) -> None:
            await media.say(400, "greeting")
            for _ in range(10):
                await media.next("media")
            await media.say(300, "goodbye")

        lab.product.media = conversation
        record = await lab.call({"tone_ms": 600})
        assert record["faults"] == []
        assert record["status"] == "completed"
        assert record["ended_by"] == "twiml"
        assert record["marks"] == {"received": 2, "returned": 2, "cleared": 0}
        assert record["first_audio_ms"] is not None
        assert record["frames"]["bytes_received"] == 700 * 8
        assert [stream["by"] for stream in record["streams"]] == ["service"]
        assert [asked.path for asked in lab.product.asked] == ["/voice", "/connected", "/status"]
        assert lab.product.asked[2].form["CallStatus"] == "completed"
        assert int(lab.product.asked[2].form["CallDuration"]) >= 1


async def test_every_webhook_is_signed_over_its_address_and_form_blank_values_included() -> None:
    async with laboratory(status_callback="/status?kind=a%20b&x=", voice_url="/voice?attempt=7") as lab:
        lab.product.media = _greet_and_close
        await lab.call(parameters={"StirVerstat": "TN-Validation-Passed-A", "ForwardedFrom": ""})
        assert len(lab.product.asked) == 3
        for asked in lab.product.asked:
            assert VALIDATOR.validate(asked.url, asked.form, asked.headers["X-Twilio-Signature"]), asked.path
        form = lab.product.asked[0].form
        assert (form["From"], form["To"], form["AccountSid"]) == (CALLER, NUMBER, SID)
        assert (form["CallStatus"], form["Direction"]) == ("ringing", "inbound")
        assert form["StirVerstat"] == "TN-Validation-Passed-A"
        assert form["FromCity"] == form["ForwardedFrom"] == ""
        assert lab.product.asked[1].form["CallStatus"] == "in-progress"


async def test_with_a_shared_key_the_settings_header_names_it_and_sha_256_is_used() -> None:
    async with laboratory() as lab:
        await lab.post("/_lab/signing", secret="a shared secret", algorithm="HMAC_SHA256", key_id="WK1")
        lab.product.media = _greet_and_close
        await lab.call()
        asked = lab.product.asked[0]
        assert asked.headers["X-Twilio-Webhooks-Signature-Settings"] == "key=WK1,algorithm=HMAC_SHA256"
        signature = asked.headers["X-Twilio-Signature"]
        assert RequestValidator("a shared secret").validate(asked.url, asked.form, signature, "HMAC_SHA256")
        assert not VALIDATOR.validate(asked.url, asked.form, signature, "HMAC_SHA256")


async def test_the_upgrade_is_signed_over_the_stream_address_exactly_as_in_the_twiml() -> None:
    async with laboratory() as lab:
        lab.product.media = _greet_and_close
        await lab.call()
        (upgrade,) = lab.product.upgrades
        assert VALIDATOR.compute_signature(lab.product.socket_url, {}) == upgrade["x-twilio-signature"]


async def test_the_stream_begins_with_connected_and_start_and_ends_with_stop_when_the_caller_hangs_up() -> None:
    async with laboratory(status_callback="/status") as lab:
        lab.product.twiml(
            "/voice",
            '<Connect action="/connected"><Stream url="{ws}"><Parameter name="k" value="v"/></Stream></Connect>',
        )

        async def conversation(media: MediaSocket) -> None:
            await media.say(200, "greeting")
            await media.next("stop")

        lab.product.media = conversation
        record = await lab.call("[keys 1#]", "[hangup]", patience_s=0.2)
        heard = lab.product.sockets[0].heard
        assert [message["event"] for message in heard[:2]] == ["connected", "start"]
        assert heard[1]["start"]["customParameters"] == {"k": "v"}
        assert heard[1]["start"]["callSid"] == record["call_sid"]
        assert [message["dtmf"]["digit"] for message in heard if message["event"] == "dtmf"] == ["1", "#"]
        assert heard[-1]["stop"] == {"accountSid": SID, "callSid": record["call_sid"]}
        numbers = [int(message["sequenceNumber"]) for message in heard[1:]]
        assert numbers == list(range(1, len(numbers) + 1))
        frames = [message["media"] for message in heard if message["event"] == "media"]
        assert [int(frame["chunk"]) for frame in frames] == list(range(1, len(frames) + 1))
        assert [int(frame["timestamp"]) for frame in frames] == list(range(0, 20 * len(frames), 20))
        assert record["ended_by"] == "caller"
        assert record["streams"][0]["by"] == "carrier"
        (connected,) = lab.product.asked_at("/connected")
        assert connected.form["CallStatus"] == "completed"


async def test_clear_silences_at_once_and_returns_the_pending_marks() -> None:
    async with laboratory() as lab:

        async def conversation(media: MediaSocket) -> None:
            await media.play(tone(20_000))
            await media.mark("never heard")
            await media.next("media")
            await media.send("clear")
            assert (await media.next("mark"))["mark"]["name"] == "never heard"
            await media.say(100, "heard")

        lab.product.media = conversation
        record = await lab.call()
        assert record["marks"] == {"received": 2, "returned": 1, "cleared": 1}
        assert record["clears"] == 1
        (clear,) = [event for event in record["events"] if event["kind"] == "clear"]
        assert clear["unheard_ms"] > 10_000
        assert record["faults"] == []


async def test_a_caller_who_barges_in_speaks_while_sophie_does() -> None:
    async with laboratory() as lab:

        async def conversation(media: MediaSocket) -> None:
            await media.play(tone(6_000))
            await media.next("stop")

        lab.product.media = conversation
        record = await lab.call({"tone_ms": 300, "barge_ms": 800}, "[hangup]")
        (turn,) = record["turns"]
        assert turn["start_ms"] - record["sophie_speaking"][0]["start_ms"] >= 800
        assert turn["end_ms"] < record["sophie_speaking"][0]["end_ms"]


@pytest.mark.parametrize(("status", "bridged"), [("completed", "true"), ("busy", "false"), ("no-answer", "false")])
async def test_the_desk_answers_or_not_as_the_script_says_and_the_action_learns_it(status: str, bridged: str) -> None:
    async with laboratory() as lab:
        lab.product.twiml(
            "/voice",
            '<Dial action="/dialed" timeout="4"><Number url="/whisper">+15125550199</Number></Dial>',
        )
        lab.product.twiml("/whisper", "<Say>A caller about brakes.</Say>")
        lab.product.twiml("/dialed", "<Hangup/>")
        record = await lab.call(desk={"status": status, "answers_after_s": 0.5, "talks_s": 1})
        (asked,) = lab.product.asked_at("/dialed")
        assert (asked.form["DialCallStatus"], asked.form["DialBridged"]) == (status, bridged)
        whispers = [event["text"] for event in record["events"] if event["kind"] == "whisper"]
        assert whispers == (["A caller about brakes."] if status == "completed" else [])


async def test_a_rejected_call_is_never_answered() -> None:
    async with laboratory() as lab:
        lab.product.twiml("/voice", '<Reject reason="busy"/>')
        record = await lab.call()
        assert (record["status"], record["seconds"]) == ("busy", 0)


async def test_stream_callbacks_tell_of_start_and_stop() -> None:
    async with laboratory() as lab:
        lab.product.twiml("/voice", '<Connect><Stream url="{ws}" name="line" statusCallback="/stream"/></Connect>')
        lab.product.answers["/stream"] = (204, "text/plain", "")
        lab.product.media = _greet_and_close
        await lab.call()
        told = lab.product.asked_at("/stream")
        assert [asked.form["StreamEvent"] for asked in told] == ["stream-started", "stream-stopped"]
        assert told[0].form["StreamName"] == "line"


async def test_the_recording_has_the_caller_left_and_sophie_right_as_she_was_played() -> None:
    async with laboratory() as lab:
        lab.product.media = _greet_and_close
        record = await lab.call()
        async with lab.http.get(f"{lab.url}/_lab/calls/{record['call_sid']}/audio.wav") as response:
            with wave.open(io.BytesIO(await response.read())) as recording:
                assert (recording.getnchannels(), recording.getframerate(), recording.getsampwidth()) == (2, 8_000, 2)
                samples = np.frombuffer(recording.readframes(recording.getnframes()), "<i2").reshape(-1, 2)
        loud = np.abs(samples[:, 1]) > 1_000
        begins = int(np.argmax(loud))
        assert abs(begins / 8 - record["sophie_speaking"][0]["start_ms"]) < 25
        assert 1_500 < int(loud.sum()) < 2_400  # of 300 ms of a sine
        assert np.abs(samples[:, 0]).max() < 500


async def test_the_live_events_end_with_the_call() -> None:
    async with laboratory() as lab:
        lab.product.media = _greet_and_close
        sid = await lab.place()
        async with lab.http.get(f"{lab.url}/_lab/calls/{sid}/events") as response:
            lines = [line async for line in response.content]
        assert b'"placed"' in lines[0]
        assert b'"ended"' in lines[-1]


async def test_a_hundred_marks_come_back_once_each_and_in_order() -> None:
    async with laboratory() as lab:

        async def conversation(media: MediaSocket) -> None:
            for number in range(100):
                await media.play(tone(20))
                await media.mark(str(number))
            for number in range(100):
                assert (await media.next("mark"))["mark"]["name"] == str(number)

        lab.product.media = conversation
        record = await lab.call()
        assert record["marks"] == {"received": 100, "returned": 100, "cleared": 0}
        assert record["frames"]["bytes_received"] == 100 * 160


async def test_calls_at_the_same_time_do_not_hear_each_other() -> None:
    async with laboratory(speed=4) as lab:
        lab.product.media = _greet_and_close
        records = await asyncio.gather(*(lab.call() for _ in range(10)))
        assert [record["faults"] for record in records] == [[]] * 10
        assert {record["frames"]["bytes_received"] for record in records} == {2_400}


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/_lab/calls", {"from": CALLER, "to": "+15125550177"}, 404),
        ("/_lab/calls", {"from": CALLER}, 400),
        ("/_lab/calls", {"from": CALLER, "to": NUMBER, "script": {"lines": ["[shout]"]}}, 400),
        ("/_lab/calls", {"from": CALLER, "to": NUMBER, "script": {"voice": "nobody"}}, 400),
        ("/_lab/calls", {"from": CALLER, "to": NUMBER, "parameters": 5}, 400),
        ("/_lab/numbers", {"voice_url": "http://x"}, 400),
        ("/_lab/numbers", {"number": 15, "voice_url": "http://x"}, 400),
        ("/_lab/numbers", {"number": NUMBER, "voice_url": "http://x", "fax_url": "http://x"}, 400),
        ("/_lab/signing", {"secret": "s", "algorithm": "MD5"}, 400),
        ("/_lab/phones", {"number": CALLER, "answers": "maybe"}, 400),
    ],
)
async def test_a_wrong_request_to_the_lab_is_answered_with_a_sentence(
    path: str, body: dict[str, Any], status: int
) -> None:
    async with laboratory() as lab:
        answer = await lab.post(path, **body)
        assert answer["http"] == status
        assert answer["error"].endswith(".")


async def test_a_call_that_was_never_placed_has_no_record() -> None:
    async with laboratory() as lab, lab.http.get(f"{lab.url}/_lab/calls/CAnone") as response:
        assert response.status == 404


async def test_audio_that_was_still_to_be_played_when_the_service_closed_is_recorded_as_never_heard() -> None:
    async with laboratory() as lab:

        async def conversation(media: MediaSocket) -> None:
            await media.play(tone(60_000))
            await media.next("media")

        lab.product.media = conversation
        record = await lab.call()
        assert record["streams"][0]["unheard_ms"] > 30_000
        assert record["sophie_speaking"][0]["end_ms"] <= record["streams"][0]["ms"]
