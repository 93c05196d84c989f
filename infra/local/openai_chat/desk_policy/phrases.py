"""What a caller wants and answers, by the phrases of English: wishes, questions, yes and no. No facts, no state."""

from __future__ import annotations

import re
from enum import StrEnum

from infra.local.openai_chat.desk_policy.words import Utterance, Word


class Wish(StrEnum):
    """What a caller can want."""

    BOOK = "book"
    CANCEL = "cancel"
    MOVE = "move"
    LIST = "list"
    MESSAGE = "message"
    UPDATE = "update"
    RECALLS = "recalls"
    PERSON = "person"
    END = "end"
    DONE = "done"  # "that's it": the end of the call, or a yes, by what was asked
    REPEAT = "repeat"
    WAIT = "wait"
    HOURS = "hours"
    ADDRESS = "address"
    PRICE = "price"
    DURATION = "duration"
    SERVICES = "services"
    ROBOT = "robot"


class Answer(StrEnum):
    """How a question was answered; both yes and no in one breath is UNCLEAR."""

    YES = "yes"
    NO = "no"
    UNCLEAR = "unclear"


_WISHES: tuple[tuple[Wish, str], ...] = (
    (Wish.MESSAGE,
        r"(leave|take|pass on|give them) (a|my|the)? ?message|(have|get) (someone|somebody|them|him|"
        r"her) (to )?call me|(call|ring|phone) me back|callback|return my call"),
    (Wish.PERSON,
        r"(talk|speak|speaking|talking|connect me|get me|put me) ?(to|with|through to|on to)? (a|an|the|some|"
        r"your|some ?one|somebody|any ?one|human|person|real|live|advisor|agent|manager|representative|desk|"
        r"operator|service)"
                      r"|real (person|human)|live (person|human|agent)|\boperator\b|\brepresentative\b|transfer me|"
                      r"put me through|connect me|front desk|service (advisor|desk|manager)|somebody real|\ba human\b|"
                      r"customer service"),
    (Wish.ROBOT,
        r"are you (a |an )?(robot|machine|computer|real|human|person|recording|ai|bot)|is this a (robot|"
        r"machine|recording|computer)|am i (talking|speaking) to a"),
    (Wish.MOVE,
        r"resched|re schedul|(move|change|push|shift|switch|postpone|delay|bump) (my|the|that|our|an|back|"
        r"it)? ?(\w+ )?(appointment|booking|reservation|visit|slot|time|date|day)|move it|postpone|"
        r"\b(move|change|switch|shift|push) (it|that|this)( one)? to\b|push it back|different (day|time) for my"),
    (Wish.CANCEL,
        r"\bcancel|call off|can(no|')t make (it|my)|won't be able to (make|come)|not going to (make it|"
        r"be able)|drop my appointment|don't need (my|the) appointment|get rid of my appointment"),
    (Wish.LIST,
        r"(when|what (time|day)|which day)('s| is| was| are| do i have)? ?(my|our|the|\w+( \w+)?'s) (next )?"
        r"(appointment|booking|visit)|do i have (an|any) appointment|have i got an appointment|(check|confirm|look up|"
        r"verify|find out about) (on )?(my|our|an) (existing |upcoming )?(appointment|booking)|"
        r"when am i (booked|coming|scheduled|due)|what do i have (booked|scheduled)|upcoming appointment"),
    (Wish.HOURS,
        r"(what|which) (time|hours|days) (do|are|does|will) (you|y'all|the shop|it)|what time (do|are) you|"
        r"your hours|opening hours|business hours|are you (open|closed)|how late|when do you (open|close)|"
        r"you open (on|until|till|at)|do you open|hours (are|do) you"),
    (Wish.ADDRESS,
        r"where('s| is| are) (you|your|the shop|the garage|it located)|your address|the address|(how|"
        r"where) do i (get to|find) you|your location|where you('re| are) (at|located)|located at|directions"),
    (Wish.PRICE,
        r"how much|what('s| is| does| would| will)? ?(the |it |that |an? )?[\w ]{0,30}(price|cost|charge|"
        r"run me|set me back)|\bprice|what do you charge|how expensive|\bcosts?\b"),
    (Wish.DURATION, r"how long|how many (hours|minutes)|(be|take) (all day|a while)"),
    (Wish.SERVICES,
        r"what (services|kind of (work|services)|sort of work) (do|can)|what do you (do|offer)|which services"),
    (Wish.UPDATE,
        r"(change|update|correct) (my|the|our) (\w+ )?(address|zip|e ?mail|phone|telephone|cell|number|name|surname|"
        r"details|file|information)|\b(i|we)('ve| have)? (just )?moved\b(?! (my|the|it|our))|"
        r"(i|we)('ve| have)? (just )?got married|(my|a|have a) new (zip|e ?mail|phone|telephone|cell|number|address)|"
        r"add (a|another|my|the|our) (\w+ )?(car|truck|vehicle|van)\b"),
    (Wish.RECALLS, r"\brecall(s|ed)?\b"),
    (Wish.REPEAT,
        r"(say|repeat) (that|it|those)( again)?|come again|what did you say|\bpardon\b|(could|can) you repeat|"
        r"^(sorry )?what( was that)?$|"
        r"what (time|day|date|name|car) (was|is|did) (that|it|you)|one more time|"
        r"didn't (catch|hear) (that|you|what)|say again|i couldn't hear"),
    (Wish.WAIT,
        r"(hold on|hang on|one (moment|second|sec)|just a (moment|second|sec|minute)|give me a (moment|second|"
        r"sec|minute)|let me (think|check|see|look))"),
    (Wish.END,
        r"\b(goodbye|good bye|bye)\b|have a (good|nice|great) (day|one|evening|weekend|afternoon)"),
    (Wish.DONE,
        r"that(?:'s| was) (all|it|everything)\b(?! (right|correct|good|fine))|"
        r"that is (all|it|everything)\b(?! (right|correct))|"
        r"that'll (be all|do|be it)|that will be all|nothing else|nothing more|i'm (all set|done|good|all good)$|"
        r"we're (all set|done|good)$|i'm all set|no more questions"),
    (Wish.BOOK,
        r"\bbook\b|schedul|make (an|another|a new) (appointment|booking)|(need|want|like|get|have|set up|"
        r"arrange) (to )?(get |make |have |set up )?(an|another|a new) appointment|(bring|drop) (it|my|the|"
        r"her|him|our)[\w ]{0,20}(in|off)|come in|get (it|my|the|an?|some|new) |need (an?|some|my|new|to get|"
        r"to have)|take a look at|look at my|an appointment|any (openings|availability|times|appointments)|"
        r"fit me in|squeeze me in|get in"),
)  # fmt: skip

_TRANSFER_REASONS: tuple[tuple[str, str], ...] = (
    ("emergency",
        r"\b(accident|crash(ed)?|on fire|smoke|stranded|broke(n)? down|breakdown|emergency|tow(ed|"
        r"ing)?( truck)?|side of the (road|highway)|brakes? (failed|don't work|gone)|flames)\b"),
    ("billing",
        r"\b(bill|billing|invoice|refund|overcharged|charged (me )?(twice|too much|for)|receipt|payment|"
        r"warranty claim)\b"),
    ("status_of_car",
        r"(is|are) (my|the) (car|truck|vehicle|van|it) (ready|done|finished|fixed)|status (of|on) my|"
        r"how('s| is) my (car|truck|vehicle|van)|when (will|can) (my|i) [\w ]{0,14}(be ready|be done|pick (it|her|my))|"
        r"pick up my (car|truck|vehicle|van)|my (car|truck|vehicle|van)('s| is) (there|in the shop|with you)"),
    ("parts", r"parts (department|counter|desk)|(order|buy|sell|have|stock) (a|an|some|any)? ?(spare )?parts?\b"),
    ("complaint",
        r"\bcomplain|(very |really |so )?(unhappy|upset|angry|dissatisfied|disappointed|furious)\b|not happy|"
        r"terrible (job|service|work)|ripped off|still (not fixed|broken|making|doing)"),
)  # fmt: skip
_YES = (
    r"\b(yes|yeah|yep|yup|ya|sure|correct|right|absolutely|definitely|certainly|okay|ok|perfect|great|"
    r"fine|exactly|indeed|please do|go ahead|of course|sounds (good|great|fine|perfect|right)|(that|it|"
    r"this)('s| is)? (works?|good|fine|great|perfect|right|correct|will work|will do)|that'll (work|do)|"
    r"works for me|do it|book it|let's do (it|that)|i('d| would) like that|i('ll| will) take (it|that)|"
    r"that's (it|the one|all (correct|right|good))|go for it|uh huh|mm hmm|you got it|all good|cancel it|move it|"
    r"^please( do)?$)\b"
)
_NO = (
    r"\b(no|nope|nah|not|don't|doesn't|wrong|incorrect|isn't|never ?mind|neither|none|won't|can't|"
    r"negative|rather not|mistake)\b"
)
_NOT_A_NO = (
    r"\b(no problem|no worries|not a problem|why not|no preference|no rush|not bad|doesn't matter|"
    r"don't mind|can't wait|not sure|don't know|don't have|didn't)\b"
)
_DONT_KNOW = (
    r"\b(don't know|not sure|no idea|no clue|can't remember|don't remember|don't have (it|that|one)|"
    r"unsure|couldn't tell you|forgot)\b"
)


def wishes(utterance: Utterance) -> list[Wish]:
    """Everything the caller seems to want, most telling first."""
    text = re.sub(r"\bnot (to )?(cancel|book|move)\b", " ", utterance.text)
    return [wish for wish, pattern in _WISHES if re.search(pattern, text)]


def transfer_reason(utterance: Utterance) -> str | None:
    """Why this is a matter for a person, if the words say so."""
    for reason, pattern in _TRANSFER_REASONS:
        if re.search(pattern, utterance.text):
            return reason
    return None


def answer(utterance: Utterance) -> Answer | None:
    """Yes, no, or an answer that is both; a doubtful yes is UNCLEAR, because something may be done upon it."""
    text = re.sub(_NOT_A_NO, " ", utterance.text)
    text = re.sub(
        r"\b(right away|right now|all right then|not right|not correct|isn't right|isn't correct|"
        r"don't book it|not fine|"
        r"not okay)\b",
        lambda match: " not " if match.group().startswith(("not", "isn't", "don't")) else " ",
        text,
    )
    text = text.replace("all right", "okay").replace("alright", "okay")
    yes, no = re.search(_YES, text), re.search(_NO, text)
    if yes and no:
        return (
            Answer.NO
            if re.match(r"no\b", text) and re.search(r"\b(fine|good|great|okay|thank)", text)
            else Answer.UNCLEAR
        )
    if yes:
        sure = [word for word in utterance.words if not word.doubtful]
        return (
            Answer.YES
            if re.search(
                _YES, " ".join(word.text for word in sure).replace("all right", "okay").replace("alright", "okay")
            )
            else Answer.UNCLEAR
        )
    return Answer.NO if no else None


def leans_to_yes(utterance: Utterance) -> bool:
    """A yes, be it one that was heard unsurely."""
    return answer(Utterance([Word(word.text) for word in utterance.words])) is Answer.YES


def does_not_know(utterance: Utterance) -> bool:
    """ "I don't know", "I'm not sure"."""
    return bool(re.search(_DONT_KNOW, utterance.text))


def mode(utterance: Utterance) -> str | None:
    """Whether the caller waits or leaves the car."""
    if re.search(
        r"drop (it|her|him|the|my|off)[\w ]{0,12}(off)?|leave (it|the car|my car|her)|drop off", utterance.text
    ):
        return "drop_off"
    return (
        "wait"
        if re.search(
            r"\b(i'll wait|i will wait|wait for it|while i wait|i can wait|i'd like to wait|i'll be waiting|"
            r"wait there|i want to wait)\b",
            utterance.text,
        )
        else None
    )


_CANCEL_REASONS = (
    ("vehicle_sold", r"sold (it|the|my)|traded (it|the|my)"),
    ("got_service_elsewhere",
        r"somewhere else|someone else|another (shop|place|garage)|elsewhere|already (got|had) it"),
    ("issue_resolved",
        r"(fixed|resolved|sorted) (itself|it|now)|went away|(is|it's) (fine|okay|working) now|no longer (need|"
        r"have)|don't need it"),
    ("schedule_conflict", r"can't make|out of town|something came up|working|at work|busy|conflict|won't be able"),
)  # fmt: skip


def cancel_reason(utterance: Utterance) -> str | None:
    """Why the caller cancels, if said, as the tool names it."""
    for reason, pattern in _CANCEL_REASONS:
        if re.search(pattern, utterance.text):
            return reason
    return None
