"""The workshop's own description, read from a TOML file into one frozen value and checked in one pass.

Standard library only, so that the telephone webhook may read it while it starts cold. It knows neither the database
nor today: closures that staff enter during a day are rows, not lines of this file.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import date, time
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from shared.domain.models import MODES, Bay, BookingRules, Mode, OpeningHours, Service, Technician
from shared.domain.wording.wording import Language
from shared.errors import ConfigurationError
from shared.shop_texts import CallTexts, InLanguage, LanguageTexts, Texts

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
STANDARD_FILE = Path(__file__).with_name("shop.toml")


@dataclass(frozen=True, slots=True)
class Retention:
    """For how many days what was said is kept; 0 means that it is never written down."""

    transcript_days: int


@dataclass(frozen=True, slots=True)
class Limits:
    """What one number, one exchange (its first seven digits) and one day may use. Money is in whole US dollars."""

    daily_cost_cap_usd: int
    calls_per_number_hour: int
    texts_per_number_day: int
    texts_per_exchange_day: int


@dataclass(frozen=True, slots=True)
class Shop:
    """`facts` are short texts by topic that answer what callers ask about the shop."""

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
    facts: Mapping[str, str]
    retention: Retention
    limits: Limits

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


def check_desk(shop: Shop, own_number: str) -> None:
    """Raises ConfigurationError when a call that is put through would come back to Sophie."""
    if shop.desk_number == own_number:
        raise ConfigurationError(
            f"'desk_number' {own_number} is TWILIO_PHONE_NUMBER: calls put through to the desk would come back. "
            "Give the desk's own number in the shop file."
        )


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
            facts=self._facts(self._table(raw, "facts")),
            retention=Retention(self._whole(self._table(raw, "retention"), "transcript_days", 0, 3_650)),
            limits=self._limits(self._table(raw, "limits")),
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
        return OpeningHours(zone, weekly, self._holidays(self._table(raw, "holidays")))

    def _holidays(self, table: Mapping[str, Any]) -> Mapping[date, str]:
        reason = self._texts_of(table, "holidays.")
        closed = {}
        for day in table:
            try:
                closed[date.fromisoformat(day)] = reason(day)
            except ValueError as why:
                raise self._fault(f"'{day}' in [holidays] is not a date such as 2026-12-25.") from why
        return closed

    def _span(self, day: str, span: Any) -> tuple[time, time]:
        try:
            opens, closes = (time.fromisoformat(each) for each in span)
        except (TypeError, ValueError) as why:
            raise self._fault(f'hours of {day} must look like ["07:30", "18:00"], not {span!r}.') from why
        if opens >= closes:
            raise self._fault(f"on {day} the workshop closes at {closes:%H:%M}, before it opens at {opens:%H:%M}.")
        return opens, closes

    def _rules(self, table: Mapping[str, Any]) -> BookingRules:
        rules = BookingRules(
            lead_minutes=self._whole(table, "lead_minutes", 0, 10_080),
            horizon_days=self._whole(table, "horizon_days", 1, 365),
            write_up_minutes=self._whole(table, "write_up_minutes", 5, 60),
            load_percent=self._whole(table, "load_percent", 10, 100),
            waiters_per_half_day=self._whole(table, "waiters_per_half_day", 0, 99),
            loaners=self._whole(table, "loaners", 0, 99),
            shuttle_from=self._time(table, "shuttle_from"),
            shuttle_until=self._time(table, "shuttle_until"),
            shuttle_seats_per_day=self._whole(table, "shuttle_seats_per_day", 0, 99),
        )
        if 60 % rules.write_up_minutes:
            raise self._fault("'write_up_minutes' must divide an hour: 5, 10, 15, 20, 30 or 60.")
        if (rules.shuttle_from is None) != (rules.shuttle_until is None):
            raise self._fault("give both 'shuttle_from' and 'shuttle_until', or neither where there is no shuttle.")
        if rules.shuttle_from and rules.shuttle_until and rules.shuttle_from >= rules.shuttle_until:
            raise self._fault("'shuttle_until' must be later than 'shuttle_from'.")
        return rules

    def _limits(self, table: Mapping[str, Any]) -> Limits:
        return Limits(
            daily_cost_cap_usd=self._whole(table, "daily_cost_cap_usd", 1, 100_000),
            calls_per_number_hour=self._whole(table, "calls_per_number_hour", 1, 1_000),
            texts_per_number_day=self._whole(table, "texts_per_number_day", 0, 1_000),
            texts_per_exchange_day=self._whole(table, "texts_per_exchange_day", 0, 100_000),
        )

    def _time(self, table: Mapping[str, Any], key: str) -> time | None:
        if key not in table:
            return None
        try:
            return time.fromisoformat(table[key])
        except (TypeError, ValueError) as why:
            raise self._fault(f"'{key}' must be a time such as \"07:30\", not {table[key]!r}.") from why

    def _bay(self, table: Mapping[str, Any]) -> Bay:
        name = self._texts_of(table, "bays.")("name")
        return Bay(self._whole(table, "number", 1, 99), name, frozenset(self._words(table, "bays.equipment", least=0)))

    def _technician(self, table: Mapping[str, Any]) -> Technician:
        name = self._texts_of(table, "technicians.")("name")
        return Technician(name, frozenset(self._words(table, "technicians.skills")))

    def _service(self, table: Mapping[str, Any]) -> Service:
        text = self._texts_of(table, "services.")
        code = text("code")
        if not re.fullmatch(r"[a-z][a-z0-9_]{1,40}", code):
            raise self._fault(f"service code {code!r} must be small letters, digits and underscores.")
        try:
            lowest, highest = (Decimal(each) for each in table["price"])
        except (KeyError, TypeError, ValueError, InvalidOperation) as why:
            raise self._fault(f'\'price\' of {code} must be two texts such as ["59", "89"].') from why
        if not Decimal(0) <= lowest <= highest:
            raise self._fault(f"'price' of {code} must run from the lower to the higher.")
        return Service(
            code=code,
            name=text("name"),
            synonyms=self._words(table, "services.synonyms", least=0),
            bay_minutes=self._whole(table, "bay_minutes", 5, 600),
            promised_minutes=self._whole(table, "promised_minutes", 5, 6_000),
            price_from=lowest,
            price_to=highest,
            skill=text("skill"),
            modes=self._modes(code, table.get("modes")),
            equipment=text("equipment") if "equipment" in table else None,
            bring=text("bring") if "bring" in table else None,
        )

    def _modes(self, code: str, given: Any) -> tuple[Mode, ...]:
        modes = tuple(mode for mode in MODES if isinstance(given, list) and mode in given)
        if not modes or len(modes) != len(given):
            raise self._fault(f"'modes' of {code} must be a list of {' and/or '.join(MODES)}.")
        return modes

    def _facts(self, table: Mapping[str, Any]) -> Mapping[str, str]:
        text = self._texts_of(table, "facts.")
        return {topic: text(topic) for topic in table}

    def _texts(self, table: Mapping[str, Any]) -> Texts:
        text = self._texts_of(table, "texts.")
        others, whole = table.get("other_language") or {}, table.get("in_language") or {}
        return Texts(
            **self._call_texts(table, "texts."),
            back_in_english=text("back_in_english"),
            called_opening=text("called_opening"),
            called_screening=text("called_screening"),
            called_voicemail=text("called_voicemail"),
            called_nobody=text("called_nobody"),
            other_language={code: self._language(self._table(others, code), code) for code in others},
            in_language={code: self._in_language(self._table(whole, code), code) for code in whole},
        )

    def _call_texts(self, table: Mapping[str, Any], where: str) -> dict[str, Any]:
        """The fields of CallTexts."""
        text, of_tools = self._texts_of(table, where), self._table(table, "fillers_of")
        lists = {name: self._words(table, f"{where}{name}") for name in ("still_there", "fillers")}
        by_tool = {tool: self._words(of_tools, f"{where}fillers_of.{tool}") for tool in of_tools}
        rest = [each.name for each in fields(CallTexts) if each.name not in (*lists, "fillers_of")]
        return {name: text(name) for name in rest} | lists | {"fillers_of": by_tool}

    def _in_language(self, table: Mapping[str, Any], code: str) -> InLanguage:
        where = f"texts.in_language.{code}."
        if code not in get_args(Language):
            raise self._fault(f"'{where[:-1]}' is no language that a call can be held in: 'es' is.")
        names = self._table(table, "services") if "services" in table else {}
        name = self._texts_of(names, f"{where}services.")
        return InLanguage(**self._call_texts(table, where), services={each: name(each) for each in names})

    def _language(self, table: Mapping[str, Any], code: str) -> LanguageTexts:
        text = self._texts_of(table, f"texts.other_language.{code}.")
        return LanguageTexts(**{each.name: text(each.name) for each in fields(LanguageTexts)})

    def _words(self, table: Mapping[str, Any], name: str, least: int = 1) -> tuple[str, ...]:
        """The list of texts at the last part of a dotted name; where none is needed it may be left out."""
        given = table.get(name.rpartition(".")[2], [] if least == 0 else None)
        whole = isinstance(given, list) and all(isinstance(each, str) and each.strip() for each in given)
        if not whole or len(given) < least:
            many = "at least one text, none" if least else "texts, none"
            raise self._fault(f"'{name}' must be a list of {many} of them empty.")
        return tuple(given)

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
        for service in shop.services:
            self._can_be_done(service, shop)
        for code in (code for each in shop.texts.in_language.values() for code in each.services):
            if shop.service(code) is None:
                raise self._fault(f"[texts.in_language] names '{code}', which is no service.")

    def _can_be_done(self, service: Service, shop: Shop) -> None:
        code, rules = service.code, shop.rules
        if not any(service.skill in each.skills for each in shop.technicians):
            raise self._fault(f"no technician has the skill '{service.skill}' that {code} needs.")
        if service.equipment and not any(service.equipment in each.equipment for each in shop.bays):
            raise self._fault(f"no bay has the equipment '{service.equipment}' that {code} needs.")
        longest = max(_minutes_between(*span) for span in shop.hours.weekly.values())
        if service.bay_minutes > longest or ("wait" in service.modes and service.promised_minutes > longest):
            raise self._fault(f"{code} takes longer than the workshop is open on any day ({longest} minutes).")
        if "shuttle" in service.modes and not (rules.shuttle_from and rules.shuttle_seats_per_day):
            raise self._fault(f"{code} offers the shuttle, but [booking] gives it no times or no seats.")
        if "loaner" in service.modes and not rules.loaners:
            raise self._fault(f"{code} offers a loaner, but [booking] has none.")


def _minutes_between(opens: time, closes: time) -> int:
    return (closes.hour - opens.hour) * 60 + closes.minute - opens.minute
