"""What a turn's stages took, from the moments that a call reports."""

from media_service.latency import TurnLatency


def test_each_stage_is_timed_and_what_no_provider_took_is_ours() -> None:
    turn = TurnLatency(ended=10.0)
    turn.model_asked(10.002)
    turn.first_token(10.402)
    turn.text_said(10.403)
    turn.first_audio(10.503)
    assert turn.stages() == {"first_token_ms": 400.0, "first_speech_ms": 100.0, "response_ms": 503.0, "added_ms": 3.0}


def test_what_was_waited_for_before_the_turn_had_ended_delayed_nobody() -> None:
    turn = TurnLatency()
    turn.model_asked(9.8)
    turn.ended = 10.0
    turn.first_token(10.2)
    turn.text_said(10.2)
    turn.first_audio(10.3)
    assert turn.stages() == {"first_token_ms": 400.0, "first_speech_ms": 100.0, "response_ms": 300.0, "added_ms": 0.0}


def test_tools_that_ran_before_the_turn_had_ended_delayed_nobody_either() -> None:
    turn = TurnLatency()
    turn.tool_started(9.5)
    turn.tool_answered("get_available_slots", "ok", 9.5, 9.6)
    turn.ended = 10.0
    turn.text_said(10.001)
    turn.first_audio(10.101)
    assert (turn.stages()["tools_ms"], turn.stages()["added_ms"]) == (100.0, 1.0)


def test_a_model_that_is_asked_twice_was_waited_for_since_the_first_time() -> None:
    turn = TurnLatency(ended=10.0)
    turn.model_asked(10.0)
    turn.model_asked(11.2)
    turn.first_token(11.5)
    turn.text_said(11.5)
    turn.first_audio(11.6)
    assert turn.stages() == {"first_token_ms": 1500.0, "first_speech_ms": 100.0, "response_ms": 1600.0, "added_ms": 0.0}
