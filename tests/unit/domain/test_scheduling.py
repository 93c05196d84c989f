"""Which times are offered: hours, bays, technicians, the grid, the lead, and the days on which clocks change."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.models import Booked
from shared.domain.moments import Meaning
from shared.domain.ranges import Range
from shared.domain.scheduling import Agenda, Slot, Workshop, bookable, day_slots, find, free_bay, has_hours, instant
from shared.shop import load_shop

SHOP = load_shop()
WORKSHOP = Workshop(SHOP.hours, SHOP.rules, SHOP.bays, SHOP.technicians)
MONDAY = datetime(2026, 11, 30, 16, 5, tzinfo=UTC)
THURSDAY = date(2026, 12, 3)
OIL = next(each for each in SHOP.services if each.code == "oil_change")
FLUID = next(each for each in SHOP.services if each.code == "transmission_fluid")


def at(day: date, hour: int, minute: int = 0) -> datetime:
    moment = instant(day, time(hour, minute), SHOP.zone)
    assert moment is not None
    return moment


def test_a_skipped_wall_time_is_refused_and_a_repeated_one_is_the_first() -> None:
    assert instant(date(2027, 3, 14), time(2, 30), SHOP.zone) is None
    assert instant(date(2027, 11, 7), time(1, 30), SHOP.zone) == datetime(2027, 11, 7, 6, 30, tzinfo=UTC)


def test_the_same_wall_time_is_another_instant_after_the_clocks_change() -> None:
    before, after = at(date(2027, 3, 13), 9), at(date(2027, 3, 15), 9)
    assert after - before == timedelta(hours=47)


def test_slots_lie_on_the_grid_and_who_waits_is_out_by_closing() -> None:
    waiting = list(day_slots(THURSDAY, OIL, "wait", WORKSHOP))
    assert waiting[0].starts_at == at(THURSDAY, 7, 30)
    assert waiting[-1].starts_at == at(THURSDAY, 17, 0)  # promised in 60 minutes, closing at 18:00
    assert list(day_slots(THURSDAY, OIL, "drop_off", WORKSHOP))[-1].ends_at == at(THURSDAY, 18, 0)
    assert all((each.starts_at - waiting[0].starts_at).seconds % 900 == 0 for each in waiting)
    assert not list(day_slots(date(2026, 12, 6), OIL, "wait", WORKSHOP))


def test_the_lead_time_is_kept_today() -> None:
    found = find(Meaning(date(2026, 11, 30), date(2026, 11, 30)), OIL, "wait", Agenda(SHOP.zone), WORKSHOP, MONDAY)
    assert found.slots[0].starts_at == at(date(2026, 11, 30), 11, 15)


def test_a_wide_wish_is_answered_with_two_or_three_times_on_different_days() -> None:
    found = find(Meaning(THURSDAY, THURSDAY + timedelta(days=9)), OIL, "wait", Agenda(SHOP.zone), WORKSHOP, MONDAY)
    days = {each.starts_at.astimezone(SHOP.zone).date() for each in found.slots}
    hours = {each.starts_at.astimezone(SHOP.zone).hour < 12 for each in found.slots}
    assert found.fits
    assert len(found.slots) == len(days) == 3
    assert hours == {True, False}


def test_when_nothing_fits_the_nearest_days_and_hours_are_offered() -> None:
    sunday = date(2026, 12, 6)
    found = find(Meaning(sunday, sunday, exact=time(14)), OIL, "wait", Agenda(SHOP.zone), WORKSHOP, MONDAY)
    assert not found.fits
    assert at(date(2026, 12, 5), 14) in {each.starts_at for each in found.slots}
    assert at(date(2026, 12, 7), 14) in {each.starts_at for each in found.slots}


def test_a_skill_with_two_technicians_is_booked_twice_at_a_time_though_bays_are_free() -> None:
    slot = Slot(at(THURSDAY, 9), at(THURSDAY, 12))
    agenda = Agenda(SHOP.zone)
    for bay in (1, 2):
        assert bookable(slot, FLUID, agenda, WORKSHOP)
        agenda.add(Booked(bay, slot.starts_at, slot.ends_at, FLUID.skill))
    assert free_bay(slot, agenda, WORKSHOP) == 3
    assert not has_hours(slot, FLUID.skill, agenda, WORKSHOP)


def test_a_day_is_loaded_to_the_part_of_the_hours_that_the_shop_says() -> None:
    one = replace(WORKSHOP, technicians=WORKSHOP.technicians[:1], rules=replace(WORKSHOP.rules, load_percent=10))
    agenda = Agenda(SHOP.zone, [Booked(1, at(THURSDAY, 8), at(THURSDAY, 9), "lube")])
    # A tenth of ten and a half hours is 63 minutes, and 60 are taken.
    assert not has_hours(Slot(at(THURSDAY, 14), at(THURSDAY, 14, 30)), "lube", agenda, one)


BOOKINGS = st.lists(
    st.builds(
        lambda bay, quarter, length: Booked(
            bay,
            at(THURSDAY, 7, 30) + timedelta(minutes=15 * quarter),
            at(THURSDAY, 7, 30) + timedelta(minutes=15 * (quarter + length)),
            "lube",
        ),
        st.integers(1, 5), st.integers(0, 40), st.integers(1, 12),
    ),
    max_size=25,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(booked=BOOKINGS, service=st.sampled_from(SHOP.services), hour=st.none() | st.integers(8, 17))
def test_whatever_is_booked_an_offer_is_free_open_on_the_grid_and_in_the_future(
    booked: list[Booked], service: object, hour: int | None
) -> None:
    wish = Meaning(THURSDAY, THURSDAY, exact=None if hour is None else time(hour))
    agenda = Agenda(SHOP.zone, booked)
    found = find(wish, service, service.modes[0], agenda, WORKSHOP, MONDAY)  # type: ignore[arg-type,attr-defined]
    assert len(found.slots) <= 3
    for slot in found.slots:
        local = slot.starts_at.astimezone(SHOP.zone)
        span = SHOP.hours.on(local.date())
        bay = free_bay(slot, agenda, WORKSHOP)
        assert span is not None
        assert span[0] <= local.time() <= slot.ends_at.astimezone(SHOP.zone).time() <= span[1]
        assert slot.starts_at >= MONDAY + timedelta(hours=1)
        assert bay is not None
        taken = [Range(each.starts_at, each.ends_at) for each in booked if each.bay == bay]
        assert not any(slot.during.overlaps(each) for each in taken)
        if found.fits:
            assert local.date() == THURSDAY
            assert hour is None or local.time() == time(hour)
