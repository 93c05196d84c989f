"""The dated price table. What a call costs is reckoned in `shared.domain.costs`."""

from dataclasses import asdict

from sqlalchemy import Connection, text

from shared.domain.costs import Price, PriceList


def write_prices(connection: Connection, prices: PriceList) -> None:
    """Makes the table hold the list; a price that left the list stays, because calls were reckoned with it."""
    connection.execute(
        text(
            "INSERT INTO prices (item, model, valid_from, usd, source) "
            "VALUES (:item, :model, :valid_from, :usd, :source) "
            "ON CONFLICT (item, model, valid_from) DO UPDATE SET usd = EXCLUDED.usd, source = EXCLUDED.source"
        ),
        [asdict(each) for each in prices.prices],
    )


def read_prices(connection: Connection) -> PriceList:
    rows = connection.execute(text("SELECT item, model, valid_from, usd, source FROM prices"))
    return PriceList(tuple(Price(*row) for row in rows))
