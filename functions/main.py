"""The functions-framework targets. Each is a door: it imports what it needs when it is first opened.

Settings are checked while the framework loads this file, so that a missing one stops the deployment and not a call.
"""

import os

import click
import functions_framework
from flask import Request
from flask.typing import ResponseReturnValue

from shared import log
from shared.settings import Part, Settings, or_exit, read_or_exit
from shared.shop import check_desk, load_shop

__all__ = ["dial_reminders", "sync_calendar", "telephony"]


def _target() -> str | None:
    """The target being served: the framework's command line knows it, in the cloud from FUNCTION_TARGET."""
    context = click.get_current_context(silent=True)
    given = context.params.get("target") if context else os.environ.get("FUNCTION_TARGET")
    return str(given) if given else None


def _settings() -> Settings | None:
    target = _target()
    if target not in __all__:
        return None
    settings = read_or_exit(Part(target))
    or_exit(lambda: check_desk(load_shop(settings.shop_config), settings.twilio_phone_number))
    return settings


log.configure("functions")
_loaded = _settings()


@functions_framework.http
def telephony(request: Request) -> ResponseReturnValue:
    """Every path that Twilio asks for, from /voice to /sms, and /health."""
    from functions.telephony import answer

    log.traced(request.headers.get(log.TRACE_HEADER))
    return answer(request, _loaded or read_or_exit(Part.TELEPHONY))


@functions_framework.http
def dial_reminders(request: Request) -> ResponseReturnValue:
    """Calls customers about their appointments of the next day; for Cloud Scheduler."""
    from functions.dial_reminders import answer

    log.traced(request.headers.get(log.TRACE_HEADER))
    return answer(request, _loaded or read_or_exit(Part.DIALER))


@functions_framework.http
def sync_calendar(request: Request) -> ResponseReturnValue:
    """Brings Google Calendar and the appointments together; for Cloud Scheduler."""
    from functions.sync_calendar import answer

    log.traced(request.headers.get(log.TRACE_HEADER))
    return answer(request, _loaded or read_or_exit(Part.CALENDAR))
