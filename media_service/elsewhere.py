"""Whether calls of a process that must end can go on in another one.

The public address is asked for its health: the front end asks a process that is not about to end, or starts one, and
this process says of itself that it drains. What a call needs to go on is in Redis, so that must answer too.
"""

import asyncio
import logging
import urllib.request
from http.client import HTTPException

from media_service.threads import Threads
from shared.log import fields
from shared.services import Services

log = logging.getLogger(__name__)

# Of the ten seconds that are left; a new instance may have to start within them.
_SECONDS = 3.0


async def can_go_on_elsewhere(services: Services, threads: Threads) -> bool:
    loop = asyncio.get_running_loop()
    url = services.settings.media_stream_url.replace("ws", "http", 1) + "/health"
    try:
        async with asyncio.timeout(_SECONDS):
            ready = await loop.run_in_executor(threads.lookups, _answers, url)
            ready = ready and await loop.run_in_executor(
                threads.sessions, services.redis.ask, "ping", lambda redis: bool(redis.ping()), False
            )
    except TimeoutError:
        ready = False
    log.info("asked whether calls can go on elsewhere", extra=fields(ready=ready))
    return ready


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=_SECONDS) as answer:  # noqa: S310 (our own address)
            return bool(answer.status == 200)
    except (OSError, HTTPException):
        return False
