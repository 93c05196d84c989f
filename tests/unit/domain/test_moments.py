"""What a caller's words about a time mean: the table in moments.txt, and what holds for any words at any time."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.meanings import Impossible, Meaning, Moment, Question, Resolved
from shared.domain.models import OpeningHours
from shared.domain.moments import resolve
from shared.domain.spoken import date_words
from shared.domain.wording.wording import wording
from shared.shop import load_shop
from shared.tools.schema_check import schemas

ENGLISH = wording("en")
STANDARD = load_shop().hours
SHOPS = {
    "standard": STANDARD,
    "night": OpeningHours(STANDARD.zone, dict.fromkeys(range(7), (time(0), time(23, 59))), {}),
}
TABLE = Path(__file__).with_name("moments.txt")


@dataclass(frozen=True)
class Row:
    line: int
    said: str
    words: str
    expected: str
    now: datetime
    hours: OpeningHours
    last: date


def read_table() -> Iterator[Row]:
    for number, line in enumerate(TABLE.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("now "):
            _, weekday, day, at, *settings = line.split()
            now = datetime.fromisoformat(f"{day}T{at}")
            assert now.strftime("%a") == weekday, line
            options = dict(zip(settings[::2], settings[1::2], strict=True))
            hours = SHOPS[options.get("shop", "standard")]
            last = now.date() + timedelta(days=int(options.get("horizon", "60")))
        elif "|" in line and not line.startswith("#"):
            said, words, expected = (part.strip() for part in line.split("|"))
            yield Row(number, said, words, expected, now, hours, last)


ROWS = list(read_table())


def structure(words: str) -> dict[str, Any]:
    pairs = [pair.split("=", 1) for pair in shlex.split(words) if pair != "-"]
    return {key: int(value) if key in ("day", "month", "in_days") else value or None for key, value in pairs} | (
        {"earliest": True} if "earliest=true" in words else {}
    )


def written(found: Resolved) -> str:
    """As the table writes it."""
    if isinstance(found, Question):
        return f"ask: {found.sentence}"
    if isinstance(found, Impossible):
        return f"none: {found.reason}"
    days = f"{found.first:%a %Y-%m-%d}" + (f" to {found.last:%a %Y-%m-%d}" if found.last != found.first else "")
    times = [("at", found.exact), ("from", found.not_before), ("before", found.before)]
    parts = [days, *(f"{name} {at:%H:%M}" for name, at in times if at is not None)]
    parts += [f"{found.edge} thing"] if found.edge else []
    return " ".join(parts + (["earliest"] if found.earliest else []))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"line {row.line}, {row.said}")
def test_what_a_caller_says_means_what_the_table_says(row: Row) -> None:
    assert written(resolve(Moment.of(structure(row.words)), row.now, row.hours, row.last, ENGLISH)) == row.expected


def test_the_table_is_long_and_every_word_of_the_contract_is_in_it() -> None:
    assert len(ROWS) >= 150
    tool = next(each["function"] for each in schemas() if each["function"]["name"] == "get_available_slots")
    contract = tool["parameters"]["properties"]["moment"]["properties"]
    assert set(contract) == {each.name for each in fields(Moment)}
    said = {(key, value) for row in ROWS for key, value in structure(row.words).items()}
    for key, schema in contract.items():
        assert {value for value in schema.get("enum", []) if value and (key, value) not in said} == set()


def allowed(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Whatever the contract lets a model send, sensible or not."""
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    by_type = {
        "string": st.sampled_from(["2 pm", "9", "14:30", "noon", "half past 3", "0", "12 am"]) | st.text(max_size=8),
        "integer": st.integers(-3, 40) | st.integers(),
        "boolean": st.booleans(),
    }
    return st.none() | by_type[schema["type"][0]]


CONTRACT = next(each["function"] for each in schemas() if each["function"]["name"] == "get_available_slots")
STRUCTURES = st.fixed_dictionaries(
    {}, optional={k: allowed(v) for k, v in CONTRACT["parameters"]["properties"]["moment"]["properties"].items()}
)
NOWS = st.datetimes(datetime(2026, 1, 1), datetime(2031, 1, 1))  # noqa: DTZ001, the shop's wall time


@given(words=STRUCTURES, now=NOWS, horizon=st.integers(1, 365))
def test_any_words_at_any_time_mean_days_that_can_be_booked_or_are_answered(
    words: dict[str, Any], now: datetime, horizon: int
) -> None:
    last = now.date() + timedelta(days=horizon)
    found = resolve(Moment.of(words), now, STANDARD, last, ENGLISH)
    if isinstance(found, Question):
        assert found.sentence.endswith("?")
        return
    meaning = found.nearest if isinstance(found, Impossible) else found
    assert now.date() <= meaning.first <= meaning.last
    assert meaning.first <= last
    if isinstance(found, Impossible):
        assert re.fullmatch(r"[A-Z].*\.", found.reason)


@given(st.dates(date(2026, 1, 1), date(2031, 12, 31)))
def test_a_full_date_is_that_day_whatever_the_year(day: date) -> None:
    now = datetime.combine(day - timedelta(days=20), time(10))
    found = resolve(Moment(day=day.day, month=day.month), now, STANDARD, day + timedelta(days=40), ENGLISH)
    meaning = found.nearest if isinstance(found, Impossible) else found
    assert isinstance(meaning, Meaning)
    assert meaning.first == meaning.last == day
    assert date_words(day).startswith(day.strftime("%A"))


@given(now=NOWS, weekday=st.sampled_from(["monday", "tuesday", "wednesday", "thursday", "friday", "saturday"]))
def test_a_weekday_is_within_the_coming_eight_days_and_falls_on_that_weekday(now: datetime, weekday: str) -> None:
    found = resolve(Moment(weekday=weekday), now, SHOPS["night"], now.date() + timedelta(days=60), ENGLISH)
    if isinstance(found, Meaning):
        assert found.first.strftime("%A").lower() == weekday
        assert timedelta() < found.first - now.date() <= timedelta(days=7)
    else:
        assert isinstance(found, Question)
        assert now.strftime("%A").lower() == weekday
