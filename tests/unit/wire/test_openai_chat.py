import json
from typing import Any

import pytest
from openai.types.chat import ChatCompletionChunk

from media_service.conversation.events import ToolCall
from media_service.wire.openai_chat import Answer, body
from shared.domain.costs import Tokens
from shared.errors import ProtocolError, Unavailable


def chunk(delta: dict[str, Any], finish: str | None = None) -> str:
    made = ChatCompletionChunk.model_validate(
        {
            "id": "c",
            "object": "chat.completion.chunk",
            "created": 1,
            "model": "gpt-4o",
            "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
        }
    )
    return "data: " + made.model_dump_json(exclude_unset=True)


def tool(index: int, arguments: str, **first: Any) -> dict[str, Any]:
    name = {"name": first.pop("name")} if "name" in first else {}
    return {"tool_calls": [{"index": index, **first, "function": {**name, "arguments": arguments}}]}


def test_text_comes_piece_by_piece() -> None:
    answer = Answer()
    lines = [chunk({"role": "assistant", "content": ""}), "", chunk({"content": "Hel"}), chunk({"content": "lo."})]
    assert [answer.feed(line) for line in lines] == ["", "", "Hel", "lo."]


def test_tool_calls_are_put_together_by_their_index() -> None:
    answer = Answer()
    for line in (
        chunk(tool(0, "", id="a", type="function", name="decode_vin")),
        chunk(tool(0, '{"vin":')),
        chunk(tool(1, "", id="b", type="function", name="end_call")),
        chunk(tool(0, '"1M8"}')),
        chunk(tool(1, "{}")),
        chunk({}, "tool_calls"),
        'data: {"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":3,"total_tokens":12}}',
        "data: [DONE]",
    ):
        answer.feed(line)
    assert answer.finished
    assert answer.tool_calls == (ToolCall("a", "decode_vin", '{"vin":"1M8"}'), ToolCall("b", "end_call", "{}"))


def test_the_last_chunk_tells_what_was_read_anew_read_from_the_cache_and_written() -> None:
    answer = Answer()
    answer.feed(
        'data: {"choices":[],"usage":{"prompt_tokens":2100,"completion_tokens":30,'
        '"prompt_tokens_details":{"cached_tokens":1920}}}'
    )
    assert answer.tokens == Tokens(fresh=180, cached=1920, output=30)


def test_an_answer_that_breaks_off_is_not_finished() -> None:
    answer = Answer()
    answer.feed(chunk({"content": "Hel"}))
    assert not answer.finished


def test_an_error_inside_the_stream_is_the_providers_failure() -> None:
    with pytest.raises(Unavailable):
        Answer().feed('data: {"error":{"message":"overloaded"}}')


@pytest.mark.parametrize(
    "line", ["data: {", "data: []", "data: {}", 'data: {"choices":[{"delta":{"tool_calls":[{}]}}]}']
)
def test_a_broken_chunk_is_a_protocol_error(line: str) -> None:
    with pytest.raises(ProtocolError):
        Answer().feed(line)


def test_each_family_of_models_gets_the_limits_it_takes() -> None:
    old, new = (body(model, [], [], [], "k") for model in ("gpt-4o", "gpt-6-luna"))
    assert "max_tokens" in old and "reasoning_effort" not in old
    assert new["reasoning_effort"] == "none" and "max_tokens" not in new and "temperature" not in new


def test_the_static_part_of_the_prompt_stands_first() -> None:
    system = [{"role": "system", "content": "static"}, {"role": "system", "content": "facts"}]
    made = body("gpt-4o", system, [{"role": "user", "content": "Hi"}], [], "k")
    assert [m["content"] for m in made["messages"]] == ["static", "facts", "Hi"]
    assert json.dumps(made)
