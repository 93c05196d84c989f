"""The carrier's error answers, by its own numbers: what each says and with which HTTP status.

Whoever orders an error from the lab, for a number or for the next request, gets it in the same words.
"""

from __future__ import annotations

from aiohttp import web

from infra.local.faults import Fault

INVALID = 20001

_KNOWN: dict[int, tuple[int, str]] = {
    20003: (401, "Authenticate"),
    20404: (404, "The requested resource was not found"),
    20429: (429, "Too Many Requests"),
    20500: (500, "An internal server error has occurred"),
    20503: (503, "Service Unavailable"),
    10004: (400, "Call concurrency limit exceeded"),
    13214: (400, "Invalid callerId value"),
    13223: (400, "Invalid phone number format"),
    13224: (400, "Invalid phone number"),
    13225: (400, "Forbidden phone number"),
    13226: (400, "Invalid country code"),
    13227: (400, "No international authorization"),
    13247: (400, "The 'From' number is not verified for this account"),
    21210: (400, "'From' phone number not verified"),
    21211: (400, "Invalid 'To' Phone Number"),
    21212: (400, "Invalid 'From' Phone Number"),
    21214: (400, "'To' phone number cannot be reached"),
    21215: (400, "Account not authorized to call this number: geographic permission is missing"),
    21216: (400, "Account not allowed to call this number"),
    21217: (400, "Phone number does not appear to be valid"),
    21219: (400, "'To' phone number not verified"),
    21220: (400, "Call is not in-progress. Cannot redirect."),
    21408: (400, "Permission to send an SMS has not been enabled for the region of the 'To' number"),
    21606: (400, "The 'From' phone number is not a valid, SMS-capable phone number of this account"),
    21610: (400, "Attempt to send to unsubscribed recipient"),
    21611: (400, "This 'From' number has exceeded the maximum number of queued messages"),
    21612: (400, "The 'To' phone number is not currently reachable using the 'From' phone number via SMS"),
    21614: (400, "'To' number is not a valid mobile number"),
    21617: (400, "The concatenated message body exceeds the 1600 character limit"),
    22001: (400, "The call left the queue too late"),
    22005: (400, "The queue of calls is full"),
    32203: (403, "Call blocked"),
}
_OF_STATUS = {401: 20003, 404: 20404, 429: 20429, 500: 20500, 503: 20503}


class RestError(Exception):
    """An error answer: the carrier's number, and what it says if that is not the usual sentence."""

    def __init__(self, code: int, message: str | None = None, status: int | None = None) -> None:
        usual_status, usual_message = _KNOWN.get(code, (400, f"Error {code}"))
        super().__init__(message or usual_message)
        self.code = code
        self.status = status or usual_status

    def answer(self) -> web.Response:
        body = {
            "code": self.code,
            "message": str(self),
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
        }
        return web.json_response(body, status=self.status)


def ordered(fault: Fault) -> web.Response:
    """The answer of a `status` fault: its `code` is an HTTP status, or one of the carrier's own numbers."""
    if fault.code >= 1_000:
        return RestError(fault.code, fault.reason or None).answer()
    return RestError(_OF_STATUS.get(fault.code, 20500), fault.reason or None, fault.code).answer()
