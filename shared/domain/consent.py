"""Whether a caller's answer to a read-back allows it to be carried out.

The one question is `refuses`: a no, a correction, a question, a doubt or silence all mean that nothing may be
committed. Agreement must be said surely and must not bring anything that the read-back did not hold. When in doubt it
refuses, because asking once more costs a sentence and a wrong booking costs a customer.
"""

import re

_DOUBTFUL = re.compile(r"\[\?([^\]]*)\]")
# Sayings that hold a refusing word and agree all the same.
_AGREEING = re.compile(
    r"\b(no problem|no worries|why not|no that's (?:right|correct|fine|all)|that's not a problem|not a problem"
    r"|can't wait|i don't mind|no changes|no objections?)\b"
)
_ASSENTS = re.compile(
    r"\b(yes|yeah|yep|yup|yah|sure|ok|okay|correct|right|exactly|absolutely|definitely|certainly|perfect|great|fine"
    r"|good|please do|go ahead|do it|do that|book it|that works|works for me|agreed|of course|indeed|uh huh|mm hmm"
    r"|confirmed?|wonderful|lovely|excellent|alright|all right|you bet|affirmative|let's do (?:it|that)|please)\b"
)
_REFUSALS = re.compile(
    r"\b(no|nope|nah|not|never|don't|dont|doesn't|isn't|won't|can't|cannot|wait|hold|stop|actually|instead|rather"
    r"|change|changed|wrong|incorrect|mistake|different|another|other|else|but|except|cancel|forget|nevermind|mind"
    r"|later|earlier|sooner|maybe|perhaps|guess|suppose|unsure|hmm|sorry|pardon|repeat|again|meant|mean|said"
    r"|move|switch|rethink|think|let me|second|moment|minute|hang on|unless|if)\b"
)
_QUESTIONS = re.compile(
    r"\?|\b(what|what's|when|which|who|whose|where|how|why|is it|is that|are you|do you|does|did|was|can you|can i"
    r"|can we|could|would|will it|should)\b"
)
_FACTS = re.compile(
    r"\b(monday|tuesday|wednesday|thursday|friday|saturday|sunday|today|tomorrow|tonight|january|february|march|april"
    r"|june|july|august|september|october|november|december|morning|afternoon|evening|noon|midday|week|am|pm"
    r"|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen"
    r"|eighteen|nineteen|twenty|thirty|forty|fifty|first|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth"
    r"|\d+)\b"
)
_NUMBER_WORDS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty"
)
_ORDINAL_WORDS = "zeroth first second third fourth fifth sixth seventh eighth ninth tenth"
_NUMBERS = {word: str(n) for n, word in enumerate(_NUMBER_WORDS.split())}
_NUMBERS |= {word: str(n) for n, word in enumerate(_ORDINAL_WORDS.split())}
_NUMBERS |= {"thirty": "30", "forty": "40", "fifty": "50", "midday": "noon"}
_TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50}
_COMPOUND = re.compile(  # "twenty sixth", "forty five"
    r"\b(twenty|thirty|forty|fifty) (first|second|third|fourth|fifth|sixth|seventh|eighth|ninth"
    r"|one|two|three|four|five|six|seven|eight|nine)\b"
)


def refuses(words: str, read_back: str = "") -> bool:
    """Whether `words`, said after `read_back` was heard, forbid to carry it out.

    Words of the read-back may be repeated ("yes, Thursday at two", "yes, cancel it"); a day, time or number that it
    did not hold is a correction. Words marked as doubtful, `[?yes]`, may refuse but never agree.
    """
    sure = _plain(_DOUBTFUL.sub(" ", words))
    all_words = _plain(_DOUBTFUL.sub(lambda m: f" {m[1]} ", words))
    heard = _plain(read_back)
    without_sayings = _AGREEING.sub(" yes ", all_words)
    agrees = _ASSENTS.search(_AGREEING.sub(" yes ", sure)) is not None
    repeated = set(heard.split())
    refusals = {match[0] for match in _REFUSALS.finditer(without_sayings)} - (repeated if _says_yes(sure) else set())
    questions = _QUESTIONS.search(without_sayings) is not None
    return not agrees or bool(refusals) or questions or _brings_news(without_sayings, heard)


def _plain(text: str) -> str:
    plain = re.sub(r"[^a-z0-9'?: ]+", " ", text.lower().replace("’", "'"))
    return _COMPOUND.sub(lambda m: str(_TENS[m[1]] + int(_canonical(m[2]))), plain)


def _says_yes(words: str) -> bool:
    """A plain yes, beside which a verb of the read-back is only its repetition: "yes, cancel it"."""
    return re.search(r"\b(yes|yeah|yep|yup|please|sure|ok|okay|correct|right)\b", words) is not None


def _brings_news(words: str, heard: str) -> bool:
    """Whether a day, a time or a number is said that the read-back did not hold."""
    known = {_canonical(match) for match in re.findall(r"[a-z]+|\d+", heard)}
    said = {_canonical(match[0]) for match in _FACTS.finditer(words)}
    return bool(said - known - {"1"})  # "that one" is no time


def _canonical(word: str) -> str:
    return _NUMBERS.get(word, word)
