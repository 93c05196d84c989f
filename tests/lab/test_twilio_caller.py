"""The caller's manners in virtual time: 20 ms steps, with Sophie's speech laid out beforehand."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from infra.local import caller_audio
from infra.local.caller import Caller
from infra.local.caller_audio import GOODBYE
from infra.local.caller_script import HangUp, Keys, Pause, Say, Script, from_lines, script_of
from infra.local.playback import Hearing, Sound, is_sound
from tests.lab.twilio_product import tone

FRAME = 160


@dataclass
class Heard:
    """What a caller did and when, in ms."""

    began: list[tuple[int, str]] = field(default_factory=list)
    ended: list[tuple[int, str]] = field(default_factory=list)
    keys: list[tuple[int, str]] = field(default_factory=list)
    hung_up: int | None = None
    frames: list[bytes] = field(default_factory=list)


def _listen(script: dict[str, Any], speech: list[tuple[int, int]], seconds: float) -> Heard:
    """Let a caller of that script live; Sophie speaks in the given spans (ms)."""
    parsed = script_of(script)
    caller, hearing, heard = Caller(parsed, caller_audio.render(parsed)), Hearing(), Heard()
    for step in range(int(seconds * 50)):
        now = step * FRAME
        speaks = any(start <= now // 8 < end for start, end in speech)
        hearing.listen([Sound(now - FRAME, tone(20))] if speaks else [], now)
        moment = caller.next(now, hearing)
        heard.frames.append(moment.frame.samples)
        if moment.began is not None:
            heard.began.append((now // 8, moment.began))
        if moment.ended is not None:
            heard.ended.append((moment.spoken_by // 8, moment.ended))
        if moment.digit is not None:
            heard.keys.append((now // 8, moment.digit))
        if moment.hangs_up:
            heard.hung_up = now // 8
            break
    return heard


def test_a_line_is_said_a_second_after_sophie_has_finished() -> None:
    heard = _listen({"lines": [{"tone_ms": 600}]}, [(0, 2_000)], 4)
    assert heard.began == [(2_980, "(a tone of 600 ms)")]
    assert heard.ended == [(3_580, "(a tone of 600 ms)")]


def test_a_pause_inside_sophies_answer_is_not_taken_for_its_end() -> None:
    heard = _listen({"lines": [{"tone_ms": 600}]}, [(0, 1_000), (1_800, 3_000)], 5)
    assert [start for start, _ in heard.began] == [3_980]


def test_the_next_line_waits_for_an_answer_to_the_last() -> None:
    heard = _listen({"lines": [{"tone_ms": 200}, {"tone_ms": 300}]}, [(0, 1_000), (4_000, 5_000)], 8)
    assert [start for start, _ in heard.began] == [1_980, 5_980]


def test_without_an_answer_the_caller_moves_on_after_eight_seconds_but_only_once() -> None:
    heard = _listen({"lines": [{"tone_ms": 200}, {"tone_ms": 200}, {"tone_ms": 200}]}, [(0, 1_000)], 60)
    assert [start for start, _ in heard.began] == [1_980, 1_980 + 200 + 8_000, 10_180 + 200 + 15_000]
    assert heard.began[-1][1] == GOODBYE
    assert heard.hung_up is not None
    assert heard.hung_up >= heard.ended[-1][0]


def test_when_all_is_said_and_nothing_comes_the_caller_says_goodbye_and_hangs_up() -> None:
    heard = _listen({"lines": []}, [(0, 1_000)], 40)
    assert heard.began == [(15_980, GOODBYE)]
    assert heard.hung_up is not None
    assert heard.hung_up >= heard.ended[0][0]


def test_a_caller_does_not_stay_for_ever_with_one_who_never_stops_asking() -> None:
    heard = _listen({"lines": []}, [(second * 5_000, second * 5_000 + 1_000) for second in range(30)], 100)
    assert heard.began == [(60_000, GOODBYE)]


def test_a_barge_begins_that_long_after_sophie_began_and_while_she_speaks() -> None:
    heard = _listen({"lines": [{"tone_ms": 200}, {"tone_ms": 400, "barge_ms": 800}]}, [(0, 1_000), (4_000, 9_000)], 8)
    assert heard.began[1][0] in range(4_800 - 20, 4_800 + 21)


def test_keys_are_pressed_one_after_the_other_on_the_callers_turn() -> None:
    heard = _listen({"lines": ["[keys 12#]"]}, [(0, 1_000)], 5)
    assert heard.keys == [(1_980, "1"), (2_280, "2"), (2_580, "#")]


def test_a_pause_delays_the_next_line_without_waiting_for_another_turn() -> None:
    heard = _listen({"lines": ["[pause 2.5]", {"tone_ms": 200}]}, [(0, 1_000)], 8)
    assert [start for start, _ in heard.began] == [1_980 + 2_500]


def test_hanging_up_comes_on_the_callers_turn() -> None:
    assert _listen({"lines": ["[hangup]"]}, [(0, 1_000)], 5).hung_up == 1_980


def test_the_line_is_never_digitally_silent_and_never_loud_while_nobody_speaks() -> None:
    heard = _listen({"lines": []}, [], 1)
    assert all(len(frame) == FRAME and len(set(frame)) > 1 and not is_sound(frame) for frame in heard.frames)


def test_words_are_spoken_as_audible_audio_in_whole_frames() -> None:
    script = Script((Say("Good morning"),))
    frames = caller_audio.render(script).utterances[Say("Good morning")].frames
    assert all(len(frame.samples) == FRAME for frame in frames)
    assert sum(is_sound(frame.samples) for frame in frames) > 15


def test_a_text_file_is_read_line_by_line_with_comments_left_out() -> None:
    text = "# a caller\nHello there\n\n[keys 1234#]\n[pause 2.5]\n[barge 800] Wait\n[hangup]\n"
    assert from_lines(text) == (Say("Hello there"), Keys("1234#"), Pause(2.5), Say("Wait", 800), HangUp())


@pytest.mark.parametrize(
    "line",
    [
        "[keys 12a]",
        "[pause]",
        "[pause soon]",
        "[barge 800]",
        "[barge] now",
        "[shout] hey",
        "[hangup] now",
        "[keys 1] x",
    ],
)
def test_a_command_that_cannot_be_understood_is_refused_with_its_line_number(line: str) -> None:
    with pytest.raises(ValueError, match="Line 2: "):
        from_lines(f"Hello\n{line}\n")


@pytest.mark.parametrize(
    "script",
    [
        [],
        {"line": []},
        {"lines": "hello"},
        {"lines": [7]},
        {"lines": [{"tone_ms": 0}]},
        {"lines": [{"words": "x"}]},
        {"lines": [{"text": "x", "barge_ms": "soon"}]},
        {"rate": None},
        {"desk": "asleep"},
        {"desk": {"status": "asleep"}},
    ],
)
def test_a_script_that_cannot_be_understood_is_refused_with_a_sentence(script: Any) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        script_of(script)
