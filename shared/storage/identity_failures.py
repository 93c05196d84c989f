"""Second factors that did not fit, over all calls: who called, and whose number they asked about.

The limits stand here, beside the only question that they answer. What a caller is told is not known here.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection, text

# A number with so many failures within the time is closed, whether it called or was asked about.
_LIMITS = ((timedelta(hours=1), 3), (timedelta(days=1), 6))


def hold(connection: Connection, about: str) -> None:
    """Waits until no other transaction tries a factor for this number: racing calls get no more tries than one."""
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": f"identity of {about}"})


def add(connection: Connection, *, call_sid: str, caller: str | None, about: str, now: datetime) -> None:
    connection.execute(
        text(
            "INSERT INTO identity_failures (call_sid, caller, about, failed_at) "
            "VALUES (:call_sid, :caller, :about, :now)"
        ),
        {"call_sid": call_sid, "caller": caller, "about": about, "now": now},
    )


def closed(connection: Connection, *, caller: str | None, about: str, now: datetime) -> bool:
    """Whether the number that calls (None when withheld) or the one it asks about has failed too often."""
    row = connection.execute(
        text(
            "SELECT array_agg(failed_at) FILTER (WHERE caller = :caller) AS by_caller, "
            "array_agg(failed_at) FILTER (WHERE about = :about) AS about FROM identity_failures "
            "WHERE (caller = :caller OR about = :about) AND failed_at > :since AND failed_at <= :now"
        ),
        {"caller": caller, "about": about, "since": now - _LIMITS[-1][0], "now": now},
    ).one()
    return _too_many(row.by_caller or [], now) or _too_many(row.about or [], now)


def _too_many(failures: list[datetime], now: datetime) -> bool:
    return any(sum(at > now - span for at in failures) >= most for span, most in _LIMITS)
