"""`dial_reminders`: one pass of the dialler, whenever Cloud Scheduler asks for one.

Scheduler delivers at least once, and headers that name a run prove nothing: that nobody is called twice is the pass's
own doing. What one pass does not finish in its time, the next does.
"""

import logging
from dataclasses import asdict
from threading import Event

from flask import Request
from flask.typing import ResponseReturnValue

from functions.oidc import refused
from shared.clock import Clock
from shared.errors import Unavailable
from shared.log import fields
from shared.reminders import dialler
from shared.settings import Settings
from shared.storage.acting import acting

log = logging.getLogger(__name__)

# Below the three minutes that Cloud Scheduler waits, and with the next run five minutes later.
_SECONDS = 150.0


def answer(request: Request, settings: Settings) -> ResponseReturnValue:
    if request.path == "/health":
        return "ok\n", 200
    if (no := refused(request, settings.oidc_audience_dialer, settings)) is not None:
        return no
    try:
        with dialler(settings, Clock(settings.clock_file), Event()) as dial, acting("dialler", "reminders"):
            summary = dial(_SECONDS)
    except Unavailable as why:
        log.error("reminders not dialled", extra=fields(why=str(why)))
        return {"error": str(why)}, 503
    return asdict(summary), 200
