"""The dialogue as the model may see it: what was really said and heard, in an order that is always legal.

Chat completions refuses a history in which a tool call has no answer, or an answer no call. Here a round of tools is
one item that holds its answers, so that no illegal order can be written down. It knows neither prompts nor the wire's
JSON beyond the shape of a message.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from media_service.conversation.commands import Message
from media_service.conversation.events import ToolCall, Word
from media_service.conversation.playback import Utterance

# Below this confidence a word is marked as doubtful to the model.
DOUBTFUL_BELOW = 0.7


@dataclass(slots=True)
class CallerSaid:
    """One turn of the caller."""

    text: str


@dataclass(slots=True)
class SophieSaid:
    """One answer of Sophie's: what she spoke and the tools she asked for, with their answers."""

    utterances: list[Utterance] = field(default_factory=list)
    tool_calls: tuple[ToolCall, ...] = ()
    results: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    voiced: dict[str, Utterance] = field(default_factory=dict)
    """The utterance that spoke a tool's words, by call; its answer tells the model what of them was heard."""

    @property
    def as_heard(self) -> str:
        return " ".join(text for u in self.utterances if (text := u.as_heard))


@dataclass(slots=True)
class Note:
    """Something the system tells the model between two turns."""

    text: str


Item = CallerSaid | SophieSaid | Note


def marked(transcript: str, words: Sequence[Word]) -> str:
    """The transcript with each doubtful word as `[?word]`, neighbours together.

    The recogniser's punctuation survives where it gave every word its confidence in the transcript's own order.
    """
    tokens = transcript.split()
    doubts = [word.confidence < DOUBTFUL_BELOW for word in words]
    if len(tokens) != len(words) or not any(doubts):
        return transcript
    out: list[str] = []
    for token, doubtful in zip(tokens, doubts, strict=True):
        if doubtful and out and out[-1].endswith("]"):
            out[-1] = f"{out[-1][:-1]} {token}]"
        else:
            out.append(f"[?{token}]" if doubtful else token)
    return " ".join(out)


class History:
    """Everything said in one call, oldest first."""

    def __init__(self) -> None:
        self._items: list[Item] = []

    def caller_said(self, text: str) -> None:
        self._items.append(CallerSaid(text))

    def sophie_says(self) -> SophieSaid:
        said = SophieSaid()
        self._items.append(said)
        return said

    def note(self, text: str) -> None:
        self._items.append(Note(text))

    def heard_since_caller(self) -> str:
        """What was heard of Sophie's answer to the caller's last turn."""
        heard: list[str] = []
        for item in reversed(self._items):
            if isinstance(item, CallerSaid):
                break
            if isinstance(item, SophieSaid) and item.as_heard:
                heard.append(item.as_heard)
        return " ".join(reversed(heard))

    def messages(self) -> list[Message]:
        """The dialogue in the shapes of chat completions."""
        return [message for item in self._items for message in _messages(item)]


def _messages(item: Item) -> list[Message]:
    if isinstance(item, CallerSaid):
        return [{"role": "user", "content": item.text}]
    if isinstance(item, Note):
        return [{"role": "system", "content": item.text}]
    if not item.tool_calls:
        return [{"role": "assistant", "content": item.as_heard}] if item.as_heard else []
    answered = [call for call in item.tool_calls if call.id in item.results]
    if not answered:
        return [{"role": "assistant", "content": item.as_heard}] if item.as_heard else []
    asked: Message = {
        "role": "assistant",
        "content": item.as_heard or None,
        "tool_calls": [_asked(c) for c in answered],
    }
    return [asked, *(_answer(call, item.results[call.id], item.voiced.get(call.id)) for call in answered)]


def _asked(call: ToolCall) -> Message:
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}


def _answer(call: ToolCall, content: Mapping[str, Any], voiced: Utterance | None) -> Message:
    if "spoken" in content:
        content = _as_heard(content, voiced.as_heard if voiced else "")
    return {"role": "tool", "tool_call_id": call.id, "content": json.dumps(content, ensure_ascii=False)}


def _as_heard(content: Mapping[str, Any], heard: str) -> Mapping[str, Any]:
    """The answer with its words told apart: those that reached the caller, and those that did not."""
    words = str(content["spoken"])
    if heard == words:
        return content
    rest = {name: value for name, value in content.items() if name != "spoken"}
    return {**rest, **({"spoken": heard} if heard else {}), "not_spoken": words[len(heard) :].strip()}
