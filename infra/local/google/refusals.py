"""How Google says no: three error bodies, and which message belongs to which of Calendar's reasons.

Calendar answers ``{"error": {"errors": [{domain, reason, message, …}], "code", "message"}}`` (its page "Handle API
errors"), the cloud's APIs ``{"error": {"code", "message", "status"}}`` (google.rpc.Status), the token endpoint
``{"error", "error_description"}`` (RFC 6749).
"""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

from infra.local.faults import Fault

# The message, the domain and where the fault lies, of reasons that are always said in the same words.
_SAYINGS: dict[str, tuple[str, str, dict[str, str]]] = {
    "authError": ("Invalid Credentials", "global", {"locationType": "header", "location": "Authorization"}),
    "backendError": ("Backend Error", "global", {}),
    "badRequest": ("Bad Request", "global", {}),
    "conditionNotMet": ("Precondition Failed", "global", {"locationType": "header", "location": "If-Match"}),
    "deleted": ("Resource has been deleted", "global", {}),
    "duplicate": ("The requested identifier already exists.", "global", {}),
    "forbidden": ("Forbidden", "global", {}),
    "fullSyncRequired": (
        "Sync token is no longer valid, a full sync is required.",
        "calendar",
        {"locationType": "parameter", "location": "syncToken"},
    ),
    "insufficientPermissions": ("Request had insufficient authentication scopes.", "global", {}),
    "notFound": ("Not Found", "global", {}),
    "quotaExceeded": ("Calendar usage limits exceeded.", "usageLimits", {}),
    "rateLimitExceeded": ("Rate Limit Exceeded", "usageLimits", {}),
    "requiredAccessLevel": ("You need to have writer access to this calendar.", "calendar", {}),
    "timeRangeEmpty": (
        "The specified time range is empty.",
        "calendar",
        {"locationType": "parameter", "location": "timeMax"},
    ),
    "userRateLimitExceeded": ("User Rate Limit Exceeded", "usageLimits", {}),
}
_USUAL_REASONS = {400: "badRequest", 401: "authError", 403: "rateLimitExceeded", 404: "notFound", 409: "duplicate"}
_USUAL_REASONS |= {410: "deleted", 412: "conditionNotMet", 429: "rateLimitExceeded"}
_CLOUD_STATUSES = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND"}
_CLOUD_STATUSES |= {409: "ALREADY_EXISTS", 429: "RESOURCE_EXHAUSTED", 500: "INTERNAL", 503: "UNAVAILABLE"}


class Refused(Exception):
    """A Calendar request that is answered with an error; `message` only where the reason has no usual one."""

    def __init__(self, status: int, reason: str, message: str = "") -> None:
        usual, domain, place = _SAYINGS.get(reason, ("", "global", {}))
        super().__init__(message or usual)
        self.status = status
        self._error = {"domain": domain, "reason": reason, "message": str(self), **place}

    def answer(self) -> web.Response:
        body = {"error": {"errors": [self._error], "code": self.status, "message": str(self)}}
        headers = {"WWW-Authenticate": 'Bearer realm="https://accounts.google.com/"'} if self.status == 401 else None
        return web.json_response(body, status=self.status, headers=headers)


class CloudRefused(Exception):
    """A request to a cloud API that is answered with an error; `status` is the google.rpc.Code's name."""

    def __init__(self, code: int, status: str, message: str) -> None:
        super().__init__(message)
        self._code = code
        self._status = status

    def answer(self) -> web.Response:
        error = {"code": self._code, "message": str(self), "status": self._status}
        return web.json_response({"error": error}, status=self._code)


class OAuthRefused(Exception):
    """A request to the token endpoint that is answered with an error: the code of RFC 6749 and Google's words."""

    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(description)
        self._status = status
        self._error = error

    def answer(self) -> web.Response:
        return web.json_response({"error": self._error, "error_description": str(self)}, status=self._status)


def refusal_of(fault: Fault) -> web.Response:
    """The answer of a fault that orders a status, in the shape of what it strikes."""
    if fault.struck.startswith("oauth."):
        return OAuthRefused(fault.code, fault.reason or "internal_failure", "Please try again.").answer()
    if fault.struck.startswith("scheduler."):
        return CloudRefused(fault.code, _CLOUD_STATUSES.get(fault.code, "UNKNOWN"), fault.reason or "Refused.").answer()
    reason = fault.reason or _USUAL_REASONS.get(fault.code, "backendError")
    return Refused(fault.code, reason, "" if reason in _SAYINGS else reason).answer()


async def body_of(request: web.Request) -> dict[str, Any]:
    """The JSON object that was sent; raises Refused as Google answers anything else."""
    try:
        given = json.loads(await request.read() or b"{}")
    except ValueError as error:
        raise Refused(400, "parseError", "Parse Error") from error
    if not isinstance(given, dict):
        raise Refused(400, "parseError", "Parse Error")
    return given
