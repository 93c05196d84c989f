"""Which language a caller speaks or asks for, told by the small words that nobody can do without; and a yes or a no.

Judged by the transcript and, where the recogniser tells languages apart, by what it says as long as the words do not
speak against it. Words count once each: "no, no, no, no" is no sentence.
"""

import re
from collections.abc import Sequence

from media_service.conversation.interjections import words_of

# "No", "me" and "a" are English and Spanish, so they tell nothing.
_SMALL_WORDS = {
    "en": """
        the an i i'm i'd i've i'll you're it it's is are was what's that's do did does don't didn't could would can
        can't want need have my your for to of in at and or but with this that we not what when how much where there
        speak right name thursday monday tuesday wednesday friday saturday sunday today tomorrow""",
    "es": """
        buenos buenas días dias tardes sí si quiero quisiera necesito tengo puedo puede podría hablo habla español
        espanol inglés ingles cita coche carro troca aceite frenos llantas cambio cambiar un una mi su para por con
        que qué cuándo cuando cuánto cómo mañana hoy favor es está muy también pero lunes martes miércoles jueves
        viernes sábado""",
    "fr": """
        bonjour bonsoir oui non je j'ai veux voudrais besoin peux parle parlez français francais anglais rendez vous
        voiture huile freins pneus vidange une des ma mon pour avec quand combien demain est c'est très aussi mais et
        plaît plait lundi mardi mercredi jeudi vendredi samedi""",
    "de": """
        hallo guten morgen tag ja nein ich habe möchte brauche kann können sprechen deutsch englisch termin auto
        ölwechsel bremsen reifen ein eine einen mein meine für mit und wann wie viel bitte ist nicht auch aber heute
        montag dienstag mittwoch donnerstag freitag samstag""",
}
# What stands in names and streets, what everyone says in a language that is not theirs, and figures: beside other words
# of the language they count, alone they tell nothing.
_WEAK_WORDS = {
    "en": """
        hello hi yes yeah okay ok please thank thanks you sure bye one two three four five six seven eight nine ten
        twenty thousand""",
    "es": "de del la las los el y hola gracias adiós adios señor",
    "fr": "de du la le les un merci",
    "de": "der die das den danke",
}
_STRONG = {language: frozenset(words.split()) for language, words in _SMALL_WORDS.items()}
_WORDS = {language: strong | frozenset(_WEAK_WORDS[language].split()) for language, strong in _STRONG.items()}
_MAY = r"(?:do you|(?:can|could) (?:you|we|i)|i (?:want|need|prefer) to|i'd like to|let's)"
_ASKED_FOR = {
    "es": re.compile(
        r"\b(?<!no )(?:habla[ns]?|hable|hablamos|hablar) (?:en )?espa[nñ]ol\b|\ben espa[nñ]ol\b"
        r"|^espa[nñ]ol(?: por favor)?$|\bno (?:hablo|entiendo|comprendo)$"
        r"|\bno (?:hablo|entiendo|comprendo|sé|se) (?:el |mucho |bien |nada de )*ingl[eé]s\b"
        rf"|\b{_MAY} (?:speak|talk)(?: in)? spanish\b|\banyone (?:there )?(?:who )?speaks? spanish\b|\bin spanish\b"
        r"|^spanish(?: please)?$"
    ),
    "en": re.compile(
        rf"\b{_MAY} (?:speak|talk)(?: in)? english\b|\bin english\b|^english(?: please)?$"
        r"|\b(?<!dice )en ingl[eé]s(?: por favor)?$|^(?:usted )?habla (?:usted )?ingl[eé]s$"
    ),
}
_YES = {"es": {"sí", "si", "claro", "bueno", "favor"}, "fr": {"oui", "d'accord", "bien"}, "de": {"ja", "gerne", "gern"}}
_YES_TOO = {"yes", "okay", "ok", "yeah"}
_NO = {"no", "non", "nein", "not"}
# So many words of a language, hardly one of another beside them, leave no doubt; so few raise it.
_SURE, _SURELY_STRONG = 4, 2
_PERHAPS = 2
_OTHERS_AMONG = 3


def spoken_in(transcript: str, named: Sequence[str] = ()) -> tuple[str | None, bool]:
    """The language that a turn seems to be in, or asks for, and whether there is no doubt of it.

    `named` are the languages that the recogniser heard in it, the strongest first.
    """
    words = words_of(transcript)
    text, distinct = " ".join(words), set(words)
    for language, asked_for in _ASKED_FOR.items():
        if asked_for.search(text):
            return language, True
    counts = {language: len(distinct & known) for language, known in _WORDS.items()}
    label = named[0][:2] if named else "en"
    if label != "en" and counts["en"] <= counts.get(label, 0):
        return _labelled(label, distinct, len(words) >= _SURE)
    language = max(counts, key=lambda each: counts[each])
    # The small words of other languages than English are much the same.
    others = max(counts[each] for each in counts if (each == "en") is not (language == "en"))
    strong = len(distinct & _STRONG[language])
    if counts[language] < _PERHAPS or not strong or others * _OTHERS_AMONG > counts[language]:
        return None, False
    return language, counts[language] >= _SURE and strong >= _SURELY_STRONG


def _labelled(label: str, distinct: set[str], long: bool) -> tuple[str | None, bool]:
    """What the recogniser's word for it is worth: by itself a suspicion, and none of a name or one word."""
    if label not in _WORDS:
        return label, long
    strong, known = distinct & _STRONG[label], distinct & _WORDS[label]
    if strong or (long and not known):
        return label, long and bool(strong)
    return None, False


def agrees(transcript: str, language: str) -> bool | None:
    """Whether it says yes, or no, in the language or in English; None when it says neither."""
    words = set(words_of(transcript))
    yes = words & (_YES.get(language, set()) | _YES_TOO)
    if words & _NO and not yes:
        return False
    return True if yes else None
