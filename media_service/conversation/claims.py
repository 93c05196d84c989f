"""Whether a sentence of the model tells the caller that something was done to an appointment.

Such a sentence may be spoken only when a row was committed since the caller last spoke of anything new: the words for
that come from the tools, which make them from the row. Better to hold back a harmless sentence than to let a false one
through, so questions and offers are let pass and everything that sounds done is not.
"""

import re

_DONE = re.compile(
    r"\b(?:booked|scheduled|rescheduled|reserved|confirmed|cancell?ed|moved|changed|all set|set up|taken care of"
    r"|(?:all|that's|it's) (?:done|settled|sorted|arranged)"
    r"|put you (?:down|in)|got you (?:down|in|set)|have you (?:down|in)|you(?:'re| are) (?:down|in|good)"
    r"|see you (?:on|at|then|tomorrow|next|this|mon|tue|wed|thu|fri|sat))\b",
    re.IGNORECASE,
)
_NOT_DONE = re.compile(
    r"\?\s*$|n't\b|\b(?:not|nothing|never|would|could|can|may|shall|should|if|once|before|to be|want|like)\b",
    re.IGNORECASE,
)
_STANDING = re.compile(r"\b(?:already|currently|still|fully)\b", re.IGNORECASE)


def claims_a_change(sentence: str) -> bool:
    """Whether the caller would take it that an appointment was just made, moved or cancelled."""
    clauses = re.split(r"[;,:]|\b(?:and|but|so)\b|(?<=[.!?])\s+", sentence.replace("’", "'"))
    return any(_DONE.search(c) and not _NOT_DONE.search(c) and not _STANDING.search(c) for c in clauses if c)
