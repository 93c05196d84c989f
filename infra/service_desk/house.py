"""The house that a command works on: the one of the environment, or a lab's, as `infra/lab up --json` printed it."""

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path

from sqlalchemy import Connection

from seed.connection import transaction
from shared import settings
from shared.clock import Clock
from shared.domain.line import Line
from shared.domain.phone import normalise
from shared.domain.wall_time import boundary
from shared.errors import ConfigurationError
from shared.line import refresh
from shared.sessions.in_time import RedisInTime
from shared.sessions.line_copy import LineCopy
from shared.settings import Settings
from shared.shop import Shop
from shared.storage import audit
from shared.storage.database import Database
from shared.storage.shop_tables import read_shop

_OF_A_LAB = {
    "DATABASE_URL": "database",
    "REDIS_URL": "redis",
    "STREAM_TOKEN_SECRET": "stream_token_secret",
    "SOPHIE_CLOCK_FILE": "clock_file",
}
_REDIS_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class House:
    settings: Settings

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        with transaction(self.settings.database_url) as connection:
            yield connection

    @contextmanager
    def changing(self, why: str) -> Iterator[Connection]:
        """What is changed in the block is the desk's doing."""
        with transaction(self.settings.database_url) as connection:
            audit.begin(connection, "desk", why)
            yield connection

    def now(self) -> datetime:
        return Clock(self.settings.clock_file).now()

    def shop(self) -> Shop:
        with self.reading() as connection:
            return read_shop(connection)

    def today(self, shop: Shop) -> date:
        return self.now().astimezone(shop.zone).date()

    def tell_doors(self, shop: Shop) -> Line:
        """After the commit: the next ring goes by it. Where Redis is away a sentence says so."""
        redis, database = RedisInTime(self.settings.redis_url or "redis://127.0.0.1:9", seconds=_REDIS_SECONDS), None
        try:
            database = Database(self.settings.database_url)
            line, told = refresh(database, LineCopy(redis), shop, self.now())
        finally:
            redis.close()
            if database is not None:
                database.close()
        if not told:
            print(
                "The change is written, but calls do not know of it yet: Redis is away or REDIS_URL is not set. "
                "Set it and say the same again.",
                file=sys.stderr,
            )
        return line


def house(lab: Path | None, environ: Mapping[str, str]) -> House:
    """Raises ConfigurationError when the lab's file or the environment lacks something."""
    if lab is None:
        return House(settings.read(environ, settings.Part.DATA))
    try:
        found = json.loads(lab.read_text(encoding="utf-8"))
        given = {name: str(found[key]) for name, key in _OF_A_LAB.items()}
    except (OSError, ValueError, KeyError, TypeError) as why:
        raise ConfigurationError(
            f"{lab} is not what infra/lab up --json prints ({type(why).__name__}): save its first line there."
        ) from why
    return House(settings.read({"SOPHIE_ENV": "local", **given}, settings.Part.DATA))


def span(day: date, shop: Shop) -> tuple[datetime, datetime]:
    """From the first to the last moment of a local day."""
    return boundary(day, time(), shop.zone), boundary(date.fromordinal(day.toordinal() + 1), time(), shop.zone)


def number(given: str) -> str:
    found = normalise(given)
    if found is None:
        raise ConfigurationError(f"{given!r} is no telephone number; write it like +13125550100 or (312) 555-0100.")
    return found
