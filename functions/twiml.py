"""The few TwiML documents that Sophie's telephone needs, written by Twilio's own escaping writer."""

import re
from collections.abc import Mapping

from flask import Response
from twilio.twiml import TwiML
from twilio.twiml.messaging_response import MessagingResponse
from twilio.twiml.voice_response import Connect, Dial, Gather, VoiceResponse

from shared import webhook_limits

# Name and value of a parameter together may have 500 characters, the words of a <Say> 4096.
_LONGEST_PARAMETER = 400
_LONGEST_WORDS = 1_500
# Twilio may add five. A landline's own answering machine takes over at about 25.
_RING_SECONDS = 20
_DECIDE_SECONDS = 6
ACCEPT_KEY = "1"
# Characters that no XML document may hold, escaped or not.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def stream(url: str, action: str, parameters: Mapping[str, str]) -> Response:
    """Connect the call to the media service; Twilio asks `action` when the stream has ended."""
    document = VoiceResponse()
    connect = Connect(action=action + webhook_limits.ACTION, method="POST")
    line = connect.stream(url=url)
    for name, value in parameters.items():
        line.parameter(name=name, value=_plain(value)[:_LONGEST_PARAMETER])
    document.append(connect)
    return _xml(document)


def to_desk(desk_number: str, own_number: str, action: str, whisper: str | None = None) -> Response:
    """Ring the service desk. Twilio asks `action` what comes next, and `whisper` for what is said to whoever picks up,
    before the caller hears them."""
    document = VoiceResponse()
    asked = action + webhook_limits.ACTION
    dial = Dial(answer_on_bridge=True, caller_id=own_number, timeout=_RING_SECONDS, action=asked, method="POST")
    told = {"url": whisper + webhook_limits.WHISPER, "method": "POST"} if whisper else {}
    dial.number(desk_number, **told)
    document.append(dial)
    return _xml(document)


def brief(words: str, action: str) -> Response:
    """Told to whoever picked up at the desk; without the key they are not put through. An answering machine has no
    keys."""
    document = VoiceResponse()
    gather = Gather(num_digits=1, timeout=_DECIDE_SECONDS, action=action + webhook_limits.WHISPER, method="POST")
    gather.say(f"{_plain(words)[:_LONGEST_WORDS]} Press {ACCEPT_KEY} to take the call.")
    document.append(gather)
    document.hangup()
    return _xml(document)


def put_through() -> Response:
    """The end of a whisper: an empty document joins the two."""
    return _xml(VoiceResponse())


def say_goodbye(words: str) -> Response:
    document = VoiceResponse()
    document.say(_plain(words)[:_LONGEST_WORDS])
    document.hangup()
    return _xml(document)


def redirect(url: str) -> Response:
    document = VoiceResponse()
    document.redirect(url + webhook_limits.ACTION, method="POST")
    return _xml(document)


def hang_up() -> Response:
    document = VoiceResponse()
    document.hangup()
    return _xml(document)


def busy() -> Response:
    """The call is not answered, so it costs nothing."""
    document = VoiceResponse()
    document.reject(reason="busy")
    return _xml(document)


def reply(words: str | None) -> Response:
    """The answer to a text message, or none."""
    document = MessagingResponse()
    if words:
        document.message(_plain(words))
    return _xml(document)


def _plain(words: str) -> str:
    return _NOT_XML.sub(" ", words)


def _xml(document: TwiML) -> Response:
    return Response(str(document), mimetype="text/xml")
