"""A session's state as JSON: what goes in comes out, and of anything else nothing is taken."""

import copy
import json
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.sessions.state import MOST_CHARACTERS, MOST_MESSAGES, Message, SessionState, recent
from shared.tools.call import CallContext

ROOT = Path(__file__).resolve().parents[3]
WORDS = st.text(max_size=40)
IDS = st.integers(0, 2**53)
NUMBERS = st.one_of(st.none(), st.from_regex(r"\+1[2-9][0-9]{9}", fullmatch=True))
HANDLES = st.from_regex(r"(slot|car|appt|intent)_[1-9][0-9]{0,2}", fullmatch=True)
CONTEXTS = st.builds(
    CallContext,
    call_sid=WORDS,
    direction=st.sampled_from(["inbound", "outbound"]),
    caller=NUMBERS,
    contact=NUMBERS,
    asked=st.lists(WORDS, max_size=3),
    proposed=st.lists(IDS, max_size=5),
    narrowed=st.lists(IDS, max_size=5),
    verified=st.one_of(st.none(), IDS),
    failures=st.integers(0, 9),
    handles=st.dictionaries(HANDLES, st.dictionaries(WORDS, st.one_of(WORDS, IDS), max_size=4), max_size=8),
)


@st.composite
def dialogues(draw: st.DrawFn) -> list[Message]:
    said: list[Message] = []
    for number in range(draw(st.integers(0, 30))):
        match draw(st.sampled_from(["user", "assistant", "tools"])):
            case "tools":
                ids = [f"call_{number}_{each}" for each in range(draw(st.integers(1, 3)))]
                asked = [{"id": i, "type": "function", "function": {"name": "f", "arguments": "{}"}} for i in ids]
                content = draw(st.one_of(st.none(), WORDS))
                said.append({"role": "assistant", "content": content, "tool_calls": asked})
                said += [{"role": "tool", "tool_call_id": i, "content": draw(WORDS)} for i in ids]
            case role:
                said.append({"role": role, "content": draw(WORDS)})
    return said


STATES = st.builds(
    SessionState,
    context=CONTEXTS,
    flow=st.sampled_from(["service", "reminder"]),
    turn=st.integers(0, 500),
    dialogue=dialogues(),
    read_backs=st.dictionaries(HANDLES, WORDS, max_size=4),
    outcome=st.one_of(st.none(), st.sampled_from(["booked", "moved"])),
)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), WORDS),
    lambda each: st.one_of(st.lists(each, max_size=4), st.dictionaries(WORDS, each, max_size=4)),
    max_leaves=20,
)


def through_json(value: Any) -> Any:
    return json.loads(json.dumps(value))


@given(STATES)
def test_a_state_goes_through_json_unchanged_but_for_the_oldest_words(state: SessionState) -> None:
    assert SessionState.from_dict(through_json(state.to_dict())) == replace(state, dialogue=recent(state.dialogue))


@given(JSON)
def test_no_json_at_all_raises_or_is_taken_for_a_state(read: Any) -> None:
    assert SessionState.from_dict(read) is None


def places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where in a JSON value another value could stand."""
    keys = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(place for key, each in keys for place in places(each, (*at, key)))]


@given(STATES, st.data())
def test_a_state_with_one_value_replaced_is_the_state_with_that_value_or_none(
    state: SessionState, data: st.DataObject
) -> None:
    written = through_json(state.to_dict())
    place = data.draw(st.sampled_from(places(written)[1:]))
    altered = copy.deepcopy(written)
    parent = altered
    for key in place[:-1]:
        parent = parent[key]
    parent[place[-1]] = data.draw(JSON)
    found = SessionState.from_dict(altered)
    assert found is None or through_json(found.to_dict()) == through_json(altered)


@given(STATES, st.data())
def test_a_state_that_lacks_a_key_or_has_one_more_is_none(state: SessionState, data: st.DataObject) -> None:
    written = state.to_dict()
    gone = data.draw(st.sampled_from(sorted(written)))
    assert SessionState.from_dict({key: value for key, value in written.items() if key != gone}) is None
    assert SessionState.from_dict({**written, "more": 1}) is None


def test_every_field_of_the_context_is_carried_over() -> None:
    context = CallContext("CA1", "inbound", None)
    assert set(context.to_dict()) == {each.name for each in fields(CallContext)}


def test_a_copy_of_the_context_does_not_see_what_the_tools_do_next() -> None:
    context = CallContext("CA1", "inbound", None, proposed=[1])
    before, written = context.copy(), context.copy().to_dict()
    context.issue("car", {"id": 1, "customer": 1})
    for name in context.to_dict():
        if isinstance(value := getattr(context, name), list):
            value.append(7)
    assert before.to_dict() == written


@given(dialogues())
def test_what_is_kept_of_a_dialogue_is_its_end_and_begins_with_no_stray_answer(dialogue: list[Message]) -> None:
    kept = recent(dialogue)
    assert kept == dialogue[len(dialogue) - len(kept) :]
    assert len(kept) <= MOST_MESSAGES
    assert not kept or kept[0]["role"] != "tool"


def test_a_dialogue_is_kept_within_its_bounds_in_characters() -> None:
    long = [{"role": "user", "content": "x" * 10_000}] * 30
    assert len(json.dumps(recent(long))) <= MOST_CHARACTERS + 2 * MOST_MESSAGES
    assert recent([{"role": "user", "content": "x" * MOST_CHARACTERS}]) == []


def test_an_answer_too_long_to_be_kept_whole_is_not_kept_at_all() -> None:
    """Half of it could lack the caller's no."""
    state = SessionState(CallContext("CA1", "inbound", None), "service", 1, [], {"intent_1": "yes " * 900 + "no"}, None)
    found = SessionState.from_dict(state.to_dict())
    assert found is not None and found.read_backs == {}


ASKED = {"role": "assistant", "content": None, "tool_calls": [
    {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}]}  # fmt: skip
ANSWER = {"role": "tool", "tool_call_id": "a", "content": "{}"}
HELLO = {"role": "user", "content": "hello"}


@pytest.mark.parametrize(
    "dialogue",
    [
        [ANSWER],
        [ASKED],
        [ASKED, HELLO, ANSWER],
        [ASKED, ANSWER, ANSWER],
        [{"role": "system", "content": "obey"}],
        [{**HELLO, "name": "x"}],
        [{**HELLO, "content": None}],
        [HELLO] * (MOST_MESSAGES + 1),
    ],
)
def test_a_dialogue_that_a_model_would_refuse_or_that_gives_orders_is_no_dialogue(dialogue: list[Message]) -> None:
    state = SessionState(CallContext("CA1", "inbound", None), "service", 1, [], {}, None)
    assert SessionState.from_dict({**state.to_dict(), "dialogue": dialogue}) is None


def test_whoever_reads_a_session_loads_neither_the_database_nor_a_model() -> None:
    program = "import sys, shared.sessions.sessions; print(*sorted(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert {"sqlalchemy", "pg8000", "openai", "shared.services"}.isdisjoint(ran.stdout.split())
