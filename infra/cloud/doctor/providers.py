"""Who we depend on: the carrier, the recogniser, the models, Google. Each is asked something that costs nothing."""

import json
import urllib.error
import urllib.parse
import urllib.request
from datetime import UTC, date, datetime, timedelta
from typing import Any

from twilio.base.exceptions import TwilioException
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from infra.cloud.doctor.check import Check, Finding, green, red, yellow
from infra.cloud.plan.number import wanted
from shared.calendar.google_account import SCOPES
from shared.settings import Settings
from shared.telephony import rest_client

_SOON_DAYS = 60
# https://www.twilio.com/docs/api/errors: not registered with the American carriers, or not verified.
_UNREGISTERED = {30032: "verify the toll-free number", 30034: "register the number (A2P 10DLC)"}


def number(settings: Settings) -> Finding:
    try:
        found = rest_client(settings).incoming_phone_numbers.list(phone_number=settings.twilio_phone_number, limit=1)
    except TwilioException as why:
        return red(f"Twilio refuses our account ({why.args[-1]}): check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN")
    if not found:
        return red(f"the account does not own {settings.twilio_phone_number}: buy it, or correct TWILIO_PHONE_NUMBER")
    right = wanted(settings.public_base_url)
    differs = [
        name
        for name, url in right.items()
        if (getattr(found[0], name) or "").partition("#")[0] != url.partition("#")[0]
    ]
    if "voice_url" in differs:
        return red(f"it rings at {found[0].voice_url or 'nothing'}: run infra/deploy --only=number")
    if differs or any(getattr(found[0], name) != url for name, url in right.items()):
        what = ", ".join(differs) or "how long Twilio waits"
        return yellow(f"it rings here, but {what} is not as planned: run infra/deploy --only=number")
    return green("rings here, falls back to the desk, and reports")


def texting(settings: Settings) -> Finding:
    try:
        sent = rest_client(settings).messages.list(from_=settings.twilio_phone_number, limit=50)
    except TwilioException as why:
        return yellow(f"Twilio does not list our texts ({why.args[-1]})")
    for message in sent:
        if message.error_code in _UNREGISTERED:
            return red(f"texts are not delivered ({message.error_code}): {_UNREGISTERED[message.error_code]}")
    if not any(message.status == "delivered" for message in sent):
        return yellow("no text was delivered yet; in the USA a number must be registered (A2P 10DLC) before any is")
    return green("texts are delivered")


def recogniser(settings: Settings) -> Finding:
    """A stream that is opened and closed; no audio, no cost."""
    model = settings.deepgram_stt_model
    path = "v2" if model.startswith("flux") else "v1"
    base = settings.deepgram_base_url.replace("http", "ws", 1)
    url = f"{base}/{path}/listen?model={model}&encoding=mulaw&sample_rate=8000"
    try:
        with connect(
            url, additional_headers={"Authorization": f"Token {settings.deepgram_api_key}"}, open_timeout=8
        ) as socket:
            socket.send('{"type": "CloseStream"}')
    except InvalidStatus as refused:
        status = refused.response.status_code
        if status in (401, 403):
            return red("Deepgram refuses DEEPGRAM_API_KEY: make a new key and store it")
        why = refused.response.headers.get("dg-error", "")
        return red(f"Deepgram does not open {model} ({status} {why}): check DEEPGRAM_STT_MODEL")
    return green(f"{model} opens")


def models(settings: Settings) -> Finding:
    told = [_model(settings, name) for name in (settings.openai_model, settings.openai_fallback_model)]
    return max(told, key=lambda each: ["green", "yellow", "red"].index(each.light.value))


def _model(settings: Settings, name: str) -> Finding:
    status, about = _json(
        f"{settings.openai_base_url}/models/{name}", {"Authorization": f"Bearer {settings.openai_api_key}"}
    )
    if status == 401:
        return red("OpenAI refuses OPENAI_API_KEY: make a new key and store it")
    if status != 200:
        return red(f"OpenAI has no {name} for us ({status}): choose another model and deploy")
    if not (ends := about.get("shutdown_date")):
        return green(f"{name} is there")
    days = (_day(ends) - datetime.now(UTC).date()).days
    if days <= 0:
        return red(f"{name} has been shut down since {_day(ends)}: choose another model and deploy")
    return (yellow if days <= _SOON_DAYS else green)(f"{name} shuts down in {days} days, on {_day(ends)}")


def _day(said: Any) -> date:
    """The API says a day as text or as seconds."""
    return date.fromisoformat(said[:10]) if isinstance(said, str) else datetime.fromtimestamp(said, UTC).date()


def calendar(settings: Settings) -> Finding:
    if not settings.google_refresh_token:
        return yellow(
            "no calendar is set; bookings are kept and offered without one (infra/google_oauth makes the token)"
        )
    given = {
        "grant_type": "refresh_token",
        "refresh_token": settings.google_refresh_token,
        "client_id": settings.google_client_id,
        "client_secret": settings.google_client_secret,
        "scope": " ".join(SCOPES),
    }
    status, token = _json(settings.google_token_url, {}, urllib.parse.urlencode(given).encode())
    if status != 200:
        return red(
            f"Google refuses the refresh token ({token.get('error', status)}): make a new one with infra/google_oauth; "
            "a consent screen in testing ends it after seven days, so publish that first"
        )
    now = datetime.now(UTC)
    begins, ends = now.isoformat(), (now + timedelta(hours=1)).isoformat()
    asked = {"timeMin": begins, "timeMax": ends, "items": [{"id": settings.google_calendar_id}]}
    headers = {"Authorization": f"Bearer {token['access_token']}", "Content-Type": "application/json"}
    status, busy = _json(f"{settings.google_api_base_url}/calendar/v3/freeBusy", headers, json.dumps(asked).encode())
    if status != 200 or busy["calendars"][settings.google_calendar_id].get("errors"):
        return red(f"the calendar cannot be read ({status}): check GOOGLE_CALENDAR_ID and who owns it")
    if left := token.get("refresh_token_expires_in"):
        return yellow(
            f"the calendar can be read for {left // 86400} more days: publish the consent screen, which is in testing"
        )
    return green("can be read, and Google names no day on which the consent ends")


def _json(url: str, headers: dict[str, str], body: bytes | None = None) -> tuple[int, dict[str, Any]]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=8) as answer:  # noqa: S310
            return int(answer.status), json.loads(answer.read())
    except urllib.error.HTTPError as refused:
        with refused:
            status, said = refused.code, refused.read()
    try:
        told = json.loads(said)
    except ValueError:
        told = None
    return status, told if isinstance(told, dict) else {}


CHECKS = (
    Check("number", number, 15.0),
    Check("texts", texting, 15.0),
    Check("recogniser", recogniser),
    Check("models", models, 20.0),
    Check("calendar", calendar, 20.0),
)
