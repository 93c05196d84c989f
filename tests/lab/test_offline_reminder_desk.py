"""The offline desk in calls that the workshop makes: whoever wants no more of them is taken at their word."""

import pytest

from infra.local.openai_chat.reminder_policy import next_step

ASKED = {"role": "assistant", "content": "Am I speaking with Ana Lopez?"}


@pytest.mark.parametrize("words", ["I don't want these calls.", "Take me off your list.", "Please, no more calls."])
def test_whoever_wants_no_more_calls_is_opted_out(words: str) -> None:
    step = next_step([ASKED, {"role": "user", "content": words}])
    assert step.calls == (("opt_out", {"source": "voice"}),)
