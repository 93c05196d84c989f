"""The carrier's side of one call: its messages in, ours out. What they mean for the call is decided elsewhere."""

import logging
from collections.abc import Callable

from websockets.asyncio.connection import broadcast
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from media_service.conversation import events as ev
from media_service.opening import Refusal, text_of
from media_service.wire import twilio_media
from shared.errors import ProtocolError
from shared.log import fields

log = logging.getLogger(__name__)

# Twilio reads as fast as we send; what it leaves unread beyond this means that it is gone.
_MOST_UNSENT_BYTES = 4 * 1024 * 1024


class Line:
    """One per call, from the moment at which its stream has started."""

    def __init__(self, socket: ServerConnection, stream_sid: str) -> None:
        self._socket = socket
        self._stream_sid = stream_sid

    async def read(
        self, hear: Callable[[bytes], None], tell: Callable[[ev.KeyPressed | ev.MarkReturned], None]
    ) -> bool:
        """Take in the carrier's messages until the stream ends; whether it ended abnormally. `hear` takes the caller's
        audio, 8 kHz µ-law."""
        try:
            async for message in self._socket:
                incoming = twilio_media.parse(text_of(message), self._stream_sid)
                if isinstance(incoming, twilio_media.Media):
                    hear(incoming.payload)
                elif isinstance(incoming, ev.StreamEnded):
                    return False
                elif isinstance(incoming, ev.KeyPressed | ev.MarkReturned):
                    tell(incoming)
                elif isinstance(incoming, twilio_media.Unknown):
                    log.info("unknown stream event ignored", extra=fields(event=incoming.event))
        except ConnectionClosed:
            return True
        except ProtocolError:
            await self.refuse(Refusal(1007, "malformed message"))
            return True
        except Refusal as refusal:
            await self.refuse(refusal)
            return True
        return self._socket.close_code != 1000

    def send(self, message: str) -> None:
        """Without waiting; a carrier that reads no more loses the line."""
        broadcast([self._socket], message)
        if self._socket.transport.get_write_buffer_size() > _MOST_UNSENT_BYTES:
            self._socket.transport.abort()

    async def refuse(self, refusal: Refusal) -> None:
        log.warning("media stream refused", extra=fields(code=refusal.code, reason=refusal.reason))
        await self._socket.close(refusal.code, refusal.reason)

    async def close(self) -> None:
        """With our socket the `<Connect>` ends."""
        await self._socket.close(1000)
