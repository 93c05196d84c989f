"""Whole calls over the real wire, faster than a person can listen.

The product runs as it does in the cloud, as processes. The lab's recogniser is told what it hears (timed by the audio
itself), its voice is a tone, and the line's clock runs ten times as fast.
"""

import asyncio
import json
import os
import signal
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from sqlalchemy import text

from infra.local.house.lab import ROOT, Lab, LabPlan, fetch_json
from infra.local.house.programs import Program, free_port
from infra.local.twilio.account import Credentials
from infra.local.twilio.app import make_app
from shared.storage.database import Database

SPEED = 10.0
PARTS = ("deepgram", "openai_chat", "vpic", "media_service", "telephony")
# A workshop small enough to be there at once.
SEED = ("--customers", "60", "--vehicles", "90", "--appointments", "120")
# Seconds of the line, of which ten pass in one on the wall.
PATIENT = {"patience_s": 8, "moves_on_s": 60, "gives_up_s": 80}
DESK = "+12175550100"
# Each call has a carrier of its own; what the product asks of one meanwhile finds nobody.
SETTINGS = {"TWILIO_API_BASE_URL": "http://127.0.0.1:9"}
_callers = count(1)
# What the recogniser is told it hears: words, or more of them as its script has it.
Line = str | Mapping[str, Any]


@dataclass(frozen=True)
class WholeCall:
    """One call that is over: the carrier's record and what the database says of it."""

    record: dict[str, Any]
    turns: list[tuple[str | None, str]]
    tools: list[tuple[str, str]]
    outcome: str | None

    @property
    def heard(self) -> str:
        """All that the caller heard of Sophie."""
        return " ".join(sophie for _, sophie in self.turns)


class FastLab:
    """Places calls, and asks the database over a connection of its own."""

    def __init__(self, lab: Lab) -> None:
        self.at = lab.addresses
        self._lab = lab
        self.database = Database(self.at.database)

    def rows(self, query: str, **values: Any) -> list[tuple[Any, ...]]:
        with self.database.transaction() as connection:
            return [tuple(row) for row in connection.execute(text(query), values)]

    def brain(self, name: str, *attacks: str) -> None:
        openai = self.at.openai.removesuffix("/v1")
        fetch_json(f"{openai}/_lab/brain", {"brain": name})
        if attacks:
            fetch_json(f"{openai}/_lab/attacks", {"attacks": list(attacks)})

    def script(self, *steps: tuple[str, Mapping[str, Any]]) -> None:
        """The model answers so in a conversation that holds these words, the last step that fits first; a step may be
        asked for more than once, since a slow answer is."""
        self.brain("scripted")
        for words, reply in reversed(steps):
            script = {"match": words, "replies": [reply] * 4}
            fetch_json(f"{self.at.openai.removesuffix('/v1')}/_lab/script", script)

    def spoken(self) -> list[str]:
        """Every text that the voice was asked to speak so far."""
        return [entry["text"] for entry in self.voiced() if entry["kind"] == "spoken"]

    def voiced(self) -> list[dict[str, Any]]:
        """Everything that was spoken or rendered so far, with the voice's model."""
        with urllib.request.urlopen(f"{self.at.deepgram}/_lab/log") as answer:  # noqa: S310
            entries = [json.loads(line) for line in answer.read().splitlines()]
        return [entry for entry in entries if entry["kind"] in ("spoken", "rendered")]

    def open_the_shop(self) -> None:
        """It is ten in the morning on the next Tuesday, whatever day the tests run on."""
        now = datetime.now(UTC)
        tuesday = now + timedelta(days=(1 - now.weekday()) % 7 or 7)
        Path(self.at.clock_file).write_text(str((tuesday.replace(hour=16, minute=0) - now).total_seconds()))

    def signal(self, program: str, number: signal.Signals) -> None:
        os.kill(self._lab.programs[program].pid, number)

    @contextmanager
    def another_media_service(self) -> Iterator[int]:
        """A second process with the settings of the first; its port."""
        first = self._lab.programs["media_service"]
        given = Path(f"/proc/{first.pid}/environ").read_text().rstrip("\0").split("\0")
        port = free_port()
        env = dict(each.split("=", 1) for each in given) | {"PORT": str(port)}
        log = Path(self.at.logs) / "another_media_service.log"
        words = [sys.executable, "-m", "media_service"]
        with Program("another media_service", words, env=env, cwd=ROOT, log=log) as second:
            second.wait_for_line(lambda line: '"ready"' in line, 30.0)
            yield port

    def exit_code(self, program: str) -> int:
        """Waits for a program that was told to end."""
        return self._lab.programs[program].stop()

    def call(
        self,
        *lines: Line,
        caller: str | None = None,
        barges_in: bool = False,
        patient: bool = False,
        after_greeting: Callable[[], None] = lambda: None,
        desk: Mapping[str, Any] | None = None,
        about: Mapping[str, Any] | None = None,
    ) -> WholeCall:
        """A caller says these lines, one at each of their turns, and stays until the call is over.

        A `patient` one waits even for a machine that is busy: others go on after 0.8 s by the clock on the wall, or
        0.4 s after Sophie's last word, a filler's too. One who barges in speaks half a second after Sophie has begun,
        each time. `desk` is what happens at the desk's phone (nobody answers it), `about` more of the call, both as the
        lab's carrier reads them.
        """
        number = caller or f"+1708555{next(_callers):04d}"
        tone = {"tone_ms": 600, "barge_ms": 500} if barges_in else {"tone_ms": 600}
        script = {"lines": [tone] * len(lines), **(PATIENT if patient else {"patience_s": 4})}
        phone = {"number": DESK, **(desk or {"answers": "no-answer"})}
        return asyncio.run(self._call(number, lines, after_greeting, phone, {"script": script, **(about or {})}))

    async def _call(
        self,
        number: str,
        lines: tuple[Line, ...],
        after_greeting: Callable[[], None],
        phone: Mapping[str, Any],
        about: Mapping[str, Any],
    ) -> WholeCall:
        app = make_app(Credentials(self.at.account_sid, self.at.auth_token), SPEED)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        base = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            async with aiohttp.ClientSession(base) as carrier:
                await carrier.post("/_lab/phones", json=phone)
                sid = await self._place(carrier, number, lines, about)
                await self._follow(carrier, sid, after_greeting)
                record = await (await carrier.get(f"/_lab/calls/{sid}")).json()
        finally:
            await runner.cleanup()
        return await asyncio.to_thread(self._read, {**record, "sid": sid})

    async def _place(
        self, carrier: aiohttp.ClientSession, number: str, lines: tuple[Line, ...], about_it: Mapping[str, Any]
    ) -> str:
        urls = {"voice_url": "/voice", "voice_fallback_url": "/fallback", "status_callback": "/status"}
        about = {name: self.at.telephony + path for name, path in urls.items()}
        await carrier.post("/_lab/numbers", json={"number": self.at.number, **about})
        async with aiohttp.ClientSession(self.at.deepgram) as deepgram:
            await deepgram.put("/_lab/transcripts", json={"lines": list(lines)})
        call = {"from": number, "to": self.at.number, **about_it}
        placed = await carrier.post("/_lab/calls", json=call)
        return str((await placed.json())["call_sid"])

    async def _follow(self, carrier: aiohttp.ClientSession, sid: str, after_greeting: Callable[[], None]) -> None:
        async with asyncio.timeout(90), carrier.get(f"/_lab/calls/{sid}/events", timeout=None) as events:
            greeted = False
            async for line in events.content:
                if not greeted and json.loads(line)["kind"] == "sophie_stops":
                    greeted = True
                    after_greeting()

    def _outcome(self, sid: str) -> str | None:
        """The call's last row is written while the line is already gone; none comes of a process that was killed."""
        for _ in range(40):
            found = self.rows("SELECT outcome FROM reporting.calls WHERE call_sid = :sid", sid=sid)
            if found and found[0][0] is not None:
                return str(found[0][0])
            time.sleep(0.05)
        return None

    def _read(self, record: dict[str, Any]) -> WholeCall:
        sid = record["sid"]
        outcome = self._outcome(sid)
        turns = self.rows(
            "SELECT caller_said, sophie_said, tools FROM turns WHERE call_sid = :sid ORDER BY turn", sid=sid
        )
        return WholeCall(
            record=record,
            turns=[(caller, sophie) for caller, sophie, _ in turns],
            tools=[(tool["name"], tool["status"]) for *_, tools in turns for tool in tools],
            outcome=outcome,
        )


@contextmanager
def fast_lab(**settings: str) -> Iterator[FastLab]:
    plan = LabPlan(recogniser="scripted", voice="tone", parts=PARTS, seed=SEED, settings=SETTINGS | settings)
    with Lab(plan) as lab:
        fast = FastLab(lab)
        fast.open_the_shop()
        yield fast
        fast.database.close()
