"""The stand-in for OpenAI, driven by OpenAI's own SDK."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import openai
import pytest
from aiohttp.test_utils import TestServer

from infra.local.openai_chat.app import make_app
from infra.local.openai_chat.hostile import ATTACKS
from tests.lab.offline_desk_conversation import FACTS, GREETING, PROMPT

TOOLS: list[dict[str, Any]] = json.loads((Path(__file__).parents[2] / "shared" / "tools" / "schemas.json").read_text())
OPENING: list[dict[str, Any]] = [
    {"role": "system", "content": PROMPT},
    {"role": "system", "content": FACTS},
    {"role": "assistant", "content": GREETING},
    {"role": "user", "content": "i'd like an oil change on friday at ten thirty"},
]


class Api:
    """A running stand-in, the SDK pointed at it, and its control endpoint."""

    def __init__(self, server: TestServer) -> None:
        self.server = server
        base_url = str(server.make_url("/v1"))
        self.sdk: Any = openai.AsyncOpenAI(api_key="sk-lab", base_url=base_url, max_retries=0)
        self.keyless: Any = openai.AsyncOpenAI(api_key="sk-bad-key", base_url=base_url, max_retries=0)

    async def control(self, path: str, body: object) -> int:
        async with aiohttp.ClientSession() as session, session.post(self.server.make_url(path), json=body) as answer:
            return answer.status

    async def log(self) -> list[dict[str, Any]]:
        async with aiohttp.ClientSession() as session, session.get(self.server.make_url("/_lab/log")) as answer:
            found: list[dict[str, Any]] = await answer.json()
            return found

    async def ask(self, **more: Any) -> Any:
        request = {"model": "gpt-4o", "messages": OPENING, "tools": TOOLS} | more
        return await self.sdk.chat.completions.create(**request)

    async def stream(self, **more: Any) -> list[Any]:
        return [chunk async for chunk in await self.ask(stream=True, **more)]


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    async with TestServer(make_app()) as server:
        running = Api(server)
        yield running
        await running.sdk.close()
        await running.keyless.close()


async def _refused(api: Api, **request: Any) -> openai.APIStatusError:
    with pytest.raises(openai.APIStatusError) as caught:
        await api.ask(**request)
    return caught.value


async def test_tool_calls_stream_by_index_with_their_arguments_in_fragments(api: Api) -> None:
    chunks = await api.stream()
    deltas = [call for chunk in chunks for call in chunk.choices[0].delta.tool_calls or ()]
    begun = [call for call in deltas if call.id]
    assert [call.function.name for call in begun] == ["lookup_customer", "get_available_slots"]
    assert [call.index for call in begun] == [0, 1]
    assert all(call.function.arguments == "" and call.type == "function" for call in begun)
    written = "".join(call.function.arguments for call in deltas if call.index == 1)
    assert json.loads(written)["moment"]["time"] == "10:30"
    assert len([call for call in deltas if call.index == 1]) > 3
    assert chunks[0].choices[0].delta.role == "assistant"
    assert chunks[-1].choices[0].finish_reason == "tool_calls"
    assert {chunk.id for chunk in chunks} == {chunks[0].id}
    assert chunks[0].model == "gpt-4o-2024-08-06"


async def test_words_stream_in_pieces_and_end_with_stop(api: Api) -> None:
    chunks = await api.stream(messages=[*OPENING[:3], {"role": "user", "content": "what are your hours"}])
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert "7:30 a.m. to 6:00 p.m." in text
    assert len(chunks) > 5
    assert chunks[-1].choices[0].finish_reason == "stop"


async def test_usage_comes_in_a_last_chunk_without_choices_and_counts_cached_tokens(api: Api) -> None:
    first = await api.stream(stream_options={"include_usage": True})
    again = await api.stream(stream_options={"include_usage": True})
    assert first[-1].choices == []
    assert all(chunk.usage is None for chunk in first[:-1])
    assert first[-1].usage.prompt_tokens_details.cached_tokens == 0
    cached = again[-1].usage.prompt_tokens_details.cached_tokens
    assert cached >= 1024
    assert cached % 128 == 0


async def test_without_asking_there_is_no_usage_chunk(api: Api) -> None:
    assert all(chunk.choices and chunk.usage is None for chunk in await api.stream())


async def test_the_stream_ends_with_done_and_can_leave_out_the_padding(api: Api) -> None:
    body = {"model": "gpt-4o", "messages": OPENING, "stream": True, "stream_options": {"include_obfuscation": False}}
    headers = {"Authorization": "Bearer sk-lab"}
    url = api.server.make_url("/v1/chat/completions")
    async with aiohttp.ClientSession() as session, session.post(url, json=body, headers=headers) as answer:
        assert answer.content_type == "text/event-stream"
        text = await answer.text()
    assert text.endswith("data: [DONE]\n\n")
    assert "obfuscation" not in text


async def test_an_answer_that_does_not_stream_holds_the_same(api: Api) -> None:
    whole = await api.ask()
    assert whole.object == "chat.completion"
    assert [call.function.name for call in whole.choices[0].message.tool_calls] == [
        "lookup_customer",
        "get_available_slots",
    ]
    assert whole.choices[0].finish_reason == "tool_calls"
    assert whole.usage.total_tokens == whole.usage.prompt_tokens + whole.usage.completion_tokens


async def test_one_call_at_a_time_when_parallel_calls_are_declined(api: Api) -> None:
    whole = await api.ask(parallel_tool_calls=False)
    assert len(whole.choices[0].message.tool_calls) == 1


async def test_no_tool_is_called_when_none_may_be(api: Api) -> None:
    whole = await api.ask(tool_choice="none")
    assert whole.choices[0].message.tool_calls is None
    assert whole.choices[0].message.content


async def test_a_wrong_key_is_a_401_that_the_sdk_knows(api: Api) -> None:
    with pytest.raises(openai.AuthenticationError) as caught:
        await api.keyless.chat.completions.create(model="gpt-4o", messages=OPENING)
    assert caught.value.code == "invalid_api_key"


async def test_no_key_at_all_is_a_401(api: Api) -> None:
    url = api.server.make_url("/v1/chat/completions")
    async with aiohttp.ClientSession() as session, session.post(url, json={}) as answer:
        assert answer.status == 401
        assert "didn't provide an API key" in (await answer.json())["error"]["message"]


async def test_an_unknown_model_is_a_404(api: Api) -> None:
    error = await _refused(api, model="gpt-99")
    assert (error.status_code, error.code) == (404, "model_not_found")


async def test_a_retired_model_is_a_404_and_leaves_the_list(api: Api) -> None:
    assert await api.control("/_lab/retire", {"model": "gpt-4o"}) == 200
    error = await _refused(api)
    assert error.status_code == 404
    assert "deprecated" in error.message
    assert "gpt-4o" not in [model.id async for model in api.sdk.models.list()]


async def test_models_tell_their_shutdown_date(api: Api) -> None:
    dates = {model.id: model.shutdown_date async for model in api.sdk.models.list()}
    assert dates["gpt-4o"] == "2027-01-14"
    assert dates["gpt-6-luna"] is None


def _called(*ids: str) -> dict[str, Any]:
    calls = [{"id": one, "type": "function", "function": {"name": "end_call", "arguments": "{}"}} for one in ids]
    return {"role": "assistant", "content": None, "tool_calls": calls}


@pytest.mark.parametrize(
    ("messages", "param"),
    [
        ([], "messages"),
        ([{"role": "narrator", "content": "x"}], "messages[0].role"),
        ([{"role": "user"}], "messages[0].content"),
        ([{"role": "user", "content": 7}], "messages[0].content"),
        ([{"role": "tool", "tool_call_id": "call_1", "content": "{}"}], "messages.[0].role"),
        ([_called("call_1"), {"role": "user", "content": "hello"}], "messages.[1].role"),
        (
            [_called("call_1", "call_2"), {"role": "tool", "tool_call_id": "call_1", "content": "{}"}],
            "messages.[2].role",
        ),
        ([_called("call_1"), {"role": "tool", "tool_call_id": "call_9", "content": "{}"}], "messages.[1].role"),
    ],
)
async def test_a_history_that_the_api_would_not_take_is_a_400(
    api: Api, messages: list[dict[str, Any]], param: str
) -> None:
    error = await _refused(api, messages=messages)
    assert (error.status_code, error.param) == (400, param)


def _tool(**parameters: Any) -> dict[str, Any]:
    return {"type": "function", "function": {"name": "probe", "strict": True, "parameters": parameters}}


@pytest.mark.parametrize(
    "tool",
    [
        _tool(type="object", properties={"a": {"type": "string"}}, required=["a"]),
        _tool(type="object", properties={"a": {"type": "string"}}, required=[], additionalProperties=False),
        _tool(type="object", properties={"a": {"description": "no type"}}, required=["a"], additionalProperties=False),
        _tool(
            type="object",
            properties={"a": {"type": "object", "properties": {"b": {"type": "string"}}, "required": ["b"]}},
            required=["a"],
            additionalProperties=False,
        ),
        _tool(type="object", properties={"a": {"type": "array"}}, required=["a"], additionalProperties=False),
        _tool(type="object", properties={}, required=[], additionalProperties=False, allOf=[]),
        _tool(type="string"),
    ],
)
async def test_a_strict_schema_that_is_not_strict_enough_is_a_400(api: Api, tool: dict[str, Any]) -> None:
    error = await _refused(api, tools=[tool])
    assert (error.status_code, error.code) == (400, "invalid_function_parameters")
    assert error.param == "tools[0].function.parameters"


async def test_the_tools_of_the_product_are_strict_enough(api: Api) -> None:
    assert (await api.ask()).choices


@pytest.mark.parametrize(
    "request_body",
    [
        {"model": "gpt-6-luna"},
        {"model": "gpt-6-luna", "reasoning_effort": "low"},
        {"model": "gpt-5.6-luna"},
        {"model": "gpt-6-luna", "reasoning_effort": "minimal"},
        {"model": "gpt-6-luna", "reasoning_effort": "none", "max_tokens": 10},
        {"model": "gpt-5.4-mini", "temperature": 0.3},
        {"model": "gpt-4o", "reasoning_effort": "none"},
        {"model": "gpt-4o", "stream_options": {"include_usage": True}},
        {"model": "gpt-4o", "extra_body": {"frobnicate": 1}},
    ],
)
async def test_parameters_that_a_model_does_not_take_are_a_400(api: Api, request_body: dict[str, Any]) -> None:
    assert (await _refused(api, **request_body)).status_code == 400


async def test_the_newer_models_take_tools_when_the_effort_is_none(api: Api) -> None:
    answer = await api.ask(model="gpt-6-luna", reasoning_effort="none", max_completion_tokens=200, temperature=0.3)
    assert answer.model == "gpt-6-luna"
    assert answer.choices[0].message.tool_calls


async def test_a_script_is_spoken_in_order_and_can_order_faults(api: Api) -> None:
    await api.control("/_lab/brain", {"brain": "scripted"})
    call = {"name": "lookup_customer", "arguments": {"phone": None}}
    replies = [
        {"text": "One."},
        {"tool_calls": [call, call]},
        {"status": 429},
        {"status": 503},
        {"text": "a b c", "cut_after": 2},
    ]
    assert await api.control("/_lab/script", {"replies": replies}) == 201
    assert (await api.ask()).choices[0].message.content == "One."
    assert len((await api.ask()).choices[0].message.tool_calls) == 2
    assert isinstance(await _refused(api), openai.RateLimitError)
    assert (await _refused(api)).status_code == 503
    with pytest.raises(openai.APIConnectionError):
        await api.stream()


async def test_a_cut_answer_ends_in_the_middle_of_its_words(api: Api) -> None:
    await api.control("/_lab/brain", {"brain": "scripted"})
    await api.control("/_lab/script", {"replies": [{"text": "one two three four", "cut_after": 3}]})
    body = {"model": "gpt-4o", "messages": OPENING, "stream": True}
    url, headers = api.server.make_url("/v1/chat/completions"), {"Authorization": "Bearer sk-lab"}
    got = b""
    async with aiohttp.ClientSession() as session, session.post(url, json=body, headers=headers) as answer:
        with pytest.raises(aiohttp.ClientPayloadError):
            async for piece in answer.content.iter_any():
                got += piece
    assert b"two" in got
    assert b"three" not in got


async def test_a_script_for_one_conversation_leaves_the_others_alone(api: Api) -> None:
    await api.control("/_lab/brain", {"brain": "scripted"})
    await api.control("/_lab/script", {"match": "brakes", "replies": [{"text": "About brakes."}]})
    await api.control("/_lab/script", {"match": "oil", "replies": [{"text": "About oil."}]})
    assert (await api.ask()).choices[0].message.content == "About oil."


async def test_the_log_tells_what_was_asked_and_called(api: Api) -> None:
    await api.ask()
    entry = (await api.log())[-1]
    assert entry["user"] == OPENING[-1]["content"]
    assert [call["name"] for call in entry["tool_calls"]] == ["lookup_customer", "get_available_slots"]
    assert entry["model"] == "gpt-4o"


@pytest.mark.parametrize("attack", ATTACKS)
async def test_every_attack_is_the_same_each_time_and_in_the_api_s_shape(api: Api, attack: str) -> None:
    await api.control("/_lab/brain", {"brain": "hostile"})
    assert await api.control("/_lab/attacks", {"attacks": [attack]}) == 200
    first, second = (await api.ask()).choices[0].message, (await api.ask()).choices[0].message
    assert first.content == second.content
    named = [
        [(call.function.name, call.function.arguments) for call in one.tool_calls or ()] for one in (first, second)
    ]
    assert named[0] == named[1]
    assert named[0] or first.content is not None


async def test_the_flood_is_fifty_calls_and_the_broken_arguments_are_no_json(api: Api) -> None:
    await api.control("/_lab/brain", {"brain": "hostile"})
    await api.control("/_lab/attacks", {"attacks": ["tool_flood"]})
    assert len((await api.ask()).choices[0].message.tool_calls) == 50
    await api.control("/_lab/attacks", {"attacks": ["broken_json"]})
    broken = (await api.ask()).choices[0].message.tool_calls[0].function.arguments
    with pytest.raises(json.JSONDecodeError):
        json.loads(broken)


async def test_an_attack_that_does_not_exist_is_refused_by_name(api: Api) -> None:
    assert await api.control("/_lab/attacks", {"attacks": ["flattery"]}) == 400


@pytest.mark.parametrize("name", ["openai_chat", "vpic"])
async def test_the_command_prints_one_ready_line_and_ends_cleanly_when_told_to(name: str) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", f"infra.local.{name}", stdout=asyncio.subprocess.PIPE, cwd=Path(__file__).parents[2]
    )
    assert process.stdout
    ready = json.loads(await process.stdout.readline())
    assert ready["ready"] is True
    assert ready["url"].startswith("http://127.0.0.1:")
    process.terminate()
    rest, _ = await process.communicate()
    assert (rest, process.returncode) == (b"", 0)
