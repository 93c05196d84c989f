"""Whether a caller's answer to a read-back allows it to be carried out.

An answer agrees when it says so surely and everything else in it stands in the read-back: whatever the caller adds is a
correction until that was read back too. So this knows how people agree and which words are empty; it need not know
all the ways to object. When in doubt it does not agree, because asking once more costs a sentence and a wrong booking
costs a customer.
"""

import re
from enum import Enum

from shared.domain.said import plain, read_back, said


class Answer(Enum):
    """REFUSES is a clear no or another day, time or number; UNCLEAR is all else that does not agree."""

    AGREES = "agrees"
    REFUSES = "refuses"
    UNCLEAR = "unclear"


_DOUBTFUL = re.compile(r"\[\?([^\]]*)\]")
# Sayings that hold a refusing or a doubting word and mean yes.
_NO_THAT_MEANS_YES = re.compile(
    r"\b(?:no problem(?: at all)?|no worries|that's not a problem|not a problem|why not|i don't mind|no changes"
    r"|no objections?|m+ hm+)\b"
)
# Sayings that hold a yes or a no and mean neither.
_HESITATIONS = re.compile(
    r"\b(?:(?:just )?(?:a|one) (?:second|sec|moment|minute)|not (?:so |quite |entirely )?(?:sure|certain)"
    r"|(?:do not|don't|dont) know|(?:i'm|i am) (?:all )?(?:good|fine|ok|okay|set)(?! with)"
    r"|no that's (?:right|correct|fine|all|ok|okay|good))\b"
)
_WORTH = r"(?:good|great|fine|perfect|wonderful|lovely|excellent|fantastic|brilliant|awesome|okay|ok|alright|all right)"
_ASSENTS = re.compile(
    rf"\b(?:(?:that|this|it) (?:would|will) (?:be (?:very |just |really )?{_WORTH}|work|do)(?: for me)?"
    rf"|(?:that'd|it'd|that'll|it'll) (?:be (?:very |just |really )?{_WORTH}|work|do)(?: for me)?"
    rf"|(?:(?:everything|that all|all) )?(?:sounds|looks|is|works) (?:just |really |very |all )?"
    rf"(?:{_WORTH}|right|correct)(?: (?:to|for|with|by) me)?|all (?:good|correct|fine)|sounds like a plan"
    rf"|see you(?: then| there)?|works(?: for me)?|suits me|(?:i'm|i am) (?:happy|{_WORTH}) with (?:that|it)"
    r"|(?:i'd|i would) (?:like|love) that|i want that|i do|it is|i am|that is (?:right|correct)"
    r"|go(?: right)? ahead|go for it|please do(?: that| so| it)?|do (?:it|that|so)|you (?:can|may)|of course"
    r"|let's (?:do|go (?:for|with)) (?:it|that)|by all means|you bet"
    r"|uh huh|mhm+|aye|yes|yeah|yep|yup|yah|yea|ya|yessir|sure(?: thing)?|ok|okay|correct|right|exactly"
    rf"|absolutely|definitely|certainly|precisely|indeed|agreed|affirmative|confirmed|confirm|cool|{_WORTH}|please)\b"
)
# What an assent is taken off for, but agrees to nothing by itself: "Is that right? I am."
_NO_ASSENTS = frozenset({"it is", "i am", "you can", "you may", "see you", "see you then", "see you there"})
# An order to carry it out agrees; whether its verb is the read-back's own is seen with the other words.
_ORDERS = re.compile(r"\b(?:book|cancel|move|pass) (?:it|that|this|them|me)\b")
_REFUSALS = re.compile(
    r"\b(?:no|nope|nah|not|never|cannot|can't|don't|dont|doesn't|didn't|won't|wrong|incorrect|mistake|instead|rather"
    r"|different|another|forget|nevermind)\b"
)
# A refusal where something else was read back.
_OTHER_ORDERS = re.compile(r"\b(?:cancel|change|move|switch|skip|drop|stop)\b")
# These keep an answer from agreeing even where the read-back holds them, as a message may.
_HINDRANCES = re.compile(
    r"\b(?:wait|hold|hang|stop|actually|but|except|unless|if|until|or|else|other|maybe|perhaps|guess|suppose|think|unsure"
    r"|hmm+|sorry|pardon|meant|mean|again|later|earlier|what|what's|when|which|who|whose|where|how|why|could|can|should"
    r"|does|did|[a-z]+n't)\b|\?"
)
# Words that add nothing: articles, prepositions, pronouns, courtesy, sounds.
_EMPTY_WORDS = (
    "a an the this that that's it it's at on in of to for under by with and then so as there my your our me us i you "
    "we thank thanks very much oh ah uh um er erm well sir ma'am madam sophie name named appointment car vehicle "
    "o'clock oclock time day date slot let's i'd like"
)
_EMPTY = frozenset(_EMPTY_WORDS.split())


def judge(words: str, heard: str) -> Answer:
    """What `words`, said after the read-back `heard` was heard, allow.

    Words marked as doubtful, `[?yes]`, never agree, and like all others they must stand in the read-back.
    """
    sure = _without_sayings(_DOUBTFUL.sub(" | ", words))
    everything = _without_sayings(_DOUBTFUL.sub(r" \1 ", words))
    known = read_back(plain(heard))
    if _says_yes(sure) and not (_REFUSALS.search(everything) or _HINDRANCES.search(everything)):
        brought = said(_ASSENTS.sub(" | ", everything))
        if brought.words <= known.words | _EMPTY and not brought.facts_beyond(known.facts):
            return Answer.AGREES
    other_orders = {match[0] for match in _OTHER_ORDERS.finditer(sure)} - known.words
    other_facts = said(_ASSENTS.sub(" | ", sure)).facts_beyond(known.facts | known.left)
    return Answer.REFUSES if _REFUSALS.search(sure) or other_orders or other_facts else Answer.UNCLEAR


def _without_sayings(words: str) -> str:
    return _HESITATIONS.sub(" maybe ", _NO_THAT_MEANS_YES.sub(" yes ", plain(words)))


def _says_yes(sure: str) -> bool:
    return bool(_ORDERS.search(sure)) or any(match[0] not in _NO_ASSENTS for match in _ASSENTS.finditer(sure))
