"""`sync_calendar`: one pass of the calendar's mirror, whenever Cloud Scheduler asks for one.

Two at once do no harm. What one does not finish in its time, the next does; so an answer of 200 says that a pass was
made, and its summary how much is still waiting.
"""

import logging
from functools import cache

from flask import Request
from flask.typing import ResponseReturnValue

from functions.oidc import refused
from shared.calendar.mirror import Mirror, summary
from shared.errors import ConfigurationError, PeerError
from shared.log import fields
from shared.services import connect, with_tables
from shared.settings import Settings

log = logging.getLogger(__name__)

# Half of what Cloud Scheduler is told to wait; an attempt that has begun ends by then.
_SECONDS = 50.0


def answer(request: Request, settings: Settings) -> ResponseReturnValue:
    if request.path == "/health":
        return "ok\n", 200
    if (no := refused(request, settings.oidc_audience_calendar, settings)) is not None:
        return no
    try:
        said = summary(_mirror(settings).sync(_SECONDS))
    except ConfigurationError as why:
        log.error("calendar not brought up to date", extra=fields(why=str(why)))
        return {"error": str(why)}, 500
    except PeerError as why:
        log.error("calendar not brought up to date", extra=fields(why=str(why)))
        return {"error": str(why)}, 503
    log.info("calendar brought up to date", extra=fields(**said))
    return said, 200


@cache
def _mirror(settings: Settings) -> Mirror:
    """Made once and shared by the threads of this process."""
    services = with_tables(connect(settings))
    if services.calendar is None:
        raise ConfigurationError("sync_calendar needs GOOGLE_REFRESH_TOKEN and GOOGLE_CALENDAR_ID.")
    return Mirror(services, services.calendar)
