"""What a whole call leaves in its session, read and verified as whoever takes the call over would."""

import json
import time
from collections.abc import Iterator

import pytest

from shared.sessions.in_time import RedisInTime
from shared.sessions.sessions import Sessions
from shared.sessions.state import SessionState
from tests.fast_lab import FastLab, WholeCall

LINES = (
    "I'd like to book an oil change",
    "my name is Laura Bennett",
    "it's a twenty eighteen Toyota Camry",
    "as early as possible",
    "the first one",
    "yes please",
    "no thank you goodbye",
)
CALLER = "+17085550977"


@pytest.fixture(scope="module")
def booked(lab: FastLab) -> WholeCall:
    lab.brain("offline-desk")
    call = lab.call(*LINES, caller=CALLER)
    assert call.outcome == "booked", call.turns
    return call


@pytest.fixture(scope="module")
def sessions(lab: FastLab) -> Iterator[Sessions]:
    redis = RedisInTime(lab.at.redis, seconds=5.0)
    yield Sessions(redis, [lab.at.stream_token_secret])
    redis.close()


@pytest.fixture(scope="module")
def state(booked: WholeCall, sessions: Sessions) -> SessionState:
    """As the last save left it, for which nobody waits."""
    for _ in range(100):
        session = sessions.load(booked.record["sid"])
        assert session is not None and session.state is not None
        if session.state.turn == len(booked.turns):
            break
        time.sleep(0.05)
    assert (session.epoch, session.ending) == (0, "goodbye")
    return session.state


def test_the_session_is_of_this_call_and_its_caller(booked: WholeCall, state: SessionState) -> None:
    context = state.context
    assert (context.call_sid, context.caller, context.direction) == (booked.record["sid"], CALLER, "inbound")
    assert state.outcome == "booked"
    assert state.turn == len(booked.turns)


def test_the_dialogue_is_what_was_said_and_heard(booked: WholeCall, state: SessionState) -> None:
    said = [message["content"] for message in state.dialogue if message["role"] == "user"]
    assert said == list(LINES)
    heard = " ".join(message["content"] or "" for message in state.dialogue if message["role"] == "assistant")
    assert all(word in booked.heard.split() for word in heard.split())


def test_the_handles_and_the_intent_of_the_call_mean_what_they_meant(booked: WholeCall, state: SessionState) -> None:
    intents = {handle: bound for handle, bound in state.context.handles.items() if handle.startswith("intent_")}
    assert set(state.read_backs) <= set(intents)
    assert any("yes please" in words for words in state.read_backs.values())
    offered = [json.loads(m["content"]) for m in state.dialogue if m["role"] == "tool" and "offers" in m["content"]]
    slots = {each["slot"] for answer in offered for each in answer["offers"]}
    assert slots and slots <= set(state.context.handles)


def test_a_reader_with_another_secret_believes_none_of_it(lab: FastLab, booked: WholeCall) -> None:
    redis = RedisInTime(lab.at.redis, seconds=5.0)
    session = Sessions(redis, ["another secret"]).load(booked.record["sid"])
    redis.close()
    assert session is not None and (session.state, session.ending) == (None, None)
