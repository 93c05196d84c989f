"""The lab's Twilio in a thread of its own, for whoever asks it without a loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
from aiohttp import web

from infra.local.twilio.account import Credentials
from infra.local.twilio.app import make_app


class TwilioLab:
    """Where the lab is, what it knows, and its control endpoints."""

    def __init__(self, url: str) -> None:
        self.url = url

    def control(self, path: str, **body: Any) -> Any:
        answer = requests.post(f"{self.url}/_lab/{path}", json=body, timeout=10)
        assert answer.ok, answer.text
        return answer.json()

    def fault(self, **about: Any) -> None:
        assert requests.post(f"{self.url}/_lab/faults", json=about, timeout=10).ok

    @property
    def struck(self) -> list[str]:
        """The kinds of the faults that have struck so far."""
        return [each["kind"] for each in requests.get(f"{self.url}/_lab/faults", timeout=10).json()["struck"]]

    def forget_faults(self) -> None:
        assert requests.delete(f"{self.url}/_lab/faults", timeout=10).ok

    @property
    def texts(self) -> list[tuple[str, str]]:
        """Whom the account has texted, and what."""
        told = requests.get(f"{self.url}/_lab/messages", timeout=10).json()["messages"]
        return [(each["to"], each["body"]) for each in told if each["direction"] == "outbound-api"]

    @property
    def calls(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = requests.get(f"{self.url}/_lab/calls", timeout=10).json()["calls"]
        return found


@contextmanager
def twilio_serving(account_sid: str, auth_token: str) -> Iterator[TwilioLab]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    async def start() -> web.AppRunner:
        app = make_app(Credentials(account_sid, auth_token), speed=20.0, calls_per_second=50)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return runner

    async def end() -> None:
        await runner.cleanup()
        # A call that is cut off may begin to tell so as it ends.
        while left := asyncio.all_tasks() - {asyncio.current_task()}:
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)

    runner = asyncio.run_coroutine_threadsafe(start(), loop).result(10)
    try:
        yield TwilioLab(f"http://127.0.0.1:{runner.addresses[0][1]}")
    finally:
        asyncio.run_coroutine_threadsafe(end(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
