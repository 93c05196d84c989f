"""The cheap looks that spare a sentence the rules never change what the rules would say of it."""

from hypothesis import given, settings
from hypothesis import strategies as st

from media_service.conversation import claims, claims_es, speech_text
from media_service.conversation.said_aloud import applied

# What the rules are made of, and what stands between.
_ENGLISH = """
    I we You your you've I've it's it they're they've has have had got put added entered made been is was are now booked
    scheduled rescheduled reserved confirmed cancelled canceled moved removed deleted switched arranged updated
    registered secured changed settled sorted done set just also officially consider all okay great appointment booking
    reservation visit slot service inspection on at for in down the that this them you Friday tomorrow an one not if
    , . ; ? !"""
_DEEDS = """
    booked rescheduled reserved confirmed cancelled canceled moved removed deleted switched arranged set done updated
    registered secured changed settled sorted made put added got entered now officially"""
_SPANISH_DEEDS = """
    reservada agendada programada reprogramado confirmada cancelada anulada movida cambiada apartada anotada apuntada
    registrada actualizada eliminada borrada asegurada arreglado reservé agendé moví hice puse canceló movió hizo
    hicieron reservaron reservamos movimos reservar mover hecho listo cita visita es queda nos"""
_PHRASES = (
    "set up", "sorted out", "taken care of", "all set", "good to go", "down for", "in for", "on the books", "see you",
    "on the schedule", "on the calendar", "oil change", "gone ahead and", "went ahead and", "gone ahead and put", "",
)  # fmt: skip
_WHO = (
    "I",
    "we've",
    "it's",
    "it is",
    "you're",
    "they've been",
    "your visit is",
    "you have an",
    "okay",
    "consider it",
    "",
)
_WHAT = ("", "you in", "it down", "that for you", "an appointment", "the slot", "on Friday", "at nine", "Friday")
_QUIEN = (
    "ya",
    "su cita",
    "la",
    "le",
    "se",
    "se le",
    "he",
    "ha sido",
    "está",
    "ya está",
    "quedó",
    "tiene una",
    "acabo de",
    "",
)
_CUANDO = (
    "",
    "el viernes",
    "para el lunes",
    "a las dos",
    "mañana",
    "vemos el jueves",
    "esperamos mañana",
    "es el lunes",
)
_SENTENCES = st.one_of(
    st.lists(st.sampled_from([*_ENGLISH.split(), *_PHRASES]), max_size=10),
    st.tuples(st.sampled_from(_WHO), st.sampled_from([*_DEEDS.split(), *_PHRASES]), st.sampled_from(_WHAT)),
).map(" ".join)
_SPANISH = st.tuples(
    st.sampled_from(_QUIEN), st.sampled_from([*_SPANISH_DEEDS.split(), ""]), st.sampled_from(_CUANDO)
).map(" ".join)
_SIGNS = st.text(st.sampled_from("aZé1 \t\n.,:;!?¿'\"-–()[]{}<>*_`~#+•&%$/@s²"), max_size=14)


@settings(max_examples=2_000, deadline=None)
@given(_SENTENCES)
def test_a_sentence_without_the_hint_of_a_claim_claims_nothing(sentence: str) -> None:
    plain = claims._GONE_AHEAD.sub("", sentence)
    if not claims._HINT.search(plain.casefold()):
        assert claims._strongest(plain, *claims._ENGLISH) is claims.Claim.NOTHING


@settings(max_examples=2_000, deadline=None)
@given(_SPANISH)
def test_a_sentence_without_the_hint_of_a_claim_in_spanish_claims_nothing(sentence: str) -> None:
    if not claims_es.HINT.search(sentence.casefold()):
        assert claims._strongest(sentence, *claims._SPANISH) is claims.Claim.NOTHING


@settings(max_examples=2_000, deadline=None)
@given(_SIGNS)
def test_a_text_without_a_hint_is_left_as_it_is_by_its_rules(text: str) -> None:
    for hint, rules in (
        (speech_text._MARKED_UP, speech_text._MARKUP),
        (speech_text._HAS_LEFT_OVER, speech_text._LEFT_OVER),
        (speech_text._UNTIDY, speech_text._TIDY),
    ):
        if not hint.search(text):
            assert applied(rules, text) == text
