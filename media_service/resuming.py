"""How a call goes on in a new stream: what its caller hears first, and what the model is told of the break.

Why there is a new stream stands in a parameter of it, written by the doors: the old one broke off, or the desk was rung
and nobody took the call. What was said before comes from the session; without one the call begins anew.
"""

from media_service.conversation.resumed import Resumed, SoFar
from shared.sessions.state import SessionState
from shared.shop_texts import Texts

BECAUSE = "because"
NOBODY_AT_DESK = "nobody_at_desk"

_CUT_OFF = (
    "The line was cut off and is open again, and the caller has just been told so. Go on where the call broke off: "
    "answer what the caller said last, or ask again what was asked last. Do not greet."
)
_NOBODY_AT_DESK = (
    "The service desk was rung and nobody took the call. The caller was told so and asked for a message. Take it with "
    "take_message. Do not transfer again."
)


def resumed(texts: Texts, state: SessionState | None, because: str | None) -> Resumed:
    so_far = SoFar()
    if state is not None:
        dialogue = [dict(each) for each in state.dialogue]
        so_far = SoFar(state.turn, dialogue, state.read_backs, state.outcome, state.context.language)
    said = texts.held_in(so_far.language)
    if because == NOBODY_AT_DESK:
        return Resumed(so_far, said.nobody_at_desk, _NOBODY_AT_DESK, owed=False)
    return Resumed(so_far, said.cut_off, _CUT_OFF, owed=True)
