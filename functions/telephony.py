"""Which door a Twilio request goes to, and whether Twilio sent it.

The signature is checked over the configured public address, never over what a proxy says of itself; a request that is
not Twilio's is answered 403 and nothing else happens.
"""

import logging
from collections.abc import Callable, Mapping
from functools import cache

from flask import Request
from flask.typing import ResponseReturnValue

from functions import amd, connected, dialed, fallback, sms, status, voice, whisper
from functions.doors import Door, Form
from shared.log import call_sid, fields
from shared.settings import Settings
from shared.shop import Shop, load_shop
from shared.twilio_signature import SETTINGS_HEADER, SIGNATURE_HEADER, is_signed

log = logging.getLogger(__name__)

_DOORS: Mapping[str, Callable[[Door, Form], ResponseReturnValue]] = {
    "/voice": voice.answer,
    "/fallback": fallback.answer,
    "/connected": connected.answer,
    "/dialed": dialed.answer,
    "/whisper": whisper.answer,
    "/status": status.answer,
    "/amd": amd.answer,
    "/sms": sms.answer,
}
_LARGEST_BODY = 64 * 1024


@cache
def _shop(settings: Settings) -> Shop:
    return load_shop(settings.shop_config)


def answer(request: Request, settings: Settings) -> ResponseReturnValue:
    """The answer to any request of the telephony function."""
    if request.path == "/health":
        return "ok\n", 200
    open_door = _DOORS.get(request.path)
    if open_door is None:
        return "There is nothing here.\n", 404
    if request.method != "POST":
        return "Twilio posts here.\n", 405
    if (request.content_length or 0) > _LARGEST_BODY:
        return "", 413
    if not _is_twilios(request, settings):
        log.warning("request refused: not signed by Twilio", extra=fields(path=request.path))
        return "", 403
    form = {name: values[-1] for name, values in request.form.lists()}
    told = call_sid.set(form.get("CallSid"))
    try:
        return open_door(Door(settings, _shop(settings), request.args), form)
    finally:
        call_sid.reset(told)


def _is_twilios(request: Request, settings: Settings) -> bool:
    query = request.query_string.decode("ascii", "replace")
    url = settings.public_base_url + request.path + (f"?{query}" if query else "")
    return is_signed(
        settings.twilio_secrets,
        url,
        request.headers.get(SIGNATURE_HEADER),
        form=dict(request.form.lists()),
        settings=request.headers.get(SETTINGS_HEADER),
    )
