"""The offline recogniser's words: which ones it knows, how they sound, and which belong to a class.

Names come from Faker's lists, common words and their frequencies from the language model that pocketsphinx carries,
pronunciations from its dictionary, and from simple spelling rules where the dictionary has none. It knows no sentence.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pocketsphinx
from faker.providers.person.en_US import Provider as Names

_WORDS = tomllib.loads(Path(__file__).with_name("lexicon.toml").read_text("utf-8"))
MAKES = tuple(_WORDS["makes"].split())

_MODELS: dict[str, list[str]] = {make: models.split() for make, models in _WORDS["models"].items()}
CARS = tuple(f"{make}_{model}" for make, models in _MODELS.items() for model in models)
"""A make with one of its own models, as one phrase."""

MODELS = tuple(sorted({model for models in _MODELS.values() for model in models}))

SPELLING_WORDS = tuple(_WORDS["spelling_words"].split())
DIGITS = tuple("zero oh one two three four five six seven eight nine".split())  # noqa: SIM905
LETTERS = tuple("abcdefghijklmnopqrstuvwxyz")
_ALPHABET = tuple(_WORDS["radio_alphabet"].split())

# Words that the dictionary lacks, or says otherwise than callers do.
_SOUNDS: dict[str, list[str]] = _WORDS["sounds"]

Classes = dict[str, dict[str, float]]
"""Each class of a grammar with its words' probabilities; `_` joins the words of a phrase."""

BACKGROUND_WORDS = 4_000
NAMES_FIRST = tuple(sorted({name.lower() for name in Names.first_names}))


def classes(keyterms: Iterable[str] = ()) -> Classes:
    """Those of what callers say."""
    boosted = sorted({"_".join(words) for term in keyterms if (words := words_of(term))})
    return {
        "first": _shares(_told_apart({name.lower(): weight for name, weight in _weights(Names.first_names).items()})),
        "last": _shares(_told_apart({name.lower(): weight for name, weight in _weights(Names.last_names).items()})),
        "middle": _shares(dict.fromkeys("abcdefghijklmnoprstw", 1.0)),
        "make": _shares(dict.fromkeys(MAKES, 1.0)),
        "model": _shares(dict.fromkeys(MODELS, 1.0)),
        "car": _shares(dict.fromkeys(CARS, 1.0)),
        "alpha": _shares(dict.fromkeys(SPELLING_WORDS, 3.0) | dict.fromkeys(NAMES_FIRST[::9], 0.3)),
        "keyterm": _shares(dict.fromkeys(boosted or ["service"], 1.0)),
    }


def spelling_classes() -> Classes:
    """Those of how they spell. A letter with its example is one phrase, so that no other example can follow it."""
    examples = [(word[0], word) for word in SPELLING_WORDS]
    return {
        "digit": _shares(dict.fromkeys(DIGITS, 1.0)),
        "letter": _shares(dict.fromkeys(LETTERS, 1.0)),
        "as_in": _shares({f"{letter}_as_in_{word}": 1.0 for letter, word in examples}),
        "like": _shares({f"{letter}_{like}_{word}": 1.0 for letter, word in examples for like in ("for", "like")}),
        "alphabet": _shares(dict.fromkeys(_ALPHABET, 1.0)),
    }


def words_of(phrase: str) -> list[str]:
    """A phrase as the recogniser's words: lower case, letters and apostrophes."""
    return re.findall(r"[a-z']+", phrase.lower())


def _weights(names: Iterable[str] | dict[str, float]) -> dict[str, float]:
    """The lists give frequencies for some names; the square root keeps the rare ones within reach."""
    if isinstance(names, dict):
        return {name: float(weight) ** 0.5 for name, weight in names.items()}
    return dict.fromkeys(names, 1.0)


def _told_apart(names: dict[str, float]) -> dict[str, float]:
    """The commonest spelling of names that sound alike: no ear tells the others from it."""
    kept: dict[str, str] = {}
    total: dict[str, float] = {}
    for name in sorted(names, key=names.__getitem__, reverse=True):
        spelling = kept.setdefault(pronunciations(name)[0], name)
        total[spelling] = total.get(spelling, 0.0) + names[name]
    return total


def _shares(weights: dict[str, float]) -> dict[str, float]:
    total = sum(weights.values())
    return {word: weight / total for word, weight in weights.items()}


def background() -> dict[str, float]:
    """The commonest words of spoken English with their probabilities (of the model that pocketsphinx carries)."""
    logs = pocketsphinx.LogMath(1.0001)
    model = pocketsphinx.NGramModel(
        pocketsphinx.Config(loglevel="FATAL"), logs, pocketsphinx.get_model_path("en-us/en-us.lm.bin")
    )
    ranked = sorted(((model.prob([word]), word) for word in dictionary() if word.isascii()), reverse=True)
    return _shares({word: 1.0001**log for log, word in ranked[:BACKGROUND_WORDS]})


@cache
def dictionary() -> dict[str, list[str]]:
    """Every word of the dictionary with its pronunciations."""
    found: dict[str, list[str]] = {}
    for line in Path(pocketsphinx.get_model_path("en-us/cmudict-en-us.dict")).read_text("utf-8").splitlines():
        word, _, phones = line.partition(" ")
        found.setdefault(re.sub(r"\(\d+\)$", "", word), []).append(phones)
    return found


def pronunciations(word: str) -> list[str]:
    """How a word, or a phrase joined by `_`, may sound, as phones of the acoustic model; the likeliest first."""
    if "_" in word:
        *firsts, last = word.split("_")
        return [" ".join([*(pronunciations(part)[0] for part in firsts), sound]) for sound in pronunciations(last)]
    if word in _SOUNDS:
        return _SOUNDS[word]
    return dictionary().get(word) or [_sounded_out(word)]


_RULES = [rule.split("=") for rule in _WORDS["spelling_rules"].replace("\n", "").split(",")]


def _sounded_out(word: str) -> str:
    """A word that the dictionary lacks, by the commonest readings of its letters."""
    phones: list[str] = []
    rest = re.sub(r"[^a-z]", "", word)
    if len(rest) > 3 and rest.endswith("e") and rest[-2] not in "aeiou":
        rest = rest[:-1]
    while rest:
        letters, sound = next(rule for rule in _RULES if rest.startswith(rule[0]))
        phones.append(sound)
        rest = rest[len(letters) :]
    if word.endswith("a") and len(word) > 2:
        phones[-1] = "AH"
    return " ".join(phones) or "AH"
