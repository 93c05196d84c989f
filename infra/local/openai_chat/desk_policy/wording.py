"""How the desk says things: short spoken sentences in several wordings, chosen by the turn. No lists, no marks."""

from __future__ import annotations

import re

from infra.local.openai_chat.desk_policy.asks import Ask

_QUESTIONS: dict[Ask, tuple[str, ...]] = {
    Ask.OPEN: ("How can I help?", "What can I do for you?", "What would you like me to do?"),
    Ask.ELSE: ("Is there anything else I can do?", "Can I help with anything else?"),
    Ask.SERVICE: (
        "What does the car need?",
        "What would you like done on the car?",
        "What shall we do on the car for you?",
    ),
    Ask.WHEN: (
        "What day and time would suit you?",
        "When would you like to come in?",
        "Which day and time are good for you?",
    ),
    Ask.NAME: (
        "May I have your first and last name?",
        "What name shall I put it under, first and last?",
        "Could I get your first and last name, please?",
    ),
    Ask.FIRST_NAME: ("And what's your first name?", "May I have your first name?"),
    Ask.LAST_NAME: ("And what's your last name?", "May I have your last name?"),
    Ask.SPELL_FIRST: (
        "Could you spell your first name for me, letter by letter?",
        "Please spell your first name for me.",
    ),
    Ask.SPELL_LAST: ("Could you spell your last name for me, letter by letter?", "Please spell your last name for me."),
    Ask.CAR: (
        "What's the year, make and model of the car?",
        "Which car is it? The year, make and model, please.",
        "What car are you bringing, by year, make and model?",
    ),
    Ask.YEAR: ("What year is it?", "And which model year is it?"),
    Ask.VIN: (
        "Please give me the VIN again, a few characters at a time.",
        "Could you read me the VIN once more, slowly?",
    ),
    Ask.CHANGE: ("What should I change?", "All right. What shall I put right?", "Okay, what would you like different?"),
    Ask.PHONE: ("What's the phone number on the account?", "Which phone number do we have you under?"),
    Ask.VERIFY: (
        "To be sure it's you, may I have your last name, or the ZIP code on file?",
        "Before I open your file, what's your last name, or the ZIP code we have?",
    ),
    Ask.MESSAGE: ("What should I tell them?", "What's the message?"),
    Ask.PERSON: (
        "Shall I put you through to someone at the desk?",
        "Would you like me to connect you with a person at the desk?",
    ),
    Ask.LEAVE_MESSAGE: (
        "Would you like to leave a message for the service desk?",
        "Shall I take a message for them?",
    ),
    Ask.DETAIL: ("What would you like to change?", "What has changed?"),
    Ask.CONFIRM: ("Is that right?", "Shall I go ahead?"),
}
# Other words for a question that has been put before, by how often it stayed without an answer.
_HINTS: dict[Ask, tuple[str, ...]] = {
    Ask.WHEN: (
        "",
        "You can say a day and a time, like Tuesday at ten.",
        "Shall I look for the first free time? Or just tell me a day of the week.",
    ),
    Ask.OFFER: ("", " You can say the first one, or the time.", " Or tell me another day."),
    Ask.CAR: (
        "",
        "Just say it like twenty fifteen Ford Focus: the year, the make and the model.",
        "Who makes the car? Ford or Toyota, for example.",
    ),
    Ask.YEAR: ("", "Which year was it built? Say it like twenty fifteen.", "What model year is the car?"),
}
_SORRY = ("Sorry, I didn't catch that.", "I'm sorry, I missed that.", "Sorry, I didn't quite get that.")
_DOUBT = {
    "name": ("Sorry, I didn't hear the name clearly.", "I'm sorry, the name didn't come through well."),
    "when": ("Sorry, I didn't hear the day or time clearly.", "I'm sorry, the time didn't come through well."),
    "car": ("Sorry, I didn't hear the car clearly.", "I'm sorry, the car didn't come through well."),
    "phone": ("Sorry, I didn't get all the digits.",),
    "verify": ("Sorry, I didn't hear that clearly.",),
}


def question(ask: Ask, turn: int) -> str:
    """The question, worded by the turn."""
    wordings = _QUESTIONS[ask]
    return wordings[turn % len(wordings)]


def hint(ask: Ask, misses: int) -> str:
    """Other words for a question that stayed without an answer; empty at its first time."""
    known = _HINTS[ask]
    return known[min(misses, len(known) - 1)]


def sorry(turn: int) -> str:
    """An apology for not having understood."""
    return _SORRY[turn % len(_SORRY)]


def doubted(fact: str, turn: int) -> str:
    """An apology for a fact that was heard unsurely."""
    wordings = _DOUBT.get(fact, _SORRY)
    return wordings[turn % len(wordings)]


def either(parts: list[str]) -> str:
    """ "A, B or C" as one says it."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} or {parts[-1]}"


def offers(whens: list[str], turn: int, *, again: bool) -> str:
    """Times on offer and the question which; several that were said before, by the weekday alone."""
    if len(whens) == 1:
        return (f"I have {whens[0]}. Does that work?", f"{whens[0]} is free. Would that suit you?")[turn % 2]
    listed = either(_day_once([_short(when) for when in whens] if again else whens))
    return (f"I have {listed}. Which works for you?", f"I can offer {listed}. Which do you prefer?")[turn % 2]


def _short(when: str) -> str:
    """ "Thursday, November 26 at 2:00 PM" without the date."""
    return re.sub(r", \w+ \d{1,2} at ", " at ", when)


def _day_once(whens: list[str]) -> list[str]:
    """Times of one day, with the day said only at the first."""
    day = whens[0].split(" at ")[0]
    if not all(when.startswith(f"{day} at ") for when in whens):
        return whens
    return [whens[0], *(when.removeprefix(f"{day} at ") for when in whens[1:])]


def article(name: str) -> str:
    """A service's name with its article."""
    head = name.split(" with ")[0]
    if head.endswith("s") and not head.endswith("ss"):
        return name
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"
