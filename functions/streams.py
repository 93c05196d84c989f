"""Media streams as the doors open them: each with a token of its own, and an address for when it has ended."""

import secrets
import time
from collections.abc import Mapping

from flask import Response

from functions import twiml
from functions.doors import Door
from shared import stream_token

AFTER_DESK = "after=desk"


def open_stream(
    door: Door, leg: str, epoch: int, parameters: Mapping[str, str], *, after_desk: bool = False
) -> Response:
    """`after_desk` is remembered until the stream has ended: the desk was rung in this call and nobody came."""
    settings = door.settings
    token = stream_token.issue(settings.stream_token_secret, leg, epoch, time.time(), secrets.token_urlsafe(12))
    return twiml.stream(
        url=f"{settings.media_stream_url}/media-stream/{token}",
        action=f"{settings.public_base_url}/connected{f'?{AFTER_DESK}' if after_desk else ''}",
        parameters={name: value for name, value in parameters.items() if value},
    )
