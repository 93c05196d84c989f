"""The playback clock's rules in virtual time: nothing here sleeps."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from infra.local.twilio.playback import LIMIT, Hearing, Playback, Sound
from tests.lab.twilio_product import silence, tone

MS = 8


def test_audio_plays_from_its_arrival_on_at_eight_samples_a_millisecond() -> None:
    playback = Playback()
    playback.put(bytes(range(160)), now=100 * MS)
    sounds, _ = playback.drain(now=105 * MS)
    assert sounds == [Sound(100 * MS, bytes(range(40)))]
    sounds, _ = playback.drain(now=500 * MS)
    assert sounds == [Sound(105 * MS, bytes(range(40, 160)))]


def test_a_mark_returns_at_the_sample_where_everything_before_it_was_played() -> None:
    playback = Playback()
    playback.put(tone(200), now=0)
    playback.put(tone(100), now=10 * MS)
    playback.mark("after both", now=10 * MS)
    assert playback.drain(now=299 * MS)[1] == []
    (mark,) = playback.drain(now=1_000 * MS)[1]
    assert (mark.name, mark.at, mark.cleared) == ("after both", 300 * MS, False)


def test_a_mark_returns_at_once_when_nothing_is_buffered() -> None:
    playback = Playback()
    playback.put(tone(100), now=0)
    playback.mark("late", now=400 * MS)
    (mark,) = playback.drain(now=400 * MS)[1]
    assert (mark.at, mark.cleared) == (400 * MS, False)


def test_two_marks_after_the_same_audio_return_together_in_order() -> None:
    playback = Playback()
    playback.put(tone(100), now=0)
    playback.mark("first", now=0)
    playback.mark("second", now=0)
    assert [(mark.name, mark.at) for mark in playback.drain(now=100 * MS)[1]] == [
        ("first", 100 * MS),
        ("second", 100 * MS),
    ]


def test_clear_drops_what_was_not_heard_and_returns_the_pending_marks_as_cleared() -> None:
    playback = Playback()
    for name in ("one", "two", "three"):
        playback.put(tone(100), now=0)
        playback.mark(name, now=0)
    assert playback.clear(now=150 * MS) == 150 * MS
    sounds, marks = playback.drain(now=150 * MS)
    assert sum(len(sound.payload) for sound in sounds) == 150 * MS
    assert [(mark.name, mark.cleared) for mark in marks] == [("one", False), ("two", True), ("three", True)]
    assert playback.buffered == 0


def test_audio_after_a_clear_is_heard_at_once() -> None:
    playback = Playback()
    playback.put(tone(5_000), now=0)
    playback.clear(now=100 * MS)
    playback.drain(now=100 * MS)
    playback.put(b"\x00" * 80, now=120 * MS)
    assert playback.drain(now=200 * MS)[0] == [Sound(120 * MS, b"\x00" * 80)]


def test_a_buffer_that_ran_dry_leaves_a_gap_and_does_not_catch_up() -> None:
    playback = Playback()
    playback.put(tone(20), now=0)
    playback.put(tone(20), now=60 * MS)
    assert [sound.start for sound in playback.drain(now=100 * MS)[0]] == [0, 60 * MS]


def test_more_than_ten_minutes_do_not_fit() -> None:
    playback = Playback()
    assert playback.put(bytes(LIMIT), now=0) == 0
    assert playback.put(bytes(50), now=0) == 50
    assert playback.put(bytes(80), now=5 * MS) == 40  # 5 ms were played meanwhile


_ACTIONS = st.lists(
    st.tuples(st.sampled_from(["put", "mark", "clear", "wait"]), st.integers(min_value=1, max_value=2_000)), max_size=30
)


@given(_ACTIONS)
def test_whatever_is_sent_every_mark_returns_once_in_order_and_no_byte_is_invented(
    actions: list[tuple[str, int]],
) -> None:
    playback, now, put, dropped, marks = Playback(), 0, 0, 0, []
    for number, (action, amount) in enumerate(actions):
        if action == "put":
            playback.put(bytes(amount), now)
            put += amount
        elif action == "mark":
            playback.mark(str(number), now)
            marks.append(str(number))
        elif action == "clear":
            dropped += playback.clear(now)
        else:
            now += amount
    sounds, returned = playback.drain(now + put)
    assert [mark.name for mark in returned] == marks
    assert sum(len(sound.payload) for sound in sounds) == put - dropped
    assert all(one.start + len(one.payload) <= two.start for one, two in pairwise(sounds))


def test_silence_that_was_sent_is_not_heard_as_speech() -> None:
    hearing = Hearing()
    edges = hearing.listen([Sound(0, silence(300) + tone(200) + silence(1_000))], now=1_500 * MS)
    assert edges == [("start", 300 * MS), ("end", 500 * MS)]


def test_a_short_pause_between_sentences_is_the_same_stretch_of_speech() -> None:
    hearing = Hearing()
    hearing.listen([Sound(0, tone(400) + silence(200) + tone(400) + silence(600) + tone(100))], now=1_700 * MS)
    assert [(span.start // MS, span.end // MS) for span in hearing.spans] == [(0, 1_000), (1_600, 1_700)]
    assert hearing.sounding
