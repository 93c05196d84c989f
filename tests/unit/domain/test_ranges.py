"""Half-open ranges."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.ranges import Range, free_of

NINE = datetime(2026, 12, 3, 9, tzinfo=UTC)
MINUTES = st.integers(-600, 600)
LENGTHS = st.integers(1, 300)


def span(start: int, length: int) -> Range:
    return Range(NINE + timedelta(minutes=start), NINE + timedelta(minutes=start + length))


def test_ranges_that_touch_do_not_overlap() -> None:
    assert not span(0, 60).overlaps(span(60, 60))
    assert span(0, 60).overlaps(span(59, 60))


@given(MINUTES, LENGTHS, MINUTES, LENGTHS)
def test_ranges_overlap_just_when_they_share_a_minute(a: int, a_length: int, b: int, b_length: int) -> None:
    shared = set(range(a, a + a_length)) & set(range(b, b + b_length))
    assert span(a, a_length).overlaps(span(b, b_length)) is bool(shared)
    assert span(b, b_length).overlaps(span(a, a_length)) is bool(shared)
    assert free_of(span(a, a_length), [span(b, b_length)]) is not bool(shared)


def test_a_range_without_length_or_zone_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="end after"):
        Range(NINE, NINE)
    with pytest.raises(ValueError, match="aware"):
        Range(NINE.replace(tzinfo=None), NINE)
