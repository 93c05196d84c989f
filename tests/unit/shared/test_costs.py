"""What a call costs, to the millionth of a dollar."""

from datetime import date
from decimal import Decimal

import pytest

from shared.domain.costs import ITEMS, Price, PriceList, Tokens, Usage
from shared.errors import ConfigurationError
from shared.prices import load_prices, price_list

MAY, JUNE = date(2026, 5, 31), date(2026, 6, 1)


def row(**changes: object) -> dict[str, object]:
    return {
        "item": "stt_minute", "model": "flux", "valid_from": date(2026, 1, 1), "usd": "0.0065", "source": "list",
    } | changes  # fmt: skip


def test_the_price_of_a_day_is_the_latest_one_that_had_begun() -> None:
    prices = price_list([row(), row(valid_from=JUNE, usd="0.0070")])
    assert prices.of("stt_minute", "flux", MAY) == Decimal("0.0065")
    assert prices.of("stt_minute", "flux", JUNE) == Decimal("0.0070")
    assert prices.of("stt_minute", "flux", date(2025, 12, 31)) == 0


def test_a_model_has_the_price_of_the_longest_name_that_begins_its_own() -> None:
    prices = price_list([row(model="gpt-4o", usd="5"), row(model="gpt-4o-mini", usd="1")])
    assert prices.of("stt_minute", "gpt-4o-2024-11-20", MAY) == 5
    assert prices.of("stt_minute", "gpt-4o-mini-2024-07-18", MAY) == 1
    assert prices.of("stt_minute", "other", MAY) == 0


def test_an_exchange_costs_what_each_provider_asks_for_its_part() -> None:
    usage = Usage(stt_seconds=30.0, tts_characters=200)
    usage.add_tokens("gpt-4o", Tokens(fresh=1000, cached=2000, output=50))
    usage.add_tokens("gpt-6-luna", Tokens(fresh=1000, output=10))
    usage.add_tokens("gpt-4o", Tokens(output=50))
    assert usage.all_tokens == Tokens(2000, 2000, 110)
    # 0.00325 + 0.006 + (0.0025 + 0.0025 + 0.001) + (0.0001 + 0.000005)
    cost = load_prices().of_usage(usage, "flux-general-en", "aura-2-asteria-en", date(2026, 11, 22))
    assert cost == Decimal("0.015355")


def test_each_voice_has_its_own_price() -> None:
    usage = Usage(tts_characters=100)
    usage.add_characters("aura-2-asteria-en", 100)
    usage.add_characters("gpt-4o-mini-tts", 1000)
    assert usage.tts_characters == 1200
    # 200 * 0.00003 + 1000 * 0.0000167
    cost = load_prices().of_usage(usage, "flux-general-en", "aura-2-asteria-en", date(2026, 11, 22))
    assert cost == Decimal("0.022700")


def test_a_minute_of_the_line_is_the_call_and_its_stream() -> None:
    prices = load_prices()
    assert prices.of_line_minute("inbound", JUNE) == Decimal("0.0125")
    assert prices.of_line_minute("outbound", JUNE) == Decimal("0.0180")


def test_a_minute_with_the_desk_is_a_call_of_ours_without_a_stream() -> None:
    assert load_prices().of_desk_minute(JUNE) == Decimal("0.0140")


def test_the_price_file_knows_every_item_and_the_models_that_are_the_defaults() -> None:
    prices = load_prices()
    assert {each.item for each in prices.prices} == set(ITEMS)
    today = date(2026, 11, 22)
    for item in ("llm_fresh_token", "llm_cached_token", "llm_output_token"):
        assert prices.of(item, "gpt-4o", today) > prices.of(item, "gpt-6-luna", today) > 0


@pytest.mark.parametrize(
    "wrong",
    [
        row(usd=None), row(usd="a lot"), row(usd="-1"), row(usd="1000000"), row(item="coffee"),
        row(valid_from="2026-01-01"), {"item": "stt_minute"},
    ],
)  # fmt: skip
def test_a_row_that_is_no_price_is_named_by_its_number(wrong: dict[str, object]) -> None:
    with pytest.raises(ConfigurationError, match="Price 2"):
        price_list([row(model="first"), wrong])


def test_two_prices_for_one_day_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="Price 2 stands twice"):
        price_list([row(), row(usd="1")])


def test_a_list_is_made_of_prices_in_their_order() -> None:
    assert price_list([row()]) == PriceList((Price("stt_minute", "flux", date(2026, 1, 1), Decimal("0.0065"), "list"),))
