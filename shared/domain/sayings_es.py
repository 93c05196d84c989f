"""How callers agree, refuse and hesitate in Spanish.

"Mañana" and "tarde" are days and times before they get here, "sí" has lost its accent: "si" followed by what only a
condition is followed by is doubt. Verbs that carry out the same are one word, because a read-back asks "¿La reservo?"
and is answered "resérvela".
"""

import re

from shared.domain.said import plain as known_signs
from shared.domain.sayings import Sayings
from shared.domain.spanish_figures import figures

_PRONOUN = r"(?:me|se|nos)?(?:la|lo|las|los|le)?"
_ONE_VERB = tuple(
    (re.compile(rf"\b(?:{forms})\b"), verb)
    for forms, verb in (
        (rf"(?<!\buna )(?<!\bmi )(?<!\bsu )(?:reserv|agend)(?:e|a|o|ar|alo){_PRONOUN}", "reservo"),
        (rf"apart(?:e|a|ar)(?:me)?l[oa]|(?:anot|apunt)(?:e|a|o|ar){_PRONOUN}", "reservo"),
        (rf"(?:cancel|anul)(?:e|a|o|ar|en){_PRONOUN}", "cancelo"),
        (rf"(?:muev|mov)(?:a|e|o|er|an){_PRONOUN}|cambi(?:e|a|ar){_PRONOUN}", "muevo"),
        (rf"pas(?:e|a|o|ar){_PRONOUN}|(?:mand|envi)e(?:se)?l[oa]", "paso"),
    )
)
_GREETING = re.compile(r"\bbuen(?:os|as)? (?:d[ií]as?|tardes?|noches?)\b", re.IGNORECASE)
_NAME = re.compile(r"a nombre de ([^,.?]+)")
_NO_THAT_MEANS_YES = re.compile(
    r"\b(?:no hay (?:ningun )?(?:problema|inconveniente|cambios)|(?:sin|ningun) (?:problema|inconveniente|cambios)"
    r"|(?:como|por que) no|no me importa|m+ hm+)\b"
)
_HESITATIONS = re.compile(
    r"\b(?:(?:un|1|uno) (?:momento|momentito|segundo|segundito|minuto|minutito|rato)|no (?:lo )?se"
    r"|no estoy (?:muy |tan )?segur[oa]|(?:creo|supongo|pienso|imagino|digo|espero) que (?:si|no)"
    r"|(?:asi )?(?:mas o menos|tal vez|a lo mejor|puede ser|puede que)|no asi esta bien|no esta bien asi|asi nada mas"
    r"|si (?:puede|pueden|puedo|podemos|hay|no|fuera|tiene|tienen|tengo|se|queda|alcanzo|llego|pudiera|acaso)"
    r"|estoy bien|otra vez|ya esta (?:bien|bueno)|(?:usted )?esta segur[oa]|y usted|por cierto|nada mas|por ahi"
    r"|(?:es|seria) todo)\b"
)
_WORTH = r"(?:bien|perfecto|perfecta|excelente|genial|correcto|correcta|buenisimo|estupendo|fantastico|ideal)"
_ASSENTS = re.compile(
    rf"\b(?:(?:todo |eso |asi )?(?:esta|es|suena|queda|seria|estaria|parece) (?:muy |todo )?{_WORTH}(?: asi)?"
    rf"|(?:a mi )?(?:eso )?me (?:parece|queda|viene|va|cae|resulta) (?:muy )?{_WORTH}|me (?:sirve|funciona|conviene)"
    rf"|(?:muy |todo |asi )?{_WORTH}|(?:claro|(?<!el )(?<!mi )(?<!su )seguro|desde luego|por supuesto)(?: que si)?"
    r"|asi es|eso es|eso mismo"
    r"|de acuerdo|esta bueno|trato hecho|nos vemos(?: ahi| alli| entonces)?|(?:la|lo) (?:quiero|tomo|confirmo)"
    r"|hagal[oa]|haga eso|adelante|proceda|que si|(?:si )?(?:se )?puede(?: reservar)?|le agradezco|me gustaria"
    r"|aja|mhm+|si|sip|simon|vale|dale|sale|andale|orale|listo|exacto|exactamente|efectivamente|afirmativo|confirmo"
    r"|confirmado|confirmada|cierto|okay|okey|ok|yes|yeah|sure|por favor|porfavor|porfa|sea)\b"
)
_NO_ASSENTS = frozenset(
    [
        "nos vemos",
        "nos vemos ahi",
        "nos vemos alli",
        "nos vemos entonces",
        "puede",
        "si puede",
        "se puede",
        "le agradezco",
        # As things are, perhaps: "¿La cancelo?" "Así está bien".
        "asi esta bien",
        "esta bien asi",
        # "All right", and "well, well".
        "orale",
    ]
)
_ORDERS = re.compile(r"\b(?:reservo|cancelo|muevo|paso)\b")
_REFUSALS = re.compile(
    r"\b(?:no|nop|nel|nunca|jamas|tampoco|nada|ningun[oa]?|negativo|mal|equivocad[oa]|error|incorrect[oa]|mejor|prefiero"
    r"|preferiria|otr[oa]s?|distint[oa]|diferente|olvide(?:lo|la)?|dejelo|dejela|deje|quite|en vez|en lugar"
    r"|ni hablar|que va|imposible|nones|cambios? de (?:hora|dia|fecha|cita|nombre|carro|coche|auto))\b"
)
_OTHER_ORDERS = re.compile(r"\b(?:cancelo|muevo|quite|pare|detenga|salte)\b")
_HINDRANCES = re.compile(
    r"\b(?:espere|esperese|esperate|permitame|aguarde|momento|maybe|pero|excepto|salvo|menos|aunque|sino|o|u|quizas?"
    r"|acaso|tal|depende|todavia|aun|mas|antes|despues|luego|tarde|perdon|disculpe|como|cual|cuales|cuando|cuanto"
    r"|cuanta|quien|donde|adonde|por que|podria|puedo|podemos|debo|repita|repitame|digame|mande)\b|\?"
    # What breaks off may still bring anything; "una" may be an hour.
    r"|\b(?:y|a|at|con|de|del|el|en|las|los|mi|para|por|su|un|una)$"
)
_EMPTY_WORDS = (
    "a al de del el la los las lo le un una es en para por con y pues asi ahi alli mi su mis sus nuestra nuestro me "
    "nos usted gracias muchas muchisimas oh ah eh este esta ese esa eso hm mm senor senora senorita sophie sofia "
    "nombre cita carro coche auto hora fecha dia at horas punto ya si favor entonces mismo misma bueno hola sera "
    "llamo soy please thank thanks you"
)


def plain(text: str) -> str:
    """As `said` compares texts, with days, times and numbers as it knows them; "?" and "|" stay."""
    # The Spanish signs that open a question or a call say nothing that the closing ones do not.
    read = figures(_GREETING.sub(" hola ", text.replace("¿", " ").replace("¡", " ")))
    for forms, verb in _ONE_VERB:
        read = forms.sub(verb, read)
    return known_signs(read)


SPANISH = Sayings(
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
