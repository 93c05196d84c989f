"""What the desk does next: a tool to call, or one question to ask. A pure function of the story."""

from __future__ import annotations

from infra.local.openai_chat.desk_policy import wording
from infra.local.openai_chat.desk_policy.asks import Ask, fact_of
from infra.local.openai_chat.desk_policy.booking_steps import book
from infra.local.openai_chat.desk_policy.changing_steps import cancel, message, move, tell
from infra.local.openai_chat.desk_policy.information import inform
from infra.local.openai_chat.desk_policy.moves import Move, ask, call, give_up, offer_person
from infra.local.openai_chat.desk_policy.owner_steps import recalls, update
from infra.local.openai_chat.desk_policy.phrases import Answer, Wish
from infra.local.openai_chat.desk_policy.story import Story, Task
from infra.local.openai_chat.desk_policy.suspects import Suspect
from infra.local.openai_chat.desk_policy.taking_facts import car_on_file

# Misses before a person is offered; two for everything else.
_PATIENCE = {"name": 3, "verify": 3, "message": 3, "when": 3, "car": 3, "service": 3}
_MORE_THAN_WAIT = 7  # words: whoever says more than "hold on a second please" wants more than time
_STEPS = {
    Task.BOOK: book, Task.CANCEL: cancel, Task.MOVE: move, Task.LIST: tell, Task.MESSAGE: message,
    Task.UPDATE: update, Task.RECALLS: recalls,
}  # fmt: skip


def decide(story: Story) -> Move:
    """The next step at this point of the call."""
    if story.transfer and not story.transferring:
        return call("transfer_call", reason=story.transfer)
    if story.transferring:
        return Move("I'm putting you through now.")
    if story.ending:
        return call("end_call") if not story.failed else Move(story.failed)
    if story.offer_message:
        return _nobody_there(story)
    if story.failed:
        return _failed(story, story.failed)
    if any(count > 1 for count in story.errors.values()):
        return give_up(story, story.remark or "I'm sorry, I can't get that done from here.")
    if _asks_to_wait(story) and story.ask:
        return Move("Of course, take your time.", story.ask)
    if story.pending:
        return _settle(story)
    if story.done:
        return Move(story.done, Ask.ELSE)
    move = _next(story)
    if move.calls or move.ask is None:
        return move
    return _worded(story, move)


def _nobody_there(story: Story) -> Move:
    """Why there is no person, and the offer of a message in their place."""
    why = wording.sorry(story.turns) if story.ask is Ask.LEAVE_MESSAGE else story.desk_closed
    return Move(f"{why} {wording.question(Ask.LEAVE_MESSAGE, story.turns)}", Ask.LEAVE_MESSAGE)


def _failed(story: Story, why: str) -> Move:
    """A tool gave nothing. What was agreed may be tried again, by the same intent, when the caller wants it."""
    if story.pending:
        return Move(f"{why} It isn't done yet. Shall I try once more?", Ask.CONFIRM)
    return give_up(story, why)


def _asks_to_wait(story: Story) -> bool:
    """ "Hold on": no more is said, unless the caller went on to say something."""
    settled = story.pending is not None and story.pending.answer is not None
    waits = (
        story.heard is not None and Wish.WAIT in story.heard.wishes and len(story.heard.text.split()) < _MORE_THAN_WAIT
    )
    return waits and not settled and not story.learnt and not story.looked and story.done is None


def _next(story: Story) -> Move:
    if story.ask in (Ask.PERSON, Ask.LEAVE_MESSAGE) or story.ask is None:
        pass
    elif story.misses[fact_of(story.ask)] >= _PATIENCE.get(fact_of(story.ask), 2):
        return offer_person(story)
    if story.suspect and _matters(story, story.suspect):
        return Move(story.suspect.question(story.car), Ask.HEARD)
    if story.task is None:
        first = story.turns == 0 or (story.ask in (Ask.ELSE, Ask.OPEN) and not story.questions)
        return ask(story, Ask.OPEN if first else Ask.ELSE)
    return _STEPS[story.task](story)


def _matters(story: Story, suspect: Suspect) -> bool:
    """Whether what was heard unsurely is wanted at all."""
    if suspect.fact == "when":
        return story.task in (Task.BOOK, Task.MOVE)
    if suspect.fact == "car":
        return story.task is Task.BOOK and car_on_file(story) is None
    return story.task is not None and not story.identity.verified


def _worded(story: Story, move: Move) -> Move:
    """What has to be said before the question: an answer, a remark, what was understood, an apology."""
    said = [inform(wish, story) for wish in story.questions]
    if story.remark:
        said.append(story.remark)
    else:
        said += story.news
    if not said or story.doubts:
        said += _acknowledged(story, move)
    return Move(" ".join([*said, move.text or ""]).strip(), move.ask)


def _acknowledged(story: Story, move: Move) -> list[str]:
    """A word on what was heard when the same question has to be put again."""
    if story.doubts:
        about = story.suspect.fact if story.suspect and move.ask is Ask.HEARD else sorted(story.doubts)[0]
        return [wording.doubted(about, story.turns)]
    if (
        story.ask is None
        or story.heard is None
        or story.looked
        or story.repeated
        or story.ask is Ask.PERSON
        or story.day_lost
    ):
        return []
    if story.misses[fact_of(story.ask)]:
        trouble = move.ask in (Ask.PERSON, Ask.LEAVE_MESSAGE)
        return ["I'm sorry, I'm having trouble with that." if trouble else wording.sorry(story.turns)]
    return []


def _settle(story: Story) -> Move:
    pending = story.pending
    assert pending
    if pending.answer is Answer.YES:
        return call(pending.tool, **_NOTHING[pending.tool], intent=pending.intent)
    if story.ask and story.misses["confirm"] >= 2:
        return give_up(story, "I'm sorry, I'm having trouble with that.")
    if pending.answer is Answer.NO:
        return Move(wording.question(Ask.CHANGE, story.turns), Ask.CHANGE)
    if story.ask is Ask.CONFIRM and story.heard and not story.repeated:
        said = " ".join(inform(wish, story) for wish in story.questions) or wording.sorry(story.turns)
        return Move(f"{said} {wording.question(Ask.CONFIRM, story.turns)}", Ask.CONFIRM)
    return Move(pending.spoken, Ask.CONFIRM)


_NOTHING: dict[str, dict[str, None]] = {
    "book_appointment": {"slot": None, "vehicle": None, "new_vehicle": None, "new_customer": None, "concern": None},
    "cancel_appointment": {"appointment": None, "reason": None},
    "reschedule_appointment": {"appointment": None, "slot": None},
    "take_message": {"message": None},
    "update_details": {"customer": None, "vehicle": None, "car": None},
}
