"""`python -m shared.storage.retention`: takes away what has been kept long enough; for a job that runs each night.

| what | kept for | then |
|---|---|---|
| what was heard and said in a turn | `transcript_days` of the shop file | is blanked; times, tools and latencies stay |
| intents (read-backs hold names) | 30 days | deleted |
| second factors that did not fit | 90 days | deleted |
| the audit of changes | a year | deleted, but not that somebody was erased |

Each batch is a short transaction of its own that passes over rows which a call holds, so it may run while people call,
be stopped at any time, and run twice at once. One run takes so many batches of each kind at most; the rest is for the
next one. It knows nothing of the person a row is about.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import TextClause, text

from shared import log as logs
from shared import settings
from shared.clock import Clock
from shared.errors import SophieError
from shared.log import fields
from shared.storage import schema
from shared.storage.database import Database

log = logging.getLogger(__name__)

BATCH = 1_000
MOST_BATCHES = 1_000
_INTENT_DAYS, _FAILURE_DAYS, _AUDIT_DAYS = 30, 90, 365


@dataclass(frozen=True, slots=True)
class Purge:
    """Of the rows that are older than `days`, the oldest `:most` that nobody holds."""

    name: str
    days: int
    statement: TextClause


# Words are found by the index turns_with_words, whose condition the first lines repeat.
_BLANK = """
WITH old AS (
    SELECT t.call_sid, t.turn FROM turns t {0} WHERE (t.caller_said IS NOT NULL OR t.sophie_said IS NOT NULL) AND {1}
    LIMIT :most FOR UPDATE OF t SKIP LOCKED)
UPDATE turns t SET caller_said = NULL, sophie_said = NULL FROM old WHERE t.call_sid = old.call_sid AND t.turn = old.turn
"""
WORDS = text(_BLANK.format("", "t.said_at <= :before ORDER BY t.said_at"))
# Turns of before their time was kept are as old as their call.
WORDS_WITHOUT_TIME = text(
    _BLANK.format("JOIN calls c ON c.call_sid = t.call_sid", "t.said_at IS NULL AND c.started_at <= :before")
)
_DELETE = """
DELETE FROM {0} WHERE {1} IN (
    SELECT {1} FROM {0} WHERE {2} <= :before {3} ORDER BY {2} LIMIT :most FOR UPDATE SKIP LOCKED)
"""
INTENTS = text(_DELETE.format("intents", "id", "prepared_at", ""))
FAILURES = text(_DELETE.format("identity_failures", "id", "failed_at", ""))
AUDIT = text(_DELETE.format("audit", "id", "at", "AND action <> 'erase'"))


def purge(
    database: Database, now: datetime, transcript_days: int, *, batch: int = BATCH, most_batches: int = MOST_BATCHES
) -> Mapping[str, int]:
    """How many rows of each kind were blanked or deleted; `unfinished` counts kinds of which there may be more.

    Raises Unavailable when Postgres is away; what was done before stays done.
    """
    counts = {"unfinished": 0}
    for each in (
        Purge("words", transcript_days, WORDS),
        Purge("words_without_time", transcript_days, WORDS_WITHOUT_TIME),
        Purge("intents", _INTENT_DAYS, INTENTS),
        Purge("identity_failures", _FAILURE_DAYS, FAILURES),
        Purge("audit", _AUDIT_DAYS, AUDIT),
    ):
        before = now - timedelta(days=each.days)
        counts[each.name], ended = _in_batches(database, each, before, batch, most_batches)
        counts["unfinished"] += not ended
    return counts


def _in_batches(database: Database, each: Purge, before: datetime, batch: int, most_batches: int) -> tuple[int, bool]:
    values, total = {"before": before, "most": batch}, 0
    for number in range(1, most_batches + 1):
        rows = database.run(lambda c: c.execute(each.statement, values).rowcount)
        total += rows
        if rows < batch:
            return total, True
        if number % 100 == 0:
            log.info("purging", extra=fields(what=each.name, rows=total))
    return total, False


def _transcript_days(database: Database) -> int:
    """As the shop's table has it. Raises ConfigurationError when the schema is not this code's or the shop is not
    loaded."""
    with database.transaction() as connection:
        schema.check(connection, newer_is_fine=True)
        return int(connection.execute(text("SELECT transcript_days FROM shop")).scalar_one())


def main() -> int:
    given = settings.read_or_exit(settings.Part.DATA)
    logs.configure("retention")
    database = Database(given.database_url)
    try:
        counts = purge(database, Clock(given.clock_file).now(), _transcript_days(database))
    except SophieError as why:
        log.error("purge given up", extra=fields(why=str(why)))
        return 2
    finally:
        database.close()
    log.info("purged", extra=fields(**counts))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
