"""What all of the carrier's REST has in common: who may ask, how a form is read, how lists are paged, how dates look.

It refuses to know what a resource means.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from aiohttp import web

from infra.local.twilio.account import Account
from infra.local.twilio.leg import API_VERSION
from infra.local.twilio.rest.errors import INVALID, RestError

PREFIX = f"/{API_VERSION}/Accounts"
E164 = re.compile(r"\+[1-9]\d{6,14}")
_LARGEST_PAGE = 1_000

Door = Callable[[web.Request], Awaitable[web.StreamResponse]]


def guarded(account: Account, door: Door) -> Door:
    """A door of that account: errors are answered as the carrier's."""

    async def opened(request: web.Request) -> web.StreamResponse:
        try:
            _authenticate(account, request)
            return await door(request)
        except RestError as error:
            return error.answer()

    return opened


def _authenticate(account: Account, request: web.Request) -> None:
    scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
    try:
        user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        user = password = ""
    if scheme.lower() != "basic" or not account.credentials.admits(user, password):
        raise RestError(20003)
    if request.match_info["account"] != account.credentials.account_sid:
        raise not_found(request)


def not_found(request: web.Request) -> RestError:
    return RestError(20404, f"The requested resource {request.path} was not found")


class Form:
    """A request's form. What nobody here reads is refused: the carrier would ignore it, and a test would never know."""

    def __init__(self, pairs: Iterable[tuple[str, str]], known: set[str]) -> None:
        self._pairs = list(pairs)
        if unknown := {name for name, _ in self._pairs} - known:
            raise RestError(INVALID, f"The lab performs no {', '.join(sorted(unknown))}.")

    @classmethod
    async def of(cls, request: web.Request, known: set[str]) -> Form:
        return cls([(name, str(value)) for name, value in (await request.post()).items()], known)

    def __contains__(self, name: str) -> bool:
        return any(name == given for given, _ in self._pairs)

    def has(self, names: set[str]) -> bool:
        """Whether any of them was given."""
        return any(given in names for given, _ in self._pairs)

    def text(self, name: str, default: str = "") -> str:
        return next((value for given, value in reversed(self._pairs) if given == name), default)

    def all(self, name: str) -> list[str]:
        return [value for given, value in self._pairs if given == name]

    def method(self, name: str, error: int = 21209) -> str:
        method = self.text(name, "POST").upper()
        if method not in ("GET", "POST"):
            raise RestError(error, f"{name} is GET or POST, not {method}.")
        return method

    def whole(self, name: str, default: int, least: int, most: int, error: int = INVALID) -> int:
        text = self.text(name, str(default))
        if not text.isdecimal() or not least <= int(text) <= most:
            raise RestError(error, f"{name} is a whole number from {least} to {most}, not {text!r}.")
        return int(text)

    def choice(self, name: str, choices: Sequence[str]) -> str | None:
        text = self.text(name)
        if text and text not in choices:
            raise RestError(INVALID, f"{name} is one of {', '.join(choices)}, not {text!r}.")
        return text or None

    def url(self, name: str, error: int) -> str | None:
        """An address the carrier can ask; None when none is given."""
        url = self.text(name)
        parts = urlsplit(url)
        if url and (parts.scheme not in ("http", "https") or not parts.hostname or "_" in parts.hostname):
            raise RestError(error, f"{name} is not a valid URL: {url}")
        return url or None


def page(request: web.Request, name: str, found: Sequence[Any], show: Callable[[Any], dict[str, Any]]) -> web.Response:
    """One page of a list, with the addresses of its neighbours."""
    size = min(_whole(request.query.get("PageSize", "50"), "PageSize"), _LARGEST_PAGE)
    number = _whole(request.query.get("Page", "0"), "Page")
    shown = found[number * size : (number + 1) * size]

    def uri(which: int) -> str:
        return f"{request.path}?{urlencode({**request.query, 'PageSize': size, 'Page': which})}"

    body = {
        name: [show(each) for each in shown],
        "page": number,
        "page_size": size,
        "start": number * size,
        "end": max(number * size + len(shown) - 1, 0),
        "uri": uri(number),
        "first_page_uri": uri(0),
        "previous_page_uri": uri(number - 1) if number else None,
        "next_page_uri": uri(number + 1) if len(found) > (number + 1) * size else None,
    }
    return web.json_response(body)


def _whole(text: str, name: str) -> int:
    if not text.isdecimal() or (name == "PageSize" and text.strip("0") == ""):
        raise RestError(INVALID, f"{name} is a whole number.")
    return int(text)


def span(query: Mapping[str, str], name: str) -> Callable[[datetime | None], bool]:
    """What passes `Name`, `Name<` and `Name>`: the first means that day in UTC, the others are inclusive."""
    bounds = {sign: _moment(query[name + sign]) for sign in ("", "<", ">") if query.get(name + sign)}
    on, before, after = bounds.get(""), bounds.get("<"), bounds.get(">")

    def within(moment: datetime | None) -> bool:
        if moment is None:
            return not bounds
        second = moment.replace(microsecond=0)
        if on is not None and second.date() != on.date():
            return False
        return (before is None or second <= before) and (after is None or second >= after)

    return within


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise RestError(INVALID, f"{text!r} is no date.") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def date(moment: datetime | None) -> str | None:
    """RFC 2822, as the carrier writes dates."""
    return None if moment is None else format_datetime(moment)
