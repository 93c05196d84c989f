"""The registry of vehicles (NHTSA vPIC): make, model and year of a VIN that passed its check digit.

One bounded request; an answer that is not clean is no answer. It keeps nothing and no booking waits for it. The codes
are those of `ErrorCode`: 0 clean, 1 check digit, 12 model year, 14 some characters unknown.
"""

import http.client
import json
import logging
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from shared.log import fields

log = logging.getLogger(__name__)
_SECONDS = 1.5
_LARGEST = 256 * 1024
_ACCEPTED = frozenset({"0", "12", "14"})


@dataclass(frozen=True, slots=True)
class Registered:
    make: str
    model: str
    year: int


class Vpic:
    def __init__(self, base_url: str, seconds: float = _SECONDS) -> None:
        self._base = urlsplit(base_url)
        self._seconds = seconds

    def decode(self, vin: str, year: int | None) -> Registered | None:
        """None when the registry is away, slow, or not sure of make, model and year."""
        path = f"{self._base.path}/api/vehicles/DecodeVinValues/{quote(vin, safe='')}?format=json"
        try:
            return _registered(self._get(path + (f"&modelyear={year}" if year else "")))
        except (OSError, http.client.HTTPException, ValueError) as why:
            log.warning("vehicle registry did not answer", extra=fields(kind=type(why).__name__))
            return None

    def _get(self, path: str) -> object:
        kind = http.client.HTTPSConnection if self._base.scheme == "https" else http.client.HTTPConnection
        connection = kind(self._base.hostname or "", self._base.port, timeout=self._seconds)
        try:
            connection.request("GET", path, headers={"Accept": "application/json"})
            answer = connection.getresponse()
            if answer.status != 200:
                raise ValueError("not answered with 200")
            return json.loads(answer.read(_LARGEST))
        finally:
            connection.close()


def _registered(body: object) -> Registered | None:
    results = body.get("Results") if isinstance(body, dict) else None
    row = results[0] if isinstance(results, list) and results else None
    if not isinstance(row, dict):
        raise ValueError("not in the registry's shape")
    codes = {code.strip() for code in str(row.get("ErrorCode", "")).split(",")}
    make, model, year = (str(row.get(name) or "").strip() for name in ("Make", "Model", "ModelYear"))
    if not codes <= _ACCEPTED or not make or not model or not year.isdigit():
        return None
    return Registered(make[:40], model[:60], int(year))
