"""What a sentence of the model makes the caller believe of appointments.

Such a sentence may be spoken only when a tool's answer of this turn bears it out: the words for what was done come from
the tools, which make them from the row. It looks for assertions (somebody did it, or something is in that state);
questions, offers, refusals and conditions pass.
"""

import re
from enum import IntEnum

from media_service.conversation import claims_es

_Pattern = re.Pattern[str]


class Claim(IntEnum):
    """What the caller would take it for; a higher one needs more to bear it out."""

    NOTHING = 0
    STANDS = 1
    """An appointment stands: a tool must have listed it."""
    DONE = 2
    """One was just made, moved or cancelled: a tool must have committed it."""


_DEED = (
    r"(?:booked|scheduled|rescheduled|reserved|confirmed|cancell?ed|moved|removed|deleted|switched|arranged|updated"
    r"|registered|secured|changed|set up|sorted out|taken care of)"
)
_STATE = rf"(?:{_DEED}|all set|set|settled|sorted|done|good to go|down for|in for|on the (?:books?|schedule|calendar))"
_LATELY = r"(?:(?:just|now|already|also|all|both|indeed|\w+ly)\s+)*"
_VISIT = r"(?:appointment|booking|reservation|visit|slot|service|oil change|inspection)"
_I = rf"\b(?:i|we)(?:'ve| have)?\s+{_LATELY}"
_DAY = r"(?:on|at|then|tomorrow|next|this|mon|tues|wednes|thurs|fri|satur|sun)"


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)


_DONE = _any(
    # I've booked it; we moved your appointment
    rf"{_I}{_DEED}\b",
    # I've made that appointment
    rf"{_I}made\b.{{0,40}}\b{_VISIT}\b",
    # I put you down; I've added you for Friday; I've got you in
    rf"{_I}(?:put|added|got|have|entered)\s+(?:you|it|that|this|them)\s+(?:down|in|for|on|{_DEED})\b",
    # it has been cancelled; they've been moved
    rf"\b(?:has|have|'ve)\s+{_LATELY}been\s+{_LATELY}{_STATE}\b",
    # it's cancelled; your brakes are moved to Monday; your appointment is now on Friday
    rf"(?:\b(?:is|are|was|were)|'s|'re)\s+{_LATELY}(?:cancell?ed|moved|removed|deleted|switched|changed|done)\b",
    rf"\byour {_VISIT}\s*(?:is|'s)\s+now\s+(?:on|at|for)\b",
    # Done!  All settled.  Booked.
    r"^\W*(?:(?:okay|ok|great|perfect|alright|and|there)\W+)*(?:all\s+|consider it\s+)?"
    rf"(?:done|settled|sorted|set|{_DEED})\b",
    # see you Friday
    rf"\bsee you {_DAY}",
)
_STANDS = _any(
    # you're booked; it's all set; your brakes are scheduled
    rf"(?:\b(?:is|are|was|were)|'s|'re)\s+{_LATELY}{_STATE}\b(?!\s+(?:up|solid|out)\b)",
    # your appointment is on Friday
    rf"\byour {_VISIT}\s*(?:is|'s)\s+(?:on|at|for)\b",
    # you have an appointment on Friday; you've an oil change scheduled
    rf"\byou(?:'ve| have)(?: got)?\s+(?:an?|your|the|one)\s.{{0,60}}\b(?:appointment|{_DEED})\b",
)
_HARMLESS = _any(
    r"\?\s*$",
    r"n't\b|'ll\b",
    r"\b(?:not|nothing|never|no|cannot|if|once|before|until|when|like|need|want|fully)\b",
    r"\b(?:would|could|can|may|shall|should|will|to be|get (?:you|it|that|this))\b",
)
_GONE_AHEAD = re.compile(r"\b(?:gone|went) ahead and ", re.IGNORECASE)
_CLAUSE = re.compile(r"[;,:]\s|\s(?:and|but|so)\s|(?<=[.!?])\s+")
_ENGLISH = _CLAUSE, _HARMLESS, _DONE, _STANDS
# Every rule for English needs one of these, in small letters: most sentences have none, and are done with at once.
_HINT = re.compile(
    r"\b(?:book|schedul|reschedul|reserv|confirm|cancel|mov|remov|delet|switch|arrang|updat|regist|secur|chang|set\b"
    r"|sort|taken care|settl|done|good to go|down for|in for|on the|made|appointment|see you"
    r"|(?:put|added|got|have|entered)\s+(?:you|it|that|this|them)\b|(?:now|is)\s+(?:on|at|for)\b)|'s\s+(?:on|at|for)\b"
)
_SPANISH = claims_es.CLAUSE, claims_es.HARMLESS, claims_es.DONE, claims_es.STANDS


def claim_of(text: str) -> Claim:
    """The strongest claim among the text's clauses, in English or in Spanish: a model may speak either in any call."""
    plain = _GONE_AHEAD.sub("", text.replace("’", "'"))
    folded = plain.casefold()
    english = _strongest(plain, *_ENGLISH) if _HINT.search(folded) else Claim.NOTHING
    spanish = _strongest(plain, *_SPANISH) if claims_es.HINT.search(folded) else Claim.NOTHING
    return max(english, spanish)


def _strongest(text: str, clauses: _Pattern, harmless: _Pattern, done: _Pattern, stands: _Pattern) -> Claim:
    asserted = [clause for clause in clauses.split(text) if not harmless.search(clause)]
    if any(done.search(clause) for clause in asserted):
        return Claim.DONE
    return Claim.STANDS if any(stands.search(clause) for clause in asserted) else Claim.NOTHING
