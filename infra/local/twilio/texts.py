"""Text messages, both ways: their course, who hears of it, and who asked to be left alone.

One who texts STOP is opted out of that number by the carrier, whatever the product does, until he texts START. The
product is told of every message that arrives and may answer with documents of `<Message>`. It refuses to know of HTTP.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urldefrag, urljoin

from infra.local.twilio import twiml
from infra.local.twilio.callbacks import Courier
from infra.local.twilio.clock import LineClock
from infra.local.twilio.frames import Fault
from infra.local.twilio.leg import API_VERSION, sid
from infra.local.twilio.plan import Exchange, Source
from infra.local.twilio.record import CallRecord
from infra.local.twilio.webhook import WebhookFailed

STOP_WORDS = {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "OPTOUT", "REVOKE"}
START_WORDS = {"START", "UNSTOP", "YES"}
_FAILS_AT_ONCE = {30034, 30032}  # an unregistered sender: the message never leaves the carrier
_UNTIL_SENT, _UNTIL_DELIVERED = 0.2, 1.0
_GSM = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_DOUBLE = set("^{}\\[~]|€")


@dataclass(frozen=True)
class Outgoing:
    """A message as the product asks for it; `status_callback` hears of its course."""

    from_number: str
    to_number: str
    body: str
    status_callback: str | None = None
    service_sid: str | None = None
    direction: str = "outbound-api"


@dataclass(frozen=True)
class Incoming:
    """Where the product answers for a number's messages."""

    source: Source | None
    fallback: Source | None


@dataclass
class Message:
    """What REST shows of a message."""

    asked: Outgoing
    status: str
    record: CallRecord
    number: int
    sid: str = field(default_factory=lambda: sid("SM"))
    error_code: int | None = None
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    updated: datetime = field(default_factory=lambda: datetime.now(UTC))
    sent: datetime | None = None

    @property
    def segments(self) -> int:
        return segments(self.asked.body)


class Texts:
    """All messages of the account, and who opted out of which number."""

    def __init__(self, exchange: Exchange) -> None:
        self.messages: dict[str, Message] = {}
        self.opted_out: set[tuple[str, str]] = set()
        self._exchange = exchange

    def take(self, outgoing: Outgoing) -> Message:
        return self._keep(outgoing, "accepted" if outgoing.service_sid else "queued")

    def receive(self, from_number: str, to_number: str, body: str) -> Message:
        word = body.strip().upper()
        if word in STOP_WORDS:
            self.opted_out.add((from_number, to_number))
        elif word in START_WORDS:
            self.opted_out.discard((from_number, to_number))
        return self._keep(Outgoing(from_number, to_number, body, direction="inbound"), "received")

    async def deliver(self, message: Message) -> None:
        """From the queue to the phone; each step is told to whom asked for it."""
        clock = LineClock(self._exchange.speed)
        courier = Courier(self._exchange.webhooks, self._exchange.delivery, message.number, clock, message.record)
        phone = self._exchange.phones.get(message.asked.to_number)
        wrong = phone.undelivered if phone else None
        telling = asyncio.create_task(courier.deliver())
        self._change(message, "queued", courier)
        await clock.sleep(_UNTIL_SENT)
        if wrong in _FAILS_AT_ONCE:
            message.error_code = wrong
            self._change(message, "failed", courier)
        else:
            message.sent = datetime.now(UTC)
            self._change(message, "sent", courier)
            await clock.sleep(_UNTIL_DELIVERED)
            message.error_code = wrong
            self._change(message, "delivered" if wrong is None else "undelivered", courier)
        courier.close()
        await telling
        message.record.end()

    async def tell(self, message: Message, told: Incoming) -> list[Outgoing]:
        """Ask the product what to do with a message that arrived; its answers."""
        if told.source is None:
            return []
        asked = message.asked
        form = {
            **_sids(message, self._exchange.account_sid),
            "From": asked.from_number,
            "To": asked.to_number,
            "Body": asked.body,
            "SmsStatus": "received",
            "NumMedia": "0",
            "NumSegments": str(message.segments),
            "ApiVersion": API_VERSION,
            **{f"{party}{part}": "" for party in ("From", "To") for part in ("City", "State", "Zip")},
            **{f"{party}Country": "US" for party in ("From", "To")},
        }
        answer = await self._ask(message, told.source, form)
        if isinstance(answer, Fault) and told.fallback is not None:
            why = {"ErrorCode": str(answer.code), "ErrorUrl": urldefrag(told.source.url).url}
            answer = await self._ask(message, told.fallback, {**form, **why})
        return [] if isinstance(answer, Fault) else answer

    async def _ask(self, message: Message, source: Source, form: Mapping[str, str]) -> list[Outgoing] | Fault:
        try:
            answer = await self._exchange.webhooks.ask(source.method, source.url, form)
            message.record.note("document", url=source.url, status=answer.status, twiml=answer.text)
            if not answer.text.strip():
                return []
            return self._replies(message, answer.text, answer.url)
        except WebhookFailed as failure:
            fault = Fault(failure.code, str(failure))
        except twiml.UnreadableTwiml as unreadable:
            fault = unreadable.fault
        message.record.fault(fault)
        return fault

    def _replies(self, message: Message, text: str, url: str) -> list[Outgoing]:
        replies: list[Outgoing] = []
        for verb in twiml.parse(text, url):
            body = verb.find("Body")
            words = " ".join("".join((verb if body is None else body).itertext()).split())
            if verb.tag != "Message" or verb.attrib.keys() - {"action", "method", "statusCallback"} or not words:
                complaint = f"<{verb.tag}> is not performed here: <Message> with a text (or <Body>) is."
                message.record.fault(Fault(twiml.SCHEMA, complaint))
                continue
            callback = verb.get("statusCallback")
            told = urljoin(url, callback) if callback else None
            ours, theirs = message.asked.to_number, message.asked.from_number
            replies.append(Outgoing(ours, theirs, words, told, direction="outbound-reply"))
        return [reply for reply in replies if (reply.to_number, reply.from_number) not in self.opted_out]

    def _keep(self, outgoing: Outgoing, status: str) -> Message:
        number = len(self.messages)
        message = Message(outgoing, status, CallRecord(LineClock(self._exchange.speed)), number)
        self.messages[message.sid] = message
        return message

    def _change(self, message: Message, status: str, courier: Courier) -> None:
        message.status, message.updated = status, datetime.now(UTC)
        message.record.note("status", status=status)
        url = message.asked.status_callback
        if url is None:
            return
        form = {
            **_sids(message, self._exchange.account_sid),
            "From": message.asked.from_number,
            "To": message.asked.to_number,
            "MessageStatus": status,
            "SmsStatus": status,
            "ApiVersion": API_VERSION,
            **({"MessagingServiceSid": message.asked.service_sid} if message.asked.service_sid else {}),
            **({"ErrorCode": str(message.error_code)} if message.error_code is not None else {}),
        }
        courier.tell(status, "POST", url, form)


def _sids(message: Message, account_sid: str) -> dict[str, str]:
    return {"AccountSid": account_sid, "MessageSid": message.sid, "SmsSid": message.sid, "SmsMessageSid": message.sid}


def segments(body: str) -> int:
    """How many messages it is sent in: 160 characters of the GSM alphabet or 70 of any, a little less when several."""
    if set(body) <= _GSM | _GSM_DOUBLE:
        length, one, several = len(body) + sum(character in _GSM_DOUBLE for character in body), 160, 153
    else:
        length, one, several = len(body.encode("utf-16-be")) // 2, 70, 67
    return 1 if length <= one else -(-length // several)
