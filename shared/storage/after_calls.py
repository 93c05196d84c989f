"""What people are to be told once a call is over: the desk of call-backs, callers of what they booked.

Read whole and not by call, because the carrier's last word about a call may get lost: the next call's brings it up.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, text

_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)
_MOST = 20


def callbacks_untold(connection: Connection, now: datetime) -> Sequence[Row[Any]]:
    """Open call-backs of the last day of which the desk got no message."""
    return connection.execute(
        text(
            "SELECT b.id, b.phone, b.reason, b.message, concat_ws(' ', c.first_name, c.last_name) AS name "
            "FROM callbacks b LEFT JOIN customers c ON c.id = b.customer_id "
            "WHERE b.state = 'open' AND b.created_at > :since AND NOT EXISTS "
            "(SELECT FROM messages m WHERE m.kind = 'callback' AND m.callback_id = b.id) ORDER BY b.id LIMIT :most"
        ),
        {"since": now - _DAY, "most": _MOST},
    ).all()


def bookings_unconfirmed(connection: Connection, now: datetime) -> Sequence[Row[Any]]:
    """Appointments that callers booked or moved by voice in the last hour, where their number consented to texts, is
    not opted out, and had no text of that time."""
    return connection.execute(
        text(
            "SELECT a.id, a.starts_at, c.phone, s.name AS service, a.mode FROM appointments a "
            "JOIN customers c ON c.id = a.customer_id JOIN services s ON s.code = a.service "
            "WHERE a.changed_at > :since AND a.starts_at > :now AND a.status = 'booked' AND a.source = 'voice' "
            "AND EXISTS (SELECT FROM consents o WHERE o.phone = c.phone AND o.kind = 'sms' AND o.withdrawn_at IS NULL) "
            "AND NOT EXISTS (SELECT FROM opt_outs x WHERE x.phone = c.phone) AND NOT EXISTS (SELECT FROM messages m "
            "WHERE m.kind = 'confirmation' AND m.appointment_id = a.id AND m.starts_at = a.starts_at) "
            "ORDER BY a.id LIMIT :most"
        ),
        {"since": now - _HOUR, "now": now, "most": _MOST},
    ).all()
