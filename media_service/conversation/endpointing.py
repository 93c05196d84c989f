"""How patient to be with the caller's turn: by what was asked, and by how this caller speaks.

A yes or no is answered at once; a number is waited for until it has its digits; a caller whose pauses were taken for
ends gets longer ones. The thresholds are those of a turn-taking recogniser (Deepgram, "End-of-turn configuration").
"""

import re
from dataclasses import dataclass
from enum import Enum

from media_service.conversation.interjections import is_back_channel
from shared.domain.spelled import characters_of, digits_of
from shared.domain.wording.wording import Language, wording

Asked = Enum("Asked", "ANYTHING YES_NO NAME PHONE ZIP VIN VIN_END PLATE EMAIL SEVERAL")


@dataclass(frozen=True, slots=True)
class Patience:
    """How sure the recogniser must be that a turn is over, 0.5 to 0.9; from which confidence on an answer is begun
    ahead of it, 0.3 to 0.9; and after how much silence the turn is over in any case."""

    end: float
    eager: float
    silence_ms: int


USUAL = Patience(end=0.7, eager=0.4, silence_ms=4000)
_QUICK = Patience(end=0.6, eager=0.35, silence_ms=2500)
_PATIENT = Patience(end=0.8, eager=0.6, silence_ms=6000)
_PATIENCE = {Asked.ANYTHING: USUAL, Asked.YES_NO: _QUICK}
# A caller whose turns were cut is given this much more certainty each time, to the highest that the recogniser takes.
_STEP = 0.05
_MOST_STEPS = 4
_HIGHEST = 0.9
# After this many turns without a false end the caller is given one step less.
_GOOD_TURNS = 4

# English and Spanish: Sophie speaks one of them, and no word here means something else in the other.
_VIN = r"\b(?:vin|vehicle identification)\b"
_LAST_FOUR = r"\b(?:last (?:four|4|eight|8)|últim[oa]s (?:cuatro|4|ocho|8))\b"
_TOPICS = {
    Asked.VIN_END: re.compile(rf"{_LAST_FOUR}.*{_VIN}|{_VIN}.*{_LAST_FOUR}"),
    Asked.VIN: re.compile(_VIN),
    Asked.PHONE: re.compile(
        r"\b(?:phone|telephone|cell|mobile|contact|callback|call back)\b.*\bnumber\b|\bnumber\b.*\breach\b"
        r"|\bnúmero\b.*\b(?:teléfono|celular|contacto|llamar)|\b(?:teléfono|celular)\b.*\bnúmero\b"
    ),
    Asked.ZIP: re.compile(r"\bzip\b|\bcódigo postal\b"),
    Asked.PLATE: re.compile(r"\b(?:license|licence|plate|placas?)\b"),
    Asked.EMAIL: re.compile(r"\be-?mail\b|\bcorreo\b"),
    Asked.NAME: re.compile(r"\b(?:name|spell|nombre|apellidos?|deletre\w+)\b"),
}
_YES_NO = re.compile(
    r"^(?:and |so |okay,? |then )*(?:shall|should|is|are|was|were|do|does|did|can|could|would|will|have|has|may|right"
    r"|correct)\b"
    r"|^¿?(?:y |entonces |bueno,? )*(?:la |lo |le |se la )?(?:es correcto|está bien|puede|quiere|reservo|cancelo|muevo"
    r"|paso|hablo con|sigue ahí|conviene|queda bien)\b"
)
# From which length a number counts as begun, and how long it is when it is whole.
_LENGTHS = {Asked.PHONE: (1, 10), Asked.ZIP: (1, 5), Asked.VIN: (3, 17), Asked.VIN_END: (1, 4)}
_SENTENCE = re.compile(r"[^.!?]+[.!?]*")


def topics_of(text: str) -> frozenset[Asked]:
    """The pieces of information that Sophie's words ask for, read off their last question."""
    wanted, _ = _question(text)
    topics = {topic for topic, pattern in _TOPICS.items() if pattern.search(wanted)}
    return frozenset(topics - {Asked.VIN} if Asked.VIN_END in topics else topics)


def asked_by(text: str, topics: frozenset[Asked]) -> Asked:
    """What Sophie's words ask for, in one word; `topics` are theirs."""
    if topics:
        return next(iter(topics)) if len(topics) == 1 else Asked.SEVERAL
    wanted, is_question = _question(text)
    return Asked.YES_NO if is_question and _YES_NO.search(wanted) else Asked.ANYTHING


def _question(text: str) -> tuple[str, bool]:
    """The last question in small letters, or all of the text where there is none."""
    questions = [each.strip() for each in _SENTENCE.findall(text.lower()) if each.strip().endswith("?")]
    return (questions[-1], True) if questions else (text.lower().strip(), False)


def is_incomplete(transcript: str, asked: Asked, language: Language = "en", begun: str = "") -> bool:
    """Whether the answer has begun and is not whole: seven of a telephone number's ten digits. An answer without any
    digit is another answer; so is one that follows what was `begun` before and is more than a listener's noise."""
    if asked not in _LENGTHS:
        return False
    fewest, most = _LENGTHS[asked]
    if begun and not _of_number(transcript, asked, language) and not is_back_channel(transcript):
        return False
    return fewest <= len(_of_number(f"{begun} {transcript}", asked, language)) < most


def _of_number(transcript: str, asked: Asked, language: Language) -> str:
    """What of the words belongs to the number that was asked for."""
    words = wording(language)
    if asked in (Asked.VIN, Asked.VIN_END):
        return characters_of(words.in_characters(transcript))
    return digits_of(words.in_figures(transcript))


class Endpointing:
    """One per call."""

    def __init__(self) -> None:
        self.asked = Asked.ANYTHING
        self.topics: frozenset[Asked] = frozenset()
        self.patience = USUAL
        self._steps = 0
        self._good_turns = 0

    def sophie_asked(self, text: str) -> None:
        """She has said this, and the caller may answer."""
        self.topics = topics_of(text)
        self.asked = asked_by(text, self.topics)
        self._reckon()

    def turn_was_cut(self) -> None:
        """A pause of the caller's was taken for the end of a turn."""
        self._steps = min(_MOST_STEPS, self._steps + 1)
        self._good_turns = 0
        self._reckon()

    def turn_was_whole(self) -> None:
        self._good_turns += 1
        if self._good_turns >= _GOOD_TURNS:
            self._good_turns = 0
            self._steps = max(0, self._steps - 1)
            self._reckon()

    def _reckon(self) -> None:
        usual = _PATIENCE.get(self.asked, _PATIENT)
        more = self._steps * _STEP
        self.patience = Patience(
            end=round(min(_HIGHEST, usual.end + more), 2),
            eager=round(min(_HIGHEST, usual.eager + more), 2),
            silence_ms=usual.silence_ms + self._steps * 500,
        )
