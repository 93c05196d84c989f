"""The media stream's messages: what the carrier sends, field by field, and all that it refuses."""

from __future__ import annotations

import base64
import json

import pytest

from infra.local.twilio import frames as frames
from infra.local.twilio.frames import Clear, Fault, Mark, Media

STREAM = "MZ" + "1" * 32
AUDIO = base64.b64encode(b"\xff" * 160).decode()


def _text(**message: object) -> str:
    return json.dumps({"streamSid": STREAM, **message})


def test_media_marks_and_clear_in_the_documented_form_are_understood() -> None:
    assert frames.parse(_text(event="media", media={"payload": AUDIO}), STREAM) == Media(b"\xff" * 160)
    assert frames.parse(_text(event="mark", mark={"name": "1:200"}), STREAM) == Mark("1:200")
    assert frames.parse(_text(event="clear"), STREAM) == Clear()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("not json at all", 31951),
        ('["event"]', 31951),
        ("null", 31951),
        (_text(event="hangup"), 31951),
        (_text(event="stop"), 31951),
        (_text(event=["media"], media={"payload": AUDIO}), 31951),
        (_text(event="media"), 31951),
        (_text(event="media", media={}), 31951),
        (_text(event="media", media=AUDIO), 31951),
        (_text(event="media", media={"payload": AUDIO, "track": "outbound"}), 31951),
        (_text(event="media", media={"payload": AUDIO}, sequenceNumber="4"), 31951),
        (_text(event="media", media={"payload": 5}), 31951),
        (_text(event="media", media={"payload": ""}), 31951),
        (_text(event="media", media={"payload": "no base64!"}), 31950),
        (_text(event="media", media={"payload": base64.b64encode(b"RIFF\x00\x00WAVEfmt ").decode()}), 31951),
        (json.dumps({"event": "media", "media": {"payload": AUDIO}}), 31951),
        (json.dumps({"event": "clear", "streamSid": "MZ" + "2" * 32}), 31951),
        (_text(event="clear", mark={"name": "x"}), 31951),
        (_text(event="mark", mark={}), 31951),
        (_text(event="mark", mark={"name": 7}), 31951),
        (_text(event="mark", mark={"name": "x", "id": 1}), 31951),
    ],
)
def test_anything_else_is_the_fault_that_the_carrier_would_report(text: str, code: int) -> None:
    found = frames.parse(text, STREAM)
    assert isinstance(found, Fault)
    assert found.code == code
    assert found.message.endswith(".")


def test_start_has_every_documented_field_and_real_numbers_in_the_media_format() -> None:
    assert json.loads(frames.start("AC1", "CA1", STREAM, {"token": "t"})) == {
        "event": "start",
        "sequenceNumber": "1",
        "streamSid": STREAM,
        "start": {
            "accountSid": "AC1",
            "callSid": "CA1",
            "streamSid": STREAM,
            "tracks": ["inbound"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            "customParameters": {"token": "t"},
        },
    }


def test_numbers_in_the_other_messages_are_strings_as_on_the_wire() -> None:
    assert json.loads(frames.CONNECTED) == {"event": "connected", "protocol": "Call", "version": "1.0.0"}
    assert json.loads(frames.media(5, 4, 60, AUDIO, STREAM)) == {
        "event": "media",
        "sequenceNumber": "5",
        "streamSid": STREAM,
        "media": {"track": "inbound", "chunk": "4", "timestamp": "60", "payload": AUDIO},
    }
    assert json.loads(frames.dtmf(6, "#", STREAM)) == {
        "event": "dtmf",
        "streamSid": STREAM,
        "sequenceNumber": "6",
        "dtmf": {"track": "inbound_track", "digit": "#"},
    }
    assert json.loads(frames.mark(7, "a", STREAM))["mark"] == {"name": "a"}
    assert json.loads(frames.stop(8, "AC1", "CA1", STREAM)) == {
        "event": "stop",
        "sequenceNumber": "8",
        "streamSid": STREAM,
        "stop": {"accountSid": "AC1", "callSid": "CA1"},
    }
