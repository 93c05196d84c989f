"""Free times: the caller's words become offers with handles, read from the appointment book at this moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from shared.domain import scheduling
from shared.domain.capacity import Agenda, Slot, Workshop
from shared.domain.meanings import Impossible, Meaning, Moment, Question
from shared.domain.models import Booked, Mode, Service
from shared.domain.moments import resolve
from shared.domain.scheduling import Found
from shared.domain.spelled import without_accents
from shared.services import Services
from shared.storage import appointments
from shared.storage.agenda import Days, plans_of
from shared.storage.shop_tables import closures_between, staff_events_between
from shared.tools import why_none
from shared.tools.call import CallContext, Request, ToolResult, told


def get_available_slots(ask: Request) -> ToolResult:
    services, call = ask.services, ask.call
    service = service_named(services, ask.arguments["service"])
    if service is None:
        return told("unknown_service", services=[each.code for each in services.shop.services])
    words = call.words
    mode, instead_of = _mode(service, ask.arguments["mode"])
    note = words.INSTEAD_OF[instead_of] if instead_of else None
    now = services.clock.now()
    services.staff_times.look_up(now)
    with services.database.transaction() as connection:
        workshop = workshop_now(services, connection, now)
        local_now = now.astimezone(workshop.zone).replace(tzinfo=None)
        last = scheduling.last_day(now, workshop)
        meant = resolve(Moment.of(ask.arguments["moment"]), local_now, workshop.hours, last, words)
        if isinstance(meant, Question):
            return told("ask", question=meant.sentence)
        wish = meant.nearest if isinstance(meant, Impossible) else meant
        own = _own(connection, call, service, now)
        found = scheduling.find(wish, service, mode, _WeekByWeek(connection, workshop.zone, own), workshop, now)
    offers = offered(call, service, None if ask.arguments["mode"] is None else mode, found.slots, workshop)
    if isinstance(meant, Impossible):
        return told("none", reason=meant.reason, offers=offers, note=note)
    if found.why is not None:
        reason = why_none.sentence(found.why, meant, service, mode, workshop, words)
        return told("none", reason=reason, offers=offers, note=note)
    return told("offers", service=service.code, offers=offers, note=note)


def _own(connection: Connection, call: CallContext, service: Service, now: datetime) -> Sequence[int]:
    """The confirmed caller's coming appointments for a service. They do not stand in the way of a search: it may be for
    moving one of them, by half an hour even. Whether a slot is free for what it is wanted for is seen when it is taken.
    """
    if call.verified is None:
        return ()
    coming = appointments.upcoming_of(connection, call.verified, now)
    return [each.id for each in coming if each.service == service.code]


def service_named(services: Services, said: str) -> Service | None:
    """By code, or by a synonym or the name in any language that a model may give instead."""
    wanted = _plain(said)
    in_others = [texts.services for texts in services.shop.texts.in_language.values()]
    for each in services.shop.services:
        names = [each.code, each.name, *each.synonyms, *(named.get(each.code, each.name) for named in in_others)]
        if wanted in map(_plain, names):
            return each
    return None


def _plain(name: str) -> str:
    return " ".join(without_accents(name).replace("_", " ").split())


def workshop_now(services: Services, connection: Connection, now: datetime) -> Workshop:
    """The workshop with every closure and staff event that is known up to the horizon."""
    zone = services.shop.zone
    today = now.astimezone(zone).date()
    horizon = today + timedelta(days=services.shop.rules.horizon_days)
    workshop = services.workshop(closures_between(connection, today, horizon))
    on_the_books = staff_events_between(connection, *Days(today, horizon, zone).span)
    return replace(workshop, staff_events=(*on_the_books, *(services.staff_times.known() or ())))


@dataclass(slots=True)
class _WeekByWeek:
    """The appointment book as a search leafs through it: a week is read when one of its days is asked for, without the
    appointments that may move."""

    connection: Connection
    zone: ZoneInfo
    without: Sequence[int]
    weeks: dict[date, Agenda] = field(default_factory=dict)

    def on(self, day: date) -> Sequence[Booked]:
        monday = day - timedelta(days=day.weekday())
        if monday not in self.weeks:
            days = Days(monday, monday + timedelta(days=6), self.zone)
            self.weeks[monday] = Agenda(self.zone, plans_of(self.connection, days, self.without).booked)
        return self.weeks[monday].on(day)


def offered(
    call: CallContext, service: Service, mode: Mode | None, slots: tuple[Slot, ...], workshop: Workshop
) -> list[dict[str, str]]:
    """Each slot with a handle that binds service, start and, where one was said, the mode in this call."""
    return [
        {
            "slot": call.issue("slot", bind(service, slot, mode)),
            "when": call.words.offer_words(slot.starts_at.astimezone(workshop.zone)),
        }
        for slot in slots
    ]


def bind(service: Service, slot: Slot, mode: Mode | None) -> dict[str, str]:
    bound = {"service": service.code, "start": slot.starts_at.isoformat()}
    return bound if mode is None else {**bound, "mode": mode}


def unbind(services: Services, binding: Mapping[str, Any]) -> tuple[Service, Slot, Mode] | None:
    """What a slot's handle stands for, in the service's first mode where none was said; None when the service is no
    longer offered."""
    service = services.shop.service(binding["service"])
    if service is None:
        return None
    start = datetime.fromisoformat(binding["start"])
    stay = timedelta(minutes=service.bay_minutes)
    return service, Slot(start, start + stay), binding.get("mode", service.modes[0])


def alternatives(
    connection: Connection,
    service: Service,
    slot: Slot,
    mode: Mode,
    workshop: Workshop,
    now: datetime,
    without: Sequence[int],
) -> Found:
    """What is nearest to a slot that has gone."""
    local = slot.starts_at.astimezone(workshop.zone)
    wish = Meaning(local.date(), local.date(), exact=local.time().replace(tzinfo=None))
    return scheduling.find(wish, service, mode, _WeekByWeek(connection, workshop.zone, without), workshop, now)


def _mode(service: Service, wanted: Mode | None) -> tuple[Mode, Mode | None]:
    """The mode that the slots are for, and the one that was wanted when it cannot be had. Who wanted a ride or a car
    would not stay."""
    if wanted is None:
        return service.modes[0], None
    if wanted in service.modes:
        return wanted, None
    return "drop_off" if "drop_off" in service.modes else service.modes[0], wanted
