"""What every door is given: the settings, the shop, and, for those that ask, the stores behind them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from shared.settings import Settings
from shared.shop import Shop

if TYPE_CHECKING:
    from shared.sessions.sessions import Sessions
    from shared.storage.database import Database

Form = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Door:
    settings: Settings
    shop: Shop

    def sessions(self) -> "Sessions":
        return _sessions(self.settings.redis_url)

    def database(self) -> "Database":
        return _database(self.settings.database_url)


# Functions run as one process of several threads: both clients are made once and are safe to share.


@cache
def _sessions(url: str) -> "Sessions":
    from shared.sessions.sessions import Sessions

    # A second try: whoever said goodbye must not be put through to the desk because a connection had died.
    return Sessions(url, tries=2)


@cache
def _database(url: str) -> "Database":
    from shared.storage.database import Database

    return Database(url, pool_size=4)
