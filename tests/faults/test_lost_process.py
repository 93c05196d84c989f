"""What a caller hears when the process that holds the call ends. Each test needs a house of its own to break."""

import signal

import pytest

from tests.fast_lab import fast_lab

# The key is pressed again and again: in the lab's fast time a first briefing may come later than the first key.
KEYS = ["[keys 1]", "[pause 5]"] * 4
TAKES_IT = {"answers": "human", "rings_s": 1, "talks_s": 2, "script": {"lines": KEYS}}


def test_a_caller_whose_process_was_killed_reaches_the_desk() -> None:
    with fast_lab() as lab:
        call = lab.call("hello", after_greeting=lambda: lab.signal("media_service", signal.SIGKILL))
        assert [dialled["number"] for dialled in call.record["dialled"]] == ["+12175550100"]


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_a_process_that_must_end_says_so_and_hands_its_callers_to_the_desk(sent: signal.Signals) -> None:
    with fast_lab() as lab:
        call = lab.call(after_greeting=lambda: lab.signal("media_service", sent), desk=TAKES_IT)
        assert "put you through to the service desk" in call.heard
        assert [dialled["number"] for dialled in call.record["dialled"]] == ["+12175550100"]
        assert call.record["faults"] == []
        assert lab.exit_code("media_service") == 0
