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
from shared.shop import load_shop

__all__ = ["telephony"]


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
    or_exit(lambda: load_shop(settings.shop_config))
    return settings


log.configure("functions")
_loaded = _settings()


@functions_framework.http
def telephony(request: Request) -> ResponseReturnValue:
    """Every path that Twilio asks for: /voice, /fallback, /connected, /dialed, /status; and /health."""
    from functions.telephony import answer

    return answer(request, _loaded or read_or_exit(Part.TELEPHONY))
