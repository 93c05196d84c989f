"""TwiML read strictly: the verbs this lab performs, their attributes, and what is wrong with a document.

A document that cannot be read at all is refused (12100, 11750); a verb, noun or attribute that the carrier's schema
does not have, or a value it does not take, is reported (12200) and left out, as the carrier does. So is what the lab
does not perform: nothing is accepted and then ignored. It refuses to know how a verb is performed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import urljoin, urlsplit
from xml.etree import ElementTree

from infra.local.twilio import vocabulary as words
from infra.local.twilio.amd import Detection
from infra.local.twilio.frames import STREAM_SCHEME, STREAM_TRACK, STREAM_URL, Fault

TOO_LARGE, UNPARSABLE, SCHEMA, CONTENT_TYPE = 11750, 12100, 12200, 12300
MAX_DOCUMENT = 64 * 1024
_MAX_PARAMETER = 500
_MAX_NUMBERS = 10
_METHODS = ("GET", "POST")
_KEYS = set("0123456789*#")
_TONES = _KEYS | {"w", "W"}


class UnreadableTwiml(Exception):
    """The document as a whole is refused; `fault` says by which error number."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.fault = Fault(code, message)


_CALLBACK = {"statusCallback", "statusCallbackMethod"}
_STREAM = {"url", "name", "track"} | _CALLBACK
_AMD = {"machineDetection", "amdStatusCallback", "amdStatusCallbackMethod"}
# Of the detection: what is usual, the least and the most, and how many of them make a second.
_AMD_NUMBERS = {
    "machineDetectionTimeout": (30, 3, 60, 1), "machineDetectionSpeechThreshold": (2_400, 1_000, 6_000, 1_000),
    "machineDetectionSpeechEndThreshold": (1_200, 500, 5_000, 1_000),
    "machineDetectionSilenceTimeout": (5_000, 2_000, 10_000, 1_000),
}  # fmt: skip
_NUMBER = {"url", "method", "statusCallbackEvent", *_AMD, *_AMD_NUMBERS} | _CALLBACK
_DIAL = {"action", "method", "timeout", "timeLimit", "callerId", "answerOnBridge"}
_GATHER = {
    "action", "method", "input", "timeout", "speechTimeout", "numDigits", "finishOnKey", "actionOnEmptyResult",
    "language", "hints", "speechModel", "profanityFilter", "enhanced",
}  # fmt: skip
_RECORD = {
    "action", "method", "timeout", "maxLength", "finishOnKey", "playBeep", "trim", "recordingStatusCallback",
    "recordingStatusCallbackMethod",
}  # fmt: skip
_EVENTS = {"initiated", "ringing", "answered", "completed"}


def parse(text: str, url: str) -> ElementTree.Element:
    """The root of a document fetched from `url`; raises UnreadableTwiml."""
    path = urlsplit(url).path
    if len(text.encode()) > MAX_DOCUMENT:
        raise UnreadableTwiml(TOO_LARGE, f"The document of {path} is larger than 64 kB.")
    try:
        # expat ≥ 2.6 bounds entity expansion itself, and the document is at most 64 kB.
        root = ElementTree.fromstring(text)  # noqa: S314
    except ElementTree.ParseError as error:
        raise UnreadableTwiml(UNPARSABLE, f"The document of {path} is not XML: {error}.") from error
    if root.tag != "Response":
        raise UnreadableTwiml(UNPARSABLE, f"The document's root is <{root.tag}>, not <Response>.")
    return root


def read(text: str, url: str) -> words.Document:
    """A call's document fetched from `url`; raises UnreadableTwiml."""
    root = parse(text, url)
    reader = _Reader(url)
    verbs = tuple(verb for element in root if (verb := reader.verb(element)) is not None)
    reader.attributes(root, set())
    return words.Document(url, text, verbs, tuple(reader.faults))


class _Reader:
    """Reads one document's elements and collects what is wrong with them."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.faults: list[Fault] = []

    def verb(self, element: ElementTree.Element) -> words.Verb | None:
        reader = _VERBS.get(element.tag)
        if reader is None:
            self._wrong(f"<{element.tag}> is not a verb that is performed here.")
            return None
        return reader(self, element)

    def attributes(self, element: ElementTree.Element, known: set[str]) -> dict[str, str]:
        for name in element.attrib.keys() - known:
            self._wrong(f"<{element.tag}> has no attribute {name} here.")
        return {name: value for name, value in element.attrib.items() if name in known}

    def connect(self, element: ElementTree.Element) -> words.Connect:
        given = self.attributes(element, {"action", "method"})
        streams = [stream for child in element if (stream := self._connect_noun(child)) is not None]
        if len(list(element)) != 1:
            self._wrong(f"<Connect> holds {len(list(element))} nouns; it takes one.")
        return words.Connect(streams[0] if streams else None, self._absolute(given.get("action")), self._method(given))

    def _connect_noun(self, element: ElementTree.Element) -> words.Stream | None:
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
        return words.Stream(url, given.get("name", ""), parameters, callback, method) if url else None

    def _stream_url(self, url: str) -> str | None:
        """An absolute address. The carrier takes wss only; plain ws is for the lab, which has no certificates."""
        if url and "://" not in url:
            url = urljoin(self.url, url).replace("http", "ws", 1)
        parts = urlsplit(url)
        if parts.scheme not in ("wss", "ws"):
            self.faults.append(Fault(STREAM_SCHEME, f"A stream's url begins with wss://; this has {parts.scheme!r}."))
            return None
        if not parts.hostname or " " in url:
            self.faults.append(Fault(STREAM_URL, f"{url!r} is no address that a stream can be opened to."))
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

    def say(self, element: ElementTree.Element) -> words.Say:
        given = self.attributes(element, {"voice", "language", "loop"})
        text = " ".join("".join(element.itertext()).split())
        if not text:
            self._wrong("<Say> has nothing to say.")
        return words.Say(text, self._number(given, "loop", 1))

    def play(self, element: ElementTree.Element) -> words.Play:
        given = self.attributes(element, {"loop", "digits"})
        url, digits = self._absolute((element.text or "").strip()), given.get("digits", "")
        if (url is None) == (not digits) or not set(digits) <= _TONES:
            self._wrong("<Play> holds the address of a sound, or has digits (0-9, *, #, w).")
            digits = "" if url else digits
        return words.Play(url, digits, self._number(given, "loop", 1))

    def pause(self, element: ElementTree.Element) -> words.Pause:
        return words.Pause(self._number(self.attributes(element, {"length"}), "length", 1))

    def gather(self, element: ElementTree.Element) -> words.Gather:
        given = self.attributes(element, _GATHER)
        inputs = set(given.get("input", "dtmf").split())
        if not inputs <= {"dtmf", "speech"} or not inputs:
            self._wrong(f"input={given.get('input')!r} is not dtmf, speech or both.")
        if given.get("speechTimeout", "auto") != "auto":
            self._wrong("speechTimeout is auto here: words are taken when the sentence ends.")
        prompts = tuple(prompt for child in element if (prompt := self._prompt(child)) is not None)
        return words.Gather(
            prompts,
            self._absolute(given.get("action")) or self.url,
            self._method(given),
            dtmf="speech" not in inputs or "dtmf" in inputs,
            speech="speech" in inputs,
            timeout=self._number(given, "timeout", 5),
            num_digits=self._number(given, "numDigits", 0) or None,
            finish_on_key=self._keys(given, "finishOnKey", "#"),
            action_on_empty_result=self._truth(given, "actionOnEmptyResult"),
        )

    def _prompt(self, element: ElementTree.Element) -> words.Prompt | None:
        reader = _PROMPTS.get(element.tag)
        if reader is None:
            self._wrong(f"<Gather> cannot hold <{element.tag}>: only <Say>, <Play> and <Pause>.")
            return None
        return reader(self, element)

    def record(self, element: ElementTree.Element) -> words.Record:
        given = self.attributes(element, _RECORD)
        return words.Record(
            self._absolute(given.get("action")) or self.url,
            self._method(given),
            timeout=self._number(given, "timeout", 5),
            max_length=self._number(given, "maxLength", 3600),
            finish_on_key=self._keys(given, "finishOnKey", "1234567890*#"),
            beeps=self._truth(given, "playBeep", default=True),
            status_callback=self._absolute(given.get("recordingStatusCallback")),
            status_callback_method=self._method(given, "recordingStatusCallbackMethod"),
        )

    def dial(self, element: ElementTree.Element) -> words.Dial:
        given = self.attributes(element, _DIAL)
        bare = (element.text or "").strip()
        numbers = [words.DialledNumber(bare, None, "POST")] if bare else []
        for child in element:
            if child.tag == "Number":
                numbers.append(self._dialled(child))
            else:
                self._wrong(f"<Dial> cannot hold <{child.tag}> here.")
        if not 1 <= len(numbers) <= _MAX_NUMBERS:
            self._wrong(f"<Dial> names {len(numbers)} numbers; it takes one to {_MAX_NUMBERS}.")
        return words.Dial(
            tuple(numbers[:_MAX_NUMBERS]),
            self._absolute(given.get("action")),
            self._method(given),
            self._number(given, "timeout", 30),
            given.get("callerId"),
            self._truth(given, "answerOnBridge"),
            self._number(given, "timeLimit", words.Dial.time_limit),
        )

    def _dialled(self, element: ElementTree.Element) -> words.DialledNumber:
        given = self.attributes(element, _NUMBER)
        number = words.DialledNumber(
            "".join(element.itertext()).strip(),
            self._absolute(given.get("url")),
            self._method(given),
            self._absolute(given.get("statusCallback")),
            self._method(given, "statusCallbackMethod"),
            detection=self._detection(given),
        )
        if "statusCallbackEvent" not in given:
            return number
        events = frozenset(given["statusCallbackEvent"].split())
        if events - _EVENTS:
            self._wrong(f"statusCallbackEvent holds {', '.join(sorted(events - _EVENTS))}.")
        return replace(number, status_callback_events=events & _EVENTS)

    def _detection(self, given: dict[str, str]) -> Detection | None:
        mode = given.get("machineDetection")
        if mode not in ("Enable", "DetectMessageEnd"):
            if mode is not None:
                self._wrong(f"machineDetection={mode!r} is neither Enable nor DetectMessageEnd.")
            return None
        timeout, threshold, end, silence = (self._within(given, name, *of) for name, of in _AMD_NUMBERS.items())
        callback = self._absolute(given.get("amdStatusCallback"))
        method = self._method(given, "amdStatusCallbackMethod")
        return Detection(mode, timeout, threshold, end, silence, True, callback, method)

    def _within(self, given: dict[str, str], name: str, usual: int, least: int, most: int, in_a_second: int) -> float:
        value = self._number(given, name, usual)
        if not least <= value <= most:
            self._wrong(f"{name}={value} is not from {least} to {most}.")
            value = usual
        return value / in_a_second

    def redirect(self, element: ElementTree.Element) -> words.Redirect:
        given = self.attributes(element, {"method"})
        return words.Redirect(urljoin(self.url, (element.text or "").strip()), self._method(given))

    def hangup(self, element: ElementTree.Element) -> words.Hangup:
        self.attributes(element, set())
        return words.Hangup()

    def reject(self, element: ElementTree.Element) -> words.Reject:
        reason = self.attributes(element, {"reason"}).get("reason", "rejected")
        if reason not in ("rejected", "busy"):
            self._wrong(f"<Reject> has no reason {reason!r}.")
        return words.Reject(reason)

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

    def _truth(self, given: dict[str, str], name: str, *, default: bool = False) -> bool:
        value = given.get(name, str(default).lower())
        if value not in ("true", "false"):
            self._wrong(f"{name}={value!r} is neither true nor false.")
            return default
        return value == "true"

    def _keys(self, given: dict[str, str], name: str, default: str) -> str:
        value = given.get(name, default)
        if set(value) <= _KEYS:
            return value
        self._wrong(f"{name}={value!r}: a telephone has the keys 0-9, * and #.")
        return default

    def _wrong(self, message: str) -> None:
        self.faults.append(Fault(SCHEMA, message))


_PROMPTS: dict[str, Callable[[_Reader, ElementTree.Element], words.Prompt]] = {
    "Say": _Reader.say,
    "Play": _Reader.play,
    "Pause": _Reader.pause,
}
_VERBS: dict[str, Callable[[_Reader, ElementTree.Element], words.Verb]] = {
    **_PROMPTS,
    "Connect": _Reader.connect,
    "Gather": _Reader.gather,
    "Record": _Reader.record,
    "Dial": _Reader.dial,
    "Redirect": _Reader.redirect,
    "Hangup": _Reader.hangup,
    "Reject": _Reader.reject,
}
