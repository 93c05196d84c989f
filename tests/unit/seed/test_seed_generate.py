"""What the generator makes up, without a database: every row is one that the workshop could really have."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from io import StringIO
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from seed.generate import Amounts, Generated, generate
from seed.progress import Progress
from shared.domain.capacity import everyone_has_hands
from shared.domain.phone import is_e164
from shared.domain.vin import decode, fault_of
from shared.errors import ConfigurationError
from shared.shop import Shop, load_shop

AS_OF = date(2026, 11, 20)  # a Friday; Thanksgiving is in the week after
AMOUNTS = Amounts(2_000, 3_200, 3_000)
ACTIVE = ("booked", "confirmed", "completed")
Row = Mapping[str, Any]


@pytest.fixture(scope="module")
def shop() -> Shop:
    return load_shop()


@pytest.fixture(scope="module")
def made(shop: Shop) -> Generated:
    return generate(AMOUNTS, shop, AS_OF, 7, Progress(StringIO()))


def local_day(row: Row, shop: Shop) -> date:
    return row["starts_at"].astimezone(shop.zone).date()


def active_by_day(made: Generated, shop: Shop) -> dict[date, list[Row]]:
    days: dict[date, list[Row]] = defaultdict(list)
    for row in made.tables["appointments"]:
        if row["status"] in ACTIVE:
            days[local_day(row, shop)].append(row)
    return days


def test_there_are_as_many_rows_as_asked_for(made: Generated) -> None:
    tables = made.tables
    assert [len(tables[name]) for name in ("customers", "vehicles", "appointments")] == [2_000, 3_200, 3_000]


def test_another_seed_makes_other_rows_and_the_same_seed_the_same(shop: Shop) -> None:
    few = Amounts(50, 80, 60)
    one, same, other = (generate(few, shop, AS_OF, seed, Progress(StringIO())).tables for seed in (7, 7, 8))
    assert one == same
    assert one["customers"] != other["customers"]
    assert one["appointments"] != other["appointments"]


def test_numbers_are_never_assigned_ones_and_households_share_them(made: Generated) -> None:
    phones = Counter(row["phone"] for row in made.tables["customers"])
    assert all(is_e164(phone) and phone[5:10] == "55501" and len(phone) == 12 for phone in phones)
    assert 0.05 < sum(1 for count in phones.values() if count > 1) / len(phones) < 0.15


def test_customers_live_in_several_zones_and_their_zip_code_lies_in_theirs(made: Generated) -> None:
    customers = made.tables["customers"]
    assert len({row["zone"] for row in customers}) >= 8
    zones_of = defaultdict(set)
    for row in customers:
        zones_of[(row["zip"] or "")[:3]].add(row["zone"])
    zones_of.pop("")
    assert all(len(zones) == 1 for zones in zones_of.values())
    assert zones_of["627"] == {"America/Chicago"} and zones_of["850"] == {"America/Phoenix"}
    assert 0.02 < sum(1 for row in customers if row["zip"] is None) / len(customers) < 0.12


def test_names_have_accents_and_apostrophes_and_addresses_go_nowhere(made: Generated) -> None:
    customers = made.tables["customers"]
    names = {row["first_name"] for row in customers} | {row["last_name"] for row in customers}
    assert any(not name.isascii() for name in names) and any("'" in name for name in names)
    addresses = [row["email"] for row in customers if row["email"]]
    assert all(address.endswith("@example.com") and address.isascii() for address in addresses)
    assert 0.7 < len(addresses) / len(customers) < 0.9


def test_vins_are_valid_unlike_each_other_and_say_the_year_and_the_make(made: Generated) -> None:
    vehicles = made.tables["vehicles"]
    assert [row["vin"] for row in vehicles if fault_of(row["vin"])] == []
    assert len({row["vin"] for row in vehicles}) == len(vehicles)
    assert all((decode(row["vin"]).year, decode(row["vin"]).make) == (row["year"], row["make"]) for row in vehicles)


def test_most_have_one_car_some_two_few_three_and_fleets_have_the_others(made: Generated) -> None:
    owned = Counter(Counter(row["customer_id"] for row in made.tables["vehicles"]).values())
    shares = [owned[cars] / 2_000 for cars in (1, 2, 3)]
    assert shares == pytest.approx([0.65, 0.25, 0.10], abs=0.015)
    assert sum(owned.values()) == 2_000


@pytest.mark.parametrize("amounts", [Amounts(1, 1, 40), Amounts(5, 5, 0), Amounts(3, 60, 10), Amounts(40, 45, 30)])
def test_every_amount_of_cars_is_met_and_nobody_is_without(shop: Shop, amounts: Amounts) -> None:
    tables = generate(amounts, shop, AS_OF, 1, Progress(StringIO())).tables
    assert len(tables["vehicles"]) == amounts.vehicles
    assert {row["customer_id"] for row in tables["vehicles"]} == set(range(1, amounts.customers + 1))


def test_the_book_is_past_future_and_lost_as_promised(made: Generated, shop: Shop) -> None:
    rows = made.tables["appointments"]
    fates = Counter(row["status"] for row in rows)
    assert fates["completed"] == 2_100
    assert fates["booked"] + fates["confirmed"] == 450
    assert fates["cancelled"] + fates["no_show"] == 450
    assert all(local_day(row, shop) < AS_OF for row in rows if row["status"] in ("completed", "no_show"))
    assert all(local_day(row, shop) >= AS_OF for row in rows if row["status"] in ("booked", "confirmed"))
    assert all((row["cancel_reason"] is not None) == (row["status"] == "cancelled") for row in rows)


def test_the_next_ten_working_days_are_sixty_to_eighty_percent_full(made: Generated, shop: Shop) -> None:
    days = active_by_day(made, shop)
    ahead = [AS_OF + timedelta(days=n) for n in range(1, 30)]
    for day in [each for each in ahead if shop.hours.on(each)][:10]:
        opens, closes = shop.hours.on(day) or (time(), time())
        minutes = (closes.hour - opens.hour) * 60 + closes.minute - opens.minute
        capacity = minutes * len(shop.technicians) * shop.rules.load_percent / 100
        booked = sum((row["ends_at"] - row["starts_at"]) / timedelta(minutes=1) for row in days[day])
        assert 0.6 <= booked / capacity <= 0.8, day


def test_every_appointment_is_in_the_opening_hours_and_on_the_grid(made: Generated, shop: Shop) -> None:
    for row in made.tables["appointments"]:
        hours = shop.hours.on(local_day(row, shop))
        start, end = (row[name].astimezone(shop.zone) for name in ("starts_at", "ends_at"))
        assert hours is not None, row
        assert hours[0] <= start.time() and end.time() <= hours[1] and start.date() == end.date()
        assert start.minute % shop.rules.write_up_minutes == 0


def test_no_bay_is_taken_twice_and_each_has_what_the_service_needs(made: Generated, shop: Shop) -> None:
    equipment = {bay.number: bay.equipment for bay in shop.bays}
    for rows in active_by_day(made, shop).values():
        taken = sorted((row["bay"], row["starts_at"], row["ends_at"]) for row in rows)
        assert all(bay != other or end <= start for (bay, _, end), (other, start, _) in pairwise(taken))
    for row in made.tables["appointments"]:
        service = shop.service(row["service"])
        assert service is not None and row["mode"] in service.modes
        assert service.equipment is None or service.equipment in equipment[row["bay"]]


def test_at_every_moment_each_job_has_a_technician_who_can_do_it(made: Generated, shop: Shop) -> None:
    skill = {service.code: service.skill for service in shop.services}
    for rows in active_by_day(made, shop).values():
        for moment in {row["starts_at"] for row in rows}:
            skills = [skill[row["service"]] for row in rows if row["starts_at"] <= moment < row["ends_at"]]
            assert everyone_has_hands(skills, shop.technicians), moment


def test_waiting_room_loaners_and_shuttle_are_never_overbooked(made: Generated, shop: Shop) -> None:
    rules = shop.rules
    for rows in active_by_day(made, shop).values():
        starts = [(row["mode"], row["starts_at"].astimezone(shop.zone).time()) for row in rows]
        waits = Counter(at.hour < 12 for mode, at in starts if mode == "wait")
        assert max(waits.values(), default=0) <= rules.waiters_per_half_day
        assert sum(1 for mode, _ in starts if mode == "loaner") <= rules.loaners
        rides = [at for mode, at in starts if mode == "shuttle"]
        assert len(rides) <= rules.shuttle_seats_per_day
        assert rules.shuttle_from and rules.shuttle_until
        assert all(rules.shuttle_from <= at < rules.shuttle_until for at in rides)


def test_mileage_grows_with_time_at_what_people_drive(made: Generated) -> None:
    years = {row["id"]: row["year"] for row in made.tables["vehicles"]}
    of_car = defaultdict(list)
    for row in made.tables["service_history"]:
        of_car[row["vehicle_id"]].append((row["done_on"], row["mileage"]))
    assert len(of_car) > 2_000
    for number, done in of_car.items():
        assert done == sorted(done) and len({day for day, _ in done}) == len(done)
        assert done[0][0].year >= years[number]
        for (day, miles), (next_day, more) in pairwise(done):
            assert 3_500 <= (more - miles) / (next_day - day).days * 365 <= 24_500
    last = {row["id"]: row["mileage"] for row in made.tables["vehicles"] if row["mileage"] is not None}
    assert last == {number: done[-1][1] for number, done in of_car.items()}


def test_history_is_of_days_when_the_shop_was_open_at_its_prices(made: Generated, shop: Shop) -> None:
    for row in made.tables["service_history"]:
        service = shop.service(row["service"])
        assert service is not None and shop.hours.on(row["done_on"]) is not None and row["done_on"] < AS_OF
        assert isinstance(row["amount"], Decimal) and service.price_from <= row["amount"] <= service.price_to


def test_each_completed_appointment_stands_in_the_history_of_its_car(made: Generated, shop: Shop) -> None:
    completed = {
        (row["id"], row["vehicle_id"], row["service"], local_day(row, shop))
        for row in made.tables["appointments"]
        if row["status"] == "completed"
    }
    history = made.tables["service_history"]
    told = [
        (row["appointment_id"], row["vehicle_id"], row["service"], row["done_on"])
        for row in history
        if row["appointment_id"]
    ]
    assert len(told) == len(completed) and set(told) == completed


def test_nothing_was_known_before_its_owner_and_all_of_it_before_the_day(made: Generated, shop: Shop) -> None:
    midnight = datetime.combine(AS_OF, time(), tzinfo=shop.zone)
    customers = {row["id"]: row["created_at"] for row in made.tables["customers"]}
    vehicles = {row["id"]: row["created_at"] for row in made.tables["vehicles"]}
    assert all(customers[row["customer_id"]] <= vehicles[row["id"]] < midnight for row in made.tables["vehicles"])
    for row in made.tables["appointments"]:
        assert vehicles[row["vehicle_id"]] < row["created_at"] < min(row["starts_at"], midnight)
        assert row["created_at"] <= row["changed_at"] <= max(midnight, row["ends_at"])


def test_a_reminder_is_due_for_each_appointment_of_tomorrow_whose_customer_allows_it(
    made: Generated, shop: Shop
) -> None:
    customers = {row["id"]: row for row in made.tables["customers"]}
    silent = {row["phone"] for row in made.tables["opt_outs"]}
    allowed = {
        row["phone"]
        for row in made.tables["consents"]
        if row["kind"] == "reminder_call" and row["withdrawn_at"] is None and row["phone"] not in silent
    }
    wanted = {
        row["id"]
        for row in made.tables["appointments"]
        if local_day(row, shop) == AS_OF + timedelta(days=1)
        and row["status"] == "booked"
        and customers[row["customer_id"]]["phone"] in allowed
    }
    due = {row["appointment_id"]: row for row in made.tables["reminders"] if row["state"] == "due"}
    assert set(due) == wanted and len(wanted) >= 5
    owner = {row["id"]: customers[row["customer_id"]] for row in made.tables["appointments"]}
    for number, row in due.items():
        local = row["due_at"].astimezone(ZoneInfo(owner[number]["zone"]))
        assert local.date() == AS_OF and time(9) <= local.time() <= time(20)


def test_one_call_names_all_appointments_of_a_number_on_a_day(made: Generated, shop: Shop) -> None:
    attempts = {row["id"]: row for row in made.tables["reminder_attempts"]}
    assert len({(row["phone"], row["local_day"]) for row in attempts.values()}) == len(attempts) > 20
    reminders = {row["id"]: row for row in made.tables["reminders"]}
    for link in made.tables["reminders_of_attempts"]:
        assert reminders[link["reminder_id"]]["outcome"] == attempts[link["attempt_id"]]["outcome"]
        assert attempts[link["attempt_id"]]["dialed_at"] < reminders[link["reminder_id"]]["starts_at"]


def test_calls_of_the_last_weeks_have_outcomes_and_no_words(made: Generated) -> None:
    calls = {row["call_sid"]: row for row in made.tables["calls"]}
    assert len(calls) == len(made.tables["calls"]) >= 100
    assert all(row["outcome"] and row["seconds"] > 0 for row in calls.values())
    assert not made.tables.get("turns")
    for row in made.tables["appointments"]:
        if row["call_sid"]:
            assert calls[row["call_sid"]]["outcome"] == "booked"
    messages = {row["call_sid"] for row in calls.values() if row["outcome"] == "message"}
    assert {row["call_sid"] for row in made.tables["callbacks"]} == messages != set()


def test_the_regular_customer_is_there_whatever_the_arguments_with_nothing_booked(shop: Shop) -> None:
    for amounts, seed in ((Amounts(20, 30, 200), 1), (Amounts(200, 500, 100), 2)):
        tables = generate(amounts, shop, AS_OF, seed, Progress(StringIO())).tables
        first = tables["customers"][0]
        assert (first["phone"], first["last_name"]) == ("+12175550191", "Ramirez")
        assert [row["phone"] for row in tables["customers"]].count(first["phone"]) == 1
        cars = [(row["year"], row["model"]) for row in tables["vehicles"] if row["customer_id"] == 1]
        assert cars == [(2020, "Elantra")]
        assert all(row["customer_id"] != 1 for row in tables["appointments"])


def test_more_than_fits_is_told_and_no_rule_is_broken_for_it(shop: Shop) -> None:
    few_cars = generate(Amounts(2, 3, 300), shop, AS_OF, 7, Progress(StringIO()))
    assert len(few_cars.tables["appointments"]) < 300
    left = 300 - len(few_cars.tables["appointments"])
    assert f"{left} appointments found no place that the rules allow." in few_cars.told


@pytest.mark.parametrize(
    ("amounts", "as_of", "sentence"),
    [
        (Amounts(0, 1, 1), AS_OF, "--customers must be from 1 to"),
        (Amounts(100_000, 100_000, 1), AS_OF, "--customers must be from 1 to"),
        (Amounts(10, 5, 1), AS_OF, "--vehicles must be from"),
        (Amounts(10, 500, 1), AS_OF, "--vehicles must be from"),
        (Amounts(10, 10, -1), AS_OF, "--appointments must be from"),
        (Amounts(10, 10, 1), date(1990, 1, 1), "--as-of must be from"),
    ],
)
def test_impossible_amounts_are_refused(shop: Shop, amounts: Amounts, as_of: date, sentence: str) -> None:
    with pytest.raises(ConfigurationError, match=sentence):
        generate(amounts, shop, as_of, 7, Progress(StringIO()))
