"""Why no time fits what a caller asked for, as a sentence."""

from shared.domain.capacity import Workshop
from shared.domain.meanings import Meaning
from shared.domain.models import Mode, Service
from shared.domain.scheduling import Why
from shared.domain.wording.wording import Wording


def sentence(why: Why, wish: Meaning, service: Service, mode: Mode, workshop: Workshop, words: Wording) -> str:
    """In words that a caller may hear; what could be had instead where that is simple."""
    rules = workshop.rules
    if why == "too_soon":
        return words.too_soon(rules.lead_minutes)
    if why == "too_late":
        return words.not_done_by_closing(service.promised_minutes if mode == "wait" else service.bay_minutes)
    if why == "off_grid":
        return words.off_grid(rules.write_up_minutes, wish.exact)
    if why == "shuttle_times" and rules.shuttle_from is not None and rules.shuttle_until is not None:
        return words.shuttle_times(rules.shuttle_from, rules.shuttle_until)
    if why == "waiters":
        return words.no_chair("drop_off" in service.modes)
    one_day = wish.first if wish.first == wish.last else None
    return words.PLAIN_REASONS.get(why) or words.nothing_free(one_day, wish.exact)
