"""The shop's tables: written from the shop file by `migrate`, and read for what changes during a day.

Rows that left the file are kept inactive, because old appointments point at them.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date

from sqlalchemy import Connection, text

from shared.shop import Shop


def write_shop(connection: Connection, shop: Shop) -> None:
    """Makes the tables say what the shop file says; closures that staff entered stay."""
    rules = shop.rules
    connection.execute(text("DELETE FROM shop"))
    _insert(
        connection,
        "shop",
        [
            {
                "name": shop.name,
                "legal_name": shop.legal_name,
                "street": shop.street,
                "city": shop.city,
                "state": shop.state,
                "zip": shop.zip,
                "zone": shop.zone.key,
                "desk_number": shop.desk_number,
                "voice": shop.voice,
                "lead_minutes": rules.lead_minutes,
                "horizon_days": rules.horizon_days,
                "write_up_minutes": rules.write_up_minutes,
                "load_percent": rules.load_percent,
                "texts": json.dumps(asdict(shop.texts)),
            }
        ],
    )
    connection.execute(text("DELETE FROM opening_hours"))
    weekly = [{"weekday": day, "opens": span[0], "closes": span[1]} for day, span in shop.hours.weekly.items()]
    _insert(connection, "opening_hours", weekly)
    connection.execute(text("DELETE FROM closures WHERE source = 'shop_file'"))
    holidays = [{"day": day, "reason": why, "source": "shop_file"} for day, why in shop.hours.closed.items()]
    _insert(connection, "closures", holidays, "ON CONFLICT (day) DO NOTHING")
    _replace(connection, "bays", "number", [{"number": bay.number, "name": bay.name} for bay in shop.bays])
    people: list[dict[str, object]] = [
        {"name": each.name, "skills": sorted(each.skills)} for each in shop.technicians
    ]
    _replace(connection, "technicians", "name", people)
    services = [
        {
            "code": each.code,
            "name": each.name,
            "synonyms": list(each.synonyms),
            "bay_minutes": each.bay_minutes,
            "promised_minutes": each.promised_minutes,
            "price_from": each.price_from,
            "price_to": each.price_to,
            "skill": each.skill,
            "modes": list(each.modes),
            "position": position,
        }
        for position, each in enumerate(shop.services)
    ]
    _replace(connection, "services", "code", services)


def closures_between(connection: Connection, first: date, last: date) -> Mapping[date, str]:
    """Every day on which the shop is closed although its weekday is not, by holiday or by the staff's word."""
    rows = connection.execute(
        text("SELECT day, reason FROM closures WHERE day BETWEEN :first AND :last"), {"first": first, "last": last}
    )
    return {row.day: row.reason for row in rows}


def _replace(connection: Connection, table: str, key: str, rows: Sequence[dict[str, object]]) -> None:
    connection.execute(text(f"UPDATE {table} SET active = false"))  # noqa: S608
    updates = ", ".join(f"{name} = EXCLUDED.{name}" for name in rows[0] if name != key)
    _insert(connection, table, rows, f"ON CONFLICT ({key}) DO UPDATE SET {updates}, active = true")


def _insert(connection: Connection, table: str, rows: Sequence[dict[str, object]], suffix: str = "") -> None:
    """Names of tables and columns come from this module alone; values are bound."""
    if not rows:
        return
    names = list(rows[0])
    holders = ", ".join(f"CAST(:{name} AS jsonb)" if name == "texts" else f":{name}" for name in names)
    statement = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({holders}) {suffix}"  # noqa: S608
    connection.execute(text(statement), list(rows))
