"""Cars: year, make and model out of a caller's words, with the recogniser's small errors forgiven, never a guess."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from rapidfuzz import fuzz

from infra.local.openai_chat.desk_policy.name_lists import COMMON_WORDS
from infra.local.openai_chat.desk_policy.vehicle_table import EVERYDAY_WORDS, MAKE_SAYINGS, MODEL_SAYINGS, MODELS
from infra.local.openai_chat.desk_policy.words import Utterance, Word, cardinal, short_year, year

_MAKES = {make.lower().replace("-", " "): make for make in MODELS} | MAKE_SAYINGS
_MODELS = {
    model.lower().replace("-", " "): (make, model)
    for make, models in MODELS.items()
    for model in models
    if len(model) > 2
} | MODEL_SAYINGS
_CLOSE = 86
_T = TypeVar("_T")


@dataclass(frozen=True)
class Car:
    """What is known of a car that is not on file."""

    year: int | None = None
    make: str | None = None
    model: str | None = None
    vin: str | None = None

    def __bool__(self) -> bool:
        return any((self.year, self.make, self.model, self.vin))

    def merged(self, later: Car) -> Car:
        """The car after the caller said ``later``; another make forgets the model of the old one."""
        model = self.model if later.make in (None, self.make) else None
        return Car(later.year or self.year, later.make or self.make, later.model or model, later.vin or self.vin)


@dataclass(frozen=True)
class HeardCar:
    """A car as heard: the sure parts, the unsure ones, and a word in the model's place that is no model we know."""

    car: Car
    unsure: Car = field(default_factory=Car)
    odd_model: str | None = None

    @property
    def doubtful(self) -> bool:
        """Whether a part of it was heard unsurely."""
        return bool(self.unsure)


@dataclass(frozen=True)
class _Found:
    """Where make and model stand; ``odd`` is the model that is said, but that the make does not have."""

    start: int
    end: int
    make: str
    model: str | None
    make_end: int = 0
    odd: str | None = None


def read_car(utterance: Utterance, *, asked_car: bool) -> HeardCar:
    """Read a car; ``asked_car`` allows a bare year or a word that only resembles a make."""
    named = _find_named(utterance, asked_car=asked_car)
    at_year = _find_year(utterance, named, asked_car=asked_car)
    unsure = Car()
    car = Car()
    if at_year and (named or asked_car or utterance.at(at_year[1] - 1) in ("a", "an", "it's", "year")):
        utterance.use(at_year[1], at_year[2])
        if utterance.doubtful(at_year[1], at_year[2]):
            unsure = Car(year=at_year[0])
        else:
            car = Car(year=at_year[0])
    if named is None:
        return HeardCar(car, unsure)
    utterance.use(named.start, named.end)
    other = _MODELS.get((named.odd or "").lower())
    if other:  # a make, and a model that only another make has: one of the two was misheard
        return HeardCar(car, replace(unsure, make=other[0], model=other[1]))
    if _surely_heard(utterance, named):
        return HeardCar(replace(car, make=named.make, model=named.model), unsure, named.odd)
    if named.make_end and not utterance.doubtful(named.start, named.make_end):
        return HeardCar(replace(car, make=named.make), replace(unsure, make=named.make, model=named.model))
    return HeardCar(car, replace(unsure, make=named.make, model=named.model))


def _surely_heard(utterance: Utterance, named: _Found) -> bool:
    """A clear model vouches for a make that was heard unsurely, when only that make has it."""
    if not utterance.doubtful(named.start, named.end):
        return True
    model_heard = named.model is not None and named.make_end and not utterance.doubtful(named.make_end, named.end)
    return bool(model_heard) and str(named.model).lower() not in EVERYDAY_WORDS


def _find_named(utterance: Utterance, *, asked_car: bool) -> _Found | None:
    makes = list(_spans(utterance, _MAKES))
    if makes:
        start, end, name = makes[-1]  # a correction comes last
        return _with_model(utterance, start, end, name)
    models = [
        _Found(start, end, *pair)
        for start, end, pair in _spans(utterance, _MODELS)
        if asked_car or utterance.at(start) not in EVERYDAY_WORDS or (start and _year_before(utterance, start))
    ]
    if models:
        return models[-1]
    return _resembling(utterance) if asked_car or _any_year(utterance) else None


def _spans(utterance: Utterance, table: Mapping[str, _T]) -> list[tuple[int, int, _T]]:
    """Every longest run of words that stands in ``table``."""
    found: list[tuple[int, int, _T]] = []
    index = 0
    while index < len(utterance.words):
        for length in (4, 3, 2, 1):
            phrase = " ".join(utterance.at(index + step).removesuffix("'s") for step in range(length))
            if phrase in table and index + length <= len(utterance.words):
                found.append((index, index + length, table[phrase]))
                index += length - 1
                break
        index += 1
    return found


def _with_model(utterance: Utterance, start: int, end: int, make: str) -> _Found:
    own = {model.lower().replace("-", " "): model for model in MODELS[make]}
    own |= {saying: model for saying, (maker, model) in MODEL_SAYINGS.items() if maker == make}
    for length in (4, 3, 2, 1):
        phrase = " ".join(utterance.at(end + step) for step in range(length))
        if phrase in own and end + length <= len(utterance.words):
            return _Found(start, end + length, make, own[phrase], end)
    squeezed = {model.lower().replace("-", "").replace(" ", ""): model for model in MODELS[make]}
    for length in (4, 3, 2):
        model = squeezed.get(_letters_and_numbers(utterance, end, end + length))
        if model:
            return _Found(start, end + length, make, model, end)
    for said_from, said_to, model in _spans(utterance, own):
        return _Found(min(start, said_from), max(end, said_to), make, model)
    for length in (2, 1):
        phrase = " ".join(utterance.at(end + step) for step in range(length)).strip()
        named = [one for one in own if one.replace(" ", "").isalpha() and len(one.split()[0]) > 2]
        close = max(named, key=lambda one: fuzz.ratio(phrase, one), default="")
        if len(phrase) >= 4 and fuzz.ratio(phrase, close) >= 75:
            return _Found(start, min(end + length, len(utterance.words)), make, own[close], end)
    return _strange_model(utterance, start, end, make)


def _letters_and_numbers(utterance: Utterance, start: int, end: int) -> str:
    """ "X c ninety" as it is written: xc90. Empty for anything but single letters and numbers."""
    text, at = "", start
    while at < min(end, len(utterance.words)):
        word = utterance.at(at)
        number = cardinal(utterance, at)
        if number:
            text, at = text + str(number[0]), number[1]
        elif len(word) <= 2 and word.isalpha() and not text.isdigit():
            text, at = text + word, at + 1
        else:
            return ""
    return text if at == end and text[:1].isalpha() and len(text) > 1 else ""


def _strange_model(utterance: Utterance, start: int, end: int, make: str) -> _Found:
    """What follows a make and is none of its models: another make's model, or a word that was misheard."""
    following = utterance.at(end)
    if not following.isalnum() or following in COMMON_WORDS or following.isdigit() or len(following) < 3:
        return _Found(start, end, make, None)
    return _Found(start, end + 1, make, None, end, following.capitalize())


def read_model(utterance: Utterance, make: str) -> str | None:
    """The model of a known make, in an answer to "which model?"."""
    found = _with_model(Utterance([Word(""), *utterance.words]), 0, 1, make)
    heard = found.model is not None and not utterance.doubtful(max(0, found.start - 1), found.end - 1)
    return found.model if heard else None


def _resembling(utterance: Utterance) -> _Found | None:
    """A make, or a model, that a word or two come close to; only where a car was asked for or a year stands."""
    best: tuple[float, int, int, str, str | None] | None = None
    for start in range(len(utterance.words)):
        for length in (1, 2):
            phrase = " ".join(utterance.at(start + step) for step in range(length))
            if start + length > len(utterance.words) or len(phrase) < 4 or phrase in COMMON_WORDS:
                continue
            names = [(name, make, None) for name, make in _MAKES.items()]
            names += [(name, *pair) for name, pair in _MODELS.items()]  # type: ignore[misc]
            for name, make, model in names:
                score = fuzz.ratio(phrase, name)
                if len(name) >= 4 and score >= _CLOSE and (best is None or score > best[0]):
                    best = score, start, start + length, make, model
    if best is None:
        return None
    _, start, end, make, model = best
    return _Found(start, end, make, model) if model else _with_model(utterance, start, end, make)


def _year_before(utterance: Utterance, end: int) -> tuple[int, int, int] | None:
    """A year whose last word stands right before ``end``: ``(year, start, end)``."""
    for start in range(max(0, end - 4), end):
        for reading in (year, short_year):
            found = reading(utterance, start)
            if found and found[1] == end:
                return found[0], start, end
    return None


def _any_year(utterance: Utterance) -> tuple[int, int, int] | None:
    latest = None
    index = 0
    while index < len(utterance.words):
        found = year(utterance, index)
        if found:
            latest = found[0], index, found[1]
            index = found[1]
        else:
            index += 1
    return latest


def _find_year(utterance: Utterance, named: _Found | None, *, asked_car: bool) -> tuple[int, int, int] | None:
    if named:
        beside = _year_before(utterance, named.start)
        if beside:
            return beside
    anywhere = _any_year(utterance)
    if anywhere or named or not asked_car:
        return anywhere
    for index in range(len(utterance.words)):
        short = short_year(utterance, index)
        if short and short[1] == len(utterance.words):
            return short[0], index, short[1]
    return None


def matches(description: str, car: Car) -> bool:
    """Whether a car on file ("2019 Honda Civic") is the one that the caller means."""
    lowered = description.lower()
    said = [text.lower() for text in (car.make, car.model) if text]
    return bool(said) and all(text in lowered for text in said) and (car.year is None or str(car.year) in lowered)
