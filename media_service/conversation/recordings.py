"""Whether a voice that calls is a recording: it says what nobody says to the one who answers, and it does not listen.

Both are wanted: its words, and that it talked over the greeting or talks at length. A person who quotes such words in
a short answer is heard as a person. What becomes of the call is not known here.
"""

import re

_MANY_WORDS = 20
_KEY = r"(?:zero|one|two|three|four|five|six|seven|eight|nine|pound|star|[0-9*#])"
_ONLY_RECORDED = re.compile(
    rf"\bpress (?:the )?(?:number |key )?{_KEY}\b"
    r"|\b(?:pre-?recorded|automated) (?:message|call)\b"
    r"|\bthis is (?:an?|your) (?:important|urgent|final|second|last|courtesy) (?:\w+ )?(?:message|notice|call)\b"
    r"|\b(?:please )?do not hang up\b"
    r"|\bbe (?:removed|taken off) (?:from )?(?:our|this|the) (?:\w+ )?list\b"
    r"|\b(?:remain|stay|hold) on the line to (?:speak|be connected|learn|hear)\b",
    re.IGNORECASE,
)


def is_recording(words: str, cut_in: bool) -> bool:
    """`words` are what the caller has said so far in one turn, `cut_in` whether they began while we were speaking."""
    return _ONLY_RECORDED.search(words) is not None and (cut_in or len(words.split()) >= _MANY_WORDS)
