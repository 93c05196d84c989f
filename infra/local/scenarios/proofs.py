"""What there is to be proved: each way a call can go, by the words that a scenario's `proves` names it with.

It refuses to know which scenario proves what; a test holds it against the routing table, the tools and the desk's
commands.
"""

from __future__ import annotations

ROUTES = {
    "route own number": "comes from our own number",
    "route forwarded by us": "was forwarded by our own number",
    "route desk forwards": "comes from the desk's and was forwarded",
    "route blocked": "comes from a blocked number",
    "route too many": "is one more of that number in this hour than the shop allows",
    "route desk takes calls": "comes while the desk takes all calls, and the desk is open",
    "route desk closed": "comes while the desk takes all calls, and the desk is closed",
    "route money spent": "comes while the day's money is spent",
    "route known": "a customer on file calls",
    "route unknown": "a stranger calls",
    "route withheld": "a number is withheld",
    "route forwarded to us": "is forwarded to us by the desk",
    "route at night": "comes while the workshop is closed",
}
TRANSFERS = {
    "transfer accepted": "somebody at the desk takes the call with the key",
    "transfer declined": "somebody picks up and does not take it",
    "transfer nobody": "the desk rings in vain",
    "transfer busy": "the desk's line is busy",
    "transfer failed": "the desk cannot be rung",
    "transfer voicemail": "an answering machine picks up",
    "transfer message": "nobody took it, and a message is taken",
    "transfer no message": "nobody took it, and the caller leaves no message",
    "transfer caller gone": "the caller hangs up while it rings",
    "transfer desk closed": "a person is wanted while the workshop is closed",
}
DESK = {
    "desk today": "the board of a day",
    "desk calls": "the last calls",
    "desk calls off": "the desk takes all calls from the next ring on",
    "desk calls on": "Sophie takes them again",
    "desk closed": "a day is closed, and nothing is booked on it",
    "desk open": "it is open again",
    "desk callbacks": "who is to be called back",
    "desk callbacks done": "one has been called back",
    "desk callbacks undone": "and has not",
    "desk call": "one call",
    "desk costs": "what the calls cost",
    "desk block": "a number gets a busy tone",
    "desk unblock": "and no longer",
    "desk optout": "a number is never called again",
    "desk forget": "a customer is erased",
}
TEXTS = {
    "text confirms": "C confirms what a text named",
    "text call me": "R wants to be called back",
    "text stop": "STOP ends the texts",
    "text start": "START lets them begin again",
    "text help": "HELP tells who we are",
    "text anything": "anything else is told what is read",
    "text confirmation": "a booking is confirmed in writing",
}
REMINDERS = {
    "reminder confirmed": "they will come",
    "reminder moved": "they want another day",
    "reminder cancelled": "they will not come",
    "reminder wrong number": "nobody of that name is there",
    "reminder wrong person": "somebody else of the house answers",
    "reminder later": "they have no time now",
    "reminder opted out": "they never want to be called again",
    "reminder opted out by key": "they press 9",
    "reminder robot": "they ask whether it is a machine",
    "reminder voicemail": "an answering machine answers",
    "reminder screening": "the phone asks who is calling",
    "reminder busy": "the line is busy",
    "reminder no answer": "nobody answers",
    "reminder several": "one call names all appointments of a number",
    "reminder opted out before": "who has opted out is not called",
}
TOOLS = {
    f"tool {name}": f"the model uses {name}"
    for name in (
        "lookup_customer", "verify_caller", "get_available_slots", "book_appointment", "get_upcoming_appointments",
        "cancel_appointment", "reschedule_appointment", "update_details", "decode_vin", "get_recalls", "transfer_call",
        "take_message", "end_call", "confirm_person", "wrong_person", "confirm_appointment", "call_later",
        "opt_out",
    )
}  # fmt: skip
STREAMS = {
    "stream twice broken": "the media connection breaks twice",
    "stream last place": "two calls want the last time",
    "stream same number": "two calls of one number at once",
    "stream keypad": "keys in the place of words",
    "stream spanish": "a caller who speaks Spanish is called back in it",
    "stream silence": "nobody speaks",
}
FAULTS = {
    "fault model": "the model fails",
    "fault recogniser": "the recogniser fails",
    "fault voice": "the voice fails",
    "fault database": "Postgres answers no more",
    "fault redis": "Redis answers no more",
    "fault webhook": "the voice webhook fails, and the carrier asks its fallback",
}
PROOFS = {**ROUTES, **TRANSFERS, **DESK, **TEXTS, **REMINDERS, **TOOLS, **STREAMS, **FAULTS}
