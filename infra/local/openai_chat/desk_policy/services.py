"""Which service the caller means, among those that the prompt lists."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import log

from rapidfuzz import fuzz

from infra.local.openai_chat.desk_policy.words import Utterance

_EMPTY = frozenset(
    {
        "and",
        "of",
        "the",
        "or",
        "a",
        "an",
        "with",
        "for",
        "to",
        "service",
        "per",
        "your",
        "car",
        "set",
        "all",
        "up",
        "in",
        "new",
        "on",
        "four",
        "one",
        "two",
        "first",
        "second",
    }
)
# What people say, and the words of a service list that it stands for.
_SAYINGS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"\bbreaks?\b(?! down)|\bbrak\w*|\bstopping\b", ("brake",)),
    (r"squeal\w*|squeak\w*|grind\w*", ("brake", "inspection", "check")),
    (r"\bpads?\b|\brotors?\b", ("pad", "rotor", "brake", "replacement")),
    (r"\ba ?c\b|air con\w*|\bblowing (hot|warm)", ("air", "conditioning", "ac")),
    (
        r"check engine|engine light|warning light|light (is|came|comes) on|\bnois(e|es|y)\b|clunk\w*|rattl\w*|knocking|"
        r"won't start|doesn't start|diagnos\w*|shak\w+|vibrat\w+",
        ("diagnosis", "diagnostic", "check", "engine"),
    ),
    (r"\b(lube|synthetic|oils?)\b|boil change", ("oil",)),
    (r"\bchang(ed|ing|es)\b", ("change",)),
    (r"rotat\w*|\btired rotation", ("tire", "rotation")),
    (r"\btyres?\b|\btires?\b|\bflat\b|puncture", ("tire",)),
    (r"align\w*|pull(s|ing) to the", ("alignment", "wheel")),
    (r"\bbatter\w*|\bjump ?start", ("battery",)),
    (r"multi ?point|check ?up|look(ed)? (it )?over|once over", ("multi", "point", "inspection")),
    (r"inspect\w*", ("inspection",)),
    (r"look(ed|ing)? (it )?(at|over)|checked|check (the|my|on)|have a look", ("inspection", "check")),
    (r"state inspection|safety inspection|emission\w*|\bsmog\b|sticker", ("state", "inspection", "safety", "emission")),
    (r"trans ?mission|gear ?box", ("transmission",)),
    (r"coolant|anti ?freeze|radiator|overheat\w*", ("coolant", "cooling", "radiator", "flush")),
    (r"\brecalls?\b", ("recall",)),
    (r"\bwipers?\b", ("wiper",)),
    (
        r"(thirty|sixty|ninety|30|60|90) ?(thousand|k|000)|major service|tune up|scheduled maintenance",
        ("mile", "maintenance", "tune", "scheduled", "30k", "60k", "90k"),
    ),
    (r"\bdetail(ed|ing)?\b|\bcar wash", ("detail", "detailing", "cleaning")),
    (r"\bno start\b|\btow\b", ("start", "tow", "diagnosis")),
    (r"\bbulb|headlight|tail ?light", ("light", "bulb", "headlight")),
    (r"\bmuffler|exhaust", ("exhaust", "muffler")),
    (r"windshield|\bglass\b", ("windshield", "glass")),
)  # fmt: skip


@dataclass(frozen=True)
class Service:
    """One line of the prompt's list: the code, what it is, how long, what it costs."""

    code: str
    name: str
    duration: str | None = None
    price: str | None = None

    @property
    def vocabulary(self) -> frozenset[str]:
        """The words that stand for it, by name and by code."""
        return _stems(f"{self.code.replace('_', ' ')} {self.name}")

    @property
    def core(self) -> frozenset[str]:
        """The words of its code."""
        return _stems(self.code.replace("_", " "))


@dataclass(frozen=True)
class HeardService:
    """The service that was meant (``code``), or several that it could be, and whether it was heard unsurely."""

    code: str | None = None
    options: tuple[str, ...] = ()
    doubtful: bool = False


def _stem(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def _stems(text: str) -> frozenset[str]:
    return frozenset(_stem(word) for word in re.findall(r"[a-z0-9]+", text.lower()) if word not in _EMPTY)


def read_service(utterance: Utterance, services: tuple[Service, ...], *, asked: bool) -> HeardService:
    """The service whose words best explain what was said; ``asked`` lets one shared word raise a choice."""
    text = re.sub(r"\bnot (?:the |an? |my )?(?:\w+ ){0,1}\w+", " ", utterance.text)
    plain, said = _said(text)
    if not said or not services:
        return HeardService()
    weights = _weights(services)
    ranked = sorted(
        ((_score(service, plain, said, weights), service) for service in services), key=lambda pair: -pair[0][0]
    )
    (best, matched), winner = ranked[0]
    if best <= 0 or not matched:
        return HeardService()
    doubtful = any(_stem(word.text) in matched for word in utterance.words if word.doubtful)
    rivals = [
        service
        for (score, words), service in ranked
        if words
        and (score >= best - 0.05 or words == matched)
        and service is not winner
        and len(service.vocabulary - words) <= len(winner.vocabulary - matched) + 3  # "oil" is the plain oil change
    ]
    if not (winner.core <= said or _stems(winner.name) <= said) and rivals:
        return HeardService(options=(winner.code, *(one.code for one in rivals[:2])), doubtful=doubtful)
    replacing = re.search(r"\bnew\b|\breplac|\bbuy\b", text) and not winner.vocabulary & {
        "replacement",
        "replace",
        "new",
        "installation",
    }
    if replacing and not winner.core <= said:
        return HeardService(options=(winner.code,), doubtful=doubtful)
    strong = winner.core <= said or any(weights[word] >= log(len(services)) * 0.45 for word in matched)
    return HeardService(winner.code, doubtful=doubtful) if strong or asked else HeardService()


def _said(text: str) -> tuple[frozenset[str], frozenset[str]]:
    """The words said outright, and these together with what they stand for."""
    plain = frozenset(_stem(word) for word in re.findall(r"[a-z0-9]+", text) if word not in _EMPTY)
    implied = {word for pattern, meaning in _SAYINGS if re.search(pattern, text) for word in meaning}
    return plain, plain | implied


def _weights(services: tuple[Service, ...]) -> dict[str, float]:
    """A word that few services share tells more."""
    words = {word for service in services for word in service.vocabulary}
    return {word: log((len(services) + 1) / sum(word in one.vocabulary for one in services)) for word in words}


def _score(
    service: Service, plain: frozenset[str], said: frozenset[str], weights: dict[str, float]
) -> tuple[float, frozenset[str]]:
    """How well a service explains the words: those said outright count in full, those implied a little less."""
    matched = frozenset(word for word in service.vocabulary if word in said or _resembles(word, said))
    found = sum(weights[word] * (1.0 if word in plain else 0.6) for word in matched)
    missing = sum(weights[word] for word in service.core - matched)
    named = 1.0 if service.core <= plain else 0.0
    return found + named - 0.3 * missing, matched


def _resembles(word: str, said: frozenset[str]) -> bool:
    return len(word) >= 6 and any(len(one) >= 5 and fuzz.ratio(word, one) >= 86 for one in said)
