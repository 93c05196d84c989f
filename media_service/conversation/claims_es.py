"""What a clause in Spanish asserts of appointments: that one was just made or changed, that one stands, or nothing."""

import re

_DEED = (
    r"(?:reservad|agendad|programad|reprogramad|confirmad|cancelad|anulad|movid|cambiad|apartad|anotad|apuntad"
    r"|registrad|actualizad|eliminad|borrad|asegurad|arreglad)[oa]s?"
)
_CHANGED = r"(?:cancelad|anulad|movid|cambiad|reprogramad|actualizad|eliminad|borrad|hech)[oa]s?"
_I_DID = (
    r"(?:reservé|agendé|programé|reprogramé|confirmé|cancelé|anulé|moví|cambié|aparté|anoté|apunté|registré|actualicé"
    r"|eliminé|borré|aseguré|hice|puse)"
)
_IT_WAS = (
    r"(?:reserv|agend|program|reprogram|confirm|cancel|anul|cambi|apart|anot|apunt|registr|actualiz|elimin|borr)(?:ó|aron)"
    r"|(?:movió|movieron|hizo|hicieron)"
)
_I_DO = (
    r"(?:reservo|agendo|programo|reprogramo|confirmo|cancelo|anulo|muevo|cambio|aparto|anoto|apunto|registro)\b"
    r"(?! (?:el|la|su|un|una) (?:mensaje|recado|precio|costo|nombre|apellido|correo|número|teléfono|pregunta))"
)
_WE_DID = r"(?:reservamos|agendamos|cancelamos|movimos|cambiamos|anotamos|apartamos|confirmamos|programamos)"
_VISIT = r"(?:cita|reserva|reservación|visita|turno|servicio|cambio de aceite|revisión|inspección)"
_WHEN = rf"(?:para|al|el|mañana|hoy|esta|las? \d|a las?|{_VISIT})"
_DAY = r"(?:el|este|mañana|hoy|la próxima|lunes|martes|miércoles|jueves|viernes|sábado|entonces|a las)"


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)


DONE = _any(
    # ya la reservé; le moví la cita; acabo de cancelarla; he reservado su cita
    rf"\b{_I_DID}\b",
    rf"\bya (?:se |te |le |la |lo |los |las )*{_WE_DID}\b",
    r"\bacab(?:o|amos) de (?:reservar|agendar|cancelar|mover|cambiar|anotar|apartar|confirmar|programar|hacer)",
    rf"\b(?:he|hemos|ha|han) (?:sido |quedado )?(?:ya )?{_DEED}\b",
    # le agendo para el jueves; se la cambio al viernes; la dejo anotada el lunes: said so, it is taken as done
    rf"\b(?:(?:le|te|se|la|lo|los|las) ){{1,2}}{_I_DO} (?:[\w ]+ )?{_WHEN}\b",
    rf"\b(?:le|te|la|lo) dejo (?:ya )?{_DEED}\b",
    # quedó reservada; fue cancelada; su cita queda cambiada
    rf"\b(?:fue|fueron) (?:ya |todo |toda )?{_DEED}\b",
    # ya quedó; su cita quedó para el viernes; se canceló su cita
    r"\b(?:quedó|quedaron)\b",
    rf"\bse (?:le )?{_IT_WAS}\b",
    rf"\b(?:está|están|queda|quedan) (?:ya |ahora )?{_CHANGED}\b",
    rf"\bsu {_VISIT} (?:ahora|ya) (?:es|está|queda) (?:el|para|a las)\b",
    # Listo.  Hecho.  Reservada.
    r"^\W*(?:(?:muy bien|perfecto|bueno|y|sí|claro|ya)\W+)*(?:ya )?(?:todo |está )?"
    rf"(?:listo|lista|hecho|hecha|(?:su |la )?(?:{_VISIT} )?{_DEED})\b",
    r"^\W*ya está\W*$",
    # nos vemos el jueves; le esperamos mañana
    rf"\b(?:nos vemos|(?:le|lo|la|les) (?:esperamos|veremos|vemos)) {_DAY}\b",
)
STANDS = _any(
    # su cita está reservada; la tengo anotada; queda confirmada
    rf"\b(?:está|están|queda|quedan|sigue|tengo|tenemos|tiene) (?:ya |todo |toda |usted )?{_DEED}\b",
    # su cita es el jueves; su cita queda para las dos
    rf"\b(?:su|la) {_VISIT}(?: de [\w ]{{1,30}})? (?:es|está|queda|sigue) (?:el|para|a las|mañana|hoy|en pie)\b",
    # tiene una cita el jueves
    rf"\btiene (?:usted )?(?:ya )?(?:una|su|la|un) {_VISIT}\b",
)
HARMLESS = _any(
    r"¿|\?\s*$",
    r"\b(?:no|ni|nada|nunca|ninguna?|todavía|aún|cuando|antes|hasta|una vez|para que|quiere|quisiera|desea|necesito"
    r"|necesita|puedo|puede|podemos|podría|podríamos|voy a|va a|vamos a|debo|sería|será|estaría|quedaría|tendría"
    r"|falta|en cuanto|luego|después|primero)\b",
    # "si" without its accent is a condition.
    r"\bsi\b",
)
CLAUSE = re.compile(r"[;,:]\s|\s(?:y|e|pero|así que)\s|(?<=[.!?])\s+")
# Every rule needs one of these, in small letters: hardly an English sentence has any, and then they need no look.
HINT = re.compile(
    r"\b(?:reserv|agend|program|reprogram|confirm|cancel|anul|mov|muev|cambi|apart|anot|apunt|registr|actualiz|elimin|borr"
    r"|asegur|arregl|hech|hic|hiz|puse|acab|list[oa]|ya est|qued[óa]|vemos|veremos|esperamos|cita|visita|turno|servicio"
    r"|revisi|inspecci)"
)
