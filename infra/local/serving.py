"""Runs one stand-in as a process: loopback, a free port, one ready line, an end at SIGTERM or SIGINT."""

from __future__ import annotations

import asyncio
import json
import signal
from typing import Any

from aiohttp import web


async def serve(app: web.Application, port: int, about: dict[str, Any]) -> None:
    """Serve until told to end; the ready line is the only thing written to stdout."""
    ended = asyncio.Event()
    for one in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(one, ended.set)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    bound = runner.addresses[0][1]
    print(json.dumps({"ready": True, "url": f"http://127.0.0.1:{bound}", **about}), flush=True)
    await ended.wait()
    await runner.cleanup()
