"""The price list as a file: read, and checked in one pass. What it is used for is not known here."""

import tomllib
from collections.abc import Iterable
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from shared.domain.costs import ITEMS, Price, PriceList
from shared.errors import ConfigurationError

PRICE_FILE = Path(__file__).with_name("prices.toml")


def load_prices(path: Path = PRICE_FILE) -> PriceList:
    """The price list of a file. Raises ConfigurationError that names the entry and what is wrong with it."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))["prices"]
        return price_list(raw)
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError) as why:
        raise ConfigurationError(f"The price file {path} cannot be read: {why!r}.") from why


def price_list(rows: Iterable[dict[str, Any]]) -> PriceList:
    """Raises ConfigurationError for a row that is not a price, and for two of the same item, model and day."""
    prices: dict[tuple[str, str, date], Price] = {}
    for number, row in enumerate(rows, 1):
        try:
            price = Price(row["item"], row["model"], row["valid_from"], Decimal(row["usd"]), row["source"])
        except (KeyError, TypeError, InvalidOperation) as why:
            raise ConfigurationError(f"Price {number} needs item, model, valid_from, usd (in quotes), source.") from why
        if price.item not in ITEMS or type(price.valid_from) is not date or not 0 <= price.usd < 1000:
            raise ConfigurationError(f"Price {number} must have an item of {', '.join(ITEMS)}, a day and a sum.")
        if prices.setdefault((price.item, price.model, price.valid_from), price) is not price:
            raise ConfigurationError(f"Price {number} stands twice: {price.item} of {price.model}, {price.valid_from}.")
    return PriceList(tuple(prices.values()))
