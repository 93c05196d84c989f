"""Brings the copy of the line that the doors read up to what the rows say.

Called after each commit that changes them, and when a media service starts. Whoever comes second waits for the first,
so the copy never goes back.
"""

from datetime import datetime

from shared.domain.line import Line
from shared.sessions.line_copy import LineCopy
from shared.shop import Shop
from shared.storage import line
from shared.storage.database import Database


def refresh(database: Database, copy: LineCopy, shop: Shop, now: datetime) -> tuple[Line, bool]:
    """The line, and whether the copy was written. Raises Unavailable when Postgres is away."""
    with database.transaction() as connection:
        found = line.read(connection, now.astimezone(shop.zone).date(), locked=True)
        return found, copy.write(found)
