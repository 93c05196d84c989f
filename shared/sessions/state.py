"""What a second stream of a call must know to go on where the first one broke off.

A typed value and its one form as JSON, of which a reader takes nothing or all: what does not fit exactly is no state.
Bounded, because it is written after every turn. Where it is kept is not known here.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, get_args

from shared.sessions import shapes
from shared.tools.call import CallContext

Flow = Literal["service", "reminder"]
Message = Mapping[str, Any]

# Of the dialogue its end is kept, in whole messages.
MOST_MESSAGES = 40
MOST_CHARACTERS = 64 * 1024
# Longer answers to a read-back than this are not carried over: cut short, a "no" could be lost.
_LONGEST_ANSWER = 2_000
_MOST_READ_BACKS = 40
_MOST_CALLS = 16
# A change of meaning or shape needs a new number: states of another format are no states.
_FORMAT = 1
_FIELDS = ("format", "context", "flow", "turn", "dialogue", "read_backs", "outcome")


@dataclass(frozen=True, slots=True)
class SessionState:
    """`turn` is the number of the turn that is going on; `dialogue` what was said and heard, in the shapes of chat
    completions; `read_backs` what the caller has said since hearing each intent's read-back (perhaps nothing yet);
    `outcome` what was written so far."""

    context: CallContext
    flow: Flow
    turn: int
    dialogue: Sequence[Message]
    read_backs: Mapping[str, str]
    outcome: str | None

    def to_dict(self) -> dict[str, Any]:
        """The state with no more of the dialogue than is kept."""
        return {
            "format": _FORMAT,
            "context": self.context.to_dict(),
            "flow": self.flow,
            "turn": self.turn,
            "dialogue": recent(self.dialogue),
            "read_backs": _kept(self.read_backs),
            "outcome": self.outcome,
        }

    @classmethod
    def from_dict(cls, read: Any) -> "SessionState | None":
        """None for anything but what `to_dict` gives."""
        try:
            known = shapes.record(read, _FIELDS)
            shapes.choice(known["format"], (_FORMAT,))
            return cls(
                context=CallContext.from_dict(known["context"]),
                flow=shapes.choice(known["flow"], get_args(Flow)),
                turn=shapes.whole(known["turn"]),
                dialogue=_dialogue(known["dialogue"]),
                read_backs=shapes.mapping(known["read_backs"], shapes.text, _answer, _MOST_READ_BACKS),
                outcome=shapes.maybe(known["outcome"], shapes.text),
            )
        except shapes.Unfit:
            return None


def recent(dialogue: Sequence[Message]) -> list[Message]:
    """The end of a dialogue, within the bounds. It never begins with the answer of a tool that nobody asked."""
    kept: list[Message] = []
    characters = 0
    for message in reversed(dialogue):
        characters += len(json.dumps(message))
        if len(kept) == MOST_MESSAGES or characters > MOST_CHARACTERS:
            break
        kept.append(message)
    while kept and kept[-1]["role"] == "tool":
        kept.pop()
    return kept[::-1]


def _kept(read_backs: Mapping[str, str]) -> dict[str, str]:
    whole = [(intent, words) for intent, words in read_backs.items() if len(words) <= _LONGEST_ANSWER]
    return dict(whole[-_MOST_READ_BACKS:])


_text = partial(shapes.text, most=MOST_CHARACTERS)
_answer = partial(shapes.text, most=_LONGEST_ANSWER)


def _dialogue(value: Any) -> list[Message]:
    """Messages in an order that a model accepts: each tool call is followed by its answer, and no answer stands
    alone."""
    messages = shapes.items(value, _message, MOST_MESSAGES)
    unanswered: list[str] = []
    for message in messages:
        if message["role"] == "tool":
            if message["tool_call_id"] not in unanswered:
                raise shapes.Unfit("an answer without its call")
            unanswered.remove(message["tool_call_id"])
        elif unanswered:
            raise shapes.Unfit("a call without its answer")
        else:
            unanswered = [call["id"] for call in message.get("tool_calls", ())]
    if unanswered:
        raise shapes.Unfit("a call without its answer")
    return messages


def _message(value: Any) -> Message:
    role = value.get("role") if isinstance(value, dict) else None
    if role == "tool":
        answer = shapes.record(value, ("role", "tool_call_id", "content"))
        return {"role": role, "tool_call_id": shapes.text(answer["tool_call_id"]), "content": _text(answer["content"])}
    if role == "assistant" and "tool_calls" in value:
        asked = shapes.record(value, ("role", "content", "tool_calls"))
        calls = shapes.items(asked["tool_calls"], _call, _MOST_CALLS)
        return {"role": role, "content": shapes.maybe(asked["content"], _text), "tool_calls": calls}
    said = shapes.record(value, ("role", "content"))
    return {"role": shapes.choice(role, ("user", "assistant")), "content": _text(said["content"])}


def _call(value: Any) -> dict[str, Any]:
    call = shapes.record(value, ("id", "type", "function"))
    function = shapes.record(call["function"], ("name", "arguments"))
    return {
        "id": shapes.text(call["id"]),
        "type": shapes.choice(call["type"], ("function",)),
        "function": {"name": shapes.text(function["name"]), "arguments": _text(function["arguments"])},
    }
