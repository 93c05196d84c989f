"""Nova's pieces of text become turns, whose ends are held back for as long as the caller is to be waited for."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from media_service.conversation.endpointing import USUAL, Patience
from media_service.conversation.events import (
    EagerEndOfTurn,
    Interim,
    SpeechStarted,
    TurnEnded,
    TurnResumed,
    Word,
)
from media_service.wire.deepgram_listen_v1 import Turns, url
from shared.errors import ProtocolError, Unavailable


def results(said: str, *, is_final: bool = False, speech_final: bool = False, confidence: float = 0.9) -> str:
    words = [{"word": each, "punctuated_word": each, "confidence": confidence} for each in said.split()]
    alternative = {"transcript": said, "confidence": confidence, "words": words}
    message = {"type": "Results", "is_final": is_final, "speech_final": speech_final}
    return json.dumps({**message, "channel": {"alternatives": [alternative]}})


def test_final_pieces_are_one_turn_when_the_speech_is_final() -> None:
    turns = Turns(USUAL)
    assert turns.take('{"type":"SpeechStarted","channel":[0],"timestamp":0.1}', 1.0) == [SpeechStarted("")]
    assert turns.take(results("my name"), 1.0) == [SpeechStarted("my name")]
    assert turns.take(results("my name is", is_final=True), 1.0) == [Interim("my name is")]
    assert turns.take(results("nora"), 1.0) == [Interim("my name is nora")]
    ended = turns.take(results("Nora Quill.", is_final=True, speech_final=True, confidence=0.5), 1.0)
    words = tuple(
        Word(each, c) for each, c in (("my", 0.9), ("name", 0.9), ("is", 0.9), ("Nora", 0.5), ("Quill.", 0.5))
    )
    said = "my name is Nora Quill."
    assert ended == [Interim(said), EagerEndOfTurn(said, words)]
    assert turns.wake(1.19) == []
    assert turns.deadline == pytest.approx(1.2)
    assert turns.wake(1.21) == [TurnEnded(said, words)]
    assert turns.deadline is None


def test_words_that_follow_the_silence_take_the_end_of_the_turn_back() -> None:
    turns = Turns(USUAL)
    turns.take(results("five five five", is_final=True, speech_final=True), 1.0)
    assert turns.take(results("oh one"), 1.15) == [TurnResumed(), Interim("five five five oh one")]
    assert turns.deadline is None
    turns.take(results("oh one four", is_final=True, speech_final=True), 2.0)
    ended = turns.wake(2.3)
    assert [each.transcript for each in ended if isinstance(each, TurnEnded)] == ["five five five oh one four"]


@pytest.mark.parametrize(("silence_ms", "ends"), [(2_000, 1.0), (2_500, 1.05), (6_000, 1.4)])
def test_a_new_patience_holds_at_once_even_for_a_turn_that_has_probably_ended(silence_ms: int, ends: float) -> None:
    turns = Turns(USUAL)
    turns.take(results("yes", is_final=True, speech_final=True), 1.0)
    turns.patience = Patience(0.7, 0.4, silence_ms)
    assert turns.deadline == pytest.approx(ends)


def test_a_second_sign_of_silence_neither_repeats_nor_delays_the_end() -> None:
    turns = Turns(Patience(0.8, 0.6, 6_000))
    turns.take(results("yes", is_final=True, speech_final=True), 1.0)
    assert turns.take(results("", is_final=True, speech_final=True), 1.3) == []
    assert turns.take('{"type":"UtteranceEnd"}', 1.35) == []
    assert turns.deadline == pytest.approx(1.4)


def test_a_turn_ends_with_the_utterance_when_noise_hides_the_silence() -> None:
    turns = Turns(USUAL)
    turns.take(results("yes", is_final=True), 1.0)
    end = '{"type":"UtteranceEnd","channel":[0],"last_word_end":1.0}'
    assert turns.take(end, 1.0) == [TurnEnded("yes", (Word("yes", 0.9),))]
    assert turns.take(end, 1.0) == []


def test_silence_that_is_final_is_no_turn() -> None:
    assert Turns(USUAL).take(results("", is_final=True, speech_final=True), 1.0) == []


def test_while_the_caller_speaks_a_sound_is_no_news() -> None:
    turns = Turns(USUAL)
    turns.take(results("my name"), 1.0)
    assert turns.take('{"type":"SpeechStarted"}', 1.0) == []


@pytest.mark.parametrize("message", ["no json", "[]", '{"type":"Results"}', '{"type":"Results","channel":{}}'])
def test_what_is_not_in_its_shape_is_a_protocol_error(message: str) -> None:
    with pytest.raises(ProtocolError):
        Turns(USUAL).take(message, 0.0)


def test_an_error_means_that_nobody_listens() -> None:
    with pytest.raises(Unavailable):
        Turns(USUAL).take('{"type":"Error","variant":"x","description":"y"}', 1.0)


@pytest.mark.parametrize("message", ['{"type":"Metadata"}', '{"type":"ConfigureSuccess"}', '{"type":"New"}'])
def test_other_messages_tell_nothing(message: str) -> None:
    assert Turns(USUAL).take(message, 0.0) == []


def test_the_address_names_model_audio_and_patience(any_term: str = "oil change") -> None:
    parts: dict[str, Any] = parse_qs(urlsplit(url("https://api.example", "nova-3", [any_term], USUAL)).query)
    assert url("https://api.example", "nova-3", [], USUAL).startswith("wss://api.example/v1/listen?")
    assert parts["encoding"] == ["mulaw"] and parts["keyterm"] == [any_term]
    assert (parts["endpointing"], parts["utterance_end_ms"]) == (["200"], ["1000"])
