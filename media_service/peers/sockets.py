"""How the hot path's sockets are dialled: one shared TLS context, no compression, short patience.

A TLS context costs 15–20 ms to build and would be built on the event loop; compression costs more than it saves on
frames of 160 bytes (reference figures in tests/bench/README.md).
"""

import ssl
from functools import cache

from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.connection import broadcast
from websockets.exceptions import InvalidHandshake, InvalidURI, WebSocketException

from shared.errors import Unavailable

_OPEN_SECONDS = 3.0
# A peer that stops reading is given up before this much of a call's audio has piled up.
_MOST_UNSENT_BYTES = 256 * 1024


@cache
def tls_context() -> ssl.SSLContext:
    return ssl.create_default_context()


async def dial(url: str, api_key: str) -> ClientConnection:
    """A connection to Deepgram. Raises Unavailable when it cannot be had."""
    try:
        return await connect(
            url,
            additional_headers={"Authorization": f"Token {api_key}"},
            ssl=tls_context() if url.startswith("wss:") else None,
            compression=None,
            proxy=None,
            open_timeout=_OPEN_SECONDS,
            close_timeout=1,
            ping_interval=10,
            ping_timeout=10,
            max_size=4 * 1024 * 1024,
            max_queue=None,
        )
    except (OSError, TimeoutError, InvalidHandshake, InvalidURI, WebSocketException) as why:
        raise Unavailable(f"Deepgram cannot be reached: {type(why).__name__}.") from why


def send_now(socket: ClientConnection, message: str | bytes) -> None:
    """Send without waiting. A peer that does not read is cut off, which its reader notices."""
    broadcast([socket], message)
    if socket.transport.get_write_buffer_size() > _MOST_UNSENT_BYTES:
        socket.transport.abort()
