"""The very short sentences with which the model is asked to open its answers, and which are rendered beforehand.

One is heard the moment the model has spelled it, while the voice makes the sentence that follows. None of them claims,
promises or asks anything, so that each may stand before any answer; which one fits is the model's choice.
"""

from collections.abc import Mapping

from shared.domain.wording.wording import Language

OPENERS: Mapping[Language, tuple[str, ...]] = {
    "en": ("Sure.", "Okay.", "Of course.", "Got it.", "All right.", "Let me see.", "Thank you.", "I see."),
    "es": ("Claro.", "Con gusto.", "De acuerdo.", "Por supuesto.", "Muy bien.", "A ver.", "Gracias.", "Entiendo."),
}
