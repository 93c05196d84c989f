"""Nova's pieces of text become turns."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from media_service.conversation.endpointing import USUAL
from media_service.conversation.events import Interim, SpeechStarted, TurnEnded, Word
from media_service.wire.deepgram_listen_v1 import Turns, url
from shared.errors import ProtocolError, Unavailable


def results(said: str, *, is_final: bool = False, speech_final: bool = False, confidence: float = 0.9) -> str:
    words = [{"word": each, "punctuated_word": each, "confidence": confidence} for each in said.split()]
    alternative = {"transcript": said, "confidence": confidence, "words": words}
    message = {"type": "Results", "is_final": is_final, "speech_final": speech_final}
    return json.dumps({**message, "channel": {"alternatives": [alternative]}})


def test_final_pieces_are_one_turn_when_the_speech_is_final() -> None:
    turns = Turns()
    assert turns.take('{"type":"SpeechStarted","channel":[0],"timestamp":0.1}') == [SpeechStarted("")]
    assert turns.take(results("my name")) == [SpeechStarted("my name")]
    assert turns.take(results("my name is", is_final=True)) == [Interim("my name is")]
    assert turns.take(results("nora")) == [Interim("my name is nora")]
    ended = turns.take(results("Nora Quill.", is_final=True, speech_final=True, confidence=0.5))
    words = tuple(
        Word(each, c) for each, c in (("my", 0.9), ("name", 0.9), ("is", 0.9), ("Nora", 0.5), ("Quill.", 0.5))
    )
    assert ended == [Interim("my name is Nora Quill."), TurnEnded("my name is Nora Quill.", words)]


def test_a_turn_ends_with_the_utterance_when_noise_hides_the_silence() -> None:
    turns = Turns()
    turns.take(results("yes", is_final=True))
    end = '{"type":"UtteranceEnd","channel":[0],"last_word_end":1.0}'
    assert turns.take(end) == [TurnEnded("yes", (Word("yes", 0.9),))]
    assert turns.take(end) == []


def test_silence_that_is_final_is_no_turn() -> None:
    assert Turns().take(results("", is_final=True, speech_final=True)) == []


def test_while_the_caller_speaks_a_sound_is_no_news() -> None:
    turns = Turns()
    turns.take(results("my name"))
    assert turns.take('{"type":"SpeechStarted"}') == []


@pytest.mark.parametrize("message", ["no json", "[]", '{"type":"Results"}', '{"type":"Results","channel":{}}'])
def test_what_is_not_in_its_shape_is_a_protocol_error(message: str) -> None:
    with pytest.raises(ProtocolError):
        Turns().take(message)


def test_an_error_means_that_nobody_listens() -> None:
    with pytest.raises(Unavailable):
        Turns().take('{"type":"Error","variant":"x","description":"y"}')


@pytest.mark.parametrize("message", ['{"type":"Metadata"}', '{"type":"ConfigureSuccess"}', '{"type":"New"}'])
def test_other_messages_tell_nothing(message: str) -> None:
    assert Turns().take(message) == []


def test_the_address_names_model_audio_and_patience(any_term: str = "oil change") -> None:
    parts: dict[str, Any] = parse_qs(urlsplit(url("https://api.example", "nova-3", [any_term], USUAL)).query)
    assert url("https://api.example", "nova-3", [], USUAL).startswith("wss://api.example/v1/listen?")
    assert parts["encoding"] == ["mulaw"] and parts["keyterm"] == [any_term]
    assert (parts["endpointing"], parts["utterance_end_ms"]) == (["400"], ["1000"])
