"""The media stream's messages, strictly: what the carrier sends, and what it accepts from a service.

Every field the carrier documents is written; every field it does not document is refused. Faults carry the carrier's
own error numbers. It refuses to know of sockets, clocks and calls.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

STREAM_HANDSHAKE, STREAM_CLOSED, STREAM_SCHEME, STREAM_URL = 31920, 31921, 31922, 31923
STREAM_TIMED_OUT, STREAM_REFUSED, STREAM_BROKEN = 31901, 31902, 31903
STREAM_TLS, STREAM_PROTOCOL = 31910, 31924
STREAM_TRACK = 31941
SLOW_READER, BUFFER_FULL = 31930, 31931
UNDECODABLE, BAD_MESSAGE = 31950, 31951


@dataclass(frozen=True, slots=True)
class Fault:
    """A misdeed of the service under test, by the carrier's error number."""

    code: int
    message: str


@dataclass(frozen=True, slots=True)
class Media:
    payload: bytes


@dataclass(frozen=True, slots=True)
class Mark:
    name: str


@dataclass(frozen=True, slots=True)
class Clear:
    pass


Message = Media | Mark | Clear | Fault

_SHAPES: dict[str, set[str]] = {
    "media": {"event", "streamSid", "media"},
    "mark": {"event", "streamSid", "mark"},
    "clear": {"event", "streamSid"},
}
_FILE_HEADERS = (b"RIFF", b"OggS", b"ID3", b".snd", b"fLaC")


def parse(text: str, stream_sid: str) -> Message:
    """A text frame of the service to its meaning, or to the fault that the carrier would report."""
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        return Fault(BAD_MESSAGE, "A frame that is not JSON was sent.")
    event = message.get("event") if isinstance(message, dict) else None
    if not isinstance(event, str) or event not in _SHAPES:
        return Fault(BAD_MESSAGE, f"{event!r:.60} is no event that a service may send: media, mark or clear.")
    if wrong := _wrong_fields(event, message, _SHAPES[event]):
        return wrong
    if message["streamSid"] != stream_sid:
        return Fault(BAD_MESSAGE, f"{event}: streamSid is not this stream's.")
    if event == "media":
        return _media(message["media"])
    return _mark(message["mark"]) if event == "mark" else Clear()


def _wrong_fields(where: str, found: Any, wanted: set[str]) -> Fault | None:
    if not isinstance(found, dict):
        return Fault(BAD_MESSAGE, f"{where} is not an object.")
    if missing := wanted - found.keys():
        return Fault(BAD_MESSAGE, f"{where} lacks {', '.join(sorted(missing))}.")
    if extra := found.keys() - wanted:
        return Fault(BAD_MESSAGE, f"{where} has fields that nobody knows: {', '.join(sorted(extra))}.")
    return None


def _media(media: Any) -> Message:
    if wrong := _wrong_fields("media.media", media, {"payload"}):
        return wrong
    payload = media["payload"]
    if not isinstance(payload, str) or not payload:
        return Fault(BAD_MESSAGE, "media.media.payload is not a text with audio in it.")
    try:
        audio = base64.b64decode(payload, validate=True)
    except (binascii.Error, ValueError):
        return Fault(UNDECODABLE, "media.media.payload is not base64.")
    if audio.startswith(_FILE_HEADERS):
        return Fault(BAD_MESSAGE, "media.media.payload begins with a file header: send bare µ-law samples.")
    return Media(audio)


def _mark(mark: Any) -> Message:
    if wrong := _wrong_fields("mark.mark", mark, {"name"}):
        return wrong
    if not isinstance(mark["name"], str) or not mark["name"]:
        return Fault(BAD_MESSAGE, "mark.mark.name is not a text.")
    return Mark(mark["name"])


CONNECTED = '{"event":"connected","protocol":"Call","version":"1.0.0"}'


def start(account_sid: str, call_sid: str, stream_sid: str, parameters: Mapping[str, str]) -> str:
    media_format = {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1}
    body = {
        "accountSid": account_sid,
        "streamSid": stream_sid,
        "callSid": call_sid,
        "tracks": ["inbound"],
        "mediaFormat": media_format,
        "customParameters": dict(parameters),
    }
    return json.dumps({"event": "start", "sequenceNumber": "1", "start": body, "streamSid": stream_sid})


def media(sequence: int, chunk: int, timestamp_ms: int, payload: str, stream_sid: str) -> str:
    """One frame of the caller; numbers that look numeric are strings, as on the real wire. `payload` is base64."""
    return (
        f'{{"event":"media","sequenceNumber":"{sequence}","media":{{"track":"inbound","chunk":"{chunk}",'
        f'"timestamp":"{timestamp_ms}","payload":"{payload}"}},"streamSid":"{stream_sid}"}}'
    )


def dtmf(sequence: int, digit: str, stream_sid: str) -> str:
    body = {"track": "inbound_track", "digit": digit}
    return json.dumps({"event": "dtmf", "streamSid": stream_sid, "sequenceNumber": str(sequence), "dtmf": body})


def mark(sequence: int, name: str, stream_sid: str) -> str:
    body = {"name": name}
    return json.dumps({"event": "mark", "sequenceNumber": str(sequence), "streamSid": stream_sid, "mark": body})


def stop(sequence: int, account_sid: str, call_sid: str, stream_sid: str) -> str:
    body = {"accountSid": account_sid, "callSid": call_sid}
    return json.dumps({"event": "stop", "sequenceNumber": str(sequence), "streamSid": stream_sid, "stop": body})
