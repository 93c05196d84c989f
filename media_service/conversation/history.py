"""The dialogue as the model may see it: what was really said and heard, in an order that is always legal.

Chat completions refuses a history in which a tool call has no answer, or an answer no call. Here a round of tools is
one item that holds its answers, so that no illegal order can be written down. It knows neither prompts nor the wire's
JSON beyond the shape of a message.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from media_service.conversation.commands import Message
from media_service.conversation.events import ToolCall, Word
from media_service.conversation.playback import Utterance

# What of an utterance counts as heard.
Hearing = Callable[[Utterance], str]

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

    def words(self, heard: Hearing) -> str:
        return " ".join(text for u in self.utterances if (text := heard(u)))


@dataclass(slots=True)
class Note:
    """Something the system tells the model between two turns."""

    text: str


@dataclass(frozen=True, slots=True)
class Before:
    """What was said in an earlier stream of the call, as it was heard."""

    messages: Sequence[Message]


Item = CallerSaid | SophieSaid | Note | Before


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

    def recall(self, messages: Sequence[Message]) -> None:
        self._items.append(Before(messages))

    def note(self, text: str) -> None:
        self._items.append(Note(text))

    @property
    def length(self) -> int:
        return len(self._items)

    def withdraw_from(self, length: int) -> list[SophieSaid]:
        """What came since the history was so long was never said; answers Sophie's part of it."""
        withdrawn = self._items[length:]
        del self._items[length:]
        return [item for item in withdrawn if isinstance(item, SophieSaid)]

    def heard_since_caller(self) -> str:
        """What was heard of Sophie's answer to the caller's last turn."""
        heard: list[str] = []
        for item in reversed(self._items):
            if isinstance(item, CallerSaid):
                break
            if isinstance(item, SophieSaid) and (words := item.words(_or_about_to_be)):
                heard.append(words)
        return " ".join(reversed(heard))

    @property
    def answer_heard(self) -> bool:
        """Whether any word of the answer to the caller's last turn has been heard."""
        for item in reversed(self._items):
            if isinstance(item, CallerSaid):
                return False
            if isinstance(item, SophieSaid) and item.words(_by_now):
                return True
        return True

    def messages(self) -> list[Message]:
        """The dialogue in the shapes of chat completions, with what the caller is about to hear."""
        return [message for item in self._items for message in _messages(item, _or_about_to_be)]

    def heard(self) -> list[Message]:
        """The dialogue without a word that the caller has not heard yet, and without the notes."""
        spoken = [item for item in self._items if not isinstance(item, Note)]
        return [message for item in spoken for message in _messages(item, _by_now)]


def _or_about_to_be(utterance: Utterance) -> str:
    return utterance.as_heard


def _by_now(utterance: Utterance) -> str:
    return utterance.heard_text


def _messages(item: Item, heard: Hearing) -> list[Message]:
    if isinstance(item, CallerSaid):
        return [{"role": "user", "content": item.text}]
    if isinstance(item, Before):
        return list(item.messages)
    if isinstance(item, Note):
        return [{"role": "system", "content": item.text}]
    words = item.words(heard)
    answered = [call for call in item.tool_calls if call.id in item.results]
    if not answered:
        return [{"role": "assistant", "content": words}] if words else []
    asked: Message = {"role": "assistant", "content": words or None, "tool_calls": [_asked(c) for c in answered]}
    return [asked, *(_answer(call, item, heard) for call in answered)]


def _asked(call: ToolCall) -> Message:
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}


def _answer(call: ToolCall, said: SophieSaid, heard: Hearing) -> Message:
    content, voiced = said.results[call.id], said.voiced.get(call.id)
    if "spoken" in content:
        content = _as_heard(content, heard(voiced) if voiced else "")
    return {"role": "tool", "tool_call_id": call.id, "content": json.dumps(content, ensure_ascii=False)}


def _as_heard(content: Mapping[str, Any], heard: str) -> Mapping[str, Any]:
    """The answer with its words told apart: those that reached the caller, and those that did not."""
    words = str(content["spoken"])
    if heard == words:
        return content
    rest = {name: value for name, value in content.items() if name != "spoken"}
    return {**rest, **({"spoken": heard} if heard else {}), "not_spoken": words[len(heard) :].strip()}
