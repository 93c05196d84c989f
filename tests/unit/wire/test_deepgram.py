"""Our reading of Deepgram's messages, held against the types of the vendor's SDK."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from deepgram.listen.v2.types.listen_v2configure import ListenV2Configure
from deepgram.listen.v2.types.listen_v2turn_info import ListenV2TurnInfo
from deepgram.speak.v1.types.speak_v1text import SpeakV1Text

from media_service.conversation.endpointing import Patience
from media_service.conversation.events import EagerEndOfTurn, Interim, SpeechStarted, TurnEnded, TurnResumed, Word
from media_service.wire import deepgram_listen, deepgram_speak
from shared.errors import ProtocolError, Unavailable

PATIENT = Patience(end=0.8, eager=0.6, silence_ms=6000)


def turn_info(event: str, transcript: str = "oil change") -> str:
    message: dict[str, Any] = {
        "type": "TurnInfo",
        "request_id": "7e1f6b4e-0000-4000-8000-000000000000",
        "sequence_id": 3,
        "event": event,
        "turn_index": 0,
        "audio_window_start": 0.0,
        "audio_window_end": 1.2,
        "transcript": transcript,
        "words": [{"word": "oil", "confidence": 0.98}, {"word": "change", "confidence": 0.4}],
        "end_of_turn_confidence": 0.8,
    }
    ListenV2TurnInfo.model_validate(message)
    return json.dumps(message)


@pytest.mark.parametrize(
    ("event", "heard"),
    [
        ("StartOfTurn", SpeechStarted("oil change")),
        ("Update", Interim("oil change")),
        ("EagerEndOfTurn", EagerEndOfTurn("oil change", (Word("oil", 0.98), Word("change", 0.4)))),
        ("TurnResumed", TurnResumed()),
        ("EndOfTurn", TurnEnded("oil change", (Word("oil", 0.98), Word("change", 0.4)))),
    ],
)
def test_each_turn_event_becomes_an_event_of_the_conversation(event: str, heard: object) -> None:
    assert deepgram_listen.parse(turn_info(event)) == heard


@pytest.mark.parametrize("text", ['{"type":"Connected"}', '{"type":"ConfigureSuccess"}', '{"type":"BrandNew"}'])
def test_a_message_that_says_nothing_to_the_conversation_is_passed_over(text: str) -> None:
    assert deepgram_listen.parse(text) is None


def test_a_fatal_error_of_the_recogniser_is_told_from_a_broken_message() -> None:
    with pytest.raises(Unavailable):
        deepgram_listen.parse('{"type":"Error","code":"INTERNAL","description":"x"}')
    for broken in ("", "[]", "{}", '{"type":"TurnInfo"}', turn_info("EndOfTurn").replace("0.98", '"high"')):
        with pytest.raises(ProtocolError):
            deepgram_listen.parse(broken)


def test_the_recognisers_address_asks_for_telephone_audio_and_the_shops_words() -> None:
    address = deepgram_listen.url("https://api.deepgram.com", "flux-general-en", ["oil change", "brakes"], PATIENT)
    url = urlsplit(address)
    assert (url.scheme, url.netloc, url.path) == ("wss", "api.deepgram.com", "/v2/listen")
    query = parse_qs(url.query)
    assert query["encoding"] == ["mulaw"] and query["sample_rate"] == ["8000"]
    assert query["keyterm"] == ["oil change", "brakes"]
    assert (query["eot_threshold"], query["eager_eot_threshold"], query["eot_timeout_ms"]) == (
        ["0.8"],
        ["0.6"],
        ["6000"],
    )


def test_new_patience_is_told_in_the_sdks_shape() -> None:
    message = json.loads(deepgram_listen.configure(PATIENT))
    assert ListenV2Configure.model_validate(message).model_dump(exclude_none=True) == message
    assert message["thresholds"] == {"eager_eot_threshold": 0.6, "eot_threshold": 0.8, "eot_timeout_ms": 6000}


def test_the_voices_address_asks_for_telephone_audio() -> None:
    url = deepgram_speak.url("http://127.0.0.1:1", "aura-2-asteria-en")
    assert url == "ws://127.0.0.1:1/v1/speak?model=aura-2-asteria-en&encoding=mulaw&sample_rate=8000"


def test_text_is_sent_to_the_voice_in_the_sdks_shape() -> None:
    message = json.loads(deepgram_speak.speak('Say "hi"'))
    assert message == SpeakV1Text(text='Say "hi"').model_dump(exclude_none=True)


@pytest.mark.parametrize("kind", ["Flushed", "Cleared", "Warning", "Error"])
def test_the_voices_messages_are_told_by_their_type(kind: str) -> None:
    assert deepgram_speak.parse(json.dumps({"type": kind, "sequence_id": 0})) == kind


def test_other_messages_of_the_voice_change_nothing() -> None:
    assert deepgram_speak.parse('{"type":"Metadata","request_id":"r"}') is None
    with pytest.raises(ProtocolError):
        deepgram_speak.parse("nonsense")
