"""The verbs of a call's documents as the carrier performs them: listening, recording, playing, and putting through."""

from __future__ import annotations

import base64
import io
import wave
from typing import Any

import pytest

from tests.lab.twilio_product import CALLER, NUMBER, SID, TOKEN, Lab, desk, laboratory

DESK, OTHER = "+15125550199", "+15125550198"


def _events(record: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [event for event in record["events"] if event["kind"] == kind]


async def _gather(lab: Lab, attributes: str, *lines: str, inside: str = "<Say>Your ZIP code?</Say>") -> dict[str, Any]:
    lab.product.twiml("/voice", f'<Gather action="/got" {attributes}>{inside}</Gather><Say>Nothing came.</Say>')
    lab.product.twiml("/got", "<Hangup/>")
    return await lab.call(*lines, patience_s=0.3)


@pytest.mark.parametrize(
    ("attributes", "keys", "digits", "finished_on"),
    [
        ('numDigits="5"', "78701", "78701", None),
        ("", "787#", "787", "#"),
        ('finishOnKey="*"', "78#1*", "78#1", "*"),
        ('finishOnKey="" timeout="2"', "78#", "78#", None),
        ("", "#4#", "4", "#"),
        ('timeout="1"', "42", "42", None),
    ],
)
async def test_keys_are_gathered_until_enough_were_pressed_or_the_finishing_one_or_none_comes(
    attributes: str, keys: str, digits: str, finished_on: str | None
) -> None:
    async with laboratory() as lab:
        record = await _gather(lab, attributes, f"[keys {keys}]")
        (asked,) = lab.product.asked_at("/got")
        assert (asked.form["Digits"], asked.form.get("FinishedOnKey")) == (digits, finished_on)
        assert record["said"] == ["Your ZIP code?"]
        assert record["faults"] == []


async def test_words_are_gathered_as_they_were_said() -> None:
    async with laboratory() as lab:
        await _gather(lab, 'input="speech dtmf"', "It is seven eight seven.")
        (asked,) = lab.product.asked_at("/got")
        assert asked.form["SpeechResult"] == "It is seven eight seven."
        assert 0 < float(asked.form["Confidence"]) <= 1
        assert "Digits" not in asked.form


async def test_a_key_ends_the_prompt_at_once() -> None:
    async with laboratory() as lab:
        inside = "<Say>Press one.</Say><Pause length='9'/><Say>Or two.</Say>"
        record = await _gather(lab, 'numDigits="1"', "[keys 1]", inside=inside)
        assert lab.product.asked_at("/got")[0].form["Digits"] == "1"
        assert record["said"] == ["Press one."]


async def test_without_any_input_the_next_verb_follows_unless_the_action_wants_to_know() -> None:
    async with laboratory() as lab:
        record = await _gather(lab, 'timeout="1"')
        assert record["said"] == ["Your ZIP code?", "Nothing came."]
        assert lab.product.asked_at("/got") == []
        await _gather(lab, 'timeout="1" actionOnEmptyResult="true"')
        assert lab.product.asked_at("/got")[0].form["Digits"] == ""


async def test_a_gather_without_an_action_asks_its_own_document_again() -> None:
    async with laboratory() as lab:
        lab.product.twiml("/voice", '<Gather numDigits="1" timeout="3"><Say>Press one.</Say></Gather>')
        await lab.call("[keys 1]", patience_s=0.3)
        assert [asked.form.get("Digits") for asked in lab.product.asked_at("/voice")] == [None, "1"]


async def _record(lab: Lab, attributes: str, *lines: str) -> dict[str, Any]:
    lab.product.twiml("/voice", f'<Record action="/left" {attributes}/><Say>Empty.</Say>')
    lab.product.twiml("/left", "<Say>Thank you.</Say>")
    lab.product.answers["/recorded"] = (204, "text/plain", "")
    return await lab.call(*lines, patience_s=0.3)


async def test_a_message_is_recorded_until_silence_and_can_be_fetched() -> None:
    async with laboratory() as lab:
        attributes = 'timeout="2" recordingStatusCallback="/recorded"'
        record = await _record(lab, attributes, "Please call me back about my brakes.")
        assert record["said"] == ["Thank you."]
        (left,) = lab.product.asked_at("/left")
        (told,) = lab.product.asked_at("/recorded")
        assert told.form["RecordingStatus"] == "completed"
        assert told.form["RecordingSid"] == left.form["RecordingSid"]
        assert left.form["RecordingUrl"].endswith(f"/Accounts/{SID}/Recordings/{left.form['RecordingSid']}")
        assert 1 <= int(left.form["RecordingDuration"]) <= 6
        url = lab.url + left.form["RecordingUrl"].removeprefix("https://api.twilio.com") + ".wav"
        credentials = "Basic " + base64.b64encode(f"{SID}:{TOKEN}".encode()).decode()
        async with lab.http.get(url, headers={"Authorization": credentials}) as response:
            with wave.open(io.BytesIO(await response.read())) as sound:
                seconds = sound.getnframes() / sound.getframerate()
        assert 0 <= int(left.form["RecordingDuration"]) - seconds < 1


async def test_a_key_ends_a_message_and_so_does_its_longest_length() -> None:
    async with laboratory() as lab:
        await _record(lab, 'finishOnKey="#" timeout="20"', "A long message, which ends by a key.", "[keys #]")
        assert lab.product.asked_at("/left")[0].form["Digits"] == "#"
        await _record(lab, 'maxLength="2"', "This is a very long message that does not end in time for the machine.")
        assert lab.product.asked_at("/left")[1].form["RecordingDuration"] == "2"


async def test_one_who_hangs_up_has_left_his_message() -> None:
    async with laboratory() as lab:
        record = await _record(lab, 'timeout="9"', "Call me back.", "[hangup]")
        (left,) = lab.product.asked_at("/left")
        assert (left.form["Digits"], left.form["CallStatus"]) == ("hangup", "completed")
        assert record["ended_by"] == "caller"


async def test_an_empty_message_leads_to_the_next_verb() -> None:
    async with laboratory() as lab:
        record = await _record(lab, 'timeout="2"')
        assert record["said"] == ["Empty."]
        assert lab.product.asked_at("/left") == []


async def test_a_sound_of_the_product_is_played_and_something_else_is_a_fault() -> None:
    async with laboratory() as lab:
        with io.BytesIO() as file:
            with wave.open(file, "wb") as sound:
                sound.setnchannels(1)
                sound.setsampwidth(2)
                sound.setframerate(8_000)
                sound.writeframes(b"\x00\x30\x00\xd0" * 4_000)
            lab.product.sounds["/hold.wav"] = file.getvalue()
        lab.product.twiml("/voice", "<Play>/hold.wav</Play><Play>/text</Play><Play digits='1w2'/>")
        lab.product.answers["/text"] = (200, "text/plain", "la la la")
        record = await lab.call()
        played = _events(record, "play")
        assert [(event.get("url"), event.get("seconds")) for event in played] == [
            (lab.product.url + "/hold.wav", 1.0),
            (None, None),
        ]
        assert [fault["code"] for fault in record["faults"]] == [12300]
        (span,) = record["sophie_speaking"]
        assert 900 < span["end_ms"] - span["start_ms"] < 1_100


async def test_what_the_carrier_says_lasts_as_long_as_it_takes_to_say_and_is_heard() -> None:
    async with laboratory() as lab:
        lab.product.twiml("/voice", "<Say>Please hold the line for a moment.</Say>")
        record = await lab.call()
        (said,) = _events(record, "say")
        (span,) = record["sophie_speaking"]
        assert 1 < said["seconds"] < 5
        assert span["end_ms"] - span["start_ms"] <= 1000 * said["seconds"] + 30


async def test_a_call_may_wait_and_be_sent_on_before_it_is_answered_or_refused() -> None:
    async with laboratory() as lab:
        lab.product.twiml("/voice", "<Pause length='1'/><Redirect>/next</Redirect>")
        lab.product.twiml("/next", '<Reject reason="busy"/>')
        record = await lab.call()
        assert (record["status"], record["seconds"]) == ("busy", 0)
        assert lab.product.asked_at("/next")[0].form["CallStatus"] == "ringing"


def _dial(lab: Lab, attributes: str = "", number: str = f'<Number url="/whisper">{DESK}</Number>') -> None:
    lab.product.twiml("/voice", f'<Dial action="/dialed" {attributes}>{number}</Dial>')
    lab.product.twiml("/dialed", "<Hangup/>")
    accept = '<Gather numDigits="1" timeout="3" action="/accepted"><Say>A caller. Press one.</Say></Gather><Hangup/>'
    lab.product.twiml("/whisper", accept)
    lab.product.twiml("/accepted", "<Say>You are joined.</Say>")


async def test_the_one_who_was_dialled_hears_the_whisper_and_accepts_by_a_key() -> None:
    async with laboratory() as lab:
        script = {"lines": ["[keys 1]"], "patience_s": 0.3}
        await lab.phone(DESK, rings_s=1, opening="", script=script, talks_s=4)
        _dial(lab)
        record = await lab.call()
        (whisper,) = lab.product.asked_at("/whisper")
        assert whisper.form["Direction"] == "outbound-dial"
        assert (whisper.form["ParentCallSid"], whisper.form["To"]) == (record["call_sid"], DESK)
        assert lab.product.asked_at("/accepted")[0].form["Digits"] == "1"
        assert [event["text"] for event in _events(record, "whisper")] == ["A caller. Press one.", "You are joined."]
        assert [event["digit"] for event in _events(record, "whisper_key")] == ["1"]
        (dialed,) = lab.product.asked_at("/dialed")
        assert (dialed.form["DialCallStatus"], dialed.form["DialBridged"]) == ("completed", "true")
        assert int(dialed.form["DialCallDuration"]) >= 4
        assert dialed.form["DialCallSid"] == whisper.form["CallSid"]
        assert record["faults"] == []


async def test_one_who_does_not_accept_answered_but_was_never_joined() -> None:
    async with laboratory() as lab:
        await lab.phone(DESK, rings_s=0.5)
        _dial(lab, 'answerOnBridge="true"')
        record = await lab.call()
        (dialed,) = lab.product.asked_at("/dialed")
        assert (dialed.form["DialCallStatus"], dialed.form["DialBridged"]) == ("completed", "false")
        assert dialed.form["CallStatus"] == "ringing"
        assert record["said"] == []


@pytest.mark.parametrize(("answers", "status"), [("busy", "busy"), ("failed", "failed"), ("no-answer", "no-answer")])
async def test_the_one_who_was_dialled_does_not_take_the_call(answers: str, status: str) -> None:
    async with laboratory() as lab:
        await lab.phone(DESK, answers=answers, rings_s=0.5)
        _dial(lab, 'timeout="3"')
        await lab.call()
        (dialed,) = lab.product.asked_at("/dialed")
        assert (dialed.form["DialCallStatus"], dialed.form["DialBridged"]) == (status, "false")
        assert lab.product.asked_at("/whisper") == []


async def test_a_voicemail_picks_up_and_does_not_press_the_key() -> None:
    async with laboratory() as lab:
        await lab.phone(DESK, answers="machine", rings_s=0.5)
        _dial(lab)
        await lab.call()
        (dialed,) = lab.product.asked_at("/dialed")
        assert (dialed.form["DialCallStatus"], dialed.form["DialBridged"]) == ("completed", "false")


async def test_the_two_are_parted_when_their_time_is_over_and_the_call_goes_on() -> None:
    async with laboratory() as lab:
        await lab.phone(DESK, rings_s=0.5, opening="", talks_s=60)
        _dial(lab, 'timeLimit="3"', f"<Number>{DESK}</Number>")
        lab.product.twiml("/dialed", "<Say>Your time is over.</Say>")
        record = await lab.call()
        (dialed,) = lab.product.asked_at("/dialed")
        assert dialed.form["DialCallStatus"] == "completed"
        assert 3 <= int(dialed.form["DialCallDuration"]) < 60
        assert record["said"] == ["Your time is over."]


@pytest.mark.parametrize(
    ("answers", "mode", "verdict"),
    [
        ("human", "Enable", "human"),
        ("machine", "Enable", "machine_start"),
        ("machine", "DetectMessageEnd", "machine_end_beep"),
        ("fax", "Enable", "fax"),
    ],
)
async def test_the_detection_tells_what_has_answered_at_a_dialled_number(answers: str, mode: str, verdict: str) -> None:
    async with desk() as office:
        lab = office.lab
        await lab.phone(DESK, answers=answers, rings_s=0.5, talks_s=20)
        lab.product.answers["/amd"] = (204, "text/plain", "")
        detection = f'machineDetection="{mode}" amdStatusCallback="/amd"'
        _dial(lab, number=f"<Number {detection}>{DESK}</Number>")
        record = await lab.call()
        (told,) = lab.product.asked_at("/amd")
        (leg,) = await office.sdk(office.client.calls.list, parent_call_sid=record["call_sid"])
        assert (told.form["AnsweredBy"], told.form["CallSid"]) == (verdict, leg.sid)
        assert int(told.form["MachineDetectionDuration"]) > 0
        assert record["faults"] == []


async def test_of_several_numbers_the_first_to_answer_is_joined_and_the_others_stop_ringing() -> None:
    async with desk() as office:
        lab = office.lab
        await lab.phone(DESK, rings_s=9, opening="")
        await lab.phone(OTHER, rings_s=1, opening="")
        callback = 'statusCallback="/leg" statusCallbackEvent="initiated ringing answered completed"'
        _dial(lab, 'timeout="20"', f"<Number {callback}>{DESK}</Number><Number>{OTHER}</Number>")
        lab.product.answers["/leg"] = (204, "text/plain", "")
        record = await lab.call()
        ended = {event["number"]: event["status"] for event in _events(record, "dial_ended")}
        assert ended == {DESK: "canceled", OTHER: "completed"}
        told = office.told("/leg")
        assert [form["CallStatus"] for form in told] == ["initiated", "ringing", "canceled"]
        assert [form["SequenceNumber"] for form in told] == ["0", "1", "2"]
        legs = await office.sdk(office.client.calls.list, parent_call_sid=record["call_sid"])
        assert {(leg.to, leg.status, leg.direction) for leg in legs} == {
            (DESK, "canceled", "outbound-dial"),
            (OTHER, "completed", "outbound-dial"),
        }


async def test_answer_on_bridge_lets_the_caller_ring_until_somebody_is_there() -> None:
    async with laboratory(status_callback="/status") as lab:
        await lab.phone(DESK, rings_s=20, opening="", talks_s=2)
        _dial(lab, 'answerOnBridge="true"', f"<Number>{DESK}</Number>")
        record = await lab.call()
        answered = next(event["ms"] for event in _events(record, "status") if event["status"] == "in-progress")
        assert answered >= 20_000
        assert 2 <= record["seconds"] < 20


@pytest.mark.parametrize(("caller_id", "codes"), [(NUMBER, []), (CALLER, []), ("+15125550111", [13214])])
async def test_only_a_number_of_the_account_or_of_the_caller_may_be_shown(caller_id: str, codes: list[int]) -> None:
    async with laboratory() as lab:
        await lab.phone(DESK, rings_s=0, opening="", talks_s=1)
        _dial(lab, f'callerId="{caller_id}"', f"<Number>{DESK}</Number>")
        record = await lab.call()
        assert [fault["code"] for fault in record["faults"]] == codes
        (dialed,) = lab.product.asked_at("/dialed")
        assert dialed.form["DialCallStatus"] == ("failed" if codes else "completed")


async def test_a_whisper_may_not_dial() -> None:
    async with laboratory() as lab:
        await lab.phone(DESK, rings_s=0, opening="", talks_s=1)
        _dial(lab)
        lab.product.twiml("/whisper", f"<Dial>{OTHER}</Dial>")
        assert [fault["code"] for fault in (await lab.call())["faults"]] == [13201]
