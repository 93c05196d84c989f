"""Twilio Media Streams' websocket messages, in and out. Pure: text in, values out.

Shapes from twilio.com/docs/voice/media-streams/websocket-messages. Numbers arrive as strings in some fields and as
numbers in others; both are taken. Audio is base64 of 8 kHz µ-law, passed on as bytes and never looked into.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from media_service.conversation.events import KeyPressed, MarkReturned, StreamEnded
from shared.errors import ProtocolError


@dataclass(frozen=True, slots=True)
class Connected:
    """The first message; it names no stream yet."""


@dataclass(frozen=True, slots=True)
class Start:
    """The stream begins. `parameters` are those of the TwiML that opened it."""

    stream_sid: str
    call_sid: str
    parameters: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Media:
    """A stretch of the caller's audio, usually 160 bytes = 20 ms."""

    payload: bytes


@dataclass(frozen=True, slots=True)
class Unknown:
    """An event this version does not know: Twilio may add some without notice."""

    event: str


Incoming = Connected | Start | Media | KeyPressed | MarkReturned | StreamEnded | Unknown


def parse(text: str | bytes, stream_sid: str | None) -> Incoming:
    """One message. `stream_sid` is that of the `start` message, None before it.

    Raises ProtocolError when it is not JSON, lacks what its event must have, or belongs to another stream.
    """
    try:
        message = orjson.loads(text)
        event = message["event"]
        if event == "media":
            _same_stream(message, stream_sid)
            return Media(base64.b64decode(message["media"]["payload"], validate=True))
        return _other(event, message, stream_sid)
    except (orjson.JSONDecodeError, KeyError, TypeError, binascii.Error, AttributeError) as why:
        raise ProtocolError("The media stream sent a message that does not have its event's shape.") from why


def _other(event: Any, message: dict[str, Any], stream_sid: str | None) -> Incoming:
    if event == "connected":
        return Connected()
    if event == "start":
        return _start(message)
    if event in ("mark", "dtmf", "stop"):
        _same_stream(message, stream_sid)
    if event == "mark":
        return MarkReturned(str(message["mark"]["name"]))
    if event == "dtmf":
        return KeyPressed(_digit(message["dtmf"]["digit"]))
    if event == "stop":
        return StreamEnded()
    return Unknown(str(event)[:40])


def _start(message: dict[str, Any]) -> Start:
    start = message["start"]
    encoding = start["mediaFormat"]
    if encoding["encoding"] != "audio/x-mulaw" or str(encoding["sampleRate"]) != "8000":
        raise ProtocolError("The media stream is not 8 kHz µ-law.")
    parameters = start.get("customParameters") or {}
    return Start(
        stream_sid=_text(start["streamSid"]),
        call_sid=_text(start["callSid"]),
        parameters={str(name): str(value) for name, value in parameters.items()},
    )


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ProtocolError("The media stream's start names no stream or no call.")
    return value


def _digit(value: Any) -> str:
    if value not in tuple("0123456789*#"):
        raise ProtocolError("The media stream reported a key that no telephone has.")
    return str(value)


def _same_stream(message: dict[str, Any], stream_sid: str | None) -> None:
    if stream_sid is None or message["streamSid"] != stream_sid:
        raise ProtocolError("The media stream sent a message of another stream, or before its start.")


class Outgoing:
    """Messages to one stream. Twilio refuses a missing or an extra field (error 31951)."""

    def __init__(self, stream_sid: str) -> None:
        sid = orjson.dumps(stream_sid).decode()
        self._media = f'{{"event":"media","streamSid":{sid},"media":{{"payload":"'
        self._mark = f'{{"event":"mark","streamSid":{sid},"mark":{{"name":'
        self.clear = f'{{"event":"clear","streamSid":{sid}}}'

    def media(self, payload: bytes) -> str:
        """µ-law audio of any length, without a file header."""
        return f'{self._media}{base64.b64encode(payload).decode("ascii")}"}}}}'

    def mark(self, name: str) -> str:
        return f"{self._mark}{orjson.dumps(name).decode()}}}}}"
