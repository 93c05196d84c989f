"""What the operator looks at: today's board, call-backs, calls, money. Nothing is changed here."""

from datetime import date
from typing import Any

from sqlalchemy import Connection, text

from infra.service_desk.house import House, span
from infra.service_desk.told import Table, Told
from shared.shop import Shop
from shared.storage import callbacks as stored_callbacks
from shared.storage import line as stored_line

Row = dict[str, Any]

_BOARD = """
SELECT a.bay, a.starts_at, a.ends_at, s.name AS service, concat_ws(' ', c.first_name, c.last_name) AS customer,
       c.phone::text AS phone, concat_ws(' ', v.year, v.make, v.model) AS car, a.mode, a.status, a.id
FROM appointments a JOIN customers c ON c.id = a.customer_id JOIN vehicles v ON v.id = a.vehicle_id
     JOIN services s ON s.code = a.service
WHERE a.starts_at >= :first AND a.starts_at < :last AND a.status <> 'cancelled' ORDER BY a.bay, a.starts_at
"""
_CALLS = """
SELECT c.call_sid, c.started_at, c.direction, c.caller::text AS caller, c.outcome, c.status, c.seconds, c.cost,
       c.attestation, (SELECT count(*) FROM turns t WHERE t.call_sid = c.call_sid) AS turns
FROM calls c ORDER BY c.started_at DESC, c.call_sid LIMIT :last
"""
_CALL = """
SELECT call_sid, started_at, ended_at, direction, flow, caller::text AS caller, outcome, status,
       transferred_to::text AS transferred_to, seconds, cost, providers_cost, attestation
FROM calls WHERE call_sid = :sid
"""
_TURNS = """
SELECT turn, caller_said, sophie_said, barged_in, round(response_ms) AS response_ms, round(first_token_ms) AS model_ms,
       round(tools_ms) AS tools_ms, round(first_speech_ms) AS voice_ms, cost,
       (SELECT string_agg(tool ->> 'name', ', ') FROM jsonb_array_elements(tools) tool) AS tools
FROM turns WHERE call_sid = :sid ORDER BY turn
"""
_COSTS = """
SELECT direction, coalesce(outcome, status) AS outcome, count(*) AS calls, coalesce(sum(seconds), 0) AS seconds,
       coalesce(sum(cost), 0) AS cost, coalesce(sum(providers_cost), 0) AS of_it_providers
FROM calls WHERE started_at >= :first AND started_at < :last GROUP BY 1, 2 ORDER BY cost DESC, 1, 2
"""
_TEXTS = """
SELECT kind, count(*) AS texts, coalesce(sum(segments), 0) AS segments, coalesce(sum(cost), 0) AS cost
FROM messages WHERE created_at >= :first AND created_at < :last GROUP BY 1 ORDER BY cost DESC, 1
"""
_SPENT = """
SELECT (SELECT coalesce(sum(cost), 0) FROM calls WHERE started_at >= :first AND started_at < :last)
     + (SELECT coalesce(sum(cost), 0) FROM messages WHERE created_at >= :first AND created_at < :last)
"""


def today(house: House, day: date | None) -> Told:
    shop = house.shop()
    wanted = day or house.today(shop)
    with house.reading() as connection:
        facts = _line_facts(connection, shop, wanted)
        board = _rows(connection, shop, _BOARD, wanted)
        waiting = stored_callbacks.list_open(connection)
    return Told({**facts, "open_call_backs": len(waiting)}, [Table("board", board)])


def _line_facts(connection: Connection, shop: Shop, day: date) -> Row:
    line = stored_line.read(connection, day)
    hours = shop.hours.with_closed(line.closed)
    opening = hours.on(day)
    taken = "the desk (infra/desk calls on gives them back to Sophie)" if line.taken_by == "desk" else "Sophie"
    if line.capped_on == day:
        taken = "the desk: the day's money is spent (infra/desk calls on lifts the cap for today)"
    return {
        "day": day,
        "hours": f"{opening[0]:%H:%M} to {opening[1]:%H:%M}"
        if opening
        else f"closed: {hours.closed.get(day, 'by hours')}",
        "calls_are_taken_by": taken,
        "spent_usd": connection.execute(text(_SPENT), _span(day, shop)).scalar_one(),
        "daily_cap_usd": shop.limits.daily_cost_cap_usd,
    }


def callbacks(house: House) -> Told:
    shop = house.shop()
    with house.reading() as connection:
        rows = [_local(dict(row._mapping), shop) for row in stored_callbacks.list_open(connection)]
    return Told(tables=[Table("call_backs", rows)])


def blocked(house: House) -> Told:
    shop = house.shop()
    with house.reading() as connection:
        rows = [_local(dict(row._mapping), shop) for row in stored_line.blocked(connection)]
    return Told(tables=[Table("blocked", rows)])


def calls(house: House, last: int) -> Told:
    shop = house.shop()
    with house.reading() as connection:
        rows = [_local(dict(row), shop) for row in connection.execute(text(_CALLS), {"last": last}).mappings()]
    return Told(tables=[Table("calls", rows)])


def call(house: House, sid: str) -> Told:
    shop = house.shop()
    with house.reading() as connection:
        found = connection.execute(text(_CALL), {"sid": sid}).mappings().first()
        if found is None:
            return Told({"call_sid": sid, "found": False}, ok=False)
        turns = [dict(row) for row in connection.execute(text(_TURNS), {"sid": sid}).mappings()]
    times = [{name: value for name, value in row.items() if not name.endswith("_said")} for row in turns]
    # Who said what: only where the shop keeps it, and for as long.
    said = [
        {"turn": row["turn"], "who": who, "words": row[column]}
        for row in turns
        for who, column in (("caller", "caller_said"), ("Sophie", "sophie_said"))
        if row[column]
    ]
    return Told(_local(dict(found), shop), [Table("turns", times), Table("transcript", said)])


def costs(house: House, day: date | None) -> Told:
    shop = house.shop()
    wanted = day or house.today(shop)
    with house.reading() as connection:
        spent = connection.execute(text(_SPENT), _span(wanted, shop)).scalar_one()
        calls, texts = (_rows(connection, shop, query, wanted) for query in (_COSTS, _TEXTS))
    facts = {"day": wanted, "spent_usd": spent, "daily_cap_usd": shop.limits.daily_cost_cap_usd}
    return Told(facts, [Table("calls_by_outcome", calls), Table("texts_by_kind", texts)])


def _span(day: date, shop: Shop) -> Row:
    first, last = span(day, shop)
    return {"first": first, "last": last}


def _rows(connection: Connection, shop: Shop, query: str, day: date) -> list[Row]:
    return [_local(dict(row), shop) for row in connection.execute(text(query), _span(day, shop)).mappings()]


def _local(row: Row, shop: Shop) -> Row:
    """Moments by the workshop's clock."""
    return {name: each.astimezone(shop.zone) if hasattr(each, "astimezone") else each for name, each in row.items()}
