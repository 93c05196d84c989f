"""Signed requests to the product, with the carrier's time-outs, retries, redirects and errors.

The fragment of a configured address (`#ct=2000&rc=2…`) overrides the limits and is neither sent nor signed. Errors are
the carrier's: 11100 for no address, 11202 where the connection is refused, 11205 where it or the answer takes too long,
11206 for an answer that breaks off or is no HTTP, 11210 for no such host, 11215 for endless redirects, 11217 for a 4xx
or 5xx, 11220 for TLS that cannot be agreed on, 11200 for what is left. It refuses to know what the answer means.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl, urldefrag, urlencode, urljoin

import aiohttp
from yarl import URL

from infra.local.twilio.signing import SigningKey

BAD_URL, NOT_RETRIEVED, REFUSED, TIMED_OUT, BROKEN_OFF = 11100, 11200, 11202, 11205, 11206
NO_HOST, TOO_MANY_REDIRECTS, NO_SUCCESS, NO_TLS = 11210, 11215, 11217, 11220
_CEILING_MS = 15_000
_RANGES = {"ct": (100, 10_000), "rt": (100, 15_000), "tt": (100, 15_000), "rc": (0, 5)}
_POLICIES = {"4xx", "5xx", "ct", "rt", "all"}
_UNREAD = {"e", "sni"}  # which edge asks and how TLS names the host: nothing on a loopback
_REDIRECTS = 5


class WebhookFailed(Exception):
    """The product could not be asked, or did not answer as it should; `code` is the carrier's error number."""

    def __init__(self, code: int, message: str, retry_on: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.retry_on = retry_on


@dataclass(frozen=True)
class Overrides:
    """Limits of one request, in ms; `retry_on` holds the kinds of failure that are tried again."""

    connect: int = 5_000
    read: int = 15_000
    total: int = _CEILING_MS
    retries: int = 1
    retry_on: frozenset[str] = field(default_factory=lambda: frozenset({"ct"}))

    @classmethod
    def of(cls, fragment: str) -> Overrides:
        """From an address's fragment; raises ValueError with what is wrong."""
        given = dict(parse_qsl(fragment, keep_blank_values=True))
        if unknown := given.keys() - _RANGES.keys() - _UNREAD - {"rp"}:
            raise ValueError(f"#{fragment}: {', '.join(sorted(unknown))} is no connection override.")
        numbers = {name: _in_range(name, given[name]) for name in _RANGES if name in given}
        policies = frozenset(given.get("rp", "ct").split(","))
        if not policies <= _POLICIES:
            raise ValueError(f"#{fragment}: rp takes {', '.join(sorted(_POLICIES))}.")
        return cls(
            numbers.get("ct", cls.connect), numbers.get("rt", cls.read), numbers.get("tt", cls.total),
            numbers.get("rc", cls.retries), policies,
        )  # fmt: skip

    def timeout(self) -> aiohttp.ClientTimeout:
        return aiohttp.ClientTimeout(self.total / 1e3, sock_connect=self.connect / 1e3, sock_read=self.read / 1e3)


def _in_range(name: str, text: str) -> int:
    low, high = _RANGES[name]
    if not text.isdecimal() or not low <= int(text) <= high:
        raise ValueError(f"#{name}={text}: give a number from {low} to {high}.")
    return int(text)


FAULTS = ("unreachable", "lose_answer", "forge", "late")
"""Nobody is asked; the product is asked, but its answer is lost; the signature is wrong; asked so much later."""


@dataclass
class WebhookFault:
    """What goes wrong with requests to addresses whose path begins so, `times` times; `seconds` is for late."""

    kind: str
    path: str = "/"
    times: int = 1
    seconds: float = 0.0


@dataclass(frozen=True)
class Answer:
    """What the product answered; `url` is the address that answered (without fragment)."""

    url: str
    status: int
    content_type: str
    body: bytes
    milliseconds: float
    tries: int

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")


class Webhooks:
    """Asks the product as the carrier does. `key` may be exchanged at any time: the next request is signed with it."""

    def __init__(self, session: aiohttp.ClientSession, key: SigningKey) -> None:
        self.key = key
        self.faults: list[WebhookFault] = []
        self._session = session

    def _strike(self, url: str) -> WebhookFault | None:
        path = URL(url, encoded=True).path
        struck = next((fault for fault in self.faults if path.startswith(fault.path)), None)
        if struck is not None:
            struck.times -= 1
            self.faults = [fault for fault in self.faults if fault.times > 0]
        return struck

    async def ask(self, method: str, url: str, parameters: Mapping[str, str]) -> Answer:
        """One request with its retries; raises WebhookFailed when no try succeeded."""
        bare, fragment = urldefrag(url)
        try:
            limits = Overrides.of(fragment)
        except ValueError as error:
            raise WebhookFailed(BAD_URL, f"{error} The address asked for was {bare}.") from error
        started = time.monotonic()
        token = str(uuid.uuid4())  # the same for every try
        for tried in range(1, limits.retries + 2):
            try:
                answer = await self._try(method, bare, parameters, limits, token)
            except WebhookFailed as failure:
                again = failure.retry_on in limits.retry_on or ("all" in limits.retry_on and failure.retry_on)
                if tried > limits.retries or not again:
                    raise
            else:
                return Answer(*answer, round(1e3 * (time.monotonic() - started), 1), tried)
        raise AssertionError("The last try either answers or raises.")

    async def _try(
        self, method: str, url: str, parameters: Mapping[str, str], limits: Overrides, token: str
    ) -> tuple[str, int, str, bytes]:
        """One try, with what the lab was told to let go wrong."""
        fault = self._strike(url)
        key = self.key
        match fault and fault.kind:
            case "unreachable":
                raise WebhookFailed(TIMED_OUT, f"{url} could not be connected to (the lab's doing).", "ct")
            case "forge":
                key = replace(key, secret=f"not {key.secret}")
            case "late":
                await asyncio.sleep(fault.seconds if fault else 0)
        answer = await self._follow(method, url, parameters, limits, token, key)
        if fault is not None and fault.kind == "lose_answer":
            raise WebhookFailed(TIMED_OUT, f"The answer of {url} was lost (the lab's doing).", "rt")
        return answer

    async def _follow(
        self, method: str, url: str, parameters: Mapping[str, str], limits: Overrides, token: str, key: SigningKey
    ) -> tuple[str, int, str, bytes]:
        """Redirects are followed with GET: the form is lost on the way, as with the carrier."""
        for _ in range(_REDIRECTS + 1):
            status, content_type, body, location = await self._once(method, url, parameters, limits, token, key)
            if location is None:
                return url, status, content_type, body
            method, url = "GET", urljoin(url, location)
        raise WebhookFailed(TOO_MANY_REDIRECTS, f"{url} redirects without end.")

    async def _once(
        self, method: str, url: str, parameters: Mapping[str, str], limits: Overrides, token: str, key: SigningKey
    ) -> tuple[int, str, bytes, str | None]:
        if method == "GET" and parameters:
            url += ("&" if "?" in url else "?") + urlencode(parameters)
        form = parameters if method == "POST" else {}
        headers = {
            **key.headers(url, form),
            "User-Agent": "TwilioProxy/1.1",
            "I-Twilio-Idempotency-Token": token,
            **({"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"} if method == "POST" else {}),
        }
        body = urlencode(form).encode() if method == "POST" else None
        try:
            async with self._session.request(
                method,
                URL(url, encoded=True),  # sent to the byte as it was signed
                data=body,
                headers=headers,
                timeout=limits.timeout(),
                allow_redirects=False,
            ) as response:
                return _judged(url, response, await response.read())
        except aiohttp.InvalidURL as error:
            raise WebhookFailed(BAD_URL, f"{url!r} is no address that can be asked.") from error
        except aiohttp.ClientConnectorDNSError as error:
            raise WebhookFailed(NO_HOST, f"{url}: there is no host of that name.", "ct") from error
        except aiohttp.ClientSSLError as error:
            raise WebhookFailed(NO_TLS, f"{url} could not be spoken to over TLS.", "ct") from error
        except aiohttp.ClientConnectorError as error:
            raise WebhookFailed(REFUSED, f"{url} refused the connection.", "ct") from error
        except aiohttp.ConnectionTimeoutError as error:
            raise WebhookFailed(TIMED_OUT, f"{url} could not be connected to in time.", "ct") from error
        except TimeoutError as error:
            raise WebhookFailed(TIMED_OUT, f"{url} gave no answer in time.", "rt") from error
        except (aiohttp.ClientError, ValueError) as error:
            raise WebhookFailed(BROKEN_OFF, f"{url} gave no whole answer ({type(error).__name__}).", "rt") from error


def _judged(url: str, response: aiohttp.ClientResponse, body: bytes) -> tuple[int, str, bytes, str | None]:
    location = response.headers.get("Location")
    if response.status in (301, 302, 303, 307, 308) and location:
        return response.status, "", b"", location
    if not 200 <= response.status < 300:
        kind = f"{response.status // 100}xx"
        code = NO_SUCCESS if kind in _POLICIES else NOT_RETRIEVED
        raise WebhookFailed(code, f"{url} answered {response.status}.", kind)
    return response.status, response.headers.get("Content-Type", ""), body, None
