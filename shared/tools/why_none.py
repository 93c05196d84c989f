"""Why no time fits what a caller asked for, as a sentence."""

from shared.domain import spoken
from shared.domain.capacity import Workshop
from shared.domain.meanings import Meaning
from shared.domain.models import Mode, Service
from shared.domain.scheduling import Why


def sentence(why: Why, wish: Meaning, service: Service, mode: Mode, workshop: Workshop) -> str:
    """In words that a caller may hear; what could be had instead where that is simple."""
    rules = workshop.rules
    if why == "too_soon":
        return f"That is too soon: an appointment begins {spoken.duration_words(rules.lead_minutes)} from now or later."
    if why == "too_late":
        minutes = service.promised_minutes if mode == "wait" else service.bay_minutes
        return f"It takes about {spoken.duration_words(minutes)} and would not be done by closing."
    if why == "off_grid":
        return f"Appointments begin every {rules.write_up_minutes} minutes, and none{_at(wish)}."
    if why == "shuttle_times" and rules.shuttle_from is not None and rules.shuttle_until is not None:
        span = f"from {spoken.time_words(rules.shuttle_from)} to {spoken.time_words(rules.shuttle_until)}"
        return f"The shuttle is only for appointments that begin {span}."
    if why == "waiters":
        instead = " The car can be dropped off instead." if "drop_off" in service.modes else ""
        return f"All places to wait are taken then.{instead}"
    return _PLAIN.get(why) or f"Nothing is free{_on(wish)}{_at(wish)}."


_PLAIN: dict[Why, str] = {
    "closed": "We are closed then.",
    "past": "That has passed.",
    "too_far": "That is further ahead than we book.",
    "outside": "No appointment begins at that time of day.",
    "staff_event": "The workshop takes no cars at that time.",
    "loaners": "All loaner cars are taken then.",
    "shuttle_seats": "The shuttle is full then.",
}


def _on(wish: Meaning) -> str:
    return f" on {spoken.date_words(wish.first)}" if wish.first == wish.last else " then"


def _at(wish: Meaning) -> str:
    return f" at {spoken.time_words(wish.exact)}" if wish.exact is not None else ""
