"""The functions-framework targets. Each is a door: it imports what it needs when it is first opened.

Settings are checked while the framework loads this file, so that a missing one stops the deployment and not a call.
"""

import os

import click
import functions_framework
from flask import Request
from flask.typing import ResponseReturnValue

from shared import log
from shared.settings import Part, Settings, read_or_exit

__all__ = ["telephony"]


def _target() -> str | None:
    """The target being served: the framework's command line knows it, in the cloud from FUNCTION_TARGET."""
    context = click.get_current_context(silent=True)
    given = context.params.get("target") if context else os.environ.get("FUNCTION_TARGET")
    return str(given) if given else None


def _settings() -> Settings | None:
    target = _target()
    return read_or_exit(Part(target)) if target in __all__ else None


log.configure("functions")
_loaded = _settings()


@functions_framework.http
def telephony(request: Request) -> ResponseReturnValue:
    """Every path that Twilio asks for: /voice, /fallback, /connected, /dialed, /status; and /health."""
    from functions.telephony import answer

    return answer(request, _loaded or read_or_exit(Part.TELEPHONY))
