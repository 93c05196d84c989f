"""Nova streaming, as deepgram-sdk sees the stand-in: results, the ends of utterances, and what keeps a stream alive."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Any

import aiohttp
import pytest
from deepgram.listen.v1.types import ListenV1Configure
from websockets.exceptions import ConnectionClosedError

from tests.lab.deepgram_lab import Lab, saying, serving

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:websockets", "ignore:websockets:DeprecationWarning")

NOVA: dict[str, Any] = {"model": "nova-3", "encoding": "mulaw", "sample_rate": 8000, "endpointing": 300}


async def _heard(lab: Lab, pieces: list[bytes], **query: Any) -> list[Any]:
    """All messages of one connection that hears these pieces and is closed."""
    async with lab.client.listen.v1.connect(**(NOVA | query)) as connection:
        for piece in pieces:
            await connection.send_media(piece)
        await connection.send_close_stream()
        return [message async for message in connection]


def _kind(message: Any) -> str:
    if message.type != "Results":
        return str(message.type)
    return "speech_final" if message.speech_final else "final" if message.is_final else "interim"


def _said(message: Any) -> str:
    return str(message.channel.alternatives[0].transcript)


def _finals(messages: list[Any]) -> list[Any]:
    return [m for m in messages if m.type == "Results" and m.is_final and _said(m)]


async def test_an_utterance_ends_in_one_speech_final_result_and_the_stream_in_metadata() -> None:
    async with serving() as lab:
        await lab.script("i need an oil change")
        pieces = saying(900, 600)
        messages = await _heard(lab, pieces)
    assert [_kind(m) for m in messages] == ["speech_final", "Metadata"]
    final, about = messages
    assert _said(final) == "i need an oil change"
    assert (final.channel_index, final.from_finalize) == ([0, 1], False)
    assert final.metadata.request_id == about.request_id
    assert final.metadata.model_info.name == "nova-3"
    assert about.sha256 == hashlib.sha256(b"".join(pieces)).hexdigest()
    assert (about.channels, about.duration) == (1, 1.5)


async def test_words_have_times_inside_their_result_and_confidences() -> None:
    async with serving() as lab:
        await lab.script([{"word": "good"}, {"word": "morning", "confidence": 0.4}])
        final = _finals(await _heard(lab, saying(900, 600)))[0]
    good, morning = final.channel.alternatives[0].words
    assert (good.word, good.confidence, morning.word, morning.confidence) == ("good", 1.0, "morning", 0.4)
    assert final.start <= good.start < good.end <= morning.start < morning.end <= final.start + final.duration
    assert final.channel.alternatives[0].confidence == 0.7
    assert good.punctuated_word is None


async def test_interims_grow_and_are_followed_by_a_final_that_starts_where_they_did() -> None:
    async with serving() as lab:
        await lab.script("one two three four five six seven eight")
        messages = await _heard(lab, saying(2_400, 600), interim_results=True)
    interims = [m for m in messages if _kind(m) == "interim" and _said(m)]
    final = _finals(messages)[0]
    lengths = [len(_said(m).split()) for m in interims]
    assert lengths == sorted(lengths) and len(set(lengths)) > 2
    assert {m.start for m in interims} == {final.start}
    assert all(m.duration < final.duration for m in interims)


async def test_without_interim_results_only_finals_are_told() -> None:
    async with serving() as lab:
        await lab.script("hello")
        messages = await _heard(lab, saying(2_400, 600))
    assert all(m.is_final for m in messages if m.type == "Results")


async def test_results_follow_one_another_without_a_gap() -> None:
    async with serving() as lab:
        await lab.script("the first", "the second")
        messages = await _heard(lab, saying(600, 900) + saying(600, 600))
    finals = [m for m in messages if m.type == "Results" and m.is_final]
    assert [_said(m) for m in finals] == ["the first", "the second"]
    assert finals[1].start == pytest.approx(finals[0].start + finals[0].duration)


async def test_endpointing_decides_how_much_silence_finishes_an_utterance() -> None:
    pieces = saying(600, 400) + saying(600, 1_200)
    async with serving() as lab:
        await lab.script("only one line")
        patient = _finals(await _heard(lab, pieces, endpointing=500))
        await lab.script("first half", "second half")
        hasty = _finals(await _heard(lab, pieces, endpointing=200))
    assert [_said(m) for m in patient] == ["only one line"]
    assert [_said(m) for m in hasty] == ["first half", "second half"]


async def test_without_endpointing_words_are_final_but_never_speech_final() -> None:
    async with serving() as lab:
        await lab.script("nobody says when it ends")
        messages = await _heard(lab, saying(600, 1_500), endpointing="false")
    assert [(_said(m), m.speech_final) for m in _finals(messages)] == [("nobody says when it ends", False)]


async def test_speech_started_comes_before_the_first_result_with_the_time_of_the_sound() -> None:
    async with serving() as lab:
        await lab.script("hello")
        messages = await _heard(lab, saying(0, 800) + saying(900, 600), vad_events=True)
    kinds = [_kind(m) for m in messages]
    assert kinds == ["SpeechStarted", "speech_final", "Metadata"]
    assert messages[0].channel == [0]
    assert messages[0].timestamp == pytest.approx(0.8, abs=0.3)


async def test_utterance_end_comes_once_after_the_gap_and_names_the_last_words_end() -> None:
    async with serving() as lab:
        await lab.script("that is it")
        messages = await _heard(lab, saying(900, 2_500), interim_results=True, utterance_end_ms=1_000)
    ends = [m for m in messages if m.type == "UtteranceEnd"]
    final = _finals(messages)[0]
    assert [end.last_word_end for end in ends] == [final.channel.alternatives[0].words[-1].end]
    assert messages.index(ends[0]) > messages.index(final)


async def test_speech_inside_the_gap_holds_the_utterance_end_back() -> None:
    async with serving() as lab:
        await lab.script("wait", "there is more")
        pieces = saying(600, 700) + saying(600, 2_000)
        messages = await _heard(lab, pieces, interim_results=True, utterance_end_ms=1_000)
    kinds = [_kind(m) for m in messages if _kind(m) in ("speech_final", "UtteranceEnd")]
    assert kinds == ["speech_final", "speech_final", "UtteranceEnd"]


async def test_silence_is_transcribed_as_nothing() -> None:
    async with serving() as lab:
        messages = await _heard(lab, saying(0, 6_000))
    (quiet,) = [m for m in messages if m.type == "Results"]
    assert (quiet.is_final, quiet.speech_final, _said(quiet), quiet.duration) == (True, False, "", 5.0)


@pytest.mark.parametrize(
    ("query", "transcript", "punctuated"),
    [
        ({}, "can i call five five five oh one four two one two three", None),
        ({"punctuate": True}, "Can I call five five five oh one four two one two three?", "three?"),
        ({"numerals": True}, "can i call 5550142123", None),
        ({"smart_format": True}, "Can I call 555-014-2123?", "555-014-2123?"),
    ],
)
async def test_formatting_goes_as_far_as_it_was_asked_for(
    query: dict[str, bool], transcript: str, punctuated: str | None
) -> None:
    async with serving() as lab:
        await lab.script("Can i call five five five oh one four two one two three")
        final = _finals(await _heard(lab, saying(900, 600), **query))[0]
    assert _said(final) == transcript
    assert final.channel.alternatives[0].words[-1].punctuated_word == punctuated


async def test_finalize_gives_what_was_heard_at_once_and_says_so() -> None:
    async with serving() as lab:
        await lab.script("half a sentence")
        async with lab.client.listen.v1.connect(**NOVA) as connection:
            for piece in saying(900, 0):
                await connection.send_media(piece)
            await connection.send_finalize()
            result = await connection.recv()
    assert (_said(result), result.is_final, result.from_finalize) == ("half a sentence", True, True)


async def test_an_utterance_under_way_is_finished_before_the_metadata_of_a_closed_stream() -> None:
    async with serving() as lab:
        await lab.script("cut off here")
        messages = await _heard(lab, saying(900, 0))
    assert [_kind(m) for m in messages] == ["final", "Metadata"]


async def test_an_empty_frame_of_audio_closes_the_stream() -> None:
    async with serving() as lab, lab.client.listen.v1.connect(**NOVA) as connection:
        await connection.send_media(b"")
        assert [m.type async for m in connection] == ["Metadata"]


async def _closed(lab: Lab) -> ConnectionClosedError:
    async with lab.client.listen.v1.connect(**NOVA) as connection:
        with pytest.raises(ConnectionClosedError) as closed:
            await connection.recv()
        return closed.value


async def test_a_client_that_sends_nothing_is_closed_with_net_0001() -> None:
    async with serving() as lab:
        await lab.control("/_lab/limits", {"idle_seconds": 0.05})
        closed = await _closed(lab)
    assert closed.rcvd is not None and (closed.rcvd.code, closed.rcvd.reason) == (1011, "NET-0001")


async def test_keep_alive_is_answered_by_nothing_and_keeps_the_stream_open_longer_than_it_may_be_idle() -> None:
    async with serving() as lab:
        await lab.control("/_lab/limits", {"idle_seconds": 0.6})
        async with lab.client.listen.v1.connect(**NOVA) as connection:
            for _ in range(4):
                await asyncio.sleep(0.2)
                await connection.send_keep_alive()
            await connection.send_finalize()
            assert (await connection.recv()).from_finalize


async def test_configure_answers_with_the_keyterms_in_effect_and_turns_numerals_on() -> None:
    async with serving() as lab:
        await lab.script("at ten")
        async with lab.client.listen.v1.connect(**NOVA) as connection:
            await connection.send_configure(ListenV1Configure(keyterms=["tire rotation"], features={"numerals": True}))
            answer = await connection.recv()
            for piece in saying(600, 600):
                await connection.send_media(piece)
            result = await connection.recv()
    assert (answer.type, answer.keyterms) == ("ConfigureSuccess", ["tire rotation"])
    assert _said(result) == "at 10"


@pytest.mark.parametrize(
    ("model", "keyterms", "code"),
    [
        ("nova-2", ["brakes"], "CONFIGURE_KEYTERMS_NOT_SUPPORTED"),
        ("nova-3", ["extraordinarily long words"] * 100, "CONFIGURE_KEYTERM_LIMIT_EXCEEDED"),
    ],
)
async def test_configure_that_cannot_be_obeyed_fails_and_the_stream_goes_on(
    model: str, keyterms: list[str], code: str
) -> None:
    async with serving() as lab, lab.client.listen.v1.connect(**(NOVA | {"model": model})) as connection:
        await connection.send_configure(ListenV1Configure(keyterms=keyterms))
        answer = await connection.recv()
        await connection.send_close_stream()
        rest = [m.type async for m in connection]
    assert (answer.type, answer.code, rest) == ("ConfigureFailure", code, ["Metadata"])


async def test_a_text_that_is_no_message_is_answered_with_a_schema_error_that_quotes_it() -> None:
    async with (
        serving() as lab,
        aiohttp.ClientSession(headers={"Authorization": "Token lab"}) as http,
        http.ws_connect(f"{lab.url}/v1/listen", params={k: str(v) for k, v in NOVA.items()}) as socket,
    ):
        await socket.send_str("hello?")
        refused = await socket.receive_json()
    assert (refused["type"], refused["variant"], refused["message"]) == ("Error", "SchemaError", "hello?")


@pytest.mark.parametrize(
    "wrong",
    [
        {"model": "flux-general-en"},
        {"encoding": "mp3"},
        {"sample_rate": 7},
        {"endpointing": "soon"},
        {"interim_results": "perhaps"},
        {"utterance_end_ms": 1_000},
        {"utterance_end_ms": 300, "interim_results": "true"},
        {"model": "nova-2", "keyterm": "oil change"},
        {"eot_threshold": 0.7},
    ],
)
async def test_a_bad_query_is_refused_before_the_upgrade(wrong: dict[str, Any]) -> None:
    async with serving() as lab:
        assert await lab.refused_at("/v1/listen", **(NOVA | wrong)) == 400
