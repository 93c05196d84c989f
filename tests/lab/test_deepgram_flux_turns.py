"""How a Flux turn ends: the order of its events, what Configure changes, and what a script can direct."""

from __future__ import annotations

import random
from typing import Any

import pytest

from infra.local.speech import ulaw, voices
from tests.lab.deepgram_lab import FLUX, Lab, saying, serving, turn_events

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:websockets", "ignore:websockets:DeprecationWarning")

EAGER: dict[str, Any] = {"eager_eot_threshold": 0.4, "eot_threshold": 0.7}


def _turns(messages: list[Any]) -> list[Any]:
    return [m for m in messages if m.type == "TurnInfo" and m.event != "Update"]


def _kinds(messages: list[Any]) -> list[str]:
    return [m.event for m in _turns(messages)]


def _end(messages: list[Any]) -> Any:
    return next(m for m in messages if m.type == "TurnInfo" and m.event == "EndOfTurn")


@pytest.mark.parametrize("eager", [0.4, 0.68, 0.7])
async def test_a_turn_that_the_script_resumes_tells_half_the_words_early_and_all_of_them_at_its_end(
    eager: float,
) -> None:
    async with serving() as lab:
        await lab.script({"text": "I need an oil change on Tuesday morning", "resumes": True})
        messages = await turn_events(lab, saying(600, 1_900), **(EAGER | {"eager_eot_threshold": eager}))
    told = _turns(messages)
    assert [m.event for m in told] == ["StartOfTurn", "EagerEndOfTurn", "TurnResumed", "EagerEndOfTurn", "EndOfTurn"]
    assert told[1].transcript == "I need an oil"
    assert told[3].transcript == told[4].transcript == "I need an oil change on Tuesday morning"
    assert told[4].trigger == "model"


async def test_a_turn_of_which_the_model_is_never_sure_ends_by_the_time_out_with_its_early_words() -> None:
    async with serving() as lab:
        await lab.script({"text": "well I was thinking", "ends": "timeout"})
        messages = await turn_events(lab, saying(600, 1_800), eot_timeout_ms=1_500, **EAGER)
    assert _kinds(messages) == ["StartOfTurn", "EagerEndOfTurn", "EndOfTurn"]
    early, end = _turns(messages)[1:]
    assert (end.trigger, end.transcript) == ("timeout", early.transcript)
    assert end.end_of_turn_confidence < 0.5


async def test_a_turn_that_forgets_its_words_tells_them_early_and_ends_with_none() -> None:
    async with serving() as lab:
        await lab.script({"text": "yes please", "ends": "empty"}, "once more")
        messages = await turn_events(lab, saying(600, 1_800) + saying(600, 1_800), **EAGER)
    told = [(m.event, m.transcript) for m in _turns(messages) if m.event != "StartOfTurn"]
    first, second = [("EagerEndOfTurn", "yes please"), ("EndOfTurn", "")], "once more"
    assert told == [*first, ("EagerEndOfTurn", second), ("EndOfTurn", second)]


async def test_confidence_grows_with_silence_so_that_early_comes_before_sure() -> None:
    async with serving() as lab:
        await lab.script("yes please")
        messages = await turn_events(lab, saying(600, 900), **EAGER)
    early, end = _turns(messages)[1:]
    assert 0.4 <= early.end_of_turn_confidence < 0.7 <= end.end_of_turn_confidence
    assert early.audio_window_end < end.audio_window_end


@pytest.mark.parametrize(
    ("thresholds", "later_by"),
    [({"eot_threshold": 0.9}, 0.1), ({"eot_threshold": 1.0, "eot_timeout_ms": 2_000}, 1.2)],
)
async def test_a_threshold_configured_before_a_turn_holds_its_end_back(
    thresholds: dict[str, Any], later_by: float
) -> None:
    pieces = saying(600, 2_400)
    async with serving() as lab:
        await lab.script("yes please", "yes please")
        usual = _end(await turn_events(lab, pieces))
        async with lab.client.listen.v2.connect(**FLUX) as connection:
            await connection.send_configure({"type": "Configure", "thresholds": thresholds})
            for piece in pieces:
                await connection.send_media(piece)
            await connection.send_close_stream()
            held_back = _end([message async for message in connection])
    assert held_back.audio_window_end - usual.audio_window_end >= later_by
    assert held_back.trigger == ("timeout" if thresholds["eot_threshold"] == 1.0 else "model")


async def test_a_threshold_configured_in_the_silence_of_a_turn_decides_that_turn() -> None:
    sound, silence = saying(600, 0), [ulaw.silence(80)] * 25
    async with serving() as lab:
        await lab.script("yes please")
        async with lab.client.listen.v2.connect(**FLUX) as connection:
            for piece in sound + silence[:4]:
                await connection.send_media(piece)
            wanted = {"type": "Configure", "thresholds": {"eot_threshold": 1.0, "eot_timeout_ms": 1_800}}
            await connection.send_configure(wanted)
            for piece in silence:
                await connection.send_media(piece)
            await connection.send_close_stream()
            end = _end([message async for message in connection])
    assert end.trigger == "timeout"


async def test_numerals_write_numbers_in_digits_and_can_be_switched_in_mid_stream() -> None:
    async with serving() as lab:
        await lab.script("two thousand nineteen Honda at ten", "it is five five five oh one")
        async with lab.client.listen.v2.connect(**FLUX, numerals=True) as connection:
            for piece in saying(600, 900):
                await connection.send_media(piece)
            await connection.send_configure({"type": "Configure", "numerals": False})
            for piece in saying(600, 900):
                await connection.send_media(piece)
            await connection.send_close_stream()
            messages = [message async for message in connection]
    ends = [m for m in messages if m.type == "TurnInfo" and m.event == "EndOfTurn"]
    assert [end.transcript for end in ends] == ["2019 Honda at 10", "it is five five five oh one"]
    assert [word.word for word in ends[0].words] == ["2019", "Honda", "at", "10"]
    assert next(m for m in messages if m.type == "ConfigureSuccess").numerals is False


async def test_the_multilingual_model_tells_the_languages_it_heard_and_those_it_was_told_to_expect() -> None:
    async with serving() as lab:
        await lab.script({"text": "quiero cambiar el aceite please", "languages": ["es", "en"]})
        query: dict[str, Any] = {"model": "flux-general-multi", "language_hint": ["es", "en"]}
        end = _end(await turn_events(lab, saying(600, 900), **query))
        await lab.script("an oil change")
        english = _end(await turn_events(lab, saying(600, 900)))
    assert (end.languages, end.languages_hinted) == (["es", "en"], ["es", "en"])
    assert (english.languages, english.languages_hinted) == (None, None)


async def test_a_language_hint_is_refused_for_the_english_model_by_query_and_by_configure() -> None:
    async with serving() as lab:
        hints = {"type": "Configure", "language_hints": ["es"]}
        messages = await turn_events(lab, [], more=[hints])
        assert "flux-general-multi" in next(m for m in messages if m.type == "ConfigureFailure").description
        assert await lab.refused_at("/v2/listen", **FLUX, language_hint="es") == 400


async def test_two_connections_that_speak_at_once_each_hear_a_line_of_their_own() -> None:
    async with serving() as lab:
        await lab.script("the first line", "the second line")
        async with lab.client.listen.v2.connect(**FLUX) as one, lab.client.listen.v2.connect(**FLUX) as other:
            for piece in saying(900, 900):
                await one.send_media(piece)
                await other.send_media(piece)
            await one.send_close_stream()
            await other.send_close_stream()
            ends = [_end([message async for message in connection]) for connection in (one, other)]
    assert sorted(end.transcript for end in ends) == ["the first line", "the second line"]


async def test_a_line_of_a_turn_that_a_lost_connection_cut_off_is_heard_by_the_next_connection() -> None:
    async with serving() as lab:
        await lab.script("my name is Taylor")
        async with lab.client.listen.v2.connect(**FLUX) as connection:
            for piece in saying(900, 0):
                await connection.send_media(piece)
            while "Update" not in str(getattr(await connection.recv(), "event", "")):
                pass
        end = _end(await turn_events(lab, saying(900, 900)))
    assert end.transcript == "my name is Taylor"


async def test_a_line_that_comes_back_after_the_script_was_replaced_is_heard_by_nobody() -> None:
    async with serving() as lab:
        await lab.script("an old line")
        async with lab.client.listen.v2.connect(**FLUX) as connection:
            for piece in saying(900, 0):
                await connection.send_media(piece)
            while "Update" not in str(getattr(await connection.recv(), "event", "")):
                pass
            await lab.script("a new line", instead=True)
        end = _end(await turn_events(lab, saying(900, 900)))
    assert end.transcript == "a new line"


async def _signed_turn(lab: Lab, caller: int) -> str:
    async with lab.client.listen.v2.connect(**FLUX) as connection:
        for piece in saying(600, 900, caller=caller):
            await connection.send_media(piece)
        await connection.send_close_stream()
        transcript: str = _end([message async for message in connection]).transcript
        return transcript


async def test_a_caller_whose_sound_is_signed_gets_the_lines_written_for_that_caller() -> None:
    async with serving() as lab:
        await lab.script("I am the seventh", caller=7)
        await lab.script("I am the ninth", caller=9)
        await lab.script("I am nobody")
        heard = [await _signed_turn(lab, 9), await _signed_turn(lab, 7), await _signed_turn(lab, 8)]
    assert heard == ["I am the ninth", "I am the seventh", "I am nobody"]


async def test_an_empty_frame_of_audio_ends_the_stream_with_its_last_turn() -> None:
    async with serving() as lab:
        await lab.script("that is all")
        async with lab.client.listen.v2.connect(**FLUX) as connection:
            for piece in saying(900, 0):
                await connection.send_media(piece)
            await connection.send_media(b"")
            messages = [message async for message in connection]
    assert _end(messages).transcript == "that is all"


@pytest.mark.parametrize(("encoding", "rate"), [("linear16", 16_000), ("linear32", 8_000), ("alaw", 8_000)])
async def test_the_other_raw_encodings_are_heard_too(encoding: str, rate: int) -> None:
    line = voices.speak("x" * 10, voices.TONE) + ulaw.silence(900)
    async with serving() as lab:
        await lab.script("heard all the same")
        async with lab.client.listen.v2.connect(**(FLUX | {"encoding": encoding, "sample_rate": rate})) as connection:
            await connection.send_media(lab.coded(line, encoding, rate))
            await connection.send_close_stream()
            end = _end([message async for message in connection])
    assert end.transcript == "heard all the same"


async def test_audio_without_its_encoding_named_is_data_0000() -> None:
    async with serving() as lab, lab.client.listen.v2.connect(model="flux-general-en") as connection:
        await connection.send_media(saying(100, 0)[0])
        assert (await connection.recv()).type == "Connected"
        refused = await connection.recv()
    assert (refused.type, refused.code) == ("Error", "DATA-0000")


@pytest.mark.parametrize("seed", range(8))
async def test_fluxs_rules_hold_whatever_is_said_and_however_it_pauses(seed: int) -> None:
    chance = random.Random(seed)
    pieces = [piece for _ in range(8) for piece in saying(chance.randrange(200, 1_200), chance.randrange(100, 1_500))]
    lines = ["yes", "my number is three one two", "an oil change on Tuesday please", "it is the", ""]
    async with serving() as lab:
        await lab.script(*({"text": line, "resumes": chance.random() < 0.3} for line in chance.choices(lines, k=12)))
        told = _turns(await turn_events(lab, pieces, **EAGER))
    early = None
    turn = -1
    for event in told:
        turn += event.event == "StartOfTurn"
        assert event.turn_index == turn
        assert (event.trigger is not None) == (event.event == "EndOfTurn")
        if event.event == "EagerEndOfTurn":
            assert early is None and event.transcript
            early = event.transcript
        elif event.event == "TurnResumed":
            assert early is not None
            early = None
        elif event.event == "EndOfTurn":
            assert early in (None, event.transcript)
            early = None
    assert turn > 0
