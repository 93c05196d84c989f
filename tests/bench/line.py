"""One telephone line of the bench: Twilio-shaped frames in real time, a caller that is loud or quiet, and a playback
clock that returns marks when they were reached. What was heard when is noted by the monotonic clock.

It refuses to know what the providers do; it reads the codes they put into the sound.
"""

from __future__ import annotations

import asyncio
import base64
import time
from dataclasses import dataclass, field

import aiohttp
import orjson

from tests.bench import codes

_FRAME_SECONDS = 0.020
_UTTERANCE_SECONDS = 0.6
_AFTER_REPLY_SECONDS = 0.3
_BARGE_AFTER_SECONDS = 0.4
_LOST_AFTER_SECONDS = 10.0
_LOUD = base64.b64encode(codes.LOUD).decode()
_QUIET = base64.b64encode(codes.QUIET).decode()


@dataclass(slots=True)
class Noted:
    """Monotonic times of one call, in seconds; `heard` is by code, `loud_from` and `loud_until` by turn, and so is
    `answered`: the first frame after the caller's words. `holes`: how long it is quiet between an answer's opener and
    its code."""

    started: float = 0.0
    first_audio: float | None = None
    heard: dict[int, float] = field(default_factory=dict)
    answered: dict[int, float] = field(default_factory=dict)
    holes: list[float] = field(default_factory=list)
    loud_from: list[float] = field(default_factory=list)
    loud_until: list[float] = field(default_factory=list)
    cleared: list[float] = field(default_factory=list)
    lost_turns: int = 0


class Line:
    """One call of `turns` turns; every second reply is interrupted."""

    def __init__(self, url: str, signature: str, account_sid: str, call_sid: str, turns: int) -> None:
        self._url, self._signature, self._turns = url, signature, turns
        self._account_sid, self._call_sid = account_sid, call_sid
        self._stream_sid = "MZ" + call_sid[2:]
        self._plays_until = 0.0
        self._marks: list[tuple[asyncio.TimerHandle, str]] = []
        self._news = asyncio.Event()
        self.noted = Noted()

    async def call(self, session: aiohttp.ClientSession) -> Noted:
        async with session.ws_connect(
            self._url, headers={"X-Twilio-Signature": self._signature}, compress=0, max_msg_size=0
        ) as socket:
            self._socket = socket
            await socket.send_str('{"event":"connected","protocol":"Call","version":"1.0.0"}')
            self.noted.started = time.monotonic()
            await socket.send_str(self._start())
            self._loud = False
            async with asyncio.TaskGroup() as tasks:
                listening = tasks.create_task(self._listen())
                sending = tasks.create_task(self._send_frames())
                await self._converse()
                sending.cancel()
                for timer, _ in self._marks:
                    timer.cancel()
                await socket.send_str(orjson.dumps(self._stop()).decode())
                await socket.close()
                listening.cancel()
        return self.noted

    async def _converse(self) -> None:
        await self._quiet_after_speech()
        for turn in range(self._turns):
            before = len(self.noted.heard)
            self._loud = True
            await asyncio.sleep(_UTTERANCE_SECONDS)
            self._loud = False
            try:
                async with asyncio.timeout(_LOST_AFTER_SECONDS):
                    while len(self.noted.heard) == before:
                        self._news.clear()
                        await self._news.wait()
            except TimeoutError:
                self.noted.lost_turns += 1
                continue
            if turn % 2:
                await asyncio.sleep(_BARGE_AFTER_SECONDS)
            else:
                await self._quiet_after_speech()

    async def _quiet_after_speech(self) -> None:
        while self._plays_until == 0.0:
            self._news.clear()
            await self._news.wait()
        while (left := self._plays_until + _AFTER_REPLY_SECONDS - time.monotonic()) > 0:  # noqa: ASYNC110
            await asyncio.sleep(left)

    async def _send_frames(self) -> None:
        due = time.monotonic()
        sequence, was_loud = 1, False
        while True:
            if self._loud and not was_loud:
                self.noted.loud_from.append(time.monotonic())
            if was_loud and not self._loud:
                self.noted.loud_until.append(time.monotonic())
            was_loud = self._loud
            sequence += 1
            chunk = sequence - 1
            payload = _LOUD if self._loud else _QUIET
            await self._socket.send_str(
                f'{{"event":"media","sequenceNumber":"{sequence}","media":{{"track":"inbound","chunk":"{chunk}",'
                f'"timestamp":"{chunk * 20}","payload":"{payload}"}},"streamSid":"{self._stream_sid}"}}'
            )
            due += _FRAME_SECONDS
            await asyncio.sleep(due - time.monotonic())

    async def _listen(self) -> None:
        async for message in self._socket:
            now = time.monotonic()
            frame = orjson.loads(message.data)
            match frame["event"]:
                case "media":
                    self._play(base64.b64decode(frame["media"]["payload"]), now)
                case "mark":
                    name = frame["mark"]["name"]
                    timer = asyncio.get_running_loop().call_later(
                        max(0.0, self._plays_until - now), self._reached, name
                    )
                    self._marks.append((timer, name))
                case "clear":
                    self.noted.cleared.append(now)
                    self._clear(now)
            self._news.set()

    def _play(self, audio: bytes, now: float) -> None:
        if self.noted.first_audio is None:
            self.noted.first_audio = now
        opens = self.noted.answered.setdefault(len(self.noted.loud_until) - 1, now) == now
        code = codes.in_sound(audio)
        if code is not None and code != 0xFFFF and code not in self.noted.heard:
            self.noted.heard[code] = now
            if not opens:
                self.noted.holes.append(max(0.0, now - self._plays_until))
        self._plays_until = max(self._plays_until, now) + len(audio) / 8_000

    def _clear(self, now: float) -> None:
        self._plays_until = now
        waiting, self._marks = self._marks, []
        for timer, name in waiting:
            if not timer.cancelled() and timer.when() > asyncio.get_running_loop().time():
                timer.cancel()
                self._reached(name)

    def _reached(self, name: str) -> None:
        mark = {"event": "mark", "sequenceNumber": "1", "streamSid": self._stream_sid, "mark": {"name": name}}
        self._returning = asyncio.ensure_future(self._socket.send_str(orjson.dumps(mark).decode()))

    def _start(self) -> str:
        start = {
            "accountSid": self._account_sid,
            "streamSid": self._stream_sid,
            "callSid": self._call_sid,
            "tracks": ["inbound"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            "customParameters": {},
        }
        return orjson.dumps(
            {"event": "start", "sequenceNumber": "1", "start": start, "streamSid": self._stream_sid}
        ).decode()

    def _stop(self) -> dict[str, object]:
        stop = {"accountSid": self._account_sid, "callSid": self._call_sid}
        return {"event": "stop", "sequenceNumber": "2", "stop": stop, "streamSid": self._stream_sid}
