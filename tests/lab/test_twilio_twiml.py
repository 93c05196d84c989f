"""TwiML is read as strictly as the carrier reads it; what it would only warn about is reported too."""

from __future__ import annotations

import pytest

from infra.local.twilio import twiml
from infra.local.twilio.vocabulary import (
    Connect,
    Dial,
    DialledNumber,
    Document,
    Gather,
    Hangup,
    Pause,
    Play,
    Record,
    Redirect,
    Reject,
    Say,
)

URL = "https://shop.example/voice?attempt=1"
STREAM = '<Stream url="wss://media.example/media-stream/abc"/>'


def _read(body: str) -> Document:
    return twiml.read(f'<?xml version="1.0" encoding="UTF-8"?><Response>{body}</Response>', URL)


def test_the_verbs_of_a_call_are_read_with_addresses_made_absolute() -> None:
    document = _read(
        f'<Connect action="/connected?x=1#rc=2">{STREAM}</Connect><Say voice="alice">One  moment\n please</Say>'
        '<Pause length="3"/><Dial timeout="20" action="/dialed" answerOnBridge="true" callerId="+15125550100">'
        '<Number url="/whisper">+15125550199</Number></Dial><Redirect method="GET">/voice</Redirect><Hangup/>'
    )
    assert document.faults == ()
    connect, *others = document.verbs
    assert isinstance(connect, Connect)
    assert connect.action == "https://shop.example/connected?x=1#rc=2"
    assert connect.stream is not None
    assert connect.stream.url == "wss://media.example/media-stream/abc"
    number = DialledNumber("+15125550199", "https://shop.example/whisper", "POST")
    assert others == [
        Say("One moment please"),
        Pause(3),
        Dial((number,), "https://shop.example/dialed", "POST", 20, "+15125550100", answer_on_bridge=True),
        Redirect("https://shop.example/voice", "GET"),
        Hangup(),
    ]


def test_a_bare_number_in_dial_and_a_reason_to_reject_are_read() -> None:
    assert _read("<Dial>+15125550199</Dial>").verbs[0] == Dial(
        (DialledNumber("+15125550199", None, "POST"),), None, "POST", 30, None
    )
    assert _read('<Reject reason="busy"/>').verbs == (Reject("busy"),)


def test_what_listens_is_read_with_the_carriers_defaults() -> None:
    gather, record = _read("<Gather><Say>Press</Say><Play digits='1w'/><Pause/></Gather><Record/>").verbs
    assert gather == Gather((Say("Press"), Play(None, "1w"), Pause(1)), URL)
    assert record == Record(URL)
    (spoken,) = _read('<Gather input="dtmf speech" action="/got" numDigits="4" actionOnEmptyResult="true"/>').verbs
    assert spoken == Gather(
        (), "https://shop.example/got", speech=True, num_digits=4, action_on_empty_result=True
    )  # fmt: skip


def test_parameters_arrive_by_name() -> None:
    body = '<Connect><Stream url="wss://m.example/s"><Parameter name="from" value="+1512"/></Stream></Connect>'
    (connect,) = _read(body).verbs
    assert isinstance(connect, Connect)
    assert connect.stream is not None
    assert connect.stream.parameters == {"from": "+1512"}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", 12100),
        ("<Response><Say>a & b</Say></Response>", 12100),
        ("<html><body/></html>", 12100),
        ("<Response>" + "<Pause/>" * 9_000 + "</Response>", 11750),
    ],
)
def test_a_document_that_cannot_be_read_is_refused_whole(text: str, code: int) -> None:
    with pytest.raises(twiml.UnreadableTwiml) as refused:
        twiml.read(text, URL)
    assert refused.value.fault.code == code


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("<Speak>hello</Speak>", 12200),
        ('<Say volume="loud">hello</Say>', 12200),
        ("<Connect><Room>a</Room></Connect>", 12200),
        (f"<Connect>{STREAM}{STREAM}</Connect>", 12200),
        ('<Connect method="PUT">' + STREAM + "</Connect>", 12200),
        ('<Pause length="long"/>', 12200),
        ("<Dial/>", 12200),
        ("<Dial>" + "<Number>+15125550199</Number>" * 11 + "</Dial>", 12200),
        ('<Dial record="record-from-answer">+15125550199</Dial>', 12200),
        ('<Dial answerOnBridge="yes">+15125550199</Dial>', 12200),
        ('<Dial timeLimit="long">+15125550199</Dial>', 12200),
        ('<Dial><Number machineDetection="enable">+15125550199</Number></Dial>', 12200),
        ('<Dial><Number machineDetection="Enable" machineDetectionTimeout="61">+15125550199</Number></Dial>', 12200),
        ('<Dial><Number statusCallbackEvent="rang">+15125550199</Number></Dial>', 12200),
        ("<Dial><Sip>sip:a@b.example</Sip></Dial>", 12200),
        ("<Gather><Dial>+15125550199</Dial></Gather>", 12200),
        ('<Gather input="video"/>', 12200),
        ('<Gather finishOnKey="A"/>', 12200),
        ('<Gather input="speech" speechTimeout="3"/>', 12200),
        ('<Gather partialResultCallback="/p"/>', 12200),
        ('<Record transcribe="true"/>', 12200),
        ('<Record maxLength="-1"/>', 12200),
        ("<Play/>", 12200),
        ('<Play digits="A"/>', 12200),
        ("<Say/>", 12200),
        ("<Connect><ConversationRelay/></Connect>", 12200),
        ("<Start><Stream url='wss://m.example/s'/></Start>", 12200),
        ('<Connect><Stream url="wss://m.example/s"><Parameter name="only"/></Stream></Connect>', 12200),
        (
            f'<Connect><Stream url="wss://m.example/s"><Parameter name="n" value="{"v" * 500}"/></Stream></Connect>',
            12200,
        ),
        ('<Connect><Stream url="https://m.example/s"/></Connect>', 31922),
        ('<Connect><Stream url="wss://m.example/s?token=1"/></Connect>', 31922),
        ("<Connect><Stream/></Connect>", 31922),
        ('<Connect><Stream url="wss:///media"/></Connect>', 31923),
        ('<Connect><Stream url="wss://m.example/a b"/></Connect>', 31923),
        ('<Connect><Stream url="wss://m.example/s" track="both_tracks"/></Connect>', 31941),
    ],
)
def test_what_the_schema_does_not_have_is_reported(body: str, code: int) -> None:
    assert code in [fault.code for fault in _read(body).faults]
