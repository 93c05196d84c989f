"""A Spanish sentence that makes the caller believe something of an appointment is known for what it claims."""

import pytest

from media_service.conversation.claims import Claim, claim_of


@pytest.mark.parametrize(
    "sentence",
    [
        "Ya la reservé.", "Le reservé el jueves a las dos.", "Su cita quedó reservada para el jueves.", "Listo.",
        "¡Listo! La espero el jueves.", "He cancelado su cita.", "Ya cancelé su cita del jueves.",
        "Ya la moví al viernes.",
        "Su cita ha sido cambiada.", "Acabo de agendar su cita.", "Su cita está cancelada.", "Muy bien, hecho.",
        "Perfecto, y ya le reservamos el lugar.", "Nos vemos el jueves.", "Le esperamos mañana.",
        "Le anoté para el lunes.",
        "Ya quedó.", "Ya está.", "Su cita quedó para el jueves.", "Se canceló su cita.", "Su cita se movió al viernes.",
        "Cita reservada.", "Quedó para el jueves a las dos.",
        "Le agendo para el jueves.", "Se la cambio al viernes.", "Le cancelo la cita del jueves.",
        "Se la muevo al lunes.",
        "Muy bien, la dejo agendada para el jueves.", "Le reservo el jueves a las dos.",
        "Su cita ahora es el viernes.", "Todo listo.", "Quedó confirmada.", "De acuerdo, cambié su cita al lunes.",
    ],
)  # fmt: skip
def test_what_says_that_something_was_done_claims_it(sentence: str) -> None:
    assert claim_of(sentence) is Claim.DONE


@pytest.mark.parametrize(
    "sentence",
    [
        "Su cita es el jueves a las dos.", "Tiene una cita el jueves.", "Su cita está confirmada.", "La tengo anotada.",
        "Queda usted agendado.",
        "Su cita está reservada para el jueves.", "Sí, su cita sigue en pie.", "Usted tiene su cita para el lunes.",
    ],
)  # fmt: skip
def test_what_says_that_an_appointment_stands_claims_that(sentence: str) -> None:
    assert claim_of(sentence) is Claim.STANDS


@pytest.mark.parametrize(
    "sentence",
    [
        "¿Quiere que la reserve?", "Puedo reservarle el jueves a las dos.", "Todavía no he reservado nada.",
        "Si quiere, la cancelo.", "No se ha cambiado nada.", "¿Su cita es el jueves?", "Voy a buscar una hora.",
        "El carro estará listo a las cuatro.", "¿Cómo quedó su carro?", "Le queda el jueves o el viernes.",
        "Tengo el jueves a las dos o el viernes a las nueve.", "El cambio de aceite cuesta de 59 a 89 dólares.",
        "Antes de reservar necesito su nombre.", "¿Qué día le conviene?", "Sería el jueves a las dos.",
        "Abrimos el lunes a las siete y media.", "Una vez confirmada, le llega un mensaje.", "Claro, con gusto.",
        "Para cambiar su cita necesito su apellido.", "Necesito confirmar quién llama.",
        "Lo siento, no hay nada libre.", "¿La reservo?", "¿Le agendo para el jueves?", "Le confirmo el precio.",
        "Le anoto el mensaje.", "Cuando me confirme, la agendo.", "En cuanto me diga la hora le agendo para el jueves.",
        "Le cambio la pregunta.", "No le reservo nada para hoy.",
    ],
)  # fmt: skip
def test_questions_offers_refusals_and_conditions_claim_nothing(sentence: str) -> None:
    assert claim_of(sentence) is Claim.NOTHING
