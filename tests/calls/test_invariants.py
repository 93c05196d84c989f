"""The promises of the conversation, held against random orders of events."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.calls.world import (
    ANSWERS,
    KINDS,
    TEXTS,
    TO_US,
    TOOLS,
    WORDS,
    Action,
    World,
    answers_within_its_patience,
    comes_to_its_end,
    no_silence_outlasts_its_patience,
    replays,
)


def _with(value: st.SearchStrategy[object], *actions: str) -> st.SearchStrategy[Action]:
    return st.tuples(st.sampled_from(actions), value)


ACTIONS = st.lists(
    st.one_of(
        _with(st.sampled_from((*WORDS, "")), "interim", "turn"),
        _with(st.sampled_from(WORDS), "eager", "ended"),
        _with(st.sampled_from(TEXTS), "text"),
        _with(st.sampled_from(["", "The other one says {}. "]), "other"),
        _with(st.tuples(st.integers(0, 3), st.sampled_from(TOOLS)), "done"),
        _with(st.integers(1, 2), "failed"),
        _with(st.sampled_from(ANSWERS), "tool"),
        _with(st.integers(0, 5000), "sent", "mark", "old_mark"),
        _with(st.sampled_from("019#*"), "key"),
        _with(st.floats(0.05, 12), "wait", "stall"),
        _with(st.booleans(), "hang_up", "drain", "callback", "opted_out"),
        _with(st.just(0), "sound", "resumed", "late", "hear_out", "speech_failed", "deaf", "on_file"),
    ),
    max_size=60,
)
EVERY_KIND = st.sampled_from(KINDS)


@settings(max_examples=400, deadline=None)
@given(EVERY_KIND, ACTIONS)
def test_no_order_of_events_breaks_a_promise(kind: str, actions: list[Action]) -> None:
    World(kind).run(actions)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(TO_US), ACTIONS)
def test_after_every_turn_of_the_caller_something_is_audible_within_the_patience(
    kind: str, actions: list[Action]
) -> None:
    answers_within_its_patience(World(kind).run(actions))


@settings(max_examples=200, deadline=None)
@given(EVERY_KIND, ACTIONS)
def test_no_silence_outlasts_the_patience_with_a_silent_caller(kind: str, actions: list[Action]) -> None:
    no_silence_outlasts_its_patience(World(kind).run(actions))


@settings(max_examples=50, deadline=None)
@given(EVERY_KIND, ACTIONS)
def test_the_same_events_at_the_same_times_give_the_same_commands(kind: str, actions: list[Action]) -> None:
    replays(kind, actions)


@settings(max_examples=100, deadline=None)
@given(EVERY_KIND, ACTIONS)
def test_whatever_happened_a_call_left_alone_comes_to_its_end(kind: str, actions: list[Action]) -> None:
    comes_to_its_end(World(kind).run(actions))
