"""Who has taken a call that we made, by the first words heard there, and whether somebody wants no more such calls.

Pure pattern matching: it needs no detection of the carrier's, which may come late, and no model. When in doubt it is a
person; an opt-out is taken from any words that can mean one, since a call too few harms nobody.
"""

import re
from enum import Enum

from shared.domain.spelled import without_accents

Answerer = Enum("Answerer", "PERSON MACHINE SCREENING")

_SCREENING = re.compile(
    r"\b(?:(?:who(?:'s| is) calling|say your name|state your name|name and (?:the )?reason|reason for (?:your|the) call"
    r"|before i (?:try to )?connect you|is screening|see if this person is available))\b"
)
_MACHINE = re.compile(
    r"\b(?:voice ?mail|voice messag\w+|mailbox|leave (?:me |us )?(?:a |your )?(?:short )?(?:message|name)"
    r"|(?:after|at) the (?:tone|beep)|record your message|not available (?:right now|to take)|you(?:'ve| have) reached"
    r"|(?:can't|cannot|can not|unable to) (?:come to the phone|take your call|answer the phone)"
    r"|call(?:ing)? you back as soon|get back to you)\b"
)
_PUT_THROUGH = re.compile(
    r"(?:(?:ok(?:ay)?|all right|great|thanks|thank you)\b[ ,]*)*"
    r"(?:(?:please )?(?:hold|wait|stay on the line|hang on|stand by)\b.*|(?:one|just a|a) (?:moment|minute|second)\b.*"
    r"|(?:connecting|putting)\b.*)?"
)
_OPT_OUT = re.compile(
    r"\b(?:stop (?:calling|phoning|ringing|these calls|the calls|it|this|sending)|(?:do not|don't|dont|never|quit) "
    r"(?:\w+ )?(?:call|calling|phone|ring|contact)(?: me| us| here| this number| again)*|no more (?:of these )?calls?"
    r"|(?:take|remove|delete) (?:me|us|my number|this number|our number)|unsubscribe|opt(?:ed|ing)? ?-?out"
    r"|leave me alone|off (?:your|the|this) (?:call(?:ing)? )?list|do not call list"
    # In Spanish too, whatever the call is held in.
    r"|no (?:me |nos )?(?:llame|llamen|llames|marquen?)(?: mas| aqui| a este numero| nunca)*|ya no (?:me |nos )?llamen?"
    r"|dejen? de (?:llamar\w*|marcar\w*)|no quiero (?:mas |recibir )*(?:estas )?llamadas|no mas llamadas"
    r"|(?:quiten|quiteme|borren|borreme|eliminen)(?:me)? de (?:la|su) lista|dejenme en paz)\b"
)
_STOP = re.compile(
    r"(?:please |just |oh |no |ok(?:ay)? )*(?:stop|quit|cancel these|end this|alto|basta|paren?)"
    r"(?: please| now| it| por favor| ya)*"
)


def who_answered(transcript: str) -> Answerer:
    words = _plain(transcript)
    if _SCREENING.search(words):
        return Answerer.SCREENING
    return Answerer.MACHINE if _MACHINE.search(words) else Answerer.PERSON


def puts_through(transcript: str) -> bool:
    """Whether a screening that had its answer says no more than thanks, or to wait."""
    return bool(_PUT_THROUGH.fullmatch(_plain(transcript)))


def wants_no_calls(transcript: str) -> bool:
    """Whether these words ask that the number be called no more; "don't call me later" is not told apart."""
    words = _plain(transcript)
    return bool(_OPT_OUT.search(words) or _STOP.fullmatch(words))


def _plain(transcript: str) -> str:
    return " ".join(re.sub(r"[^a-z' -]+", " ", without_accents(transcript).replace("’", "'")).split())
