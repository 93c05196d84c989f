"""The lab's Twilio: REST, signed webhooks, TwiML and media streams, with callers who speak. One process, one port.

    python -m infra.local.twilio --account-sid AC… --auth-token … [--secondary-auth-token …] [--ears URL] [--port N]

`--ears` names the speech stand-in whose log tells callers the words they hear. Prints one JSON line when it listens;
ends on SIGTERM or SIGINT. It imports nothing of the product.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
from collections.abc import AsyncIterator, Sequence

import aiohttp
from aiohttp import web

from infra.local.caller.ears import Ears
from infra.local.serving import serve
from infra.local.twilio.account import Account, Credentials
from infra.local.twilio.control import LabControl
from infra.local.twilio.plan import Exchange
from infra.local.twilio.rest import CallsResource
from infra.local.twilio.signing import SigningKey
from infra.local.twilio.webhook import Webhooks

ACCOUNT: web.AppKey[Account] = web.AppKey("account", Account)


def make_app(credentials: Credentials, speed: float = 1.0, ears: str | None = None) -> web.Application:
    """The emulator as an application; must be made inside a running loop. `speed` above 1 is for tests."""
    # A fresh connection for each request: one that the product closes as it is used again would look like its fault.
    connector = aiohttp.TCPConnector(limit=0, force_close=True)
    session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
    webhooks = Webhooks(session, SigningKey(credentials.auth_token))
    hearing = Ears(session, ears) if ears else None
    account = Account(credentials, Exchange(credentials.account_sid, session, webhooks, speed, hearing))

    async def lifetime(_app: web.Application) -> AsyncIterator[None]:
        yield
        await account.close()
        await session.close()

    app = web.Application()
    app[ACCOUNT] = account
    app.add_routes([*CallsResource(account).routes(), *LabControl(account).routes()])
    app.cleanup_ctx.append(lifetime)
    return app


async def _run(credentials: Credentials, port: int, ears: str | None) -> None:
    await serve(make_app(credentials, ears=ears), port, {"account_sid": credentials.account_sid})


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m infra.local.twilio", description="The lab's Twilio.")
    parser.add_argument("--port", type=int, default=0, help="0, the default, picks a free one")
    parser.add_argument("--account-sid", required=True)
    parser.add_argument("--auth-token", required=True)
    parser.add_argument("--secondary-auth-token", help="also accepted by REST")
    parser.add_argument("--ears", metavar="URL", help="the speech stand-in whose log tells callers Sophie's words")
    given = parser.parse_args(argv)
    logging.basicConfig(stream=sys.stderr, level=logging.INFO)
    credentials = Credentials(given.account_sid, given.auth_token, given.secondary_auth_token)
    asyncio.run(_run(credentials, given.port, given.ears))
