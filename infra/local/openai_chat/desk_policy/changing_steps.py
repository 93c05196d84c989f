"""The steps of everything that is not a booking: confirming who calls, cancelling, moving, telling, messages."""

from __future__ import annotations

from infra.local.openai_chat.desk_policy import wording
from infra.local.openai_chat.desk_policy.asks import Ask
from infra.local.openai_chat.desk_policy.booking_steps import first_name_step, phone_step, search, search_due, time_step
from infra.local.openai_chat.desk_policy.moves import Move, ask, call, give_up
from infra.local.openai_chat.desk_policy.story import Story


def identify(story: Story) -> Move | None:
    """What is still needed before anything that exists may be named or changed."""
    identity = story.identity
    if identity.verified:
        return None
    if identity.locked or story.misses["phone"] >= 2:
        return give_up(story, "I can't open the file without being sure it's yours.")
    if not identity.looked_up and not story.briefing.number_withheld:
        return call("lookup_customer", phone=None)
    if not identity.known:
        if identity.phone and identity.phone != identity.phone_tried:
            return call("lookup_customer", phone=identity.phone)
        return Move(wording.question(Ask.PHONE, story.turns), Ask.PHONE)
    if identity.asks_first_name:
        return first_name_step(story)
    factor = identity.factor or (("last_name", story.last) if story.last else None)
    if factor and factor not in identity.tried:
        return call("verify_caller", factor=factor[0], value=factor[1])
    if story.spell_due:
        return Move(wording.question(Ask.SPELL_LAST, story.turns), Ask.SPELL_LAST)
    return Move(wording.question(Ask.VERIFY, story.turns), Ask.VERIFY)


def _find(story: Story) -> Move | None:
    """The caller's appointment that is meant."""
    unknown = identify(story)
    if unknown:
        return unknown
    if story.appointments is None:
        return call("get_upcoming_appointments")
    if not story.appointments:
        return Move(
            f"I don't see any coming appointment under your name. {wording.question(Ask.ELSE, story.turns)}", Ask.ELSE
        )
    if appointment_of(story) is None:
        listed = wording.either([when for _, when, _ in story.appointments])
        return Move(
            f"You have {len(story.appointments)} appointments: {listed}. Which one do you mean?", Ask.WHICH_APPOINTMENT
        )
    return None


def appointment_of(story: Story) -> tuple[str, str, str] | None:
    """The one appointment that the talk is about."""
    known = story.appointments or ()
    if len(known) == 1:
        return known[0]
    return next((one for one in known if one[0] == story.appointment), None)


def cancel(story: Story) -> Move:
    """A cancellation."""
    missing = _find(story)
    if missing:
        return missing
    meant = appointment_of(story)
    assert meant
    return call("cancel_appointment", appointment=meant[0], reason=story.cancel_reason, intent=None)


def move(story: Story) -> Move:
    """A change of an appointment."""
    missing = _find(story)
    if missing:
        return missing
    meant = appointment_of(story)
    assert meant
    service = _service_of(story, meant[2])
    if not story.slots.chosen and service and search_due(story, service):
        return Move(calls=(search(story, service),))
    if not story.slots.chosen and not story.slots.moment and not story.slots.reason:
        return Move(f"You're down for {meant[1]}. What day and time would suit you instead?", Ask.WHEN)
    if service is None:
        return give_up(story, "I can't move that kind of appointment myself.")
    step = time_step(story)
    if step:
        return step
    assert story.slots.chosen
    return call("reschedule_appointment", appointment=meant[0], slot=story.slots.chosen.slot, intent=None)


def _service_of(story: Story, about: str) -> str | None:
    """The code of the service that an appointment names."""
    lowered = about.lower()
    for service in story.briefing.services:
        if service.name.lower() in lowered or service.code.replace("_", " ") in lowered or service.code in lowered:
            return service.code
    named = [
        service.code
        for service in story.briefing.services
        if service.core and all(word in lowered for word in service.core)
    ]
    return named[0] if len(named) == 1 else None


def tell(story: Story) -> Move:
    """Telling the caller their appointments."""
    missing = _find(story) if story.appointments is None or not story.appointments else None
    if missing:
        return missing
    if story.ask is Ask.ELSE and not story.looked and not story.repeated:
        return ask(story, Ask.ELSE)
    told = [f"{about} on {when}" if about else when for _, when, about in story.appointments or ()]
    return Move(f"You have {' and '.join(told)}. {wording.question(Ask.ELSE, story.turns)}", Ask.ELSE)


def message(story: Story) -> Move:
    """A message for the desk."""
    if not story.message:
        return ask(story, Ask.MESSAGE)
    number = phone_step(story)
    if number:
        return number
    return call("take_message", message=story.message, intent=None)
