"""A media service in this process with doors of its own, and a bare client shaped like Twilio."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from secrets import token_hex
from time import time
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import Server

from media_service.calling import CalledEquipment
from media_service.conversation.endpointing import Patience
from media_service.conversation.events import RecogniserLost
from media_service.conversation.lines import CalledLines, LanguageLines, Lines
from media_service.equipment import Equipment
from media_service.peers.tts import Spoken
from media_service.server import MediaServer
from media_service.threads import Threads
from media_service.wire.deepgram_listen import Heard
from shared import stream_token
from shared.services import Services
from shared.tools.registry import Desk
from shared.twilio_signature import SIGNATURE_HEADER, sign

ORIGIN, SECRET, TOKEN_SECRET = "wss://media.example", "auth-token", "t" * 32
CALLED_LINES = CalledLines(
    opening="This is a machine with a reminder.",
    screening="A reminder.",
    voicemail="Please call us.",
    opted_out="Never again.",
    nobody="Later.",
)
LINES = Lines(
    other_language={"es": LanguageLines("Spanish", "its-voice", "¿Le llamamos?", "Le llamaremos.", "Le paso.")},
    greeting="Hello.",
    fillers=("One moment.",),
    still_there=("Are you there?",),
    goodbye="Goodbye.",
    apology="Sorry, I'll put you through.",
    to_person="I'll put you through.",
    nothing_done="Nothing was done.",
    closing_soon="This ends soon.",
    fillers_of={},
)
AUDIO = bytes(range(256)) * 10  # 320 ms


@dataclass
class Providers:
    """Stands where the providers would: counts who was contacted, hears what the test puts in, never speaks."""

    contacted: int = 0
    listeners: "list[_Listener]" = field(default_factory=list)
    audio: bytearray = field(default_factory=bytearray)
    pushed: asyncio.Event = field(default_factory=asyncio.Event)

    def listener(self) -> "_Listener":
        self.contacted += 1
        self.listeners.append(_Listener(self))
        return self.listeners[-1]

    def hear(self, event: Heard | RecogniserLost | Exception) -> None:
        """Every call's recogniser hears this, or breaks with it."""
        for listener in self.listeners:
            listener.queue.put_nowait(event)

    def voice(self) -> "_Voice":
        self.contacted += 1
        return _Voice()

    async def reply(self, model: str, system: Any, messages: Any) -> AsyncIterator[str]:
        self.contacted += 1
        yield "unused"

    async def warm(self) -> None: ...

    async def close(self) -> None: ...


@dataclass
class _Listener:
    providers: Providers
    queue: "asyncio.Queue[Heard | RecogniserLost | Exception]" = field(default_factory=asyncio.Queue)

    def push(self, audio: bytes) -> None:
        self.providers.audio += audio
        self.providers.pushed.set()

    def set_patience(self, patience: Patience) -> None: ...

    def expect(self, language: str) -> None: ...

    async def heard(self) -> AsyncGenerator[Heard | RecogniserLost, None]:
        while True:
            event = await self.queue.get()
            if isinstance(event, Exception):
                raise event
            yield event


class _Voice:
    model = "a-voice"

    def say(self, text: str) -> None: ...

    def stop(self) -> None: ...

    async def speech(self) -> AsyncGenerator[bytes | Spoken, None]:
        await asyncio.Event().wait()
        yield b""


@dataclass
class MediaDoor:
    """The running service. `dial` opens a stream as Twilio does; what is wrong about it is the test's to say."""

    server: MediaServer
    providers: Providers
    port: int
    listening: Server

    async def drain(self) -> None:
        await self.server.drain(self.listening)

    def token(self, leg: str = "CA1", epoch: int = 0, age: float = 0, secret: str = TOKEN_SECRET) -> str:
        return stream_token.issue(secret, leg, epoch, time() - age, token_hex(8))

    @asynccontextmanager
    async def dial(self, token: str, secret: str = SECRET) -> AsyncIterator[ClientConnection]:
        path = f"/media-stream/{token}"
        headers = {SIGNATURE_HEADER: sign(secret, ORIGIN + path)}
        async with connect(f"ws://127.0.0.1:{self.port}{path}", additional_headers=headers, proxy=None) as socket:
            yield socket


@asynccontextmanager
async def media_door(services: Services) -> AsyncIterator[MediaDoor]:
    providers = Providers()
    threads = Threads()
    equipment = Equipment(
        services=services,
        desk=Desk(services),
        lines=LINES,
        rendered=dict.fromkeys(LINES.every, AUDIO),
        static_prompt="",
        model=providers,
        called=CalledEquipment(CALLED_LINES, "", providers),
        listener=providers.listener,
        voice=providers.voice,
        threads=threads,
    )
    media = MediaServer(equipment)
    async with media.listen() as server:
        yield MediaDoor(media, providers, next(iter(server.sockets)).getsockname()[1], server)
    threads.close()


def start(leg: str = "CA1", stream: str = "MZ1", caller: str = "+12175550142") -> str:
    return json.dumps(
        {
            "event": "start",
            "sequenceNumber": "1",
            "streamSid": stream,
            "start": {
                "streamSid": stream,
                "accountSid": "AC1",
                "callSid": leg,
                "tracks": ["inbound"],
                "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
                "customParameters": {"from": caller},
            },
        }
    )


CONNECTED = '{"event":"connected","protocol":"Call","version":"1.0.0"}'
