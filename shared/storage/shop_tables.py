"""The shop's tables: written from the shop file by `migrate`, read by whoever speaks or books for the shop.

Rows that left the file are kept inactive, because old appointments point at them. What changes during a day (closures,
times that staff keep free) is read for each lookup.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import Field, asdict, fields
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, text

from shared.domain.models import Bay, BookingRules, OpeningHours, Service, Technician
from shared.domain.ranges import Range
from shared.errors import ConfigurationError
from shared.shop import Limits, Retention, Shop
from shared.shop_texts import InLanguage, LanguageTexts, Texts


def write_shop(connection: Connection, shop: Shop) -> None:
    """Makes the tables say what the shop file says; closures that staff entered stay."""
    connection.execute(text("DELETE FROM shop"))
    _insert(connection, "shop", [_shop_row(shop)])
    connection.execute(text("DELETE FROM opening_hours"))
    weekly = [{"weekday": day, "opens": span[0], "closes": span[1]} for day, span in shop.hours.weekly.items()]
    _insert(connection, "opening_hours", weekly)
    connection.execute(
        text("DELETE FROM closures WHERE source = 'shop_file' AND day <> ALL(CAST(:days AS date[]))"),
        {"days": list(shop.hours.closed)},
    )
    holidays = [{"day": day, "reason": why, "source": "shop_file"} for day, why in shop.hours.closed.items()]
    _insert(connection, "closures", holidays, "ON CONFLICT (day) DO NOTHING")
    bays = [{"number": each.number, "name": each.name, "equipment": sorted(each.equipment)} for each in shop.bays]
    _replace(connection, "bays", "number", bays)
    people = [{"name": each.name, "skills": sorted(each.skills)} for each in shop.technicians]
    _replace(connection, "technicians", "name", people)
    services = [
        asdict(each) | {"synonyms": list(each.synonyms), "modes": list(each.modes), "position": position}
        for position, each in enumerate(shop.services)
    ]
    _replace(connection, "services", "code", services)


def _shop_row(shop: Shop) -> dict[str, object]:
    rules = shop.rules
    return {
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
        "waiters_per_half_day": rules.waiters_per_half_day,
        "loaners": rules.loaners,
        "shuttle_from": rules.shuttle_from,
        "shuttle_until": rules.shuttle_until,
        "shuttle_seats": rules.shuttle_seats_per_day,
        "transcript_days": shop.retention.transcript_days,
        "limits": json.dumps(asdict(shop.limits)),
        "facts": json.dumps(dict(shop.facts)),
        "texts": json.dumps(asdict(shop.texts)),
    }


def read_shop(connection: Connection) -> Shop:
    """The shop as the tables have it. Raises ConfigurationError when no shop file was ever loaded."""
    row = connection.execute(text("SELECT * FROM shop")).first()
    if row is None:
        raise ConfigurationError("The database knows no shop: run python -m shared.storage.migrate.")
    return Shop(
        name=row.name,
        legal_name=row.legal_name,
        street=row.street,
        city=row.city,
        state=row.state,
        zip=row.zip,
        desk_number=row.desk_number,
        voice=row.voice,
        hours=_hours(connection, ZoneInfo(row.zone)),
        rules=_rules(row),
        bays=tuple(
            Bay(each.number, each.name, frozenset(each.equipment))
            for each in _rows(connection, "SELECT * FROM bays WHERE active ORDER BY number")
        ),
        technicians=tuple(
            Technician(each.name, frozenset(each.skills))
            for each in _rows(connection, "SELECT * FROM technicians WHERE active ORDER BY name")
        ),
        services=tuple(
            _service(each) for each in _rows(connection, "SELECT * FROM services WHERE active ORDER BY position")
        ),
        texts=_texts(row.texts),
        facts=row.facts,
        retention=Retention(row.transcript_days),
        limits=Limits(**row.limits),
    )


def _texts(said: Mapping[str, Any]) -> Texts:
    """Texts that only a newer version knows are passed over; one that is missing was never loaded."""
    known = {each.name for each in fields(Texts)}
    if missing := known - set(said):
        raise ConfigurationError(
            f"The shop in the database lacks {', '.join(sorted(missing))}: run python -m shared.storage.migrate."
        )
    others = {code: LanguageTexts(**texts) for code, texts in said["other_language"].items()}
    whole = {code: InLanguage(**_call_texts(texts, fields(InLanguage))) for code, texts in said["in_language"].items()}
    return Texts(**{**_call_texts(said, fields(Texts)), "other_language": others, "in_language": whole})


def _call_texts(said: Mapping[str, Any], known: Sequence[Field[Any]]) -> dict[str, Any]:
    """The known texts, with lists as tuples."""
    made = {each.name: _tuple(said[each.name]) for each in known}
    return {**made, "fillers_of": {tool: tuple(lines) for tool, lines in said["fillers_of"].items()}}


def _tuple(said: Any) -> Any:
    return tuple(said) if isinstance(said, list) else said


def _hours(connection: Connection, zone: ZoneInfo) -> OpeningHours:
    weekly = _rows(connection, "SELECT weekday, opens, closes FROM opening_hours ORDER BY weekday")
    closed = _rows(connection, "SELECT day, reason FROM closures WHERE source = 'shop_file' ORDER BY day")
    return OpeningHours(
        zone, {each.weekday: (each.opens, each.closes) for each in weekly}, {each.day: each.reason for each in closed}
    )


def _rules(row: Row[Any]) -> BookingRules:
    return BookingRules(
        lead_minutes=row.lead_minutes,
        horizon_days=row.horizon_days,
        write_up_minutes=row.write_up_minutes,
        load_percent=row.load_percent,
        waiters_per_half_day=row.waiters_per_half_day,
        loaners=row.loaners,
        shuttle_from=row.shuttle_from,
        shuttle_until=row.shuttle_until,
        shuttle_seats_per_day=row.shuttle_seats,
    )


def _service(row: Row[Any]) -> Service:
    return Service(
        code=row.code,
        name=row.name,
        synonyms=tuple(row.synonyms),
        bay_minutes=row.bay_minutes,
        promised_minutes=row.promised_minutes,
        price_from=row.price_from,
        price_to=row.price_to,
        skill=row.skill,
        modes=tuple(row.modes),
        equipment=row.equipment,
        bring=row.bring,
    )


def closures_between(connection: Connection, first: date, last: date) -> Mapping[date, str]:
    """Every day on which the shop is closed although its weekday is not, by holiday or by the staff's word."""
    rows = connection.execute(
        text("SELECT day, reason FROM closures WHERE day BETWEEN :first AND :last"), {"first": first, "last": last}
    )
    return {row.day: row.reason for row in rows}


def staff_events_between(connection: Connection, first: datetime, last: datetime) -> tuple[Range, ...]:
    """Times in the span in which nothing is booked, because staff keep them free."""
    rows = connection.execute(
        text("SELECT starts_at, ends_at FROM staff_events WHERE ends_at > :first AND starts_at < :last"),
        {"first": first, "last": last},
    )
    return tuple(Range(row.starts_at, row.ends_at) for row in rows)


def _rows(connection: Connection, statement: str) -> Sequence[Row[Any]]:
    return connection.execute(text(statement)).all()


def _replace(connection: Connection, table: str, key: str, rows: Sequence[dict[str, Any]]) -> None:
    connection.execute(text(f"UPDATE {table} SET active = false"))  # noqa: S608
    updates = ", ".join(f"{name} = EXCLUDED.{name}" for name in rows[0] if name != key)
    _insert(connection, table, rows, f"ON CONFLICT ({key}) DO UPDATE SET {updates}, active = true")


def _insert(connection: Connection, table: str, rows: Sequence[dict[str, Any]], suffix: str = "") -> None:
    """Names of tables and columns come from this module alone; values are bound."""
    if not rows:
        return
    names = list(rows[0])
    jsons = ("texts", "facts", "limits")
    holders = ", ".join(f"CAST(:{name} AS jsonb)" if name in jsons else f":{name}" for name in names)
    statement = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({holders}) {suffix}"  # noqa: S608
    connection.execute(text(statement), list(rows))
