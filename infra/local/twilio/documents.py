"""A call's instructions, fetched from the product: signed, judged, recorded, with the fallback address behind them.

It refuses to know what the verbs do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import urldefrag

from infra.local.twilio import twiml
from infra.local.twilio.frames import Fault
from infra.local.twilio.plan import Source
from infra.local.twilio.record import CallRecord
from infra.local.twilio.vocabulary import Document
from infra.local.twilio.webhook import Answer, WebhookFailed, Webhooks

_MOST_DOCUMENTS = 50
_XML = ("text/xml", "application/xml")


class NoDocument(Exception):
    """Neither the address nor its fallback gave instructions: the carrier apologises and ends the call."""


class Documents:
    """One call's documents; `parameters` makes the form of the moment from what this request adds to it. `fallback` may
    be exchanged."""

    def __init__(
        self,
        webhooks: Webhooks,
        fallback: Source | None,
        record: CallRecord,
        parameters: Callable[[Mapping[str, str]], dict[str, str]],
    ) -> None:
        self._webhooks = webhooks
        self.fallback = fallback
        self._record = record
        self._parameters = parameters
        self._count = 0

    async def fetch(self, source: Source) -> Document:
        """The document of a source, or the fallback's when that fails; raises NoDocument when both do."""
        self._count += 1
        if self._count > _MOST_DOCUMENTS:
            self._record.fault(Fault(twiml.UNPARSABLE, f"More than {_MOST_DOCUMENTS} documents: this never ends."))
            raise NoDocument
        first = await self._try(source)
        if isinstance(first, Document):
            return first
        if self.fallback is not None:
            told = {**source.extra, "ErrorCode": str(first.code), "ErrorUrl": urldefrag(source.url).url}
            second = await self._try(Source(self.fallback.url, self.fallback.method, extra=told))
            if isinstance(second, Document):
                return second
        raise NoDocument

    async def _try(self, source: Source) -> Document | Fault:
        try:
            document = await self._read(source)
        except WebhookFailed as failure:
            fault = Fault(failure.code, str(failure))
        except twiml.UnreadableTwiml as unreadable:
            fault = unreadable.fault
        else:
            for found in document.faults:
                self._record.fault(found)
            return document
        self._record.fault(fault)
        return fault

    async def _read(self, source: Source) -> Document:
        if source.twiml is not None:
            return twiml.read(source.twiml, source.url)
        answer = await self._webhooks.ask(source.method, source.url, self._parameters(source.extra))
        self._note(source, answer)
        if answer.status == 204:
            return Document(answer.url, "", (), ())
        kind = answer.content_type.partition(";")[0].strip().lower()
        if kind not in _XML:
            raise twiml.UnreadableTwiml(twiml.CONTENT_TYPE, f"{answer.url} answered {kind or 'nothing'}, not XML.")
        return twiml.read(answer.text, answer.url)

    def _note(self, source: Source, answer: Answer) -> None:
        self._record.note(
            "document",
            url=source.url,
            status=answer.status,
            milliseconds=answer.milliseconds,
            tries=answer.tries,
            twiml=answer.text[: twiml.MAX_DOCUMENT],
        )
