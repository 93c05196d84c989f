"""How callers agree, refuse and hesitate in English."""

import re

from shared.domain.said import plain
from shared.domain.sayings import Sayings

_NAME = re.compile(r"under the name ([^,.?]+)")
_NO_THAT_MEANS_YES = re.compile(
    r"\b(?:no problem(?: at all)?|no worries|that's not a problem|not a problem|why not|i don't mind|no changes"
    r"|no objections?|m+ hm+)\b"
)
_HESITATIONS = re.compile(
    r"\b(?:(?:just )?(?:a|one) (?:second|sec|moment|minute)|not (?:so |quite |entirely )?(?:sure|certain)"
    r"|(?:do not|don't|dont) know|(?:i'm|i am) (?:all )?(?:good|fine|ok|okay|set)(?! with)"
    r"|no that's (?:right|correct|fine|all|ok|okay|good)|and (?:you|yourself))\b"
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
_NO_ASSENTS = frozenset({"it is", "i am", "you can", "you may", "see you", "see you then", "see you there"})
_ORDERS = re.compile(r"\b(?:book|cancel|move|pass) (?:it|that|this|them|me)\b")
_REFUSALS = re.compile(
    r"\b(?:no|nope|nah|not|never|cannot|can't|don't|dont|doesn't|didn't|won't|wrong|incorrect|mistake|instead|rather"
    r"|different|another|forget|nevermind)\b"
)
_OTHER_ORDERS = re.compile(r"\b(?:cancel|change|move|switch|skip|drop(?!(?: \w+){0,3} off\b)|stop)\b")
# What breaks off may still bring anything.
_BREAKS_OFF = r"\b(?:and|at|for|with|the|to|under|a|an)$"
# In "oil change" it is no order.
_CHANGE = r"(?<!oil )(?<!filter )\bchange(?: (?:of|the|it|that|my|to|time|day)\b|$)"
_HINDRANCES = re.compile(
    rf"{_BREAKS_OFF}|{_CHANGE}|"
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

ENGLISH = Sayings(
    plain=plain,
    name=_NAME,
    no_that_means_yes=_NO_THAT_MEANS_YES,
    hesitations=_HESITATIONS,
    assents=_ASSENTS,
    no_assents=_NO_ASSENTS,
    orders=_ORDERS,
    refusals=_REFUSALS,
    other_orders=_OTHER_ORDERS,
    hindrances=_HINDRANCES,
    empty=frozenset(_EMPTY_WORDS.split()),
)
