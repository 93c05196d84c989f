"""What staff switch during a day: who takes new calls, closed days, blocked numbers. These rows are the truth; the
doors read a copy of them (`shared.line`)."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, Row, text

from shared.domain.line import Line, TakenBy
from shared.storage.shop_tables import closures_between

_DAYS_AHEAD = 14
_READ = text("SELECT taken_by, capped_on FROM line")
_LOCKED = text("SELECT taken_by, capped_on FROM line FOR UPDATE")
_MOST_BLOCKED = 2_000


def read(connection: Connection, today: date, *, locked: bool = False) -> Line:
    """The line as the rows have it, with closures of two weeks; `locked` keeps others waiting until the transaction
    ends."""
    row = connection.execute(_LOCKED if locked else _READ).one()
    blocked = connection.execute(
        text("SELECT phone FROM blocked_numbers ORDER BY blocked_at DESC LIMIT :most"), {"most": _MOST_BLOCKED}
    )
    closed = closures_between(connection, today - timedelta(days=1), today + timedelta(days=_DAYS_AHEAD))
    return Line(row.taken_by, row.capped_on, closed, frozenset(blocked.scalars()))


def give_calls_to(connection: Connection, taken_by: TakenBy) -> None:
    """From the next ring on; giving them to Sophie also ends a day's cap."""
    connection.execute(
        text(
            "UPDATE line SET taken_by = :taken_by, "
            "capped_on = CASE WHEN :taken_by = 'sophie' THEN NULL ELSE capped_on END"
        ),
        {"taken_by": taken_by},
    )


def cap_if_spent(connection: Connection, midnight: datetime, today: date, cap_usd: int) -> bool:
    """True when calls and texts since `midnight` have now cost the day's cap; it is told once a day. Texts that came in
    do not count: ringing at the desk keeps none away, and anybody could send so many."""
    statement = text(
        "UPDATE line SET capped_on = :today WHERE capped_on IS DISTINCT FROM :today "
        "AND (SELECT coalesce(sum(cost), 0) FROM calls WHERE started_at >= :midnight) "
        "+ (SELECT coalesce(sum(cost), 0) FROM messages WHERE created_at >= :midnight "
        "AND kind <> 'incoming') >= :cap"
    )
    values = {"today": today, "midnight": midnight, "cap": cap_usd}
    return connection.execute(statement, values).rowcount > 0


def close(connection: Connection, day: date, reason: str) -> None:
    connection.execute(
        text(
            "INSERT INTO closures (day, reason, source) VALUES (:day, :reason, 'staff') "
            "ON CONFLICT (day) DO UPDATE SET reason = EXCLUDED.reason WHERE closures.source = 'staff'"
        ),
        {"day": day, "reason": reason},
    )


def reopen(connection: Connection, day: date) -> bool:
    """False when staff had not closed that day; holidays are the shop file's."""
    statement = text("DELETE FROM closures WHERE day = :day AND source = 'staff'")
    return connection.execute(statement, {"day": day}).rowcount > 0


def block(connection: Connection, phone: str, reason: str | None, now: datetime) -> None:
    connection.execute(
        text(
            "INSERT INTO blocked_numbers (phone, reason, blocked_at) VALUES (:phone, :reason, :now) "
            "ON CONFLICT (phone) DO UPDATE SET reason = coalesce(EXCLUDED.reason, blocked_numbers.reason)"
        ),
        {"phone": phone, "reason": reason, "now": now},
    )


def unblock(connection: Connection, phone: str) -> bool:
    """False when it was not blocked."""
    return connection.execute(text("DELETE FROM blocked_numbers WHERE phone = :phone"), {"phone": phone}).rowcount > 0


def blocked(connection: Connection) -> Sequence[Row[tuple[str, str | None, datetime]]]:
    return connection.execute(text("SELECT phone, reason, blocked_at FROM blocked_numbers ORDER BY blocked_at")).all()
