"""The brain named ``offline-desk``: a request in, a reply out, nothing kept in between."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from infra.local.openai_chat.desk_policy.answers import take_answer, take_note
from infra.local.openai_chat.desk_policy.briefing import read_briefing
from infra.local.openai_chat.desk_policy.moves import Move
from infra.local.openai_chat.desk_policy.policy import decide
from infra.local.openai_chat.desk_policy.story import Story
from infra.local.openai_chat.desk_policy.taking import take_words


def next_move(messages: Sequence[Mapping[str, Any]], tools: frozenset[str]) -> Move:
    """The desk's next step, for the messages of a request and the names of the tools in it."""
    move = decide(read_story(messages, tools))
    allowed = tuple(call for call in move.calls if call[0] in tools)
    if move.calls and not allowed:
        return Move("I'm sorry, I can't do that by telephone.")
    return Move(move.text, move.ask, allowed)


def read_story(messages: Sequence[Mapping[str, Any]], tools: frozenset[str]) -> Story:
    """Fold a history into what is known.

    What was asked is not read off the desk's own words, of which a caller who interrupts hears only a part: it is what
    the desk decides at that point of the history, which is the same each time.
    """
    system = [_text(message) for message in messages if message["role"] in ("system", "developer")]
    story = Story(read_briefing(system, tools))
    for at, message in enumerate(messages):
        role = message["role"]
        if role == "user":
            take_words(story, _text(message))
        elif role == "tool":
            name, arguments = story.calls.get(str(message.get("tool_call_id")), ("", {}))
            take_answer(story, name, arguments, _text(message))
        elif role == "assistant":
            _take_own(story, message)
        elif at and role in ("system", "developer"):
            take_note(story, _text(message))
    return story


def _take_own(story: Story, message: Mapping[str, Any]) -> None:
    for call in message.get("tool_calls") or ():
        function = call["function"]
        story.calls[str(call["id"])] = (str(function["name"]), _arguments(str(function["arguments"])))
    if _text(message).strip():
        story.ask = decide(story).ask or story.ask


def _arguments(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _text(message: Mapping[str, Any]) -> str:
    content = message.get("content")
    if isinstance(content, str):
        return content
    return "".join(str(part.get("text", "")) for part in content or () if isinstance(part, Mapping))
