"""Which times are offered: the grid, the lead, closing time, offers that spread, why nothing fits, clock changes."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.capacity import Agenda, Slot, Workshop, bay_for
from shared.domain.meanings import Meaning
from shared.domain.models import MODES, Booked, Mode, OpeningHours, Service
from shared.domain.ranges import Range
from shared.domain.scheduling import Found, Why, day_slots, find
from shared.domain.wall_time import instant
from shared.shop import load_shop

SHOP = load_shop()
WORKSHOP = Workshop(SHOP.hours, SHOP.rules, SHOP.bays, SHOP.technicians)
MONDAY = datetime(2026, 11, 30, 16, 5, tzinfo=UTC)  # 10:05 in the morning at the workshop
TODAY, THURSDAY = date(2026, 11, 30), date(2026, 12, 3)


def service(code: str) -> Service:
    found = SHOP.service(code)
    assert found is not None
    return found


OIL, PADS, FLUID = (service(code) for code in ("oil_change", "brake_pads", "transmission_fluid"))


def at(day: date, hour: int, minute: int = 0) -> datetime:
    moment = instant(day, time(hour, minute), SHOP.zone)
    assert moment is not None
    return moment


def looked_for(
    wish: Meaning,
    what: Service = OIL,
    mode: Mode = "wait",
    booked: Sequence[Booked] = (),
    workshop: Workshop = WORKSHOP,
    now: datetime = MONDAY,
) -> Found:
    return find(wish, what, mode, Agenda(SHOP.zone, booked), workshop, now)


def local(found: Found) -> list[datetime]:
    return [each.starts_at.astimezone(SHOP.zone).replace(tzinfo=None) for each in found.slots]


def hours_of(found: Found) -> list[str]:
    return [f"{each:%H:%M}" for each in local(found)]


def test_a_skipped_wall_time_is_refused_and_a_repeated_one_is_the_first() -> None:
    assert instant(date(2027, 3, 14), time(2, 30), SHOP.zone) is None
    assert instant(date(2027, 11, 7), time(1, 30), SHOP.zone) == datetime(2027, 11, 7, 6, 30, tzinfo=UTC)


def test_the_same_wall_time_is_another_instant_after_the_clocks_change() -> None:
    before, after = at(date(2027, 3, 13), 9), at(date(2027, 3, 15), 9)
    assert after - before == timedelta(hours=47)


NIGHT = replace(WORKSHOP, hours=OpeningHours(SHOP.zone, dict.fromkeys(range(7), (time(0), time(6))), {}))


@pytest.mark.parametrize(
    ("day", "hours", "wall_times"),
    [
        (date(2027, 3, 13), 6, ["00:00", "01:00", "02:00", "03:00", "04:00", "05:00"]),
        (date(2027, 3, 14), 5, ["00:00", "01:00", "03:00", "04:00", "05:00"]),  # two to three is skipped
        (date(2027, 11, 7), 7, ["00:00", "01:00", "02:00", "03:00", "04:00", "05:00"]),  # one to two is there twice
    ],
)
def test_a_night_shift_has_the_hours_that_the_clock_leaves_it(day: date, hours: int, wall_times: list[str]) -> None:
    open_range = NIGHT.open_on(day)
    assert open_range is not None
    assert open_range.length == timedelta(hours=hours)
    starts = [each.starts_at.astimezone(SHOP.zone) for each in day_slots(day, OIL, "drop_off", NIGHT)]
    assert [f"{each:%H:%M}" for each in starts if each.minute == 0] == wall_times


def test_slots_lie_on_the_grid_and_who_waits_is_out_by_closing() -> None:
    waiting = list(day_slots(THURSDAY, OIL, "wait", WORKSHOP))
    assert waiting[0].starts_at == at(THURSDAY, 7, 30)
    assert waiting[-1].starts_at == at(THURSDAY, 17, 0)  # promised in 60 minutes, closing at 18:00
    assert list(day_slots(THURSDAY, OIL, "drop_off", WORKSHOP))[-1].ends_at == at(THURSDAY, 18, 0)
    assert all((each.starts_at - waiting[0].starts_at).seconds % 900 == 0 for each in waiting)
    assert not list(day_slots(date(2026, 12, 6), OIL, "wait", WORKSHOP))


def test_the_lead_time_is_kept_today() -> None:
    assert looked_for(Meaning(TODAY, TODAY)).slots[0].starts_at == at(TODAY, 11, 15)


def test_a_wide_wish_is_answered_with_three_times_on_different_days_and_halves_of_the_day() -> None:
    found = looked_for(Meaning(THURSDAY, THURSDAY + timedelta(days=9)))
    assert found.fits
    assert len({each.date() for each in local(found)}) == len(found.slots) == 3
    assert {each.hour < 12 for each in local(found)} == {True, False}


def test_the_earliest_is_the_very_first_and_two_that_are_not_much_later() -> None:
    found = looked_for(Meaning(TODAY, TODAY + timedelta(days=60), earliest=True))
    assert local(found)[0] == datetime(2026, 11, 30, 11, 15)  # noqa: DTZ001
    assert {each.date() for each in local(found)} == {TODAY, date(2026, 12, 1)}


def test_any_afternoon_is_an_afternoon_of_each_of_three_days() -> None:
    found = looked_for(Meaning(THURSDAY, THURSDAY + timedelta(days=9), not_before=time(12), before=time(18)))
    assert len({each.date() for each in local(found)}) == 3
    assert all(12 <= each.hour < 18 for each in local(found))


def test_after_three_is_three_or_later() -> None:
    found = looked_for(Meaning(THURSDAY, THURSDAY, not_before=time(15)))
    assert hours_of(found) == ["15:00", "16:00", "17:00"]


def test_the_first_and_the_last_thing_of_a_day_are_within_an_hour_of_its_first_and_last_start() -> None:
    assert hours_of(looked_for(Meaning(THURSDAY, THURSDAY, edge="first"))) == ["07:30", "08:00"]
    assert hours_of(looked_for(Meaning(THURSDAY, THURSDAY, edge="last"))) == ["16:00", "16:30", "17:00"]
    assert hours_of(looked_for(Meaning(THURSDAY, THURSDAY, edge="last"), FLUID, "drop_off"))[-1] == "15:00"
    week = Meaning(date(2026, 12, 4), date(2026, 12, 7))
    assert hours_of(looked_for(replace(week, edge="first"))) == ["07:30", "08:00", "07:30"]
    assert hours_of(looked_for(replace(week, edge="last"))) == ["17:00", "14:00", "17:00"]


def test_an_exact_time_is_that_time_on_the_days_that_have_it() -> None:
    week = Meaning(date(2026, 12, 3), date(2026, 12, 9), exact=time(16))
    found = looked_for(week)
    assert [each.day for each in local(found)] == [3, 4, 7]  # Saturday closes at three
    assert set(hours_of(found)) == {"16:00"}


def test_when_nothing_fits_the_nearest_days_and_hours_are_offered() -> None:
    sunday = date(2026, 12, 6)
    found = looked_for(Meaning(sunday, sunday, exact=time(14)))
    assert found.why == "closed"
    assert {at(date(2026, 12, 5), 14), at(date(2026, 12, 7), 14)} <= {each.starts_at for each in found.slots}


def test_an_hour_that_is_full_is_answered_with_the_hours_around_it() -> None:
    nine = [Booked(bay, at(THURSDAY, 9), at(THURSDAY, 10), "lube", "drop_off") for bay in (1, 2)]
    found = looked_for(Meaning(THURSDAY, THURSDAY, exact=time(9)), booked=nine)
    assert found.why == "full"
    assert hours_of(found) == ["07:30", "08:30", "10:00"]


FULL_MORNING = [
    Booked(n % 5 + 1, at(THURSDAY, 8 + n // 2), at(THURSDAY, 8 + n // 2, 15), "lube", "wait") for n in range(6)
]
LOANED = [Booked(bay, at(THURSDAY, 8), at(THURSDAY, 10), "brake", "loaner") for bay in (1, 2)]
WORKED_OUT = [Booked(bay, at(THURSDAY, 7, 30), at(THURSDAY, 18), "transmission", "drop_off") for bay in (1, 2)]


@pytest.mark.parametrize(
    ("why", "wish", "what", "mode", "booked"),
    [
        ("full", Meaning(THURSDAY, THURSDAY), FLUID, "drop_off", WORKED_OUT),
        ("waiters", Meaning(THURSDAY, THURSDAY, before=time(12)), OIL, "wait", FULL_MORNING),
        ("loaners", Meaning(THURSDAY, THURSDAY), PADS, "loaner", LOANED),
        ("shuttle_times", Meaning(THURSDAY, THURSDAY, exact=time(14)), PADS, "shuttle", []),
        ("staff_event", Meaning(THURSDAY, THURSDAY, exact=time(13)), OIL, "wait", []),
        ("too_soon", Meaning(TODAY, TODAY, exact=time(11)), OIL, "wait", []),
        ("past", Meaning(TODAY, TODAY, before=time(9)), OIL, "wait", []),
        ("too_late", Meaning(THURSDAY, THURSDAY, exact=time(17, 30)), OIL, "wait", []),
        ("off_grid", Meaning(THURSDAY, THURSDAY, exact=time(14, 10)), OIL, "wait", []),
        ("outside", Meaning(THURSDAY, THURSDAY, exact=time(21)), OIL, "wait", []),
        ("closed", Meaning(date(2026, 12, 6), date(2026, 12, 6)), OIL, "wait", []),
        ("too_far", Meaning(date(2027, 3, 1), date(2027, 3, 1)), OIL, "wait", []),
        ("past", Meaning(date(2026, 11, 20), date(2026, 11, 20)), OIL, "wait", []),
    ],
)
def test_the_simple_reason_why_nothing_fits_comes_with_what_is_nearest(
    why: Why, wish: Meaning, what: Service, mode: Mode, booked: list[Booked]
) -> None:
    lunch = replace(WORKSHOP, staff_events=(Range(at(THURSDAY, 12, 30), at(THURSDAY, 13, 30)),))
    found = looked_for(wish, what, mode, booked, lunch)
    assert found.why == why
    assert found.slots or wish.first > date(2027, 2, 1)


BOOKINGS = st.lists(
    st.builds(
        lambda bay, quarter, length, skill, mode: Booked(
            bay,
            at(THURSDAY, 7, 30) + timedelta(minutes=15 * quarter),
            at(THURSDAY, 7, 30) + timedelta(minutes=15 * (quarter + length)),
            skill,
            mode,
        ),
        st.integers(1, 5), st.integers(0, 40), st.integers(1, 12),
        st.sampled_from(sorted({each.skill for each in SHOP.services})), st.sampled_from(MODES),
    ),
    max_size=25,
)  # fmt: skip
EVENTS = st.lists(
    st.builds(
        lambda quarter, length: Range(
            at(THURSDAY, 7) + timedelta(minutes=15 * quarter),
            at(THURSDAY, 7) + timedelta(minutes=15 * (quarter + length)),
        ),
        st.integers(0, 48), st.integers(1, 8),
    ),
    max_size=2,
)  # fmt: skip
WISHES = st.builds(
    Meaning,
    st.just(THURSDAY),
    st.just(THURSDAY),
    exact=st.none() | st.builds(time, st.integers(7, 17)),
    before=st.none() | st.just(time(12)),
    edge=st.sampled_from([None, "first", "last"]),
)


@settings(max_examples=60, deadline=None)
@given(booked=BOOKINGS, events=EVENTS, what=st.sampled_from(SHOP.services), wish=WISHES, data=st.data())
def test_whatever_is_booked_an_offer_is_bookable_open_on_the_grid_and_in_the_future(
    booked: list[Booked], events: list[Range], what: Service, wish: Meaning, data: st.DataObject
) -> None:
    mode = data.draw(st.sampled_from(what.modes))
    workshop = replace(WORKSHOP, staff_events=tuple(events))
    found = looked_for(wish, what, mode, booked, workshop)
    assert len(found.slots) <= 3
    for slot in found.slots:
        starts, ends = (each.astimezone(SHOP.zone) for each in (slot.starts_at, slot.ends_at))
        span = SHOP.hours.on(starts.date())
        assert span is not None
        assert span[0] <= starts.time() < ends.time() <= span[1]
        assert (starts - at(starts.date(), span[0].hour, span[0].minute)).seconds % 900 == 0
        assert slot.starts_at >= MONDAY + timedelta(hours=1)
        assert not any(slot.during.overlaps(event) for event in events)
        bay = bay_for(slot, what, mode, Agenda(SHOP.zone, booked), workshop)
        assert bay is not None
        assert not any(slot.during.overlaps(Range(e.starts_at, e.ends_at)) for e in booked if e.bay == bay)
        if found.fits:
            assert starts.date() == THURSDAY
            assert wish.exact is None or starts.time() == wish.exact


CHANGES = st.sampled_from([date(2027, 3, 14), date(2027, 11, 7), date(2027, 3, 13), date(2027, 11, 8)])


@settings(deadline=None)
@given(day=CHANGES, opens=st.integers(0, 5), length=st.integers(1, 12), what=st.sampled_from([OIL, PADS]))
def test_on_the_days_on_which_clocks_change_a_slot_is_as_long_as_ever_and_no_wall_time_is_offered_twice(
    day: date, opens: int, length: int, what: Service
) -> None:
    hours = OpeningHours(SHOP.zone, dict.fromkeys(range(7), (time(opens), time(opens + length))), {})
    workshop = replace(WORKSHOP, hours=hours)
    found: list[Slot] = list(day_slots(day, what, "drop_off", workshop))
    walls = [each.starts_at.astimezone(SHOP.zone).replace(tzinfo=None) for each in found]
    assert len(set(walls)) == len(walls)
    assert walls == sorted(walls)
    assert all(each.during.length == timedelta(minutes=what.bay_minutes) for each in found)
    assert all(instant(day, wall.time(), SHOP.zone) == each.starts_at for wall, each in zip(walls, found, strict=True))
