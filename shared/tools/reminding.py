"""A reminder call's own tools: who is speaking, will they come, and what becomes of the calls otherwise.

Nothing of a car or an appointment is told before the person has said, after being asked by name, that it is they. The
rule stands here: the words that are judged are those that the caller said, not what a model makes of them.
"""

import re
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from shared.domain.consent import Answer, judge
from shared.domain.wall_time import boundary
from shared.domain.wording.wording import Language
from shared.storage import opt_outs, reminded
from shared.storage.reminded import Reminded
from shared.tools import two_steps
from shared.tools.call import CallContext, Request, ToolResult, told

# The name under which what was said to "am I speaking with …" comes among the answers.
PERSON = "person"

_IT_IS_THEY: Mapping[Language, re.Pattern[str]] = {
    "en": re.compile(
        r"\b(?:speaking|this is (?:he|she|him|her|they)|that(?:'s| is|'d be| would be) me|it(?:'s| is) me|you are"
        r"|you got (?:him|her|me)|(?:this|it) is|i am|i'm)\b",
        re.IGNORECASE,
    ),
    "es": re.compile(
        r"\b(?:(?:yo )?soy(?: yo)?|con (?:él|ella|el) hablas?|(?:él|ella) habla|habla|(?:yo|el|la) mism[oa]"
        r"|para servirle|a sus órdenes)\b",
        re.IGNORECASE,
    ),
}
_WILL_COME: Mapping[Language, re.Pattern[str]] = {
    "en": re.compile(
        r"\b(?:(?:i|we)(?:'ll| will)(?: definitely)? (?:be there|come|make it|be in)|(?:i|we) (?:will|can)(?: make it)?"
        r"|on my way|still (?:works|good|on)|looking forward(?: to it)?)\b",
        re.IGNORECASE,
    ),
    "es": re.compile(
        r"\b(?:(?:ahí|allí|ahi|alli) (?:estaré|estaremos|voy a estar|nos vemos)"
        # "Si puedo", without the accent, is a condition.
        r"|(?:sí )?(?:voy|iré|iremos|vamos)(?: a ir)?|(?:sí )?(?<!si )(?:puedo|podemos)(?: ir)?|cuente conmigo"
        r"|sin falta)\b",
        re.IGNORECASE,
    ),
}
_EVENING, _MORNING = time(18), time(9)
_SOON, _NOT_IN = timedelta(minutes=30), timedelta(hours=2)
_CHANGED_MEANWHILE = {
    "status": "refused",
    "reason": "An appointment was changed since it was told; nothing was confirmed.",
    "advice": "Tell them how it stands now with confirm_person.",
}


def confirm_person(ask: Request) -> ToolResult:
    """Tells the appointments of the number, to the person they are of."""
    services, call = ask.services, ask.call
    rows = _named(ask)
    if not rows:
        return _OTHER_CALL
    question = call.words.question_for(reminded.names_of(rows))
    said = _IT_IS_THEY[call.language].sub(" yes ", ask.answers.get(PERSON, ""))
    if judge(said, question, call.language) is not Answer.AGREES:
        reason = "Nobody has said yet that they are that person, so nothing may be told."
        advice = "They are asked once more. If it is somebody else: wrong_person."
        content = {"status": "refused", "reason": reason, "advice": advice, "spoken": question}
        return ToolResult(content, spoken=question, intent=PERSON)
    call.verified = rows[0].customer_id
    told_of = [[each.id, each.starts_at.isoformat()] for each in rows]
    sentence = call.words.may_confirm([_told(each, ask) for each in rows])
    result = two_steps.read_back(services, call, "confirm", {"appointments": told_of}, sentence)
    listed = [_listed(call, each, ask) for each in rows]
    return ToolResult({**result.content, "appointments": listed}, sentence, result.intent)


def confirm_appointment(ask: Request) -> ToolResult:
    """They will come: what was told is confirmed."""
    handle = ask.arguments["intent"]
    will_come = _WILL_COME[ask.call.language]
    answers = {intent: will_come.sub(" yes ", words) for intent, words in ask.answers.items()}

    def write(connection: Connection, payload: Mapping[str, Any]) -> dict[str, Any]:
        told_of = {each: datetime.fromisoformat(starts_at) for each, starts_at in payload["appointments"]}
        if not reminded.confirm(connection, told_of, ask.services.clock.now()):
            return dict(_CHANGED_MEANWHILE)
        return {"status": "confirmed", "spoken": ask.call.words.confirmed()}

    return two_steps.commit(ask.services, ask.call, "confirm", handle, answers, write)


def wrong_person(ask: Request) -> ToolResult:
    """It is somebody else: one who lives there, or a stranger, whose number is never called again for this customer."""
    if (attempt := _attempt(ask.call)) is None or ask.call.caller is None:
        return _OTHER_CALL
    phone, now = ask.call.caller, ask.services.clock.now()
    if ask.arguments["who"] == "wrong_number":
        ask.services.database.run(lambda c: reminded.wrong_number(c, phone, now))
        return _goodbye("wrong_number", ask.call.words.wrong_number(), "wrong_number", changed=True)
    ask.services.database.run(lambda c: reminded.call_again(c, attempt, now + _NOT_IN))
    return _goodbye("noted", ask.call.words.try_later(), None)


def call_later(ask: Request) -> ToolResult:
    """They have no time now. Whether that hour is a decent one where they live is seen when it comes."""
    if (attempt := _attempt(ask.call)) is None:
        return _OTHER_CALL
    again_at = _again_at(ask.arguments["when"], ask.services.clock.now(), ask.services.shop.zone)
    ask.services.database.run(lambda c: reminded.call_again(c, attempt, again_at))
    return _goodbye("noted", ask.call.words.call_again(), None)


def _again_at(when: str, now: datetime, zone: ZoneInfo) -> datetime:
    """By the workshop's clock; in the evening "this evening" is soon."""
    today = now.astimezone(zone).date()
    if when == "this_evening":
        return max(boundary(today, _EVENING, zone), now + _SOON)
    if when == "tomorrow_morning":
        return boundary(today + timedelta(days=1), _MORNING, zone)
    return now + _NOT_IN


def opt_out(ask: Request) -> ToolResult:
    """Nobody calls or texts the number again on our own account."""
    if (phone := ask.call.caller) is None:
        return _OTHER_CALL
    source: opt_outs.Source = "keypad" if ask.arguments["source"] == "keypad" else "voice"
    ask.services.database.run(lambda c: opt_outs.add(c, phone, source, ask.services.clock.now()))
    words = ask.texts.called_opted_out
    return _goodbye("opted_out", words, "opted_out", changed=True)


_OTHER_CALL = told("error", reason="This is no reminder call.")


def _goodbye(status: str, words: str, outcome: str | None, *, changed: bool = False) -> ToolResult:
    content = {"status": status, "spoken": words}
    return ToolResult(content, spoken=words, changed=changed, ending="goodbye", outcome=outcome)


def _attempt(call: CallContext) -> UUID | None:
    return UUID(call.attempt) if call.attempt else None


def _named(ask: Request) -> list[Reminded]:
    attempt = _attempt(ask.call)
    if attempt is None:
        return []
    with ask.services.database.transaction() as connection:
        return list(reminded.named_by(connection, attempt))


def _told(row: Reminded, ask: Request) -> str:
    words = ask.call.words
    when = words.moment_words(row.starts_at.astimezone(ask.services.shop.zone))
    service = ask.call.service_name(ask.services, row.service, row.service_name)
    return words.visit(service, words.car_words(row.year, row.make, row.model), when)


def _listed(call: CallContext, row: Reminded, ask: Request) -> dict[str, str]:
    return {
        "appointment": call.issue("appt", {"id": row.id, "customer": row.customer_id}),
        "when": call.words.offer_words(row.starts_at.astimezone(ask.services.shop.zone)),
        "service": call.service_name(ask.services, row.service, row.service_name),
        "service_code": row.service,
        "vehicle": call.words.car_words(row.year, row.make, row.model),
    }
