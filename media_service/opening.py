"""How a media stream begins: its `start`, which must come soon and be of the call that it was let in for."""

import asyncio

from websockets.asyncio.server import ServerConnection

from media_service.wire import twilio_media
from shared.errors import ProtocolError
from shared.stream_token import StreamToken

_START_SECONDS = 5.0


class Refusal(Exception):
    """The stream is closed with this code before any provider is contacted."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


async def receive_start(socket: ServerConnection, token: StreamToken) -> twilio_media.Start:
    """The stream's `start`, which must be of the call that the token was made for. Raises Refusal."""
    try:
        async with asyncio.timeout(_START_SECONDS):
            while True:
                message = twilio_media.parse(text_of(await socket.recv()), None)
                if isinstance(message, twilio_media.Start):
                    break
                if not isinstance(message, twilio_media.Connected):
                    raise Refusal(1008, "the stream has not started")
    except TimeoutError as why:
        raise Refusal(1008, "no start") from why
    except ProtocolError as why:
        raise Refusal(1007, "malformed message") from why
    if message.call_sid != token.leg:
        raise Refusal(1008, "token of another call")
    return message


def text_of(message: str | bytes) -> str:
    if isinstance(message, bytes):
        raise Refusal(1003, "binary message")
    return message
