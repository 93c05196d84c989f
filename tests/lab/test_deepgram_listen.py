"""Flux, as deepgram-sdk sees the stand-in: events, their order and what is refused."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest
from websockets.exceptions import ConnectionClosedError

from infra.local.deepgram.audio import AudioReader
from infra.local.deepgram.turns import Pace, expects_more
from infra.local.speech import ulaw, voices
from infra.local.speech.speech_recogniser import SpeechRecogniser
from tests.lab.deepgram_lab import FLUX, Lab, saying, serving, turn_events

# The SDK dials through parts of websockets that warn of their age.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:websockets", "ignore:websockets:DeprecationWarning")


def _kinds(messages: list[Any]) -> list[str]:
    return [m.event for m in messages if m.type == "TurnInfo" and m.event != "Update"]


def _ends(messages: list[Any]) -> list[Any]:
    return [m for m in messages if m.type == "TurnInfo" and m.event == "EndOfTurn"]


async def test_a_turn_is_told_from_start_to_end_with_numbered_messages() -> None:
    async with serving() as lab:
        await lab.script("I need an oil change")
        messages = await turn_events(lab, saying(900, 1_200), eager_eot_threshold=0.4)
    assert messages[0].type == "Connected"
    assert [m.sequence_id for m in messages] == list(range(len(messages)))
    assert len({m.request_id for m in messages}) == 1
    assert _kinds(messages) == ["StartOfTurn", "EagerEndOfTurn", "EndOfTurn"]
    end = _ends(messages)[0]
    assert (end.transcript, end.trigger, end.turn_index) == ("I need an oil change", "model", 0)
    assert [word.word for word in end.words] == ["I", "need", "an", "oil", "change"]
    assert all(word.end <= end.audio_window_end for word in end.words)


async def test_each_silence_takes_the_next_line_and_the_turn_index_grows() -> None:
    async with serving() as lab:
        await lab.script("first one", [{"word": "wexler", "confidence": 0.2}])
        messages = await turn_events(lab, saying(600, 900) + saying(600, 900))
    ends = _ends(messages)
    assert [(end.turn_index, end.transcript) for end in ends] == [(0, "first one"), (1, "wexler")]
    assert ends[1].words[0].confidence == 0.2


async def test_lines_for_one_session_are_not_heard_in_another() -> None:
    async with serving() as lab:
        await lab.script("mine", session=1)
        first = await turn_events(lab, saying(600, 900))
        second = await turn_events(lab, saying(600, 900))
    assert [end.transcript for end in _ends(first) + _ends(second)] == ["", "mine"]


async def test_speech_after_an_eager_end_resumes_the_turn_before_it_ends() -> None:
    async with serving() as lab:
        await lab.script("I would like to come in on Tuesday")
        messages = await turn_events(lab, saying(600, 440) + saying(600, 900), eager_eot_threshold=0.4)
    assert _kinds(messages) == ["StartOfTurn", "EagerEndOfTurn", "TurnResumed", "EagerEndOfTurn", "EndOfTurn"]


async def test_without_an_eager_threshold_no_early_end_is_told() -> None:
    async with serving() as lab:
        await lab.script("hello")
        messages = await turn_events(lab, saying(600, 900))
    assert _kinds(messages) == ["StartOfTurn", "EndOfTurn"]


async def test_an_eager_end_never_comes_without_words() -> None:
    async with serving() as lab:
        messages = await turn_events(lab, saying(600, 900), eager_eot_threshold=0.3)
    assert _kinds(messages) == ["StartOfTurn", "EndOfTurn"]


async def test_an_unfinished_sentence_is_given_more_time() -> None:
    async with serving() as lab:
        await lab.script("my number is three one two")
        messages = await turn_events(lab, saying(600, 1_000))
        assert _ends(messages)[0].trigger == "manual"  # closing the stream ended it, the silence had not
        await lab.script("my number is three one two")
        messages = await turn_events(lab, saying(600, 1_400))
    assert _ends(messages)[0].trigger == "model"


async def test_the_time_out_ends_a_turn_that_confidence_would_keep_open() -> None:
    async with serving() as lab:
        await lab.script("it is the")
        messages = await turn_events(lab, saying(600, 900), eot_threshold=0.9, eot_timeout_ms=600)
    assert _ends(messages)[0].trigger == "timeout"


async def test_a_fixed_pace_ends_every_turn_after_the_same_silence() -> None:
    async with serving(pace=Pace(fixed_ms=300)) as lab:
        await lab.script("and the", "three")
        messages = await turn_events(lab, saying(600, 400) + saying(600, 400))
    assert [end.trigger for end in _ends(messages)] == ["model", "model"]


async def test_force_end_turn_ends_the_turn_at_once() -> None:
    async with serving() as lab:
        await lab.script("hold on")
        async with lab.client.listen.v2.connect(**FLUX) as connection:
            for piece in saying(800, 0):
                await connection.send_media(piece)
            await connection.send_force_end_turn()
            heard = [await connection.recv()]
            while getattr(heard[-1], "event", "") != "EndOfTurn":
                heard.append(await connection.recv())
    assert heard[-1].transcript == "hold on" and heard[-1].trigger == "manual"


async def test_configure_changes_thresholds_and_keyterms_and_says_what_is_active() -> None:
    async with serving() as lab:
        wanted = {"type": "Configure", "thresholds": {"eot_threshold": 0.8}, "keyterms": ["tire rotation"]}
        messages = await turn_events(lab, [], more=[wanted])
    answer = next(m for m in messages if m.type == "ConfigureSuccess")
    assert (answer.thresholds.eot_threshold, answer.thresholds.eot_timeout_ms) == (0.8, 5_000)
    assert answer.keyterms == ["tire rotation"]


async def test_configure_with_a_value_out_of_bounds_fails_and_the_stream_goes_on() -> None:
    async with serving() as lab:
        await lab.script("still here")
        bad = {"type": "Configure", "thresholds": {"eot_threshold": 0.2}}
        async with lab.client.listen.v2.connect(**FLUX) as connection:
            await connection.send_configure(bad)
            for piece in saying(600, 900):
                await connection.send_media(piece)
            await connection.send_close_stream()
            messages = [message async for message in connection]
    assert any(m.type == "ConfigureFailure" and "eot_threshold" in (m.description or "") for m in messages)
    assert _ends(messages)[0].transcript == "still here"


async def test_a_text_that_is_no_message_ends_the_stream_with_an_error() -> None:
    async with serving() as lab, lab.client.listen.v2.connect(**FLUX) as connection:
        await connection.send_configure({"type": "KeepAlive"})
        await connection.recv()
        refused = await connection.recv()
        with pytest.raises(ConnectionClosedError) as closed:
            await connection.recv()
    assert refused.type == "Error" and refused.code == "UNPARSABLE_CLIENT_MESSAGE"
    assert closed.value.rcvd is not None and closed.value.rcvd.code == 1008


@pytest.mark.parametrize(
    "wrong",
    [
        {"model": "nova-3"},
        {"encoding": "mp3"},
        {"sample_rate": 7},
        {"eot_threshold": 0.45},
        {"eot_timeout_ms": 100},
        {"eager_eot_threshold": 0.1},
        {"eager_eot_threshold": 0.9, "eot_threshold": 0.6},
    ],
)
async def test_a_bad_query_is_refused_before_the_upgrade(wrong: dict[str, Any]) -> None:
    query = {name: str(value) for name, value in (FLUX | wrong).items()}
    async with serving() as lab, aiohttp.ClientSession(headers={"Authorization": "Token lab"}) as http:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await http.ws_connect(f"{lab.url}/v2/listen", params=query)
    assert refused.value.status == 400 and refused.value.headers is not None and refused.value.headers["dg-error"]


async def test_a_connection_without_a_key_is_refused_with_the_vendors_header() -> None:
    async with serving() as lab, aiohttp.ClientSession() as http, http.get(f"{lab.url}/v2/listen") as answer:
        assert answer.status == 401 and answer.headers["dg-error"] and (await answer.json())["err_code"]


async def test_the_same_words_are_heard_from_linear_audio() -> None:
    reader, twice = AudioReader("linear16", 8_000), AudioReader("linear16", 16_000)
    hum = voices.speak("hello", voices.TONE)
    linear = ulaw.decode(hum).tobytes()
    assert b"".join(reader.frames(linear[:333]) + reader.frames(linear[333:])) == hum[: len(hum) // 160 * 160]
    assert len(twice.frames(linear)) in range(len(hum) // 320 - 3, len(hum) // 320 + 1)


async def test_what_was_heard_stands_in_the_lab_log() -> None:
    async with serving() as lab:
        await lab.script("write this down")
        await turn_events(lab, saying(600, 900))
        assert any('"heard"' in line and "write this down" in line for line in await lab.log())


@pytest.mark.parametrize("words", ["and", "my name is", "three", "b", "three one two", "h a l"])
def test_words_that_ask_for_more_are_told_from_words_that_may_be_all(words: str) -> None:
    assert expects_more(words.split())


@pytest.mark.parametrize("words", ["yes", "at nine", "tuesday at two", "six oh six one four", "h a l e", ""])
def test_words_that_may_be_all_do_not_wait(words: str) -> None:
    assert not expects_more(words.split())


async def _spoken(lab: Lab, sentence: str) -> Any:
    audio = ulaw.silence(200) + voices.speak(sentence) + ulaw.silence(1_200)
    pieces = [audio[at : at + 640] for at in range(0, len(audio), 640)]
    return _ends(await turn_events(lab, pieces, eager_eot_threshold=0.4))[0]


async def test_a_spoken_sentence_comes_back_as_words_from_its_audio_alone() -> None:
    recogniser = SpeechRecogniser(workers=1)
    await recogniser.start()
    try:
        async with serving(recogniser) as lab:
            end = await _spoken(lab, "I would like to schedule an oil change")
    finally:
        await recogniser.close()
    assert "oil change" in end.transcript.lower()
    assert all(0 <= word.confidence <= 1 for word in end.words)
