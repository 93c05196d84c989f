"""People's names: found by how they are introduced, judged by whether the words can be names, spelled when in doubt."""

from __future__ import annotations

import re
from dataclasses import dataclass

from infra.local.openai_chat.desk_policy.name_lists import COMMON_WORDS, FIRST_NAMES, SURNAMES
from infra.local.openai_chat.desk_policy.spelling import NATO, Spelled, read_spelled
from infra.local.openai_chat.desk_policy.words import Utterance

_PARTICLES = frozenset(
    {
        "de",
        "la",
        "del",
        "van",
        "von",
        "der",
        "den",
        "o",
        "mc",
        "mac",
        "st",
        "san",
        "di",
        "da",
        "le",
        "al",
        "el",
        "bin",
        "ben",
    }
)
_STRONG = (
    ("my", "full", "name", "is"), ("my", "name", "is"), ("my", "name's"), ("the", "name", "is"), ("the", "name's"),
    ("name", "is"), ("name's",), ("under", "the", "name", "of"), ("under", "the", "name"), ("the", "name", "of"),
    ("under",), ("you", "can", "call", "me"), ("call", "me"), ("put", "it", "under"), ("name", "of"),
    ("her", "name", "is"), ("his", "name", "is"), ("name", "should", "be"), ("name",),
)  # fmt: skip
_WEAK = (("this", "is"), ("it", "is"), ("it's"), ("i", "am"), ("i'm",), ("that's",), ("that", "is"), ("for",), ("is",))
_LABELS = {"first": "first", "last": "last", "family": "last", "sur": "last", "second": "last", "given": "first"}
_NEVER_IN_NAMES = frozenset({
    "and", "the", "for", "my", "i", "i'm", "i'd", "it", "its", "it's", "is", "that", "that's", "this", "a", "an", "to",
    "so", "of", "at", "with", "here", "there", "was", "would", "be", "you", "your", "please", "thanks", "thank",
    "right", "yes", "yeah", "yep", "no", "okay", "ok", "on", "in", "well", "speaking", "name", "name's", "have", "has",
    "need",
})  # fmt: skip
_LEADS = frozenset(
    {
        "yes",
        "yeah",
        "yep",
        "sure",
        "okay",
        "ok",
        "well",
        "so",
        "oh",
        "hi",
        "hello",
        "it's",
        "it",
        "is",
        "the",
        "name",
        "that's",
        "that",
        "my",
        "please",
        "this",
        "i'm",
        "no",
        "just",
        "sorry",
        "of",
        "course",
        "and",
        "i",
        "said",
        "a",
        "first",
        "last",
        "be",
        "would",
        "full",
        "certainly",
        "am",
    }
)


@dataclass(frozen=True)
class HeardName:
    """Parts of a name as heard. A part in ``doubts`` was named but unsurely: its words are not to be used."""

    first: str | None = None
    last: str | None = None
    doubts: frozenset[str] = frozenset()
    spelled: bool = False
    unsure_first: str | None = None  # what a doubtful part sounded like, to be asked about
    unsure_last: str | None = None

    def __bool__(self) -> bool:
        return bool(self.first or self.last)


def capitalised(words: str) -> str:
    """A name as written: "o'brien" is "O'Brien", "mary-jane" is "Mary-Jane"."""
    return re.sub(
        r"[a-z]+",
        lambda part: (
            part.group().capitalize() if part.start() == 0 or words[part.start() - 1] in " '-" else part.group()
        ),
        words,
    )


def read_name(utterance: Utterance, *, asked: str | None) -> HeardName:
    """Read a name. ``asked`` is what was asked for: "full", "first", "last", "spell_first", "spell_last" or None."""
    spelled = _spelled(utterance, asked)
    if spelled:
        return spelled
    labelled = _labelled(utterance)
    if labelled:
        return labelled
    span = _introduced(utterance, asked) or (_bare(utterance) if asked else _bare_known(utterance))
    return _split(utterance, *span, asked=asked) if span else HeardName()


def name_like(word: str) -> bool:
    """Whether a word can be part of a name at all."""
    return (
        len(word) >= 2
        and (word in FIRST_NAMES or word in SURNAMES or word not in COMMON_WORDS)
        and not any(one.isdigit() for one in word)
        and bool(re.fullmatch(r"[a-z]+(['-][a-z]+)*", word))
    )


def _spelled(utterance: Utterance, asked: str | None) -> HeardName | None:
    cued = bool(asked) or any(word in utterance.text for word in ("spell", "name"))
    runs = [run for run in read_spelled(utterance, asked=cued) if not run_is_noise(run)]
    if not runs or (not cued and not all(len(run.text) >= 4 for run in runs)):
        return None
    for run in runs:
        utterance.use(run.start, run.end)
    if len(runs) >= 2:
        return _parts({"first": runs[0], "last": runs[-1]}, {})
    run = runs[0]
    part = _part_of(utterance, run, asked)
    other: dict[str, str] = {}
    before = utterance.at(run.start - 1)
    if part == "first" and _spells_first_of_two(utterance, run):
        other = {"last": before} if not utterance.doubtful(run.start - 1, run.start) else {}
    if part == "last" and name_like(before) and not utterance.doubtful(run.start - 2, run.start):
        second = utterance.at(run.start - 2)
        other = {"first": second} if name_like(second) else {}
        if not other and before in FIRST_NAMES and before[0] != run.text[0]:
            other = {"first": before}
    return _parts({part: run}, other)


def run_is_noise(run: Spelled) -> bool:
    """Letters that are an abbreviation of this trade, not a spelling."""
    return run.text in (
        "ac",
        "suv",
        "vin",
        "crv",
        "hrv",
        "bmw",
        "gmc",
        "vw",
        "am",
        "pm",
        "tv",
        "ok",
        "asap",
        "abs",
        "cv",
    )


def _part_of(utterance: Utterance, run: Spelled, asked: str | None) -> str:
    before = " ".join(utterance.at(index) for index in range(max(0, run.start - 5), run.start))
    if "first" in before or "last" in before:
        return "first" if before.rfind("first") > before.rfind("last") else "last"
    if asked in ("first", "spell_first") or _spells_first_of_two(utterance, run):
        return "first"
    return "last"


def _spells_first_of_two(utterance: Utterance, run: Spelled) -> bool:
    """ "Lara reid l a r a": the letters are those of the first of two names."""
    return utterance.at(run.start - 2) == run.text and name_like(utterance.at(run.start - 1))


def _parts(runs: dict[str, Spelled], others: dict[str, str]) -> HeardName:
    values = {part: capitalised(run.text) for part, run in runs.items() if not run.doubtful} | {
        part: capitalised(text) for part, text in others.items()
    }
    doubts = frozenset(part for part, run in runs.items() if run.doubtful)
    return HeardName(values.get("first"), values.get("last"), doubts, spelled=True)


def _labelled(utterance: Utterance) -> HeardName | None:
    """ "First name ana, last name lopez." """
    values: dict[str, str] = {}
    doubts: set[str] = set()
    for index in range(len(utterance.words) - 2):
        part = _LABELS.get(utterance.at(index))
        if part is None or not utterance.at(index + 1).startswith("name"):
            continue
        at = index + 2
        while utterance.at(at) in ("is", "it's", "its", "should", "be", "was"):
            at += 1
        end = _name_end(utterance, at, most=2 if utterance.at(at) in _PARTICLES else 1)
        if end == at:
            continue
        utterance.use(index, end)
        if utterance.doubtful(at, end):
            doubts.add(part)
        else:
            values[part] = capitalised(" ".join(utterance.at(one) for one in range(at, end)))
    return HeardName(values.get("first"), values.get("last"), frozenset(doubts)) if values or doubts else None


def _name_end(utterance: Utterance, start: int, *, most: int = 4) -> int:
    end = start
    while end < len(utterance.words) and end - start < most and end not in utterance.used:
        word = utterance.at(end)
        particle = word in _PARTICLES and name_like(utterance.at(end + 1))
        if not (name_like(word) or particle or (utterance.words[end].doubtful and word not in _NEVER_IN_NAMES)):
            break
        end += 1
    return end


def _introduced(utterance: Utterance, asked: str | None) -> tuple[int, int] | None:
    for cues, weak in ((_STRONG, False), (_WEAK, True)):
        for index in range(len(utterance.words) - 1, -1, -1):  # a correction comes last
            for cue in cues:
                cue_words = (cue,) if isinstance(cue, str) else cue
                if any(utterance.free(index + step) != word for step, word in enumerate(cue_words)):
                    continue
                start = index + len(cue_words)
                end = _name_end(utterance, start)
                if end == start or (weak and not asked and not _known(utterance, start)):
                    continue
                return start, end
    return None


def _known(utterance: Utterance, index: int) -> bool:
    return utterance.at(index) in FIRST_NAMES or utterance.words[index].doubtful


def _bare(utterance: Utterance) -> tuple[int, int] | None:
    """Nothing but a name, when a name was asked for: every word must be able to be one."""
    start, last = 0, len(utterance.words)
    while start < last and (utterance.at(start) in _LEADS or start in utterance.used):
        start += 1
    while last > start and (
        utterance.at(last - 1) in ("please", "thanks", "here", "thank", "you", "okay", "sir", "speaking")
        or last - 1 in utterance.used
    ):
        last -= 1
    end = _name_end(utterance, start)
    return (start, end) if end == last and end > start else None


def _bare_known(utterance: Utterance) -> tuple[int, int] | None:
    """A short utterance that is a common first name and another name-like word, whatever was asked."""
    free = [
        index
        for index in range(len(utterance.words))
        if index not in utterance.used and utterance.at(index) not in _LEADS
    ]
    if (
        not 2 <= len(free) <= 3
        or free != list(range(free[0], free[-1] + 1))
        or utterance.at(free[0]) not in FIRST_NAMES
    ):
        return None
    end = _name_end(utterance, free[0])
    return (free[0], end) if end == free[-1] + 1 else None


def _split(utterance: Utterance, start: int, end: int, *, asked: str | None) -> HeardName:
    words = [utterance.at(index) for index in range(start, end)]
    utterance.use(start, end)
    cut = len(words) - 1
    while cut > 1 and words[cut - 1] in _PARTICLES:
        cut -= 1
    if len(words) > 1 and words[0] in _PARTICLES:
        cut = 0
    alone = _alone(words, cut, asked)
    spans = {alone: (0, len(words))} if alone else {"first": (0, cut), "last": (cut, len(words))}
    values: dict[str, str] = {}
    doubts: set[str] = set()
    for part, (low, high) in spans.items():
        text = " ".join(words[low:high])
        if utterance.doubtful(start + low, start + high) or (text in NATO and text not in FIRST_NAMES):
            doubts.add(part)
        if part not in doubts or all(name_like(word) or word in _PARTICLES for word in words[low:high]):
            values[part] = capitalised(text.replace("o '", "o'"))
    sure = {part: text for part, text in values.items() if part not in doubts}
    unsure = {part: text for part, text in values.items() if part in doubts}
    return HeardName(
        sure.get("first"),
        sure.get("last"),
        frozenset(doubts),
        unsure_first=unsure.get("first"),
        unsure_last=unsure.get("last"),
    )


def _alone(words: list[str], cut: int, asked: str | None) -> str | None:
    """Which part a name of one part is."""
    if len(words) > 1 and cut > 0 and (asked not in ("spell_last", "spell_first") or words[0] in FIRST_NAMES):
        return "last" if asked == "last" and words[0] not in FIRST_NAMES else None
    if asked in ("last", "spell_last") or (cut == 0 and len(words) > 1):
        return "last"
    if asked in ("first", "spell_first") or words[0] in FIRST_NAMES or asked is None:
        return "first"
    return "last"
