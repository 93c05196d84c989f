"""The static prompt holds what a caller may ask without a tool."""

from datetime import UTC, datetime

import pytest

from media_service.conversation.openers import OPENERS
from media_service.prompts import call_facts, static_prompt, system_messages
from shared.shop import load_shop

SHOP = load_shop()
PROMPT = static_prompt(SHOP)


def test_every_service_stands_with_its_time_its_price_and_what_to_bring() -> None:
    assert (
        "- oil_change: oil and filter change; about an hour; $59 to $89; can wait, can drop off\n" in PROMPT
    )  # the whole line: nothing needs to be brought
    for service in SHOP.services:
        line = next(each for each in PROMPT.splitlines() if each.startswith(f"- {service.code}: "))
        assert service.bring is None or line.endswith(f"; bring: {service.bring}")


def test_hours_address_and_every_fact_of_the_shop_are_told() -> None:
    assert "Opening hours: Monday to Friday 7:30 AM to 6 PM; Saturday 8 AM to 3 PM; closed on Sunday." in PROMPT
    assert "12 Maple Street, Springfield, Illinois 62701" in PROMPT
    assert SHOP.facts
    for topic, fact in SHOP.facts.items():
        assert f"- {topic.replace('_', ' ')}: {fact}" in PROMPT


def test_the_model_may_give_neither_a_diagnosis_nor_an_exact_price() -> None:
    assert "No diagnosis, no\nexact prices: price ranges only." in PROMPT


def test_the_model_is_asked_for_just_the_openers_that_are_rendered() -> None:
    assert f"exactly as it stands here: {' '.join(OPENERS['en'])} Take the one that fits" in PROMPT


def test_the_way_of_every_kind_of_call_is_told() -> None:
    for kind in ("A question only", "not on file", "on file who books", "A change or a cancellation"):
        assert kind in PROMPT


@pytest.mark.parametrize("caller", ["+12175550142", "+13125550199"])
def test_the_model_is_told_nothing_of_any_customer_not_even_the_callers_number(caller: str) -> None:
    now = datetime(2026, 11, 23, 15, tzinfo=UTC)
    told = system_messages(PROMPT, call_facts(SHOP, now, caller))
    assert told == system_messages(PROMPT, call_facts(SHOP, now, "+12175550100"))
    assert told[0] == {"role": "system", "content": PROMPT}
    assert not any(caller[2:] in str(message["content"]) for message in told)
