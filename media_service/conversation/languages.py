"""Which language a caller speaks, told by the small words that nobody can do without; and a yes or a no in it.

Judged by the transcript and, where the recogniser tells languages apart, by what it says. English is never named.
"""

from collections.abc import Sequence

from media_service.conversation.interjections import words_of

_SMALL_WORDS = {
    "es": """
        hola buenos buenas días dias tardes sí si no quiero quisiera necesito tengo puedo puede hablo habla español
        espanol inglés ingles cita coche carro aceite frenos llantas cambio de el la los las un una mi su para por con
        que qué cuándo cuando cuánto mañana hoy gracias favor es está muy también pero y lunes martes jueves viernes
        sábado""",
    "fr": """
        bonjour bonsoir oui non je j'ai veux voudrais besoin peux parle parlez français francais anglais rendez vous
        voiture huile freins pneus vidange de du le la les un une des ma mon pour avec que quand combien demain merci
        est c'est très aussi mais et plaît plait lundi mardi mercredi jeudi vendredi samedi""",
    "de": """
        hallo guten morgen tag ja nein ich habe möchte brauche kann können sprechen deutsch englisch termin auto
        ölwechsel bremsen reifen der die das den ein eine einen mein meine für mit und wann wie viel danke bitte ist
        nicht auch aber heute montag dienstag mittwoch donnerstag freitag samstag""",
}
_WORDS = {language: frozenset(words.split()) for language, words in _SMALL_WORDS.items()}
_SMALL_ENGLISH_WORDS = """
    the a an i i'm i'd you it it's is are was do does did can could would want need have has my your for to of in on at
    and or but yes no hello hi please thanks car oil change when what how much speak english appointment with this that
    me we not today tomorrow"""
_ENGLISH = frozenset(_SMALL_ENGLISH_WORDS.split())
_YES = {"es": {"sí", "si", "claro", "bueno", "favor"}, "fr": {"oui", "d'accord", "bien"}, "de": {"ja", "gerne", "gern"}}
_YES_TOO = {"yes", "okay", "ok", "yeah"}
_NO = {"no", "non", "nein", "not"}
# So many small words of a language, and hardly one of English beside them, leave no doubt; so few raise it.
_SURE = 4
_PERHAPS = 2
_ENGLISH_AMONG = 3


def spoken_in(transcript: str, named: Sequence[str] = ()) -> tuple[str | None, bool]:
    """The language other than English that a turn seems to be in, and whether there is no doubt of it.

    `named` are the languages that the recogniser heard in it, the strongest first.
    """
    words = words_of(transcript)
    if named and not named[0].startswith("en"):
        return named[0][:2], len(words) >= _SURE
    counts = {language: sum(word in small for word in words) for language, small in _WORDS.items()}
    language = max(counts, key=lambda each: counts[each])
    english = sum(word in _ENGLISH and word not in _WORDS[language] for word in words)
    if counts[language] < _PERHAPS or english * _ENGLISH_AMONG > counts[language]:
        return None, False
    return language, counts[language] >= _SURE


def agrees(transcript: str, language: str) -> bool | None:
    """Whether it says yes, or no, in the language or in English; None when it says neither."""
    words = set(words_of(transcript))
    if words & _NO and not words & (_YES.get(language, set()) | _YES_TOO):
        return False
    return True if words & (_YES.get(language, set()) | _YES_TOO) else None
