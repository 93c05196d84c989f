"""Shapes from Twilio's "WebSocket messages" page; values are strings where Twilio sends strings."""

import base64
import json
from typing import Any

import pytest

from media_service.conversation.events import KeyPressed, MarkReturned, StreamEnded
from media_service.wire.twilio_media import Connected, Media, Outgoing, Start, Unknown, parse
from shared.errors import ProtocolError

START: dict[str, Any] = {
    "event": "start",
    "sequenceNumber": "1",
    "streamSid": "MZ1",
    "start": {
        "streamSid": "MZ1",
        "accountSid": "AC1",
        "callSid": "CA1",
        "tracks": ["inbound"],
        "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
        "customParameters": {"from": "+13125550142"},
    },
}


def message(event: str, stream: str = "MZ1", **body: Any) -> str:
    return json.dumps({"event": event, "sequenceNumber": "2", "streamSid": stream, **body})


def start(**changed: Any) -> str:
    return json.dumps({**START, "start": {**START["start"], **changed}})


def test_connected_names_no_stream() -> None:
    assert parse('{"event":"connected","protocol":"Call","version":"1.0.0"}', None) == Connected()


def test_start_brings_stream_call_and_parameters() -> None:
    assert parse(json.dumps(START), None) == Start("MZ1", "CA1", {"from": "+13125550142"})


def test_audio_is_passed_on_as_bytes() -> None:
    payload = base64.b64encode(b"\xff\x7f").decode()
    frame = message("media", media={"track": "inbound", "chunk": "1", "timestamp": "20", "payload": payload})
    assert parse(frame, "MZ1") == Media(b"\xff\x7f")


@pytest.mark.parametrize(
    ("text", "event"),
    [
        (message("mark", mark={"name": "0.1.200"}), MarkReturned("0.1.200")),
        (message("dtmf", dtmf={"track": "inbound_track", "digit": "#"}), KeyPressed("#")),
        (message("stop", stop={"accountSid": "AC1", "callSid": "CA1"}), StreamEnded()),
        (message("weather", weather={}), Unknown("weather")),
    ],
)
def test_every_event_has_its_value(text: str, event: object) -> None:
    assert parse(text, "MZ1") == event


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not json",
        "[]",
        "null",
        "7",
        '"media"',
        "{}",
        '{"event":"media"}',
        message("media"),
        message("media", media={"payload": "not base64!"}),
        message("media", media={"payload": 7}),
        message("media", stream="MZ2", media={"payload": ""}),
        message("mark", stream="MZ2", mark={"name": "x"}),
        message("mark", mark=[]),
        message("dtmf", dtmf={"digit": "12"}),
        message("stop", stream="MZ2"),
        json.dumps({**START, "start": {**START["start"], "callSid": ""}}),
        json.dumps({**START, "start": {**START["start"], "streamSid": 5}}),
        json.dumps(
            {**START, "start": {**START["start"], "mediaFormat": {"encoding": "audio/l16", "sampleRate": 8000}}}
        ),
        json.dumps({**START, "start": {**START["start"], "customParameters": []}}).replace("[]", "[1]"),
    ],
)
def test_what_has_not_its_events_shape_is_a_protocol_error(text: str) -> None:
    with pytest.raises(ProtocolError):
        parse(text, "MZ1")


def test_audio_before_the_start_is_a_protocol_error() -> None:
    with pytest.raises(ProtocolError):
        parse(message("media", media={"payload": ""}), None)


def test_what_we_send_has_exactly_the_fields_that_twilio_takes() -> None:
    out = Outgoing("MZ1")
    assert json.loads(out.media(b"\x00")) == {"event": "media", "streamSid": "MZ1", "media": {"payload": "AA=="}}
    assert json.loads(out.mark('a"b')) == {"event": "mark", "streamSid": "MZ1", "mark": {"name": 'a"b'}}
    assert json.loads(out.clear) == {"event": "clear", "streamSid": "MZ1"}
