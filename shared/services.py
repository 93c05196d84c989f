"""The composition root: everything that a deployable shares, made once from its settings and handed down.

Nothing connects until it is used, and this module is the only one that knows how the parts are put together.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from shared.calendar.staff_times import StaffTimes
from shared.clock import Clock
from shared.domain.capacity import Workshop
from shared.domain.costs import PriceList
from shared.domain.wording.wording import Language
from shared.errors import Unavailable
from shared.prices import load_prices
from shared.sessions.customer_cache import CustomerCache
from shared.sessions.in_time import RedisInTime
from shared.sessions.sessions import Sessions
from shared.settings import Settings
from shared.shop import Shop, load_shop
from shared.storage import schema
from shared.storage.database import Database
from shared.storage.prices import read_prices
from shared.storage.shop_tables import read_shop
from shared.vpic import Vpic

if TYPE_CHECKING:
    from shared.calendar.google_calendar import GoogleCalendar

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Services:
    settings: Settings
    shop: Shop
    prices: PriceList
    clock: Clock
    database: Database
    redis: RedisInTime
    sessions: Sessions
    customer_cache: CustomerCache
    vpic: Vpic
    calendar: "GoogleCalendar | None"
    staff_times: StaffTimes

    def workshop(self, closures: Mapping[date, str]) -> Workshop:
        """What limits bookings, with the closures that are known at this moment."""
        shop = self.shop
        return Workshop(shop.hours.with_closed(closures), shop.rules, shop.bays, shop.technicians)

    @property
    def voice(self) -> str:
        """The voice that speaks, by its provider's name."""
        return self.settings.deepgram_tts_model or self.shop.voice

    @property
    def voices_in(self) -> Mapping[Language, str]:
        """The languages besides English that a whole call can be held in, with their voices: where the recogniser
        understands several, the shop has the sentences, and a voice of the language is named (Deepgram's end in it)."""
        if not self.settings.hears_languages:
            return {}
        texts = self.shop.texts
        named = {code: texts.other_language[code].voice for code in texts.in_language if code in texts.other_language}
        return {code: voice for code, voice in named.items() if voice.endswith(f"-{code}")}

    def close(self) -> None:
        self.database.close()
        self.redis.close()
        self.vpic.close()
        self.staff_times.close()
        if self.calendar is not None:
            self.calendar.close()


def connect(settings: Settings) -> Services:
    """Raises ConfigurationError when the shop file or the database URL is wrong; no server is contacted yet."""
    redis, secrets = RedisInTime(settings.redis_url), settings.stream_token_secrets
    shop, calendar = load_shop(settings.shop_config), _calendar(settings)
    return Services(
        settings=settings,
        shop=shop,
        prices=load_prices(),
        clock=Clock(settings.clock_file),
        database=Database(settings.database_url),
        redis=redis,
        sessions=Sessions(redis, secrets),
        customer_cache=CustomerCache(redis, secrets),
        vpic=Vpic(settings.vpic_base_url, settings.recalls_base_url),
        calendar=calendar,
        staff_times=StaffTimes(calendar, timedelta(days=shop.rules.horizon_days + 1)),
    )


def _calendar(settings: Settings) -> "GoogleCalendar | None":
    """None where none is set: then Google's libraries are not even loaded."""
    if not settings.google_refresh_token or not settings.google_calendar_id:
        return None
    from shared.calendar.google_account import GoogleAccount
    from shared.calendar.google_calendar import GoogleCalendar

    account = GoogleAccount(
        client_id=settings.google_client_id,
        client_secret=settings.google_client_secret,
        refresh_token=settings.google_refresh_token,
        token_url=settings.google_token_url,
    )
    return GoogleCalendar(account, settings.google_api_base_url, settings.google_calendar_id)


def with_tables(services: Services) -> Services:
    """The services with shop and prices as the database has them.

    Raises ConfigurationError when the schema is behind this code. With Postgres away the files serve: a call is
    answered all the same.
    """
    try:
        with services.database.transaction() as connection:
            schema.check(connection, newer_is_fine=True)
            return replace(services, shop=read_shop(connection), prices=read_prices(connection))
    except Unavailable:
        log.warning("the files of shop and prices serve, because the database does not answer")
        return services
