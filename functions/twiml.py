"""The few TwiML documents that Sophie's telephone needs, written by Twilio's own escaping writer."""

from collections.abc import Mapping

from flask import Response
from twilio.twiml.voice_response import Connect, VoiceResponse

# Two quick tries and another edge before Twilio gives up on us (connection overrides; never part of the signature).
OVERRIDES = "#ct=2000&rt=5000&rc=2&rp=ct,rt,5xx"
_LONGEST_PARAMETER = 400
_RING_SECONDS = 25


def stream(url: str, action: str, parameters: Mapping[str, str]) -> Response:
    """Connect the call to the media service; Twilio asks `action` when the stream has ended."""
    document = VoiceResponse()
    connect = Connect(action=action + OVERRIDES, method="POST")
    line = connect.stream(url=url)
    for name, value in parameters.items():
        # Name and value together may have 500 characters.
        line.parameter(name=name, value=value[:_LONGEST_PARAMETER])
    document.append(connect)
    return _xml(document)


def to_desk(desk_number: str, own_number: str, action: str | None = None) -> Response:
    """Ring the service desk. Twilio asks `action` how it went; without one the call ends there."""
    document = VoiceResponse()
    asked = {"action": action + OVERRIDES, "method": "POST"} if action else {}
    document.dial(number=desk_number, answer_on_bridge=True, caller_id=own_number, timeout=_RING_SECONDS, **asked)
    return _xml(document)


def nobody_there() -> Response:
    """What a caller hears whom nobody at the desk answered."""
    document = VoiceResponse()
    document.say("I'm sorry, nobody at the service desk can take your call just now. Please try again later. Goodbye.")
    document.hangup()
    return _xml(document)


def hang_up() -> Response:
    document = VoiceResponse()
    document.hangup()
    return _xml(document)


def refuse_loop() -> Response:
    """A forwarded call that came back: ringing the desk would send it round again."""
    document = VoiceResponse()
    document.say("I'm sorry, this call was forwarded in a circle. Please call the service desk directly. Goodbye.")
    document.hangup()
    return _xml(document)


def _xml(document: VoiceResponse) -> Response:
    return Response(str(document), mimetype="text/xml")
