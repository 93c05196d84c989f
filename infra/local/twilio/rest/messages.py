"""Messages: create, fetch and list under `/2010-04-01/Accounts/{Sid}/Messages`, with the vendor's errors.

It refuses to know how a message travels.
"""

from __future__ import annotations

from typing import Any

from aiohttp import web

from infra.local.twilio.account import Account
from infra.local.twilio.leg import API_VERSION
from infra.local.twilio.rest.doors import E164, PREFIX, Form, date, guarded, not_found, page, span
from infra.local.twilio.rest.errors import RestError
from infra.local.twilio.texts import Message, Outgoing

_CREATE = {"To", "From", "MessagingServiceSid", "Body", "StatusCallback", "ValidityPeriod", "SmartEncoded"}
_MAX_BODY = 1_600
_AFTER_SENDING = {30003, 30005, 30006, 30007, 30008, 30032, 30034}
"""Errors that a message gets on its way; all others are answered when it is created."""


class MessagesResource:
    def __init__(self, account: Account) -> None:
        self._account = account

    def routes(self) -> list[web.RouteDef]:
        messages = f"{PREFIX}/{{account}}/Messages"
        return [
            web.post(f"{messages}.json", guarded(self._account, self.create)),
            web.get(f"{messages}.json", guarded(self._account, self.list)),
            web.get(f"{messages}/{{sid}}.json", guarded(self._account, self.fetch)),
        ]

    async def create(self, request: web.Request) -> web.Response:
        message = self._account.text(self._outgoing(await Form.of(request, _CREATE)))
        return web.json_response(self._as_json(message), status=201)

    async def fetch(self, request: web.Request) -> web.Response:
        message = self._account.texts.messages.get(request.match_info["sid"])
        if message is None:
            raise not_found(request)
        return web.json_response(self._as_json(message))

    async def list(self, request: web.Request) -> web.Response:
        query = request.query
        sent = span(query, "DateSent")

        def fits(message: Message) -> bool:
            ends = {"To": message.asked.to_number, "From": message.asked.from_number}
            return all(query.get(name, number) == number for name, number in ends.items()) and sent(message.sent)

        found = [message for message in reversed(self._account.texts.messages.values()) if fits(message)]
        return page(request, "messages", found, self._as_json)

    def _outgoing(self, form: Form) -> Outgoing:
        to, sender, service = form.text("To"), form.text("From"), form.text("MessagingServiceSid")
        if not to:
            raise RestError(21604, "A 'To' phone number is required.")
        if not sender and not service:
            raise RestError(21603, "A 'From' phone number is required.")
        if not E164.fullmatch(to):
            raise RestError(21211, f"The 'To' number {to} is not a valid phone number.")
        if to == sender:
            raise RestError(21266, "'To' and 'From' cannot be the same number.")
        if sender and sender not in self._account.numbers:
            raise RestError(21606)
        if not form.text("Body"):
            raise RestError(21602, "Message body is required.")
        if len(form.text("Body")) > _MAX_BODY:
            raise RestError(21617)
        form.whole("ValidityPeriod", 36_000, 1, 36_000)
        self._check_phone(to, sender)
        callback = form.url("StatusCallback", 21609)
        return Outgoing(sender, to, form.text("Body"), callback, service or None)

    def _check_phone(self, to: str, sender: str) -> None:
        phone = self._account.exchange.phones.get(to)
        if phone is not None and phone.undelivered is not None and phone.undelivered not in _AFTER_SENDING:
            raise RestError(phone.undelivered)
        if any(person == to and sender in (ours, "") for person, ours in self._account.texts.opted_out):
            raise RestError(21610)

    def _as_json(self, message: Message) -> dict[str, Any]:
        account = self._account.credentials.account_sid
        uri = f"{PREFIX}/{account}/Messages/{message.sid}"
        asked = message.asked
        return {
            "sid": message.sid,
            "account_sid": account,
            "api_version": API_VERSION,
            "body": asked.body,
            "date_created": date(message.created),
            "date_sent": date(message.sent),
            "date_updated": date(message.updated),
            "direction": asked.direction,
            "error_code": message.error_code,
            "error_message": None if message.error_code is None else str(RestError(message.error_code)),
            "from": asked.from_number or None,
            "messaging_service_sid": asked.service_sid,
            "num_media": "0",
            "num_segments": str(message.segments),
            "price": None,
            "price_unit": "USD",
            "status": message.status,
            "subresource_uris": {"media": f"{uri}/Media.json", "feedback": f"{uri}/Feedback.json"},
            "to": asked.to_number,
            "uri": f"{uri}.json",
        }
