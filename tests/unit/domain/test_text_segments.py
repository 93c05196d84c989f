"""Segments of a text message, held against the carrier's stand-in, which counts for itself."""

import pytest

from infra.local.twilio import texts
from shared.domain.text_segments import segments

BODIES = [
    *("a" * length for length in (1, 160, 161, 306, 307, 1600)),
    *("ñ" * length for length in (160, 161)),
    *("€" * length for length in (80, 81, 153, 154)),
    *("ą" * length for length in (70, 71, 134, 135)),
    *("💥" * length for length in (35, 36, 67, 68)),
    "Maple Street Auto Care: oil change, Mon Nov 30, 9 AM. Reply C to confirm, R to be called, STOP to end texts.",
]


@pytest.mark.parametrize("body", BODIES)
def test_a_text_has_as_many_segments_as_the_carrier_charges(body: str) -> None:
    assert segments(body) == texts.segments(body)


def test_one_segment_holds_160_plain_characters_or_70_of_any() -> None:
    assert [segments("a" * 160), segments("a" * 161), segments("ą" * 70), segments("ą" * 71)] == [1, 2, 1, 2]
