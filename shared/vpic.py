"""The registry of vehicles (NHTSA): make, model and year of a VIN that passed its check digit, and a model's recalls.

Bounded requests; an answer that is not clean is no answer, and a registry that is down is not asked for a while. It
keeps nothing and no booking waits for it. The codes are those of `ErrorCode`: 0 clean, 1 check digit, 12 model year, 14
some characters unknown.
"""

import contextvars
import http.client
import json
import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import quote, urlencode, urlsplit

from shared.circuit import Circuit
from shared.domain.makers import written
from shared.log import fields

log = logging.getLogger(__name__)
Read = TypeVar("Read")

_SECONDS = 1.5
_LARGEST = 256 * 1024
_ACCEPTED = frozenset({"0", "12", "14"})
_THREADS = 2
_MOST_WAITING = 16
_MOST_RECALLS = 50


@dataclass(frozen=True, slots=True)
class Registered:
    make: str
    model: str
    year: int


@dataclass(frozen=True, slots=True)
class Recall:
    """One campaign for a model and year. Whether a certain car was mended only its maker knows. `parked` says that such
    cars should not be driven until they are."""

    campaign: str
    component: str
    summary: str
    parked: bool


class Vpic:
    """One per process, for any number of threads."""

    def __init__(self, base_url: str, recalls_url: str, seconds: float = _SECONDS) -> None:
        self._vehicles = _Peer(base_url, seconds)
        self._recalls = _Peer(recalls_url, seconds)
        self._pool = ThreadPoolExecutor(_THREADS, "vehicle-registry")
        self._lock = threading.Lock()
        self._asked: set[str] = set()

    def ask_later(self, vin: str, year: int | None, keep: Callable[[Registered], None]) -> Future[None] | None:
        """Asks behind the caller's back and hands a clean answer to `keep`. None when that VIN is being asked about, or
        more wait than will ever be answered in time."""
        with self._lock:
            if vin in self._asked or len(self._asked) >= _MOST_WAITING:
                return None
            self._asked.add(vin)
        return self._pool.submit(contextvars.copy_context().run, self._ask, vin, year, keep)

    def _ask(self, vin: str, year: int | None, keep: Callable[[Registered], None]) -> None:
        try:
            registered = self.decode(vin, year)
            if registered is not None:
                keep(registered)
        except Exception:  # an edge: nobody waits for this thread
            log.exception("what the vehicle registry said could not be kept")
        finally:
            with self._lock:
                self._asked.discard(vin)

    def decode(self, vin: str, year: int | None) -> Registered | None:
        """None when the registry is away, slow, or not sure of make, model and year."""
        path = f"/api/vehicles/DecodeVinValues/{quote(vin, safe='')}?format=json"
        return self._vehicles.ask(path + (f"&modelyear={year}" if year else ""), _registered)

    def recalls(self, make: str, model: str, year: int) -> Sequence[Recall] | None:
        """The campaigns for a model and year; None when the registry is away or slow."""
        query = urlencode({"make": make, "model": model, "modelYear": year})
        return self._recalls.ask(f"/recalls/recallsByVehicle?{query}", _recalled)

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)


class _Peer:
    """One host, asked within the time or, while its circuit is open, not at all."""

    def __init__(self, base_url: str, seconds: float) -> None:
        self._base = urlsplit(base_url)
        self._seconds = seconds
        self._circuit = Circuit()

    def ask(self, path: str, read: Callable[[object], Read]) -> Read | None:
        """What `read` makes of the answer; None when there is none in time."""
        if not self._circuit.may_pass():
            return None
        try:
            answer = read(self._get(self._base.path + path))
        except (OSError, http.client.HTTPException, ValueError) as why:
            self._circuit.went(False)
            log.warning("vehicle registry did not answer", extra=fields(kind=type(why).__name__))
            return None
        self._circuit.went(True)
        return answer

    def _get(self, path: str) -> object:
        kind = http.client.HTTPSConnection if self._base.scheme == "https" else http.client.HTTPConnection
        connection = kind(self._base.hostname or "", self._base.port, timeout=self._seconds)
        until = time.monotonic() + self._seconds
        try:
            connection.request("GET", path, headers={"Accept": "application/json"})
            answer = connection.getresponse()
            if answer.status != 200:
                raise ValueError("not answered with 200")
            return json.loads(_body(answer, until))
        finally:
            connection.close()


def _body(answer: http.client.HTTPResponse, until: float) -> bytes:
    """A time-out holds for each piece that arrives, so that one which drips is cut off here."""
    body = b""
    while piece := answer.read1(_LARGEST):
        body += piece
        if time.monotonic() > until or len(body) > _LARGEST:
            raise ValueError("too slow or too long")
    return body


def _results(body: object, name: str) -> list[object]:
    results = body.get(name) if isinstance(body, dict) else None
    if not isinstance(results, list):
        raise ValueError("not in the registry's shape")
    return results


def _registered(body: object) -> Registered | None:
    row = next(iter(_results(body, "Results")), None)
    if not isinstance(row, dict):
        raise ValueError("not in the registry's shape")
    codes = {code.strip() for code in str(row.get("ErrorCode", "")).split(",")}
    make, model, year = (str(row.get(name) or "").strip() for name in ("Make", "Model", "ModelYear"))
    if not codes <= _ACCEPTED or not make or not model or not year.isdigit():
        return None
    return Registered(written(make)[:40], model[:60], int(year))


def _recalled(body: object) -> Sequence[Recall]:
    return [_recall(row) for row in _results(body, "results")[:_MOST_RECALLS] if isinstance(row, dict)]


def _recall(row: Mapping[str, object]) -> Recall:
    campaign, component, summary = (
        str(row.get(name) or "").strip() for name in ("NHTSACampaignNumber", "Component", "Summary")
    )
    return Recall(campaign, component, summary, row.get("parkIt") is True)
