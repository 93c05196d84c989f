"""A database with a million of everything that grows, made inside Postgres: for plans and times at that size.

The rows obey the schema's types and checks, not its stories; bookings are not in each other's way because their
constraint is taken off.
"""

from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from shared.storage.database import parse_url

MANY = 1_000_000
# Enough that nobody reads such a table whole, where a million would show nothing more.
_FEWER = 100_000
_OF_FEWER = ("intents", "calendar_outbox", "callbacks", "consents", "opt_outs", "identity_failures", "audit")
# Everything is spread evenly from here, 300 a day.
_FIRST = "timestamptz '2020-01-01 00:00+00'"
_AT = f"{_FIRST} + n * interval '288 seconds'"

_FILL = {
    "customers": """(id, phone, first_name, last_name, zip, zone, created_at)
        SELECT n, '+1' || (2000000000 + n), 'Nora', 'Quill', '62701', 'America/Chicago', {first} FROM n""",
    "vehicles": """(id, customer_id, vin, year, make, model, created_at)
        SELECT n, n, '1HGCM826' || lpad(n::text, 9, '0'), 2018, 'Mazda', 'CX-5', {first} FROM n""",
    "appointments": """(id, customer_id, vehicle_id, service, bay, starts_at, ends_at, status, mode, source, call_sid,
            created_at, changed_at)
        SELECT n, n, n, 'oil_change', 1, at, at + interval '30 minutes',
            CASE WHEN n % 10 = 0 THEN 'cancelled' WHEN at < '2026-11-30' THEN 'completed' ELSE 'booked' END, 'wait',
            'seed', 'CA' || n, {first}, {first}
        FROM (SELECT n, {at} AS at FROM n) each""",
    "intents": """(call_sid, kind, payload, read_back, prepared_at, spent_at, answer, id)
        SELECT 'CA' || n, 'book', '{{}}', 'x', {at}, {first}, '{{}}',
            ('00000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid FROM n""",
    "reminders": """(id, appointment_id, starts_at, due_at, state)
        SELECT n, n, {at}, {at},
            CASE WHEN n % 50 = 0 THEN 'due' ELSE 'ended' END FROM n""",
    "calls": """(call_sid, direction, flow, caller, started_at)
        SELECT 'CA' || n, 'inbound', 'service', '+1' || (2000000000 + n), {at} FROM n""",
    "turns": """(call_sid, turn, said_at, caller_said)
        SELECT 'CA' || n, 1, {at}, CASE WHEN n > 980000 THEN 'hello' END FROM n""",
    "calendar_outbox": """(id, appointment_id, version, action, state, created_at)
        SELECT n, n, 1, 'upsert', CASE WHEN n > 99900 THEN 'pending' ELSE 'done' END, {first} FROM n""",
    "callbacks": """(id, phone, reason, state, created_at, done_at)
        SELECT n, '+1' || (2000000000 + n), 'message', CASE WHEN n > 99900 THEN 'open' ELSE 'done' END,
            {at}, CASE WHEN n <= 99900 THEN {first} END FROM n""",
    "consents": """(id, phone, kind, source, given_at)
        SELECT n, '+1' || (2000000000 + n), 'reminder_call', 'desk', {first} FROM n""",
    "opt_outs": "(phone, source, opted_out_at) SELECT '+1' || (2000000000 + n), 'desk', {first} FROM n",
    "identity_failures": """(id, call_sid, caller, about, failed_at)
        SELECT n, 'CA' || n, '+1' || (2000000000 + n), '+1' || (2000000000 + n), {at} FROM n""",
    "audit": """(at, who, table_name, row_key, action)
        SELECT {at}, 'desk', 'appointments', n::text, 'insert' FROM n""",
}

TABLES = frozenset(_FILL)


def fill(database_url: str) -> None:
    """Foreign keys and the audit rest meanwhile; indexes that no constraint needs are made anew afterwards, which is
    several times faster than to keep them."""
    url, connect_args = parse_url(database_url)
    engine = create_engine(url, connect_args=connect_args, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text("SET LOCAL maintenance_work_mem = '256MB'"))
        connection.execute(text("ALTER TABLE appointments DROP CONSTRAINT no_double_booking"))
        for table, rows in _FILL.items():
            query = text(
                "SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS made FROM pg_index i "
                "WHERE indrelid = CAST(:table AS regclass) "
                "AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = i.indexrelid)"
            )
            indexes = connection.execute(query, {"table": table}).all()
            for index in indexes:
                connection.execute(text(f"DROP INDEX {index.name}"))
            connection.execute(text(f"TRUNCATE {table} CASCADE"))  # what is then written needs no log
            many = _FEWER if table in _OF_FEWER else MANY
            numbered = f"WITH n AS (SELECT generate_series(1, {many}) AS n) INSERT INTO {table} "
            connection.execute(text(numbered + rows.format(first=_FIRST, at=_AT)))
            for index in indexes:
                connection.execute(text(index.made))
            if "(id," in rows:
                connection.execute(text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), {many})"))
        connection.execute(text(f"ANALYZE {', '.join(_FILL)}"))
