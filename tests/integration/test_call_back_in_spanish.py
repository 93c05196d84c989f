"""A caller who speaks Spanish is written down to be called back in it, and told so in it."""

import asyncio
import json
from dataclasses import replace

from sqlalchemy import text
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from media_service.conversation.events import TurnEnded
from shared.services import Services
from tests.integration.media_door import CONNECTED, ORIGIN, SECRET, TOKEN_SECRET, media_door, start


async def play_to_the_end(socket: ClientConnection) -> None:
    """As the carrier does: every mark comes back when the audio before it was played."""
    try:
        async for message in socket:
            if json.loads(message)["event"] == "mark":
                await socket.send(message)
    except ConnectionClosed:
        return


async def test_a_spanish_caller_is_written_down_with_the_language_and_the_call_ends(services: Services) -> None:
    settings = replace(
        services.settings,
        port=0,
        media_stream_url=ORIGIN,
        twilio_auth_token=SECRET,
        stream_token_secret=TOKEN_SECRET,
    )
    async with media_door(replace(services, settings=settings)) as door, door.dial(door.token()) as socket:
        await socket.send(CONNECTED)
        await socket.send(start(caller="+12175550177"))
        async with asyncio.timeout(10), asyncio.TaskGroup() as group:
            await socket.recv()  # the greeting: the call has begun
            group.create_task(play_to_the_end(socket))
            door.providers.hear(TurnEnded("hola buenos días necesito una cita para mi coche"))
            door.providers.hear(TurnEnded("sí por favor"))
    with services.database.transaction() as connection:
        row = connection.execute(text("SELECT phone, reason, message, call_sid, state FROM reporting.callbacks")).one()
    assert tuple(row) == (
        "+12175550177",
        "message",
        "The caller speaks Spanish and asks to be called back in it.",
        "CA1",
        "open",
    )
