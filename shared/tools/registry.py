"""The service desk as the model sees it: a tool's name and arguments in, an answer out, whatever happens.

This is the edge that never raises. It logs what was asked for and how it ended, never what it was about.
"""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from shared.errors import ProtocolError, Refused, Unavailable
from shared.log import fields
from shared.services import Services
from shared.storage.acting import acting
from shared.tools import amend, booking, callers, changes, desk_lines, reminding, slots, vehicles
from shared.tools.call import CallContext, Request, ToolResult, told
from shared.tools.schema_check import checked, reminder_schemas, schemas

log = logging.getLogger(__name__)

Tool = Callable[[Request], ToolResult]

TOOLS: Mapping[str, Tool] = {
    "lookup_customer": callers.lookup_customer,
    "verify_caller": callers.verify_caller,
    "get_available_slots": slots.get_available_slots,
    "book_appointment": booking.book_appointment,
    "get_upcoming_appointments": changes.get_upcoming_appointments,
    "cancel_appointment": changes.cancel_appointment,
    "reschedule_appointment": changes.reschedule_appointment,
    "update_details": amend.update_details,
    "decode_vin": vehicles.decode_vin,
    "get_recalls": vehicles.get_recalls,
    "transfer_call": desk_lines.transfer_call,
    "take_message": desk_lines.take_message,
    "end_call": desk_lines.end_call,
    "confirm_person": reminding.confirm_person,
    "confirm_appointment": reminding.confirm_appointment,
    "wrong_person": reminding.wrong_person,
    "call_later": reminding.call_later,
    "opt_out": reminding.opt_out,
}


def _nudge(services: Services) -> Callable[[], None]:
    """Tells the calendar's mirror that something was changed."""
    if services.calendar is None:
        return lambda: None
    from shared.calendar.mirror import Mirror
    from shared.calendar.nudge import Nudge

    return Nudge(Mirror(services, services.calendar).push).give


_ADVICE = "Say so politely; try once more, or take a message or transfer."


class Desk:
    """One per process; calls are told apart by their context."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._nudge = _nudge(services)

    @property
    def schemas(self) -> Sequence[Mapping[str, Any]]:
        """The tools as a model is given them."""
        return schemas()

    @property
    def reminder_schemas(self) -> Sequence[Mapping[str, Any]]:
        """The tools as a model is given them in a call that we made."""
        return reminder_schemas()

    def run(self, call: CallContext, name: str, arguments: str, answers: Mapping[str, str]) -> ToolResult:
        """The answer of one tool call. `answers` holds, by intent, what the caller said after hearing its read-back."""
        began = time.monotonic()
        with acting(f"call {call.call_sid}", name):
            result = self._answer(call, name, arguments, answers)
        log.info(
            "tool answered",
            extra=fields(
                tool=name if name in TOOLS else "unknown",
                status=result.content["status"],
                ms=round((time.monotonic() - began) * 1000, 1),
            ),
        )
        return result

    def _answer(self, call: CallContext, name: str, arguments: str, answers: Mapping[str, str]) -> ToolResult:
        try:
            values = checked(name, arguments)
            result = TOOLS[name](Request(self._services, call, values, answers))
            if result.changed:
                self._nudge()
                self._services.customer_cache.forget(*(each for each in (call.caller, call.contact) if each))
            return result
        except (ProtocolError, Refused) as why:
            return told("error", reason=str(why), advice="Mend the arguments and call again.")
        except Unavailable:
            log.warning("tool could not reach a peer", exc_info=True)
            return told("error", reason="The appointment book does not answer.", advice=_ADVICE)
        except Exception:
            log.exception("tool failed")
            return told("error", reason="Something went wrong at the workshop's side.", advice=_ADVICE)
