"""The composition root: everything that a deployable shares, made once from its settings and handed down.

Nothing connects until it is used, and this module is the only one that knows how the parts are put together.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from shared.clock import Clock
from shared.domain.scheduling import Workshop
from shared.sessions.sessions import Sessions
from shared.settings import Settings
from shared.shop import Shop, load_shop
from shared.storage.database import Database
from shared.vpic import Vpic


@dataclass(frozen=True, slots=True)
class Services:
    settings: Settings
    shop: Shop
    clock: Clock
    database: Database
    sessions: Sessions
    vpic: Vpic

    def workshop(self, closures: Mapping[date, str]) -> Workshop:
        """What limits bookings, with the closures that are known at this moment."""
        shop = self.shop
        return Workshop(shop.hours.with_closed(closures), shop.rules, shop.bays, shop.technicians)

    def close(self) -> None:
        self.database.close()
        self.sessions.close()


def connect(settings: Settings) -> Services:
    """Raises ConfigurationError when the shop file or the database URL is wrong; no server is contacted yet."""
    return Services(
        settings=settings,
        shop=load_shop(settings.shop_config),
        clock=Clock(settings.clock_file),
        database=Database(settings.database_url),
        sessions=Sessions(settings.redis_url),
        vpic=Vpic(settings.vpic_base_url),
    )
