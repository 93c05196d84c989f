"""What was heard unsurely, kept for one turn: only the caller's yes makes it known."""

from __future__ import annotations

from dataclasses import dataclass, field

from infra.local.openai_chat.desk_policy.heard import Heard
from infra.local.openai_chat.desk_policy.moments import MONTHS, Moment
from infra.local.openai_chat.desk_policy.names import HeardName
from infra.local.openai_chat.desk_policy.vehicles import Car


@dataclass(frozen=True)
class Suspect:
    """One unsure fact: a name, a car or a moment."""

    fact: str
    first: str | None = None
    last: str | None = None
    car: Car = field(default_factory=Car)
    moment: Moment = field(default_factory=Moment)

    def question(self, known: Car) -> str:
        """The question whether it is right; ``known`` is what is sure of the car."""
        if self.fact == "name":
            return _about_name(self.first, self.last)
        if self.fact == "car":
            return f"Is it a {car_words(known.merged(self.car))}?"
        return f"Did you say {moment_words(self.moment)}?"


def unsure_name(name: HeardName) -> Suspect | None:
    """A doubtful name that could be one."""
    if name.spelled or not (name.unsure_first or name.unsure_last):
        return None
    return Suspect("name", first=name.unsure_first, last=name.unsure_last)


def unsure_car(heard: Heard) -> Suspect | None:
    """A doubtful car."""
    return Suspect("car", car=heard.car.unsure) if heard.car.unsure else None


def unsure_moment(heard: Heard) -> Suspect | None:
    """A doubtful day or time, together with what was clear beside it."""
    return Suspect("when", moment=heard.moment.moment.merged(heard.moment.unsure)) if heard.moment.unsure else None


def _about_name(first: str | None, last: str | None) -> str:
    if first and last:
        return f"Is the name {first} {last}?"
    part = "last" if last else "first"
    text = last or first or ""
    return f"Is your {part} name {text}, {', '.join(text.replace(' ', '').upper())}?"


def car_words(car: Car) -> str:
    """A car as one says it."""
    return " ".join(str(part) for part in (car.year, car.make, car.model) if part)


def moment_words(moment: Moment) -> str:
    """A moment in the caller's own terms."""
    parts: list[str] = []
    if moment.weekday:
        week = f"{moment.which_week} " if moment.which_week else ""
        parts.append(week + (moment.weekday if moment.weekday in ("today", "tomorrow") else moment.weekday.title()))
    elif moment.which_week:
        parts.append(f"{moment.which_week} week")
    if moment.month or moment.day:
        parts.append(_date_words(moment))
    if moment.part_of_day:
        parts.append("around midday" if moment.part_of_day == "midday" else f"in the {moment.part_of_day}")
    limits = (("at", moment.time), ("after", moment.after), ("before", moment.before))
    parts += [f"{word} {at}" for word, at in limits if at]
    if moment.earliest and not parts:
        parts.append("as soon as possible")
    return " ".join(parts)


def _date_words(moment: Moment) -> str:
    month = MONTHS[moment.month - 1].title() if moment.month and 1 <= moment.month <= 12 else ""
    if not moment.day:
        return f"in {month}"
    ending = "th" if 10 < moment.day < 14 else {1: "st", 2: "nd", 3: "rd"}.get(moment.day % 10, "th")
    return f"on {month} {moment.day}".replace("  ", " ") if month else f"on the {moment.day}{ending}"
