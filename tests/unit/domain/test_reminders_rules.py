"""The rules of reminder calls: windows, zones, attempts, outcomes."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from shared.domain.calling_hours import due_at, window
from shared.domain.reminders import (
    Event,
    Number,
    Reminder,
    after,
    heard_as,
    judge,
    outcome_of,
    outcome_of_call,
    tried_again_after,
)
from shared.domain.zones import ALL, zones_of

CHICAGO, NEW_YORK, HONOLULU = "America/Chicago", "America/New_York", "Pacific/Honolulu"
STATES = ("dialing", "unknown", "placed", "ended")


@pytest.mark.parametrize("event", list(Event))
def test_an_attempt_that_has_ended_stays_as_it_is(event: Event) -> None:
    assert after("ended", event) == "ended"


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("event", list(Event))
def test_no_event_leads_back_to_dialing(state: str, event: Event) -> None:
    assert after(state, event) != "dialing" or state == "dialing"  # type: ignore[arg-type]


def test_an_attempt_that_nobody_knows_of_is_found_or_given_up_and_never_dialled_again() -> None:
    assert after("dialing", Event.UNCLEAR) == "unknown"
    assert {after("unknown", event) for event in Event} == {"unknown", "placed", "ended"}


@pytest.mark.parametrize(
    ("zip_code", "phone", "zones"),
    [
        ("62704", "+12125550100", (CHICAGO,)),
        (None, "+12125550100", (NEW_YORK,)),
        ("96813", "+12175550100", (HONOLULU,)),
        (None, "+18085550100", (HONOLULU,)),
        (None, "+18505550100", (NEW_YORK, CHICAGO)),
        ("37402", "+12175550100", (NEW_YORK,)),
        ("42701", "+12175550100", (NEW_YORK, CHICAGO)),
        (None, "+18005550100", ALL),
        (None, "+442079460000", ALL),
        ("00000", "+18005550100", ALL),
    ],
)
def test_the_zip_code_goes_before_the_area_and_nothing_known_means_everywhere(
    zip_code: str | None, phone: str, zones: tuple[str, ...]
) -> None:
    assert zones_of(zip_code, phone) == zones


@pytest.mark.parametrize("hour", range(24))
@pytest.mark.parametrize("zones", [(CHICAGO,), (NEW_YORK, CHICAGO), ALL])
def test_a_window_lies_within_nine_and_eight_everywhere_and_is_now_or_next(hour: int, zones: tuple[str, ...]) -> None:
    now = datetime(2026, 3, 8, hour, 30, tzinfo=UTC)  # the clocks change on that day
    found = window(now, zones)
    assert found is not None and now < found.end
    for zone in zones:
        first, last = found.start.astimezone(ZoneInfo(zone)), found.end.astimezone(ZoneInfo(zone))
        assert first.hour >= 9
        assert (last.hour, last.minute) <= (19, 59)


def test_zones_too_far_apart_have_no_window() -> None:
    assert window(datetime(2026, 12, 1, 12, tzinfo=UTC), (NEW_YORK, "Pacific/Guam")) is None


@pytest.mark.parametrize(
    ("starts", "due"),
    [
        ("2026-12-02T13:30Z", "2026-12-01T15:00Z"),
        ("2026-12-02T20:00Z", "2026-12-01T20:00Z"),
        ("2026-12-03T01:00Z", "2026-12-02T00:00Z"),
        ("2026-12-02T15:00Z", "2026-12-01T15:00Z"),
    ],
)
def test_a_reminder_is_due_the_day_before_at_the_same_time_or_the_nearest_decent_one(starts: str, due: str) -> None:
    assert due_at(datetime.fromisoformat(starts), ZoneInfo(CHICAGO)) == datetime.fromisoformat(due)


@pytest.mark.parametrize(
    ("status", "by", "outcome"),
    [
        ("busy", None, "no_answer"),
        ("no-answer", None, "no_answer"),
        ("canceled", None, "no_answer"),
        ("failed", None, "failed"),
        ("completed", "human", None),
        ("completed", "fax", "wrong_number"),
        ("ringing", None, None),
    ],
)
def test_only_a_call_that_nobody_held_has_its_outcome_from_the_carrier(
    status: str, by: str | None, outcome: str | None
) -> None:
    assert outcome_of(status, by) == outcome


@pytest.mark.parametrize(
    ("conversation", "outcome", "again"),
    [
        ("confirmed", "confirmed", False),
        ("moved", "rescheduled", False),
        ("opted_out", "opted_out", False),
        ("voicemail", "voicemail", False),
        ("answered", "no_answer", False),
        ("transferred", "no_answer", False),
        ("abandoned", "no_answer", True),
        ("failed", "failed", True),
    ],
)
def test_who_talked_with_us_is_not_called_again_by_itself(conversation: str, outcome: str, again: bool) -> None:
    assert outcome_of_call(conversation) == (outcome, again)


def test_busy_is_tried_sooner_than_no_answer_and_a_voicemail_never_again() -> None:
    assert tried_again_after("no_answer", "busy") == timedelta(minutes=30)
    assert tried_again_after("no_answer", "no-answer") == timedelta(hours=2)
    assert tried_again_after("voicemail") is None


@pytest.mark.parametrize(
    ("verdict", "kept"),
    [("machine_end_beep", "machine"), ("human", "human"), ("fax", "fax"), ("unknown", "unknown"), ("?", "unknown")],
)
def test_the_detections_words_become_the_ledgers(verdict: str, kept: str) -> None:
    assert heard_as(verdict) == kept


def of_tomorrow(starts: str, consent: int | None = None) -> Number:
    at = datetime.fromisoformat(starts)
    reminder = Reminder(1, at, at - timedelta(days=1), 0, 1, "booked", at, "62704", CHICAGO)
    return Number("+12175550142", consent, False, (), (reminder,))


@pytest.mark.parametrize("consent", [None, 5])
def test_who_is_written_to_instead_of_called_sleeps_undisturbed_too(consent: int | None) -> None:
    night, eight = datetime(2026, 12, 1, 9, tzinfo=UTC), datetime(2026, 12, 1, 14, tzinfo=UTC)
    number = of_tomorrow("2026-12-01T16:30Z", consent)
    told = judge(number, night)
    assert (told.over, told.uncalled, told.later, told.until) == ((), (), (1,), eight)
    assert judge(number, eight).uncalled == (1,)


def test_what_begins_before_anybody_may_be_disturbed_is_over_without_a_word() -> None:
    told = judge(of_tomorrow("2026-12-01T13:30Z"), datetime(2026, 12, 1, 9, tzinfo=UTC))
    assert (told.over, told.uncalled, told.later) == ((1,), (), ())
