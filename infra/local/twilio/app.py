"""The lab's Twilio: REST, signed webhooks, TwiML and media streams, with callers who speak. One process, one port.

    python -m infra.local.twilio --account-sid AC… --auth-token … [--secondary-auth-token …] [--ears URL]
        [--calls-per-second N] [--speed N] [--port N]

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
from infra.local.faults import add_faults
from infra.local.serving import serve
from infra.local.twilio.account import Account, Credentials
from infra.local.twilio.control import LabControl
from infra.local.twilio.plan import Exchange
from infra.local.twilio.rest.accounts import AccountResource
from infra.local.twilio.rest.calls import CallsResource
from infra.local.twilio.rest.errors import ordered
from infra.local.twilio.rest.messages import MessagesResource
from infra.local.twilio.rest.numbers import NumbersResource
from infra.local.twilio.signing import SigningKey
from infra.local.twilio.webhook import Webhooks

ACCOUNT: web.AppKey[Account] = web.AppKey("account", Account)

_ACCOUNT = "/2010-04-01/Accounts/{account}"
OPERATIONS = {
    f"POST {_ACCOUNT}/Calls.json": "calls.create",
    f"GET {_ACCOUNT}/Calls.json": "calls.list",
    f"GET {_ACCOUNT}/Calls/{{sid}}.json": "calls.fetch",
    f"POST {_ACCOUNT}/Calls/{{sid}}.json": "calls.update",
    f"POST {_ACCOUNT}/Messages.json": "messages.create",
}
"""Names that a fault may match."""


def make_app(
    credentials: Credentials, speed: float = 1.0, ears: str | None = None, calls_per_second: float = 1.0
) -> web.Application:
    """The emulator as an application; must be made inside a running loop. `speed` above 1 is for tests."""
    # A fresh connection for each request: one that the product closes as it is used again would look like its fault.
    connector = aiohttp.TCPConnector(limit=0, force_close=True)
    session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
    webhooks = Webhooks(session, SigningKey(credentials.auth_token))
    hearing = Ears(session, ears) if ears else None
    exchange = Exchange(credentials.account_sid, session, webhooks, speed, hearing)
    account = Account(credentials, exchange, calls_per_second)

    async def lifetime(_app: web.Application) -> AsyncIterator[None]:
        yield
        await account.close()
        await session.close()

    app = web.Application()
    app[ACCOUNT] = account
    add_faults(app, OPERATIONS, ordered)
    for resource in (CallsResource, MessagesResource, NumbersResource, AccountResource, LabControl):
        app.add_routes(resource(account).routes())
    app.cleanup_ctx.append(lifetime)
    return app


async def _run(credentials: Credentials, given: argparse.Namespace) -> None:
    app = make_app(credentials, given.speed, given.ears, given.calls_per_second)
    await serve(app, given.port, {"account_sid": credentials.account_sid})


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m infra.local.twilio", description="The lab's Twilio.")
    parser.add_argument("--port", type=int, default=0, help="0, the default, picks a free one")
    parser.add_argument("--account-sid", required=True)
    parser.add_argument("--auth-token", required=True)
    parser.add_argument("--secondary-auth-token", help="also accepted by REST")
    parser.add_argument("--ears", metavar="URL", help="the speech stand-in whose log tells callers Sophie's words")
    parser.add_argument("--calls-per-second", type=float, default=1.0, help="how fast created calls leave the queue")
    parser.add_argument("--speed", type=float, default=1.0, help="how many times faster than a person the line goes")
    given = parser.parse_args(argv)
    logging.basicConfig(stream=sys.stderr, level=logging.INFO)
    credentials = Credentials(given.account_sid, given.auth_token, given.secondary_auth_token)
    asyncio.run(_run(credentials, given))
