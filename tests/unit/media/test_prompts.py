"""The static prompt holds what a caller may ask without a tool."""

from media_service.prompts import static_prompt
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
