"""How the caller's words change what is known. Doubtful words change nothing but the count of misses."""

from __future__ import annotations

import re

from infra.local.openai_chat.desk_policy.asks import CAR_ASKS, NAME_ASKS, Ask, fact_of
from infra.local.openai_chat.desk_policy.choosing import Offer, choose
from infra.local.openai_chat.desk_policy.details import read_detail, read_value
from infra.local.openai_chat.desk_policy.heard import Heard, listen
from infra.local.openai_chat.desk_policy.phrases import Answer, Wish
from infra.local.openai_chat.desk_policy.services import HeardService, read_service
from infra.local.openai_chat.desk_policy.story import Story, Task
from infra.local.openai_chat.desk_policy.suspect_answers import plain_ask, settle_suspect
from infra.local.openai_chat.desk_policy.taking_facts import Known, take_car, take_codes, take_name, take_when
from infra.local.openai_chat.desk_policy.words import split_words

_TASKS = (
    (Wish.MOVE, Task.MOVE),
    (Wish.CANCEL, Task.CANCEL),
    (Wish.LIST, Task.LIST),
    (Wish.MESSAGE, Task.MESSAGE),
    (Wish.UPDATE, Task.UPDATE),
    (Wish.RECALLS, Task.RECALLS),
    (Wish.BOOK, Task.BOOK),
)
_QUESTIONS = (Wish.HOURS, Wish.ADDRESS, Wish.PRICE, Wish.DURATION, Wish.SERVICES, Wish.ROBOT)


def take_words(story: Story, text: str) -> None:
    """Fold one utterance into the story."""
    suspect = story.suspect if story.ask is Ask.HEARD else None
    asked = plain_ask(suspect) if suspect else story.ask
    ask = story.ask = asked
    heard = listen(text, story.briefing, ask)
    story.turns += 1
    story.heard, story.remark, story.repeated, story.looked = heard, None, False, False
    story.suspect, story.failed, story.day_lost, story.news, story.offer_message = None, None, False, [], False
    story.errors.clear()
    story.doubts.clear()
    if story.done:
        story.start(None)
        story.done = None
    story.questions = tuple(wish for wish in heard.wishes if wish in _QUESTIONS)
    if heard.name.last == "Price":  # a name, and no question
        story.questions = tuple(wish for wish in story.questions if wish is not Wish.PRICE)
    before = story.facts()
    known = Known.of(story)
    if _turns_to_person(story, heard) or _ends(story, heard) or _answers_message_offer(story, heard):
        return
    _choose_task(story, heard)
    _take_facts(story, heard, text)
    if suspect:
        settle_suspect(story, suspect, heard)
    story.news += known.news(story)
    learnt = story.learnt = story.facts() != before
    if story.pending:
        _settle(story, heard, learnt=learnt)
    if suspect and heard.answer is Answer.NO and not learnt:
        story.repeated = True  # it was answered: no apology
        return
    _count(story, heard, ask, learnt=learnt)


def _turns_to_person(story: Story, heard: Heard) -> bool:
    if story.ask is Ask.MESSAGE:
        return False
    if story.ask is Ask.PERSON and heard.leans_to_yes and Wish.MESSAGE not in heard.wishes:
        story.transfer = "cannot_help"
    elif Wish.PERSON in heard.wishes and Wish.ROBOT not in heard.wishes and Wish.MESSAGE not in heard.wishes:
        story.transfer = "asked_for_person"
    elif heard.transfer_reason and not (story.task and heard.transfer_reason != "emergency"):
        story.transfer = heard.transfer_reason
    if story.transfer and story.desk_closed:
        story.transfer, story.offer_message = None, True
    return story.transfer is not None or story.offer_message


def _answers_message_offer(story: Story, heard: Heard) -> bool:
    """Whether the caller wants to leave a message. After a no they may go on; after a second one the call ends."""
    if story.ask is not Ask.LEAVE_MESSAGE or any(wish in heard.wishes for wish, _ in _TASKS):
        return False
    dictated = re.search(r"\b(tell|let) (them|him|her)\b|\bsay (that|i)\b|ask (them|him|her) to", heard.text)
    if heard.leans_to_yes or dictated:
        story.start(Task.MESSAGE)
        if dictated:
            _take_message(story, heard)
        return True
    unsure = heard.name.doubts or heard.car.unsure or heard.moment.unsure
    if _speaks_of_booking(heard) or heard.name or unsure or story.questions:
        return False
    story.failures["message_offer"] += 1
    story.ending = story.failures["message_offer"] > 1
    if heard.answer is Answer.NO:
        story.misses.clear()
        story.remark = "All right."
    else:
        story.offer_message = not story.ending
    return True


def _ends(story: Story, heard: Heard) -> bool:
    if story.pending and heard.answer is Answer.YES:
        return False
    asked_what_else = story.ask is Ask.ELSE or (story.ask is Ask.OPEN and story.turns > 1)
    says_no = asked_what_else and heard.answer is Answer.NO and not story.questions
    leaves = Wish.DONE in heard.wishes and heard.answer is Answer.NO  # "book" in it is then a slip of the hearing
    other_wish = any(wish in heard.wishes for wish, task in _TASKS if not (leaves and task is story.task))
    is_done = Wish.DONE in heard.wishes and (story.ask in (None, Ask.ELSE, Ask.OPEN) or heard.answer is Answer.NO)
    if (
        (says_no or is_done or Wish.END in heard.wishes)
        and not other_wish
        and story.ask not in (Ask.MESSAGE, Ask.CHANGE)
    ):
        story.ending = True
    return story.ending


def _choose_task(story: Story, heard: Heard) -> None:
    wanted = next((task for wish, task in _TASKS if wish in heard.wishes), None)
    if story.ask is Ask.MESSAGE:
        return
    if story.ask is Ask.CHANGE or (story.pending and wanted is story.task):
        wanted = None
    if (
        story.task is Task.BOOK
        and story.turns > 1
        and wanted in (Task.CANCEL, Task.MOVE)
        and not _about_existing(heard)
    ):
        _alter_booking(story, wanted, heard)
        return
    if wanted is Task.BOOK and story.task in (Task.MOVE, Task.CANCEL, Task.LIST):
        wanted = None if not re.search(r"\bnew\b|another|also|as well|instead", heard.text) else wanted
    if wanted and wanted is not story.task:
        pending_service = story.service
        story.start(wanted)
        story.service = pending_service if wanted is Task.BOOK else None
    elif story.task is None and wanted is None and _speaks_of_booking(heard) and not story.questions:
        story.task = Task.BOOK


def _about_existing(heard: Heard) -> bool:
    return bool(re.search(r"\b(my|existing|our|other) (\w+ )?(appointment|booking)", heard.text))


def _alter_booking(story: Story, wanted: Task, heard: Heard) -> None:
    """ "Cancel that" and "change the time" in the middle of a booking are about the booking under way."""
    if wanted is Task.CANCEL and story.ask not in (Ask.OFFER, Ask.WHEN):
        story.start(None)
        story.remark = "All right, I won't book anything."
    elif not heard.moment.moment:
        story.slots.forget_offers()
        story.pending = None


def _speaks_of_booking(heard: Heard) -> bool:
    return bool(
        heard.service.code or heard.service.options or heard.moment.moment or (heard.car.car and heard.car.car.make)
    )


def _take_facts(story: Story, heard: Heard, text: str) -> None:
    if story.ask is Ask.MESSAGE:
        _take_message(story, heard)
        return
    if story.task is Task.UPDATE and story.ask is not Ask.VERIFY and _take_detail(story, heard, text):
        return
    wrong = story.ask is Ask.CONFIRM and heard.answer is Answer.NO and re.search(r"\b(wrong|change|not)\b", heard.text)
    if story.ask is Ask.CHANGE or (wrong and story.task is Task.BOOK):
        _drop_what_is_wrong(story, heard)
    asks_only = bool(story.questions) and Wish.BOOK not in heard.wishes
    if story.task in (None, Task.BOOK) and not asks_only:
        _take_service(story, heard, text)
    elif asks_only and heard.service.code:
        story.mentioned = heard.service.code
    if story.task is Task.BOOK and not story.service and not story.service_options and not asks_only:
        story.service, story.mentioned = story.mentioned, None
    if story.task is Task.BOOK and heard.mode:
        story.mode = heard.mode
    take_name(story, heard)
    take_codes(story, heard)
    if not asks_only:
        take_car(story, heard)
        _take_appointment(story, heard)
        take_when(story, heard)
    if heard.cancel_reason and story.task is Task.CANCEL:
        story.cancel_reason = heard.cancel_reason


def _take_detail(story: Story, heard: Heard, text: str) -> bool:
    """What on file is to change, and into what; whether it was said."""
    story.detail = story.detail or read_detail(heard.text)
    if story.detail is None:
        return False
    value = read_value(story.detail, text.lower(), asked=story.ask is Ask.NEW_VALUE)
    story.new_value = value or story.new_value
    return value is not None


def _take_message(story: Story, heard: Heard) -> None:
    if re.fullmatch(r"(no|nope|nothing|never ?mind|forget it)( .{0,20})?", heard.text):
        story.start(None)
        story.remark = "All right, no message then."
        return
    words = re.sub(r"^(yes|yeah|okay|ok|sure|please)\b\s*", "", heard.text)
    words = re.sub(r"^(tell (them|him|her)( that)?|say( that)?|just say( that)?)\s+", "", words)
    if len(words.split()) >= 2 and not (story.needs_phone and heard.digits):
        story.message = words
    take_codes(story, heard)


def _drop_what_is_wrong(story: Story, heard: Heard) -> None:
    """ "The time is wrong": what is wrong is forgotten and will be asked for again."""
    if re.search(r"forget it|never ?mind|don't (book|bother|want)|nothing|cancel", heard.text):
        task = story.task
        story.start(None)
        story.remark = (
            "All right, I've left everything as it was."
            if task is not Task.BOOK
            else "All right, I won't book anything."
        )
    elif re.search(r"\b(time|day|date|when|hour|slot)\b", heard.text) and not heard.moment.moment:
        story.slots = type(story.slots)()
    elif re.search(r"\b(name|surname|spelled|spelling)\b", heard.text) and not heard.name:
        story.first = story.last = None
    elif re.search(r"\b(car|vehicle|truck|make|model|year)\b", heard.text) and not heard.car.car:
        story.car, story.vehicle = type(story.car)(), None
    elif re.search(r"\b(service|work|job)\b", heard.text) and not heard.service.code:
        story.service = None
    if story.pending and story.task is not None:
        story.pending.answer = Answer.NO


def _take_service(story: Story, heard: Heard, text: str) -> None:
    found = heard.service
    if story.ask is Ask.SERVICE_CHOICE and story.service_options:
        found = _among_options(story, heard, text) or found
    settled = story.service is not None and story.ask not in (
        Ask.SERVICE,
        Ask.SERVICE_CHOICE,
        Ask.OPEN,
        Ask.CONFIRM,
        Ask.CHANGE,
    )
    if settled and not re.search(r"\b(instead|actually|no|not|wrong|meant|mean|change)\b", heard.text):
        return
    if found.code and not found.doubtful:
        if found.code != story.service:
            story.slots.forget_offers()
        story.service, story.service_options = found.code, ()
        if story.concern is None and re.search(
            r"squeal|squeak|grind|noise|leak|light|won't|shak|vibrat|smell|smoke|pull|dead|stall|overheat|rattl|clunk",
            heard.text,
        ):
            story.concern = heard.text
    elif found.code or found.options:
        story.service_options = (found.code,) if found.code else found.options


def _among_options(story: Story, heard: Heard, text: str) -> HeardService | None:
    options = tuple(service for service in story.briefing.services if service.code in story.service_options)
    if len(options) > 1 and heard.leans_to_yes and heard.choice is None and not heard.service.code:
        story.service_options = story.service_options[:1]
        return None
    place = {"first": 0, "second": 1, "third": 2, "last": len(options) - 1}.get(heard.choice or "")
    if len(options) == 1 and heard.leans_to_yes:
        return HeardService(options[0].code)
    if len(options) == 1 and heard.answer is Answer.NO and not heard.service.code:
        story.service_options = ()
        return HeardService()
    if place is not None and place < len(options):
        return HeardService(options[place].code)
    return read_service(split_words(text), options, asked=True) if len(options) > 1 else None


def _take_appointment(story: Story, heard: Heard) -> None:
    if story.ask is not Ask.WHICH_APPOINTMENT or not story.appointments:
        return
    offers = tuple(Offer(handle, when) for handle, when, _ in story.appointments)
    left = choose(heard, offers)
    if len(left) == 1:
        story.appointment = left[0].slot
        return
    named = [
        handle
        for handle, _, about in story.appointments
        if any(len(word) > 3 and word in about.lower() for word in heard.text.split())
    ]
    if len(named) == 1:
        story.appointment = named[0]


def _settle(story: Story, heard: Heard, *, learnt: bool) -> None:
    """The caller's word on a read-back: only a plain yes, without a change, lets it be carried out."""
    assert story.pending
    if learnt:
        story.pending = None
    elif heard.answer in (Answer.YES, Answer.NO) and story.ask is not Ask.CHANGE:
        story.pending.answer = heard.answer
    if story.pending and story.pending.answer is Answer.NO and story.task is Task.MESSAGE:
        story.pending, story.message = None, None
    if story.pending and story.pending.answer is Answer.NO and story.task is Task.CANCEL:
        story.start(None)
        story.remark = "All right, I've left the appointment as it is."


def _count(story: Story, heard: Heard, ask: Ask | None, *, learnt: bool) -> None:
    """Keep count of questions that stayed without an answer."""
    if Wish.REPEAT in heard.wishes and not learnt:
        story.repeated = True
        return
    if (ask in NAME_ASKS or ask in CAR_ASKS) and ask is not Ask.WHICH_CAR and heard.leans_to_yes and not learnt:
        story.repeated = not story.doubts  # a nod at what was said before the question
        return
    if ask is None or Wish.WAIT in heard.wishes or story.questions or _only_greets(heard):
        return
    answered = learnt and not (story.doubts and fact_of(ask) in story.doubts)
    if ask is Ask.CONFIRM and story.pending is not None and story.pending.answer is not None:
        answered = True
    if ask is Ask.ELSE and heard.answer is Answer.YES:
        answered = True
    if ask in (Ask.WHEN, Ask.OFFER) and heard.answer is Answer.NO and not story.doubts:
        answered = True
    if story.day_lost and fact_of(ask) == "when":
        answered = False
    elsewhere = story.suspect is not None and story.suspect.fact != fact_of(ask)  # it will be asked about next
    if ask in (Ask.PERSON, Ask.LEAVE_MESSAGE):
        _after_offer_of_person(story, heard, learnt=learnt)
    elif answered or elsewhere:
        story.misses[fact_of(ask)] = 0
    else:
        story.misses[fact_of(ask)] += 1


def _only_greets(heard: Heard) -> bool:
    return (
        bool(
            re.fullmatch(
                r"((hi|hello|hey|good|morning|afternoon|evening|there|sophie|yes|how are you( today)?)\s*)+", heard.text
            )
        )
        and heard.answer is None
    )


def _after_offer_of_person(story: Story, heard: Heard, *, learnt: bool) -> None:
    if learnt or story.doubts or heard.answer is Answer.NO:
        story.misses.clear()
        story.person_declined = story.person_declined or heard.answer is Answer.NO
    elif story.ask is Ask.PERSON:
        story.transfer = "cannot_help"
