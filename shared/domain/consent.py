"""Whether a caller's answer to a read-back allows it to be carried out.

An answer agrees when it says so surely and everything else in it stands in the read-back: whatever the caller adds is a
correction until that was read back too. So this knows how people agree and which words are empty; it need not know
all the ways to object. When in doubt it does not agree, because asking once more costs a sentence and a wrong booking
costs a customer.
"""

import re
from collections.abc import Mapping
from enum import Enum

from shared.domain.said import read_back, said
from shared.domain.sayings import Sayings
from shared.domain.sayings_en import ENGLISH
from shared.domain.sayings_es import SPANISH
from shared.domain.wording.wording import Language


class Answer(Enum):
    """REFUSES is a clear no or another day, time or number; UNCLEAR is all else that does not agree."""

    AGREES = "agrees"
    REFUSES = "refuses"
    UNCLEAR = "unclear"


_DOUBTFUL = re.compile(r"\[\?([^\]]*)\]")
_SAYINGS: Mapping[Language, Sayings] = {"en": ENGLISH, "es": SPANISH}


def judge(words: str, heard: str, language: Language = "en") -> Answer:
    """What `words`, said after the read-back `heard` was heard, allow; both are in the language of the call.

    Words marked as doubtful, `[?yes]`, never agree, and like all others they must stand in the read-back.
    """
    sayings = _SAYINGS[language]
    heard, name = _without_name(heard, sayings)
    if name:
        words = re.sub(rf"\b{re.escape(name)}\b", " | ", words, flags=re.IGNORECASE)
    sure = _without_sayings(_DOUBTFUL.sub(" | ", words), sayings)
    everything = _without_sayings(_DOUBTFUL.sub(r" \1 ", words), sayings)
    known = read_back(sayings.plain(heard))
    known_words = known.words | said(sayings.plain(name)).words
    if _says_yes(sure, sayings) and not (sayings.refusals.search(everything) or sayings.hindrances.search(everything)):
        brought = said(sayings.assents.sub(" | ", everything))
        if brought.words <= known_words | sayings.empty and not brought.facts_beyond(known.facts):
            return Answer.AGREES
    other_orders = {match[0] for match in sayings.other_orders.finditer(sure)} - known_words
    other_facts = said(sayings.assents.sub(" | ", sure)).facts_beyond(known.facts | known.left)
    refuses = sayings.refusals.search(sure) or other_orders or other_facts
    return Answer.REFUSES if refuses else Answer.UNCLEAR


def _without_name(heard: str, sayings: Sayings) -> tuple[str, str]:
    """The read-back without the customer's name, which names no day and no number; and that name."""
    found = sayings.name.search(heard)
    return (heard, "") if found is None else (f"{heard[: found.start(1)]} | {heard[found.end(1) :]}", found[1].strip())


def _without_sayings(words: str, sayings: Sayings) -> str:
    return sayings.hesitations.sub(" maybe ", sayings.no_that_means_yes.sub(" yes ", sayings.plain(words)))


def _says_yes(sure: str, sayings: Sayings) -> bool:
    agreed = (match[0] for match in sayings.assents.finditer(sure))
    return bool(sayings.orders.search(sure)) or any(each not in sayings.no_assents for each in agreed)
