"""What every door is given: the settings, the shop, and, for those that ask, the stores behind them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING

from shared.clock import Clock
from shared.settings import Settings
from shared.shop import Shop

if TYPE_CHECKING:
    from shared.sessions.in_time import RedisInTime
    from shared.sessions.line_copy import LineCopy
    from shared.sessions.sessions import Sessions
    from shared.storage.database import Database
    from shared.telephony import Telephony

Form = Mapping[str, str]

# Twice in one request must fit into what the carrier waits for an answer, while a caller hears nothing.
_DATABASE_SILENT_SECONDS = 1.5

# A ringing call does not wait longer for what changes during a day.
_RINGING_SECONDS = 0.030


def other_party(form: Form) -> str:
    """The number of whoever talks with us: a call that we made comes from our own."""
    return form.get("From" if form.get("Direction", "inbound") == "inbound" else "To", "")


@dataclass(frozen=True, slots=True)
class Door:
    """`query` is what our own TwiML wrote into the address that is asked; Twilio has signed it."""

    settings: Settings
    shop: Shop
    query: Mapping[str, str]

    def now(self) -> datetime:
        return Clock(self.settings.clock_file).now()

    def sessions(self) -> "Sessions":
        from shared.sessions.sessions import Sessions

        return Sessions(_redis(self.settings.redis_url), self.settings.stream_token_secrets)

    def line_copy(self) -> "LineCopy":
        return _line_copy(self.settings.redis_url)

    def database(self) -> "Database":
        return _database(self.settings.database_url)

    def telephony(self) -> "Telephony":
        return _telephony(self.settings)


# Functions run as one process of several threads: the clients are made once and are safe to share.


@cache
def _redis(url: str) -> "RedisInTime":
    from shared.sessions.in_time import RedisInTime

    # A second try: whoever said goodbye must not be put through to the desk because a connection had died.
    return RedisInTime(url, tries=2)


@cache
def _redis_while_ringing(url: str) -> "RedisInTime":
    from shared.sessions.in_time import RedisInTime

    return RedisInTime(url, seconds=_RINGING_SECONDS)


@cache
def _line_copy(url: str) -> "LineCopy":
    from shared.sessions.line_copy import LineCopy

    return LineCopy(_redis_while_ringing(url))


@cache
def _database(url: str) -> "Database":
    from shared.storage.database import Database

    return Database(url, pool_size=4, socket_seconds=_DATABASE_SILENT_SECONDS)


@cache
def _telephony(settings: Settings) -> "Telephony":
    from shared.telephony import Telephony

    return Telephony(settings)


def close(settings: Settings) -> None:
    """Ends every connection of this process; it may be used again afterwards."""
    _redis(settings.redis_url).close()
    _redis_while_ringing(settings.redis_url).close()
    _database(settings.database_url).close()
    _telephony(settings).close()
