"""The connections to Deepgram and OpenAI, against the lab's stand-ins, which misbehave when they are told to."""

import asyncio
import json
import math
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from infra.local.deepgram.app import make_app as deepgram
from infra.local.deepgram.speak import Voice
from infra.local.openai_chat.app import make_app as openai_chat
from infra.local.speech.recogniser import Script, ScriptedRecogniser
from infra.local.speech.voices import speak
from media_service.conversation.events import RecogniserLost, TurnEnded
from media_service.peers.deepgram_stt import DeepgramSpeechToText
from media_service.peers.deepgram_tts import DeepgramTextToSpeech
from media_service.peers.llm import Asked, OpenAIChat
from media_service.peers.openai_client import connect
from media_service.peers.rendered import FixedLines, render
from media_service.peers.tts import Spoken
from shared.errors import PeerError, Unavailable
from shared.tools.schema_check import schemas

TONE = speak("a tone for a test", voice="tone")
SILENCE = b"\xff" * 160
MODEL = "aura-2-asteria-en"


@asynccontextmanager
async def running(app: web.Application) -> AsyncIterator[str]:
    server = TestServer(app)
    await server.start_server()
    try:
        yield str(server.make_url("")).rstrip("/")
    finally:
        await server.close()


@asynccontextmanager
async def lab_deepgram(*lines: str) -> AsyncIterator[str]:
    script = Script()
    script.add(None, list(lines))
    voice = Voice(lambda text, _: speak(text, voice="tone"))
    async with running(deepgram(ScriptedRecogniser(script), voice, script=script)) as url:
        yield url


@asynccontextmanager
async def faulty_deepgram(*lines: str, **fault: Any) -> AsyncIterator[tuple[str, Callable[[], Awaitable[int]]]]:
    """The lab's Deepgram with a fault on its streams, and how often that has struck."""
    async with lab_deepgram(*lines) as url, aiohttp.ClientSession() as lab:
        assert (await lab.post(f"{url}/_lab/faults", json=fault)).status == 201

        async def struck() -> int:
            async with lab.get(f"{url}/_lab/faults") as faults:
                return len((await faults.json())["struck"])

        yield url, struck


# The recogniser


@pytest.mark.parametrize("model", ["flux-general-en", "nova-3"])
async def test_what_the_caller_says_comes_back_as_a_turn(model: str) -> None:
    async with lab_deepgram("an oil change please") as url:
        listener = DeepgramSpeechToText(url, "key", model, ["oil change"])

        async def talk() -> None:
            for frame in [SILENCE] * 50 + [TONE[i : i + 160] for i in range(0, len(TONE), 160)] + [SILENCE] * 100:
                listener.push(frame)
                await asyncio.sleep(0.001)

        async with asyncio.timeout(10), asyncio.TaskGroup() as group, aclosing(listener.heard()) as hearing:
            group.create_task(talk())
            async for heard in hearing:
                if isinstance(heard, TurnEnded):
                    break
    assert isinstance(heard, TurnEnded)
    assert heard.transcript.lower().startswith("an oil change")


async def test_a_new_connection_hears_the_unfinished_turn_from_its_beginning() -> None:
    """The line breaks when all was said, and only silence follows."""
    said = 2 + math.ceil(len(TONE) / 2_000)  # Connected, StartOfTurn, and an Update for each quarter of a second
    fault = {"kind": "drop_reply", "match": "listen.v2", "after": said}
    async with faulty_deepgram("my name", **fault) as (url, struck):
        listener = DeepgramSpeechToText(url, "key", "flux-general-en", [])

        async def talk() -> None:
            for at in range(0, len(TONE), 160):
                listener.push(TONE[at : at + 160])
            while True:
                listener.push(SILENCE)
                await asyncio.sleep(0.001)

        async with asyncio.timeout(10), aclosing(listener.heard()) as hearing:
            talking = asyncio.create_task(talk())
            kinds = []
            async for heard in hearing:
                kinds.append(type(heard).__name__)
                if isinstance(heard, TurnEnded):
                    break
            talking.cancel()
        assert isinstance(heard, TurnEnded)
        assert heard.transcript.lower().startswith("my name")
        assert await struck() == 1


async def test_a_recogniser_that_stays_away_is_given_up_after_three_tries() -> None:
    fault = {"kind": "error", "match": "listen.v2", "reason": "NET-0001", "times": 9}
    async with faulty_deepgram(**fault) as (url, struck):
        listener = DeepgramSpeechToText(url, "key", "flux-general-en", [])
        heard = [event async for event in listener.heard()]
        assert heard == [RecogniserLost()]
        assert await struck() == 3


async def test_an_empty_frame_is_never_sent() -> None:
    listener = DeepgramSpeechToText("http://127.0.0.1:9", "key", "flux-general-en", [])
    listener.push(b"")
    assert [event async for event in listener.heard()] == [RecogniserLost()]


# The voice


async def spoken(voice: DeepgramTextToSpeech, until: int = 1) -> list[bytes | Spoken]:
    pieces: list[bytes | Spoken] = []
    async with asyncio.timeout(10), aclosing(voice.speech()) as speech:
        async for piece in speech:
            pieces.append(piece)
            if sum(isinstance(p, Spoken) for p in pieces) == until:
                break
    return pieces


def length(pieces: list[bytes | Spoken]) -> int:
    return sum(len(piece) for piece in pieces if isinstance(piece, bytes))


async def test_each_text_is_spoken_in_order_and_ends_with_a_sign() -> None:
    async with lab_deepgram() as url:
        voice = DeepgramTextToSpeech(url, "key", MODEL)
        voice.say("One.")
        voice.say("Two is a longer text.")
        pieces = await spoken(voice, until=2)
    first = pieces.index(Spoken.OUT)
    assert length(pieces[:first]) == len(speak("One.", voice="tone"))
    assert pieces[-1] is Spoken.OUT


async def test_after_a_stop_no_audio_of_the_old_text_comes_any_more() -> None:
    async with lab_deepgram() as url:
        voice = DeepgramTextToSpeech(url, "key", MODEL)
        voice.say("A long text that will be stopped before it has been spoken to its end, surely.")
        heard: list[bytes | Spoken] = []
        async with asyncio.timeout(10), aclosing(voice.speech()) as speech:
            async for piece in speech:
                heard.append(piece)
                if len(heard) == 1:
                    voice.stop()
                    voice.say("New.")
                if piece is Spoken.OUT:
                    break
    assert length(heard[1:]) == len(speak("New.", voice="tone"))


async def test_a_voice_that_breaks_before_its_first_byte_is_dialled_again() -> None:
    async with faulty_deepgram(kind="drop_reply", match="speak.v1", after=1) as (url, struck):
        voice = DeepgramTextToSpeech(url, "key", MODEL)
        voice.say("Hello.")
        *audio, end = await spoken(voice)
        assert (length(audio), end) == (len(speak("Hello.", voice="tone")), Spoken.OUT)
        assert await struck() == 1


@pytest.mark.parametrize("kind", ["error", "drop_reply", "cut"])
async def test_a_text_that_broke_off_in_its_middle_is_given_up_and_not_said_twice(kind: str) -> None:
    async with faulty_deepgram(kind=kind, match="speak.v1", after=2, times=9) as (url, struck):
        voice = DeepgramTextToSpeech(url, "key", MODEL)
        voice.say("Hello.")
        half, end = await spoken(voice)
        assert isinstance(half, bytes) and end is Spoken.FAILED
        assert await struck() == 1


async def test_a_voice_that_sends_nothing_within_a_second_is_given_up() -> None:
    async with faulty_deepgram(kind="stall", match="speak.v1", times=9) as (url, struck):
        voice = DeepgramTextToSpeech(url, "key", MODEL)
        voice.say("Hello.")
        assert await spoken(voice) == [Spoken.FAILED]
        assert await struck() == 1


async def test_a_voice_that_comes_more_slowly_than_it_is_heard_is_given_up() -> None:
    async with faulty_deepgram(kind="drip", ms=20, match="speak.v1", times=9) as (url, _):
        voice = DeepgramTextToSpeech(url, "key", MODEL)
        voice.say("Hello.")
        *audio, end = await spoken(voice)
        assert end is Spoken.FAILED and 0 < length(audio) < len(speak("Hello.", voice="tone"))


async def test_no_connection_is_asked_for_more_flushes_than_a_minute_allows() -> None:
    async with lab_deepgram() as url, aiohttp.ClientSession() as lab:
        voice = DeepgramTextToSpeech(url, "key", MODEL)
        voice.say("Yes.")
        out = 0
        async with asyncio.timeout(10), aclosing(voice.speech()) as speech:
            async for piece in speech:
                if piece is Spoken.OUT:
                    out += 1
                    if out == 30:
                        break
                    voice.say("Yes.")
        async with lab.get(f"{url}/_lab/log", params={"kind": "spoken"}) as log:
            flushes = Counter(json.loads(line)["session"] for line in (await log.text()).splitlines())
    assert flushes.total() == 30 and max(flushes.values()) <= 20


async def test_fixed_lines_are_rendered_once_through_the_vendors_sdk() -> None:
    async with lab_deepgram() as url:
        rendered = await render({"Hello.": MODEL, "Goodbye.": MODEL}, url, "key")
    assert rendered.keys() == {"Hello.", "Goodbye."}
    assert all(rendered.values())


async def test_a_line_that_cannot_be_rendered_is_left_to_the_live_voice() -> None:
    assert await render({"Hello.": MODEL}, "http://127.0.0.1:9", "key") == {}


async def test_a_line_that_could_not_be_rendered_is_tried_again_and_then_never_more() -> None:
    away = {"kind": "status", "code": 503, "match": "POST /v1/speak", "times": 2}
    async with lab_deepgram() as url, aiohttp.ClientSession() as lab:

        async def asked() -> list[str]:
            """The voices that were asked for, by requests that were carried out."""
            async with lab.get(f"{url}/_lab/log", params={"kind": "rendered"}) as log:
                return [json.loads(line)["model"] for line in (await log.text()).splitlines()]

        await lab.post(f"{url}/_lab/faults", json=away)
        fixed = FixedLines({"Hello.": MODEL, "Goodbye.": "aura-2-celeste-es"}, url, "key")
        for _ in range(10):
            await fixed.render_missing()
        assert sorted(await asked()) == [MODEL, "aura-2-celeste-es"]
        async with lab.get(f"{url}/_lab/faults") as faults:
            assert len((await faults.json())["struck"]) == 2
    assert fixed.audio.keys() == {"Hello.", "Goodbye."}


# The model


@asynccontextmanager
async def model_with(*replies: dict[str, Any]) -> AsyncIterator[OpenAIChat]:
    async with running(openai_chat(brain="scripted")) as url:
        async with aiohttp.ClientSession() as session:
            await session.post(f"{url}/_lab/script", json={"replies": replies})
        chat = OpenAIChat(connect(f"{url}/v1", "key"), "gpt-4o", "gpt-6-luna", schemas(), "cache-key")
        yield chat
        await chat.close()


async def answered(chat: OpenAIChat) -> list[str | Asked]:
    return [piece async for piece in chat.reply("first", [], [{"role": "user", "content": "Hi"}])]


async def test_the_models_words_come_in_pieces_and_end_with_what_it_asks_for() -> None:
    async with model_with({"text": "Hello there, friend."}) as chat:
        *pieces, asked = await answered(chat)
    assert "".join(map(str, pieces)) == "Hello there, friend."
    assert isinstance(asked, Asked)
    assert asked.tool_calls == ()
    assert asked.tokens.fresh > 0
    assert asked.tokens.output > 0


async def test_a_refusal_of_the_provider_is_unavailable() -> None:
    async with model_with({"status": 429}) as chat:
        with pytest.raises(Unavailable):
            await answered(chat)


async def test_an_answer_that_breaks_off_is_not_taken_for_a_whole_one() -> None:
    async with model_with({"text": "Hello there, this is cut.", "cut_after": 2}) as chat:
        with pytest.raises(PeerError):
            await answered(chat)


async def test_the_first_sign_of_a_reply_that_only_asks_for_tools_is_an_empty_piece() -> None:
    async with model_with({"tool_calls": [{"name": "end_call", "arguments": {}}]}) as chat:
        first, asked = await answered(chat)
    assert first == ""
    assert isinstance(asked, Asked) and [call.name for call in asked.tool_calls] == ["end_call"]


@asynccontextmanager
async def model_that_is_retired() -> AsyncIterator[tuple[OpenAIChat, Callable[[], Awaitable[list[str]]]]]:
    """The model, and which models have answered so far."""
    async with running(openai_chat(brain="scripted")) as url, aiohttp.ClientSession() as session:
        await session.post(f"{url}/_lab/retire", json={"model": "gpt-4o"})

        async def who_answered() -> list[str]:
            return [entry["model"] for entry in await (await session.get(f"{url}/_lab/log")).json()]

        chat = OpenAIChat(connect(f"{url}/v1", "key"), "gpt-4o", "gpt-6-luna", schemas(), "cache-key")
        yield chat, who_answered
        await chat.close()


async def test_a_retired_model_fails_at_once_and_is_not_asked_again() -> None:
    async with model_that_is_retired() as (chat, who_answered):
        with pytest.raises(Unavailable):
            await answered(chat)
        *_, asked = await answered(chat)
        assert isinstance(asked, Asked) and asked.model == "gpt-6-luna"
        assert await who_answered() == ["gpt-6-luna"]


async def test_a_retired_model_is_noticed_while_the_connection_is_warmed() -> None:
    async with model_that_is_retired() as (chat, who_answered):
        await chat.warm()
        await answered(chat)
        assert await who_answered() == ["gpt-6-luna"]


async def test_warming_a_connection_to_a_provider_that_is_away_harms_nothing() -> None:
    chat = OpenAIChat(connect("http://127.0.0.1:9/v1", "key"), "gpt-4o", "gpt-6-luna", schemas(), "cache-key")
    await chat.warm()
    await chat.close()
