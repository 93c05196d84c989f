"""How long things take and what they cost, in words."""

from decimal import Decimal

import pytest

from shared.domain import spoken


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (5, "5 minutes"),
        (30, "half an hour"),
        (45, "45 minutes"),
        (60, "an hour"),
        (75, "an hour and 15 minutes"),
        (90, "an hour and a half"),
        (120, "2 hours"),
        (150, "2 and a half hours"),
        (195, "3 hours and 15 minutes"),
        (480, "8 hours"),
    ],
)
def test_a_duration_is_said_as_people_say_it(minutes: int, words: str) -> None:
    assert spoken.duration_words(minutes) == words


def test_a_price_is_a_range_without_needless_cents() -> None:
    assert spoken.price_words(Decimal("59"), Decimal("89.00")) == "$59 to $89"
    assert spoken.price_words(Decimal("19.95"), Decimal("1200")) == "$19.95 to $1200"
    assert spoken.price_words(Decimal("129"), Decimal("129.00")) == "$129"
