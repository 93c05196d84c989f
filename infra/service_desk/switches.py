"""What the operator changes: who takes calls, closed days, call-backs that are done, numbers to leave alone.

Each is one transaction under the desk's name in the audit; what the doors must know they are told after it.
"""

from datetime import date

from infra.service_desk.house import House, number
from infra.service_desk.told import Told
from seed.cached import forget as forget_cached
from shared.domain.line import TakenBy
from shared.storage import callbacks, line, opt_outs, privacy
from shared.storage.subject import find


def give_calls_to(house: House, taken_by: TakenBy) -> Told:
    shop = house.shop()
    with house.changing(f"calls to {taken_by}") as connection:
        line.give_calls_to(connection, taken_by)
    return Told({"calls_are_taken_by": house.tell_doors(shop).taken_by})


def close(house: House, day: date, reason: str) -> Told:
    shop = house.shop()
    with house.changing("closed") as connection:
        line.close(connection, day, reason)
    house.tell_doors(shop)
    return Told({"closed": day, "reason": reason})


def reopen(house: House, day: date) -> Told:
    shop = house.shop()
    with house.changing("open") as connection:
        was_closed = line.reopen(connection, day)
    house.tell_doors(shop)
    if day in shop.hours.closed:
        return Told({"closed": day, "reason": f"{shop.hours.closed[day]}: a holiday of the shop file"}, ok=False)
    return Told({"open": day, "was_closed": was_closed}, ok=was_closed)


def finish(house: House, callback_id: int, done_by: str) -> Told:
    with house.changing("call-back done") as connection:
        found = callbacks.finish(connection, callback_id, done_by=done_by, now=house.now())
    return Told({"call_back": callback_id, "state": "done" if found else "there is none of that number"}, ok=found)


def unfinish(house: House, callback_id: int) -> Told:
    with house.changing("call-back undone") as connection:
        found = callbacks.reopen(connection, callback_id)
    return Told({"call_back": callback_id, "state": "open" if found else "there is none of that number"}, ok=found)


def block(house: House, given: str, reason: str | None) -> Told:
    phone, shop = number(given), house.shop()
    with house.changing("block") as connection:
        line.block(connection, phone, reason, house.now())
    house.tell_doors(shop)
    return Told({"blocked": phone})


def unblock(house: House, given: str) -> Told:
    phone, shop = number(given), house.shop()
    with house.changing("unblock") as connection:
        was_blocked = line.unblock(connection, phone)
    house.tell_doors(shop)
    return Told({"unblocked": phone, "was_blocked": was_blocked}, ok=was_blocked)


def opt_out(house: House, given: str) -> Told:
    phone = number(given)
    with house.changing("optout") as connection:
        opt_outs.add(connection, phone, "desk", house.now())
    return Told({"opted_out": phone})


def forget(house: House, given: str, *, first_name: str | None, last_name: str | None, reason: str) -> Told:
    """Erases one person; what is told is the proof, which holds nothing of them."""
    with house.reading() as connection:
        subject = find(connection, given, last_name=last_name, first_name=first_name)
        proof = privacy.erase(connection, subject, who="desk", reason=reason, now=house.now())
    forget_cached(house.settings, [subject.phone])
    return Told(proof)
