"""The workshop's own description, read from a TOML file into one frozen value and checked in one pass.

Standard library only, so that the telephone webhook may read it while it starts cold. It knows neither the database
nor today: closures that staff enter during a day are rows, not lines of this file.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from shared.domain.models import MODES, Bay, BookingRules, Mode, OpeningHours, Service, Technician
from shared.errors import ConfigurationError

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
STANDARD_FILE = Path(__file__).with_name("shop.toml")


@dataclass(frozen=True, slots=True)
class Texts:
    """Sentences that Sophie says word for word."""

    greeting: str
    goodbye: str
    transfer: str
    apology: str
    still_there: tuple[str, ...]
    nothing_done: str
    cut_off: str
    fillers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shop:
    name: str
    legal_name: str
    street: str
    city: str
    state: str
    zip: str
    desk_number: str
    voice: str
    hours: OpeningHours
    rules: BookingRules
    bays: tuple[Bay, ...]
    technicians: tuple[Technician, ...]
    services: tuple[Service, ...]
    texts: Texts

    @property
    def zone(self) -> ZoneInfo:
        return self.hours.zone

    @property
    def address(self) -> str:
        return f"{self.street}, {self.city}, {self.state}"

    def service(self, code: str) -> Service | None:
        return next((each for each in self.services if each.code == code), None)


def load_shop(path: Path | None = None) -> Shop:
    """The shop of a file, or of the file that comes with the project.

    Raises ConfigurationError whose sentence says which entry is wrong and how it should look.
    """
    source = path or STANDARD_FILE
    try:
        raw = tomllib.loads(source.read_text(encoding="utf-8"))
    except OSError as why:
        raise ConfigurationError(f"The shop file {source} cannot be read ({why.strerror}): set SHOP_CONFIG.") from why
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as why:
        raise ConfigurationError(f"The shop file {source} is not valid TOML: {why}.") from why
    return _Reader(str(source)).shop(raw)


class _Reader:
    """Turns the raw tables into values; every complaint names the file and the entry."""

    def __init__(self, source: str) -> None:
        self._source = source

    def shop(self, raw: Mapping[str, Any]) -> Shop:
        text = self._texts_of(raw, "")
        shop = Shop(
            name=text("name"),
            legal_name=text("legal_name"),
            street=text("street"),
            city=text("city"),
            state=text("state"),
            zip=text("zip"),
            desk_number=text("desk_number"),
            voice=text("voice"),
            hours=self._hours(raw),
            rules=self._rules(self._table(raw, "booking")),
            bays=tuple(self._bay(each) for each in self._list(raw, "bays")),
            technicians=tuple(self._technician(each) for each in self._list(raw, "technicians")),
            services=tuple(self._service(each) for each in self._list(raw, "services")),
            texts=self._texts(self._table(raw, "texts")),
        )
        self._agree(shop)
        return shop

    def _fault(self, sentence: str) -> ConfigurationError:
        return ConfigurationError(f"{self._source}: {sentence}")

    def _texts_of(self, table: Mapping[str, Any], where: str) -> Callable[[str], str]:
        def text(key: str) -> str:
            value = table.get(key)
            if not isinstance(value, str) or not value.strip():
                raise self._fault(f"'{where}{key}' must be a text that is not empty.")
            return value

        return text

    def _table(self, raw: Mapping[str, Any], key: str) -> Mapping[str, Any]:
        value = raw.get(key)
        if not isinstance(value, dict):
            raise self._fault(f"a table [{key}] is needed.")
        return value

    def _list(self, raw: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
        value = raw.get(key)
        if not isinstance(value, list) or not value or not all(isinstance(each, dict) for each in value):
            raise self._fault(f"at least one [[{key}]] is needed.")
        return value

    def _whole(self, table: Mapping[str, Any], key: str, least: int, most: int) -> int:
        value = table.get(key)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise self._fault(f"'{key}' must be a whole number from {least} to {most}, not {value!r}.")
        return value

    def _hours(self, raw: Mapping[str, Any]) -> OpeningHours:
        name = self._texts_of(raw, "")("zone")
        try:
            zone = ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError) as why:
            raise self._fault(f"'zone' must be an IANA zone such as America/Chicago, not {name!r}.") from why
        weekly = {}
        for day, span in self._table(raw, "hours").items():
            if day not in WEEKDAYS:
                raise self._fault(f"'{day}' in [hours] is not a day; write monday to sunday.")
            weekly[WEEKDAYS.index(day)] = self._span(day, span)
        closed = {}
        for day, why_closed in self._table(raw, "holidays").items():
            try:
                closed[date.fromisoformat(str(day))] = str(why_closed)
            except ValueError as why:
                raise self._fault(f"'{day}' in [holidays] is not a date such as 2026-12-25.") from why
        return OpeningHours(zone, weekly, closed)

    def _span(self, day: str, span: Any) -> tuple[time, time]:
        try:
            opens, closes = (time.fromisoformat(each) for each in span)
        except (TypeError, ValueError) as why:
            raise self._fault(f"hours of {day} must look like [\"07:30\", \"18:00\"], not {span!r}.") from why
        if opens >= closes:
            raise self._fault(f"on {day} the workshop closes at {closes:%H:%M}, before it opens at {opens:%H:%M}.")
        return opens, closes

    def _rules(self, table: Mapping[str, Any]) -> BookingRules:
        rules = BookingRules(
            lead_minutes=self._whole(table, "lead_minutes", 0, 10_080),
            horizon_days=self._whole(table, "horizon_days", 1, 365),
            write_up_minutes=self._whole(table, "write_up_minutes", 5, 60),
            load_percent=self._whole(table, "load_percent", 10, 100),
        )
        if 60 % rules.write_up_minutes:
            raise self._fault("'write_up_minutes' must divide an hour: 5, 10, 15, 20, 30 or 60.")
        return rules

    def _bay(self, table: Mapping[str, Any]) -> Bay:
        return Bay(self._whole(table, "number", 1, 99), self._texts_of(table, "bays.")("name"))

    def _technician(self, table: Mapping[str, Any]) -> Technician:
        skills = table.get("skills")
        if not isinstance(skills, list) or not skills:
            raise self._fault("every technician needs a list of 'skills'.")
        return Technician(self._texts_of(table, "technicians.")("name"), frozenset(str(each) for each in skills))

    def _service(self, table: Mapping[str, Any]) -> Service:
        text = self._texts_of(table, "services.")
        code = text("code")
        if not re.fullmatch(r"[a-z][a-z0-9_]{1,40}", code):
            raise self._fault(f"service code {code!r} must be small letters, digits and underscores.")
        try:
            lowest, highest = (Decimal(each) for each in table["price"])
        except (KeyError, TypeError, ValueError, InvalidOperation) as why:
            raise self._fault(f"'price' of {code} must be two texts such as [\"59\", \"89\"].") from why
        if not Decimal(0) <= lowest <= highest:
            raise self._fault(f"'price' of {code} must run from the lower to the higher.")
        return Service(
            code=code,
            name=text("name"),
            synonyms=tuple(str(each) for each in table.get("synonyms", ())),
            bay_minutes=self._whole(table, "bay_minutes", 5, 600),
            promised_minutes=self._whole(table, "promised_minutes", 5, 6_000),
            price_from=lowest,
            price_to=highest,
            skill=text("skill"),
            modes=self._modes(code, table.get("modes")),
        )

    def _modes(self, code: str, given: Any) -> tuple[Mode, ...]:
        modes = tuple(mode for mode in MODES if isinstance(given, list) and mode in given)
        if not modes or len(modes) != len(given):
            raise self._fault(f"'modes' of {code} must be a list of {' and/or '.join(MODES)}.")
        return modes

    def _texts(self, table: Mapping[str, Any]) -> Texts:
        text = self._texts_of(table, "texts.")
        return Texts(
            greeting=text("greeting"),
            goodbye=text("goodbye"),
            transfer=text("transfer"),
            apology=text("apology"),
            still_there=self._sentences(table, "still_there"),
            nothing_done=text("nothing_done"),
            cut_off=text("cut_off"),
            fillers=self._sentences(table, "fillers"),
        )

    def _sentences(self, table: Mapping[str, Any], key: str) -> tuple[str, ...]:
        given = table.get(key)
        if not isinstance(given, list) or not given:
            raise self._fault(f"'texts.{key}' must be a list of at least one sentence.")
        return tuple(str(each) for each in given)

    def _agree(self, shop: Shop) -> None:
        """What no single entry can get wrong alone."""
        if not re.fullmatch(r"\+[1-9]\d{6,14}", shop.desk_number):
            raise self._fault("'desk_number' must be in E.164 form such as +12175550100.")
        if not shop.hours.weekly:
            raise self._fault("[hours] must name at least one day.")
        for what, keys in (
            ("bay number", [each.number for each in shop.bays]),
            ("service code", [each.code for each in shop.services]),
            ("technician", [each.name for each in shop.technicians]),
        ):
            if len(set(keys)) != len(keys):
                raise self._fault(f"a {what} stands twice.")
        known = frozenset[str]().union(*(each.skills for each in shop.technicians))
        for service in shop.services:
            if service.skill not in known:
                raise self._fault(f"no technician has the skill '{service.skill}' that {service.code} needs.")
