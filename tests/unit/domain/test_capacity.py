"""What the workshop can take at a time: bays and racks, hands, hours, chairs, loaners, rides, the staff's own time."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import permutations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.domain.capacity import Agenda, Slot, Workshop, WorkshopDay, bay_for, everyone_has_hands
from shared.domain.models import Booked, Mode, Service, Technician
from shared.domain.ranges import Range
from shared.domain.wall_time import instant
from shared.shop import load_shop

SHOP = load_shop()
WORKSHOP = Workshop(SHOP.hours, SHOP.rules, SHOP.bays, SHOP.technicians)
THURSDAY = date(2026, 12, 3)


def service(code: str) -> Service:
    found = SHOP.service(code)
    assert found is not None
    return found


OIL, ALIGNMENT, FLUID, PADS = (
    service(code) for code in ("oil_change", "alignment", "transmission_fluid", "brake_pads")
)


def at(hour: int, minute: int = 0, day: date = THURSDAY) -> datetime:
    moment = instant(day, time(hour, minute), SHOP.zone)
    assert moment is not None
    return moment


def slot(hour: int, minute: int = 0, minutes: int = 60) -> Slot:
    return Slot(at(hour, minute), at(hour, minute) + timedelta(minutes=minutes))


def booked(bay: int, when: Slot, skill: str, mode: Mode = "drop_off") -> Booked:
    return Booked(bay, when.starts_at, when.ends_at, skill, mode)


def day(*taken: Booked, workshop: Workshop = WORKSHOP) -> WorkshopDay:
    found = WorkshopDay.of(THURSDAY, Agenda(SHOP.zone, taken), workshop)
    assert found is not None
    return found


def test_work_that_needs_a_rack_is_done_in_its_bay_and_nowhere_else() -> None:
    assert day().free_bay(slot(9), ALIGNMENT) == 4
    assert day(booked(4, slot(9, 30), "general")).free_bay(slot(9), ALIGNMENT) is None
    assert day(booked(4, slot(8), "general")).free_bay(slot(9), ALIGNMENT) == 4  # half open: they touch


def test_other_work_keeps_the_rack_free_as_long_as_another_bay_is() -> None:
    others = [booked(bay, slot(9), "general") for bay in (1, 2, 3)]
    assert day().free_bay(slot(9), OIL) == 1
    assert day(*others).free_bay(slot(9), OIL) == 5
    assert day(*others, booked(5, slot(9), "general")).free_bay(slot(9), OIL) == 4


def test_a_skill_with_two_technicians_is_booked_twice_at_a_time_though_bays_are_free() -> None:
    when, agenda = slot(9, minutes=180), Agenda(SHOP.zone)
    for bay in (1, 2):
        assert bay_for(when, FLUID, "drop_off", agenda, WORKSHOP) == bay
        agenda.add(booked(bay, when, FLUID.skill))
    assert bay_for(when, FLUID, "drop_off", agenda, WORKSHOP) is None
    assert bay_for(when, OIL, "drop_off", agenda, WORKSHOP) == 3


def test_a_technician_of_two_skills_is_one_pair_of_hands() -> None:
    # Alignment can be done by Priya and Tom only; with two brake jobs at nine that only Dev else can do, one is left.
    brakes = [booked(1, slot(9), "brake"), booked(2, slot(9), "brake")]
    assert day(*brakes).lack(slot(9), ALIGNMENT, "drop_off") is None
    assert day(*brakes, booked(3, slot(9), "brake")).lack(slot(9), ALIGNMENT, "drop_off") == "full"
    # Two diagnoses hold Elena and Dev, so three brake jobs have but Priya and Tom.
    diagnoses = [booked(1, slot(9), "diagnosis"), booked(2, slot(9), "diagnosis"), booked(3, slot(9), "brake")]
    assert day(*diagnoses).lack(slot(9), PADS, "drop_off") is None
    assert day(*diagnoses, booked(5, slot(9), "alignment")).lack(slot(9), PADS, "drop_off") == "full"


def test_jobs_one_after_the_other_take_one_pair_of_hands() -> None:
    in_turn = [booked(1, slot(9), "transmission"), booked(1, slot(10), "transmission"), booked(2, slot(9), "lube")]
    assert day(*in_turn).lack(slot(9, minutes=120), FLUID, "drop_off") is None


TECHNICIANS = st.lists(st.sets(st.sampled_from("abc"), min_size=1, max_size=3), min_size=1, max_size=4)


@example(jobs=["a", "b"], skills=[{"a", "b"}, {"a"}])  # the first job has to change hands
@given(jobs=st.lists(st.sampled_from("abcd"), max_size=5), skills=TECHNICIANS)
def test_hands_are_enough_just_when_some_way_of_giving_out_the_jobs_works(
    jobs: list[str], skills: list[set[str]]
) -> None:
    technicians = [Technician(str(number), frozenset(each)) for number, each in enumerate(skills)]
    works = any(
        all(job in each.skills for job, each in zip(jobs, order, strict=True))
        for order in permutations(technicians, len(jobs))
    )
    assert everyone_has_hands(jobs, technicians) is works


def crew(*skills: str, load: int = 100) -> Workshop:
    """Ten and a half hours each on a weekday."""
    people = tuple(Technician(str(number), frozenset(each.split())) for number, each in enumerate(skills))
    return replace(WORKSHOP, technicians=people, rules=replace(WORKSHOP.rules, load_percent=load))


def test_a_day_is_loaded_to_the_part_of_the_hours_that_the_shop_says() -> None:
    # A tenth of ten and a half hours is 63 minutes: after an hour not half an hour more, after half an hour it is.
    tenth = crew("lube", load=10)
    assert not day(booked(1, slot(8), "lube"), workshop=tenth).has_hours(OIL)
    assert day(booked(1, slot(8, minutes=30), "lube"), workshop=tenth).has_hours(OIL)


def test_the_hours_of_who_has_two_skills_are_counted_once() -> None:
    # Nine hours of each of two skills, and one technician who has both.
    both = [booked(1, slot(8, minutes=9 * 60), "brake")]
    assert not day(*both, workshop=crew("brake lube", "diagnosis")).has_hours(replace(OIL, bay_minutes=120))
    assert day(*both, workshop=crew("brake lube", "lube")).has_hours(replace(OIL, bay_minutes=120))
    # Three skills of two technicians: each skill alone has room, all three together have not.
    three = [booked(n, slot(8, minutes=9 * 60), skill) for n, skill in ((1, "brake"), (2, "diagnosis"))]
    assert not day(*three, workshop=crew("brake lube", "diagnosis lube", "tire")).has_hours(
        replace(OIL, bay_minutes=240)
    )


def test_work_of_other_people_takes_no_hours_from_a_skill() -> None:
    overfull = [booked(n, slot(8, minutes=600), "diagnosis") for n in (1, 2, 3)]
    assert day(*overfull, workshop=crew("diagnosis", "lube")).has_hours(OIL)


def test_nothing_is_booked_over_a_staff_event_and_its_time_is_no_working_time() -> None:
    meeting = Range(at(9), at(10))
    workshop = replace(WORKSHOP, staff_events=(meeting,))
    assert day(workshop=workshop).lack(slot(9, 45), OIL, "drop_off") == "staff_event"
    assert day(workshop=workshop).lack(slot(10), OIL, "drop_off") is None
    assert day(workshop=workshop).lack(slot(8), OIL, "drop_off") is None
    # Two events that overlap are counted once: four hours remain of ten and a half.
    away = (Range(at(8), at(12)), Range(at(10), at(14, 30)))
    short = replace(crew("lube"), staff_events=away)
    assert day(workshop=short).has_hours(replace(OIL, bay_minutes=240))
    assert not day(workshop=short).has_hours(replace(OIL, bay_minutes=241))


def test_who_waits_is_counted_by_half_days() -> None:
    few = replace(WORKSHOP, rules=replace(WORKSHOP.rules, waiters_per_half_day=1))
    morning = day(booked(1, slot(11, 45), "lube", "wait"), workshop=few)
    assert morning.lack(slot(8), OIL, "wait") == "waiters"
    assert morning.lack(slot(8), OIL, "drop_off") is None
    assert morning.lack(slot(12, 30), OIL, "wait") is None


def test_loaners_are_counted_by_the_day() -> None:
    one_out = [booked(1, slot(8), "brake", "loaner")]
    assert day(*one_out).lack(slot(14), PADS, "loaner") is None
    assert day(*one_out, booked(2, slot(9), "brake", "loaner")).lack(slot(14), PADS, "loaner") == "loaners"


def test_the_shuttle_has_times_and_seats() -> None:
    assert day().lack(slot(7, 30), PADS, "shuttle") is None
    assert day().lack(slot(9, 45), PADS, "shuttle") is None
    assert day().lack(slot(10), PADS, "shuttle") == "shuttle_times"
    seated = [booked(n, slot(7, 30 + n, minutes=1), "lube", "shuttle") for n in range(6)]
    assert day(*seated).lack(slot(9), PADS, "shuttle") == "shuttle_seats"
    none = replace(WORKSHOP, rules=replace(WORKSHOP.rules, shuttle_from=None, shuttle_until=None))
    assert day(workshop=none).lack(slot(9), PADS, "shuttle") == "shuttle_times"


@pytest.mark.parametrize(("start", "minutes"), [((7, 15), 30), ((17, 45), 30), ((19, 0), 30)])
def test_what_is_not_within_the_opening_hours_is_never_booked(start: tuple[int, int], minutes: int) -> None:
    outside = slot(*start, minutes=minutes)
    assert day().lack(outside, OIL, "drop_off") == "closed"
    assert bay_for(outside, OIL, "drop_off", Agenda(SHOP.zone), WORKSHOP) is None


def test_a_day_that_was_closed_meanwhile_takes_nothing() -> None:
    closed = replace(WORKSHOP, hours=SHOP.hours.with_closed({THURSDAY: "the heating is broken"}))
    assert bay_for(slot(9), OIL, "drop_off", Agenda(SHOP.zone), closed) is None
