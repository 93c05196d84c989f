"""Our own rooms: database, Redis, clock, the doors that Twilio asks, the media service, what was spent."""

import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from redis import Redis
from sqlalchemy import text

from infra.cloud.doctor.check import Check, Finding, green, red, yellow
from shared.errors import ConfigurationError
from shared.settings import Settings
from shared.shop import load_shop
from shared.storage import schema
from shared.storage.database import Database
from shared.twilio_signature import SIGNATURE_HEADER, sign

_SKEW_SECONDS = 5.0
_PING_MS = 30.0
_CALL = {"CallSid": "CAdoctor", "CallStatus": "ringing"}
# Aura's concurrent streams on the usual plan; each call that speaks holds one.
_VOICES = 45
# A database that nobody stopped has been up for longer; its host restarts it for maintenance about once a week.
_AWAKE = timedelta(days=1)
# The share of a day's money from which on it is worth knowing.
_NEAR = Decimal("0.8")


def database(settings: Settings) -> Finding:
    began = time.monotonic()
    store = Database(settings.database_url, pool_size=1)
    try:
        store.run(lambda c: schema.check(c, newer_is_fine=True))
        took = (time.monotonic() - began) * 1000
        up_since = store.run(lambda c: c.execute(text("SELECT pg_postmaster_start_time()")).scalar_one())
    except ConfigurationError as why:
        return red(str(why))
    finally:
        store.close()
    said = f"schema {schema.newest()}, first answer after {took:.0f} ms"
    return awake(said, urlsplit(settings.database_url).hostname or "", datetime.now(UTC) - up_since)


def awake(said: str, host: str, up: timedelta) -> Finding:
    """Neon stops what nobody asks anything for five minutes, unless that is switched off.

    https://neon.com/docs/introduction/scale-to-zero
    """
    if host.endswith(".neon.tech") and up < _AWAKE:
        return yellow(
            f"{said}; it started {up.total_seconds() / 60:.0f} minutes ago. Neon scales to zero by default: switch "
            "that off, or the first caller of a day waits for it"
        )
    return green(said)


def redis(settings: Settings) -> Finding:
    with Redis.from_url(settings.redis_url, socket_timeout=3, socket_connect_timeout=3) as client:
        client.ping()
        began = time.monotonic()
        client.ping()
    took = (time.monotonic() - began) * 1000
    if took > _PING_MS:
        return yellow(
            f"answers after {took:.0f} ms; a ringing call waits {_PING_MS:.0f} ms at most: put it into the same region"
        )
    return green(f"answers after {took:.1f} ms")


def clock(settings: Settings) -> Finding:
    with urllib.request.urlopen(f"{settings.public_base_url}/health", timeout=8) as answer:  # noqa: S310
        theirs = answer.headers.get("Date")
    if not theirs:
        return yellow("the telephony function does not say what time it is")
    skew = abs((parsedate_to_datetime(theirs) - datetime.now(UTC)).total_seconds())
    if skew > _SKEW_SECONDS:
        return red(f"this machine and the function differ by {skew:.0f} s: set the clock (tokens live for a minute)")
    return green(f"this machine and the function agree within {max(1, round(skew))} s")


def webhook(settings: Settings) -> Finding:
    url = f"{settings.public_base_url}/voice"
    signature = sign(settings.twilio_auth_token, url, {name: [value] for name, value in _CALL.items()})
    if (status := _posted(url, {})[0]) != 403:
        return red(f"{url} answered {status} to a request that Twilio did not sign; it must refuse it with 403")
    status, twiml = _posted(url, {SIGNATURE_HEADER: signature})
    if status == 403:
        return red(
            "it refuses what is signed with our token: TWILIO_AUTH_TOKEN or PUBLIC_BASE_URL differ from the function's"
        )
    if status != 200:
        return red(f"{url} answered {status}: its log says why")
    if "<Stream" not in twiml:
        return yellow("a signed call is not answered by Sophie now: is all sent to the desk (infra/desk)?")
    if settings.media_stream_url not in twiml:
        return red(
            f"it sends calls elsewhere than {settings.media_stream_url}: deploy it with the same MEDIA_STREAM_URL"
        )
    return green("refuses a forged call, and sends a signed one to the media service")


def media(settings: Settings) -> Finding:
    url = settings.media_stream_url.replace("ws", "http", 1)
    if (status := _asked(f"{url}/health", {})) != 200:
        return red(f"{url}/health answered {status}: its log says why")
    if (status := _asked(f"{url}/media-stream/none", {})) != 403:
        return red(f"it answered {status} to a stream that Twilio did not sign; it must refuse it with 403")
    if settings.metrics_token:
        status = _asked(f"{url}/metrics", {"Authorization": f"Bearer {settings.metrics_token}"})
        if status != 200:
            return yellow(f"healthy, but /metrics answered {status}: METRICS_TOKEN differs from the service's")
    return green("healthy, and refuses a stream that Twilio did not sign")


def capacity(settings: Settings) -> Finding:
    if not 0 < settings.max_calls <= _VOICES:
        most = settings.max_calls or "without a limit"
        return yellow(
            f"MAX_CALLS is {most} for each container; Deepgram's usual plan speaks {_VOICES} streams at "
            "once for all of them: ask for more, or lower MAX_CALLS"
        )
    return green(f"{settings.max_calls} calls for each container")


def spend(settings: Settings) -> Finding:
    """This month by the price list, and today beside the cap at which new calls ring at the desk."""
    shop = load_shop(settings.shop_config)
    midnight = datetime.now(shop.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    since = {"midnight": midnight, "month": midnight.replace(day=1)}
    asked = text(
        "SELECT count(*), coalesce(sum(cost), 0), coalesce(sum(cost) FILTER (WHERE started_at >= :midnight), 0) "
        "FROM reporting.calls WHERE started_at >= :month"
    )
    store = Database(settings.database_url, pool_size=1)
    try:
        calls, month, today = store.run(lambda c: c.execute(asked, since).one())
    finally:
        store.close()
    cap = shop.limits.daily_cost_cap_usd
    said = f"{calls} calls this month, {month:.2f} USD by the price list; today {today:.2f} of {cap} USD"
    if today >= cap:
        return red(f"{said}: new calls ring at the desk until midnight (infra/desk calls on lifts it)")
    return yellow(f"{said}: at the cap new calls ring at the desk") if today >= _NEAR * cap else green(said)


def _posted(url: str, headers: Mapping[str, str]) -> tuple[int, str]:
    asked = urllib.request.Request(url, urllib.parse.urlencode(_CALL).encode(), dict(headers))  # noqa: S310
    try:
        with urllib.request.urlopen(asked, timeout=8) as answer:  # noqa: S310
            return int(answer.status), answer.read().decode()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, ""


def _asked(url: str, headers: Mapping[str, str]) -> int:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=dict(headers)), timeout=8) as answer:  # noqa: S310
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code


CHECKS = (
    Check("database", database),
    Check("redis", redis),
    Check("clock", clock),
    Check("webhook", webhook, 20.0),
    Check("media service", media, 20.0),
    Check("calls at once", capacity),
    Check("spend", spend),
)
