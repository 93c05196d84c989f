"""TwiML read strictly: the verbs this lab performs, their attributes, and what is wrong with a document.

A document that cannot be read at all is refused (12100, 11750); a verb, noun or attribute that the carrier's schema
does not have is reported (12200) and left out, as the carrier does. It refuses to know how a verb is performed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit
from xml.etree import ElementTree

from infra.local.twilio.frames import STREAM_SCHEME, STREAM_TRACK, Fault

TOO_LARGE, UNPARSABLE, SCHEMA, CONTENT_TYPE = 11750, 12100, 12200, 12300
MAX_DOCUMENT = 64 * 1024
_MAX_PARAMETER = 500
_METHODS = ("GET", "POST")


class UnreadableTwiml(Exception):
    """The document as a whole is refused; `fault` says by which error number."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.fault = Fault(code, message)


@dataclass(frozen=True)
class Stream:
    url: str
    name: str
    parameters: dict[str, str]
    status_callback: str | None
    status_callback_method: str


@dataclass(frozen=True)
class Connect:
    stream: Stream | None
    action: str | None
    method: str


@dataclass(frozen=True)
class Say:
    text: str


@dataclass(frozen=True)
class Pause:
    seconds: int


@dataclass(frozen=True)
class DialledNumber:
    number: str
    url: str | None
    method: str


@dataclass(frozen=True)
class Dial:
    numbers: tuple[DialledNumber, ...]
    action: str | None
    method: str
    timeout: int
    caller_id: str | None


@dataclass(frozen=True)
class Redirect:
    url: str
    method: str


@dataclass(frozen=True)
class Hangup:
    pass


@dataclass(frozen=True)
class Reject:
    reason: str


Verb = Connect | Say | Pause | Dial | Redirect | Hangup | Reject


@dataclass(frozen=True)
class Document:
    """A document as fetched from `url` (relative addresses in it are already absolute)."""

    url: str
    text: str
    verbs: tuple[Verb, ...]
    faults: tuple[Fault, ...]


_SAY = {"voice", "language", "loop"}
_STREAM = {"url", "name", "track", "statusCallback", "statusCallbackMethod", "connectorName"}
_NUMBER = {
    "url", "method", "sendDigits", "statusCallback", "statusCallbackEvent", "statusCallbackMethod", "byoc",
    "machineDetection", "amdStatusCallback", "amdStatusCallbackMethod", "machineDetectionTimeout",
    "machineDetectionSpeechThreshold", "machineDetectionSpeechEndThreshold", "machineDetectionSilenceTimeout",
}  # fmt: skip
_DIAL = {
    "action", "method", "timeout", "hangupOnStar", "timeLimit", "callerId", "record", "trim", "answerOnBridge",
    "ringTone", "recordingStatusCallback", "recordingStatusCallbackMethod", "recordingStatusCallbackEvent",
    "recordingTrack", "referUrl", "referMethod", "sequential",
}  # fmt: skip


def read(text: str, url: str) -> Document:
    """The document fetched from `url`; raises UnreadableTwiml."""
    if len(text.encode()) > MAX_DOCUMENT:
        raise UnreadableTwiml(TOO_LARGE, f"The document of {urlsplit(url).path} is larger than 64 kB.")
    try:
        # expat ≥ 2.6 bounds entity expansion itself, and the document is at most 64 kB.
        root = ElementTree.fromstring(text)  # noqa: S314
    except ElementTree.ParseError as error:
        raise UnreadableTwiml(UNPARSABLE, f"The document of {urlsplit(url).path} is not XML: {error}.") from error
    if root.tag != "Response":
        raise UnreadableTwiml(UNPARSABLE, f"The document's root is <{root.tag}>, not <Response>.")
    reader = _Reader(url)
    verbs = tuple(verb for element in root if (verb := reader.verb(element)) is not None)
    reader.attributes(root, set())
    return Document(url, text, verbs, tuple(reader.faults))


class _Reader:
    """Reads one document's elements and collects what is wrong with them."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.faults: list[Fault] = []

    def verb(self, element: ElementTree.Element) -> Verb | None:
        reader = _VERBS.get(element.tag)
        if reader is None:
            self._wrong(f"<{element.tag}> is not a verb that is performed here.")
            return None
        return reader(self, element)

    def attributes(self, element: ElementTree.Element, known: set[str]) -> dict[str, str]:
        for name in element.attrib.keys() - known:
            self._wrong(f"<{element.tag}> has no attribute {name}.")
        return {name: value for name, value in element.attrib.items() if name in known}

    def connect(self, element: ElementTree.Element) -> Connect:
        given = self.attributes(element, {"action", "method"})
        streams = [stream for child in element if (stream := self._connect_noun(child)) is not None]
        if len(list(element)) != 1:
            self._wrong(f"<Connect> holds {len(list(element))} nouns; it takes one.")
        return Connect(streams[0] if streams else None, self._absolute(given.get("action")), self._method(given))

    def _connect_noun(self, element: ElementTree.Element) -> Stream | None:
        if element.tag != "Stream":
            self._wrong(f"<Connect> cannot hold <{element.tag}> here.")
            return None
        given = self.attributes(element, _STREAM)
        if given.get("track", "inbound_track") != "inbound_track":
            self.faults.append(Fault(STREAM_TRACK, "A bidirectional stream has the inbound track only."))
            return None
        callback = self._absolute(given.get("statusCallback"))
        method = self._method(given, "statusCallbackMethod")
        url = self._stream_url(given.get("url", ""))
        parameters = self._parameters(element)
        return Stream(url, given.get("name", ""), parameters, callback, method) if url else None

    def _stream_url(self, url: str) -> str | None:
        """An absolute address. The carrier takes wss only; plain ws is for the lab, which has no certificates."""
        if url and "://" not in url:
            url = urljoin(self.url, url).replace("http", "ws", 1)
        parts = urlsplit(url)
        if parts.scheme not in ("wss", "ws") or not parts.hostname:
            self.faults.append(Fault(STREAM_SCHEME, f"A stream's url begins with wss://; this has {parts.scheme!r}."))
            return None
        if parts.query:
            self.faults.append(Fault(STREAM_SCHEME, "A stream's url may not have a query; pass <Parameter>s instead."))
            return None
        return url

    def _parameters(self, element: ElementTree.Element) -> dict[str, str]:
        found: dict[str, str] = {}
        for child in element:
            given = self.attributes(child, {"name", "value"})
            if child.tag != "Parameter" or given.keys() != {"name", "value"}:
                self._wrong(f"<Stream> holds <{child.tag}>, or a <Parameter> without name or value.")
            elif len(given["name"]) + len(given["value"]) >= _MAX_PARAMETER:
                self._wrong(f"<Parameter name={given['name'][:40]!r}> is not shorter than {_MAX_PARAMETER} characters.")
            else:
                found[given["name"]] = given["value"]
        return found

    def say(self, element: ElementTree.Element) -> Say:
        self.attributes(element, _SAY)
        return Say(" ".join("".join(element.itertext()).split()))

    def pause(self, element: ElementTree.Element) -> Pause:
        return Pause(self._number(self.attributes(element, {"length"}), "length", 1))

    def dial(self, element: ElementTree.Element) -> Dial:
        given = self.attributes(element, _DIAL)
        bare = (element.text or "").strip()
        numbers = [DialledNumber(bare, None, "POST")] if bare else []
        for child in element:
            if child.tag != "Number":
                self._wrong(f"<Dial> cannot hold <{child.tag}> here.")
                continue
            noun = self.attributes(child, _NUMBER)
            called = "".join(child.itertext()).strip()
            numbers.append(DialledNumber(called, self._absolute(noun.get("url")), self._method(noun)))
        if not numbers:
            self._wrong("<Dial> names no number.")
        action, timeout = self._absolute(given.get("action")), self._number(given, "timeout", 30)
        return Dial(tuple(numbers), action, self._method(given), timeout, given.get("callerId"))

    def redirect(self, element: ElementTree.Element) -> Redirect:
        given = self.attributes(element, {"method"})
        return Redirect(urljoin(self.url, (element.text or "").strip()), self._method(given))

    def hangup(self, element: ElementTree.Element) -> Hangup:
        self.attributes(element, set())
        return Hangup()

    def reject(self, element: ElementTree.Element) -> Reject:
        reason = self.attributes(element, {"reason"}).get("reason", "rejected")
        if reason not in ("rejected", "busy"):
            self._wrong(f"<Reject> has no reason {reason!r}.")
        return Reject(reason)

    def _absolute(self, url: str | None) -> str | None:
        return None if not url else urljoin(self.url, url)

    def _method(self, given: dict[str, str], name: str = "method") -> str:
        method = given.get(name, "POST")
        if method in _METHODS:
            return method
        self._wrong(f"{name}={method!r} is neither GET nor POST.")
        return "POST"

    def _number(self, given: dict[str, str], name: str, default: int) -> int:
        value = given.get(name, str(default))
        if value.isdecimal():
            return int(value)
        self._wrong(f"{name}={value!r} is not a number.")
        return default

    def _wrong(self, message: str) -> None:
        self.faults.append(Fault(SCHEMA, message))


_VERBS: dict[str, Callable[[_Reader, ElementTree.Element], Verb]] = {
    "Connect": _Reader.connect,
    "Say": _Reader.say,
    "Pause": _Reader.pause,
    "Dial": _Reader.dial,
    "Redirect": _Reader.redirect,
    "Hangup": _Reader.hangup,
    "Reject": _Reader.reject,
}
