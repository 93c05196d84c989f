"""The second voice over HTTP, and the two voices of a call: what the first cannot say is said by the second."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, asynccontextmanager

import aiohttp
import pytest
from aiohttp.test_utils import TestServer

from infra.local.openai_chat.app import make_app
from media_service.conversation.word_times import words_within
from media_service.peers.openai_client import connect
from media_service.peers.openai_tts import OpenAITextToSpeech
from media_service.peers.tts import Spoken, TextToSpeech
from media_service.peers.two_voices import TwoVoices

MILLISECONDS_A_CHARACTER = 60  # of the lab's tone


class SpeechLab:
    """The lab's OpenAI, and what it was asked to say."""

    def __init__(self, url: str, http: aiohttp.ClientSession) -> None:
        self._url = url
        self._http = http

    async def fault(self, kind: str, **more: int) -> None:
        async with self._http.post(f"{self._url}/_lab/faults", json={"kind": kind, "match": "speech", **more}) as done:
            assert done.status == 201

    async def asked(self) -> list[dict[str, str]]:
        async with self._http.get(f"{self._url}/_lab/log") as log:
            return [{name: each[name] for name in ("model", "voice", "speech")} for each in await log.json()]


@asynccontextmanager
async def second_voice() -> AsyncIterator[tuple[OpenAITextToSpeech, SpeechLab]]:
    async with TestServer(make_app(voice="tone")) as server, aiohttp.ClientSession() as http:
        url = str(server.make_url("")).rstrip("/")
        client = connect(f"{url}/v1", "key")
        try:
            with ThreadPoolExecutor(1) as threads:
                yield OpenAITextToSpeech(client, "gpt-4o-mini-tts", "nova", threads), SpeechLab(url, http)
        finally:
            await client.close()


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
    async with second_voice() as (voice, lab):
        voice.say("One.")
        voice.say("Three.")
        first, out, second, end = await spoken(voice, 2)
        asked = await lab.asked()
    for audio, text in ((first, "One."), (second, "Three.")):
        assert isinstance(audio, bytes)
        assert abs(len(audio) - 8 * MILLISECONDS_A_CHARACTER * len(text)) <= 1
    assert (out, end) == (Spoken.OUT, Spoken.OUT)
    assert asked == [{"model": "gpt-4o-mini-tts", "voice": "nova", "speech": text} for text in ("One.", "Three.")]


@pytest.mark.parametrize(("kind", "how"), [("status", {"code": 429}), ("cut", {"after": 1}), ("refuse", {})])
async def test_a_voice_that_refuses_or_breaks_has_failed(kind: str, how: dict[str, int]) -> None:
    async with second_voice() as (voice, lab):
        await lab.fault(kind, **how)
        voice.say("This will not be said to its end.")
        voice.say("Never said.")
        assert (await spoken(voice))[-1] is Spoken.FAILED


async def test_a_stop_ends_the_request_that_is_running_and_the_next_text_is_spoken() -> None:
    async with second_voice() as (voice, lab):
        await lab.fault("stall", after=1)
        voice.say("This hangs after its first piece.")
        async with asyncio.timeout(10), aclosing(voice.speech()) as speech:
            assert isinstance(await anext(speech), bytes)
            voice.stop()
            voice.say("New.")
            while await anext(speech) is not Spoken.OUT:
                pass
        assert [each["speech"] for each in await lab.asked()] == ["This hangs after its first piece.", "New."]


class ScriptedVoice:
    """Gives what the test wrote down, then waits; notes what it was asked to say."""

    model = "scripted"

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


async def test_what_is_said_is_priced_as_the_voice_that_says_it() -> None:
    first, second = ScriptedVoice(Spoken.FAILED), ScriptedVoice(b"audio")
    first.model, second.model = "aura-2-asteria-en", "gpt-4o-mini-tts"
    voice = TwoVoices(first, second)
    assert voice.model == first.model
    voice.say(TEXT)
    async with aclosing(voice.speech()) as speech:
        await anext(speech)
    assert voice.model == second.model


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
