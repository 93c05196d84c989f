"""The second voice over HTTP, and the two voices of a call: what the first cannot say is said by the second."""

import asyncio
from array import array
from collections.abc import AsyncGenerator, AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from media_service.conversation.playback import words_within
from media_service.peers.openai_client import connect
from media_service.peers.openai_tts import OpenAITextToSpeech
from media_service.peers.tts import Spoken, TextToSpeech
from media_service.peers.two_voices import TwoVoices

LOUD = array("h", [12_000, 12_000, -12_000, -12_000] * 1_200).tobytes()  # 200 ms


class SpeechApi:
    """Speaks a fifth of a second for each text; one that begins with "hang" gets nothing, one with "break" a part."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        self.hanging = asyncio.Event()
        self.hung_up = asyncio.Event()

    async def speak(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.asked.append(body)
        if body["input"].startswith("refuse"):
            return web.json_response({"error": {"message": "no", "code": "rate_limit_exceeded"}}, status=429)
        response = web.StreamResponse(headers={"Content-Type": "audio/pcm"})
        await response.prepare(request)
        try:
            if body["input"].startswith("hang"):
                self.hanging.set()
                await asyncio.Event().wait()
            for at in range(0, len(LOUD), 1_500):
                await response.write(LOUD[at : at + 1_500])
                if body["input"].startswith("break") and at > 4_000:
                    assert request.transport is not None
                    request.transport.abort()
                    return response
        except asyncio.CancelledError:
            self.hung_up.set()
            raise
        return response


@asynccontextmanager
async def second_voice() -> AsyncIterator[tuple[OpenAITextToSpeech, SpeechApi]]:
    api, app = SpeechApi(), web.Application()
    app.router.add_post("/v1/audio/speech", api.speak)
    server = TestServer(app)
    await server.start_server()
    client = connect(str(server.make_url("/v1")), "key")
    try:
        with ThreadPoolExecutor(1) as threads:
            yield OpenAITextToSpeech(client, "gpt-4o-mini-tts", "nova", threads), api
    finally:
        await client.close()
        await server.close()


async def spoken(voice: TextToSpeech, signs: int = 1) -> list[bytes | Spoken]:
    """Audio, joined, and signs in their order."""
    said: list[bytes | Spoken] = []
    async with asyncio.timeout(10), aclosing(voice.speech()) as speech:
        async for piece in speech:
            if isinstance(piece, bytes) and said and isinstance(said[-1], bytes):
                said[-1] += piece
            else:
                said.append(piece)
            signs -= isinstance(piece, Spoken)
            if not signs:
                break
    return said


async def test_texts_are_spoken_in_order_as_telephone_audio() -> None:
    async with second_voice() as (voice, api):
        voice.say("One.")
        voice.say("Two.")
        first, out, second, end = await spoken(voice, 2)
    assert isinstance(first, bytes) and abs(len(first) - 1_600) <= 1
    assert (second, out, end) == (first, Spoken.OUT, Spoken.OUT)
    assert api.asked == [
        {"model": "gpt-4o-mini-tts", "voice": "nova", "input": text, "response_format": "pcm"}
        for text in ("One.", "Two.")
    ]


@pytest.mark.parametrize("text", ["refuse this", "break this"])
async def test_a_voice_that_refuses_or_breaks_has_failed(text: str) -> None:
    async with second_voice() as (voice, _):
        voice.say(text)
        voice.say("Never said.")
        assert (await spoken(voice))[-1] is Spoken.FAILED


async def test_a_stop_ends_the_request_that_is_running_and_the_next_text_is_spoken() -> None:
    async with second_voice() as (voice, api):
        voice.say("hang forever")

        async def stop_when_asked() -> None:
            await api.hanging.wait()
            voice.stop()
            await api.hung_up.wait()
            voice.say("New.")

        stopping = asyncio.create_task(stop_when_asked())
        audio, out = await spoken(voice)
        await stopping
    assert isinstance(audio, bytes) and out is Spoken.OUT
    assert [body["input"] for body in api.asked] == ["hang forever", "New."]


class ScriptedVoice:
    """Gives what the test wrote down, then waits; notes what it was asked to say."""

    def __init__(self, *pieces: bytes | Spoken) -> None:
        self.pieces = pieces
        self.said: list[str] = []

    def say(self, text: str) -> None:
        self.said.append(text)

    def stop(self) -> None:
        self.said.append("(stop)")

    async def speech(self) -> AsyncGenerator[bytes | Spoken, None]:
        for piece in self.pieces:
            yield piece
        await asyncio.Event().wait()


TEXT = "We have Thursday at two, or Friday at nine."


async def test_what_the_first_voice_never_began_is_said_whole_by_the_second_and_so_is_all_that_follows() -> None:
    first, second = ScriptedVoice(Spoken.FAILED), ScriptedVoice(b"audio", Spoken.OUT, Spoken.OUT, Spoken.OUT)
    voice = TwoVoices(first, second)
    voice.say(TEXT)
    voice.say("Which one?")
    async with aclosing(voice.speech()) as speech:
        assert await anext(speech) == b"audio"
        voice.say("Hello?")
    assert second.said == [TEXT, "Which one?", "Hello?"]


@pytest.mark.parametrize("given", ["", "We", "We have Thursday at", "We have Thursday at two, or Friday at"])
async def test_a_half_given_text_is_taken_up_at_the_first_word_that_was_not_given(given: str) -> None:
    """The first voice has shown its pace, 50 ms a character, and breaks within the word after those given."""
    share = next(share / 100 for share in range(100) if words_within(TEXT, share / 100) == given)
    first = ScriptedVoice(
        b"\x00" * 400 * 20, Spoken.OUT, b"\x00" * int(400 * len(TEXT) * (share + 0.01)), Spoken.FAILED
    )
    second = ScriptedVoice(Spoken.OUT)
    voice = TwoVoices(first, second)
    voice.say("x" * 20)
    voice.say(TEXT)
    await spoken(voice, 2)
    assert second.said == [TEXT.removeprefix(given).strip()]


async def test_of_a_text_that_was_given_to_its_end_nothing_is_said_again() -> None:
    first, second = ScriptedVoice(b"\x00" * 8 * 65 * len(TEXT), Spoken.FAILED), ScriptedVoice()
    voice = TwoVoices(first, second)
    voice.say(TEXT)
    assert (await spoken(voice))[-1] is Spoken.OUT
    assert second.said == []


async def test_when_the_second_voice_fails_too_nobody_speaks_any_more() -> None:
    voice = TwoVoices(ScriptedVoice(Spoken.FAILED), ScriptedVoice(Spoken.FAILED))
    voice.say(TEXT)
    assert await spoken(voice) == [Spoken.FAILED]


async def test_a_stop_reaches_the_voice_that_speaks_and_nothing_stopped_is_taken_up() -> None:
    first, second = ScriptedVoice(b"half", Spoken.FAILED), ScriptedVoice(b"audio")
    voice = TwoVoices(first, second)
    voice.say(TEXT)
    async with aclosing(voice.speech()) as speech:
        await anext(speech)
        voice.stop()
        voice.say("New.")
        await anext(speech)
        voice.stop()
    assert first.said == [TEXT, "(stop)", "New."]
    assert second.said == ["New.", "(stop)"]
