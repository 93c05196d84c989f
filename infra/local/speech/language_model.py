"""The recogniser's language models: sentences drawn from a grammar, counted into n-grams, mixed with common words.

One is of what callers say, one of how they spell. `write` leaves what pocketsphinx reads of both: an ARPA trigram model
over words and classes; `write_classes` the classes with their words, a control file that joins the two, and the
dictionary. The models stay open: at every point a share of the likelihood is kept for any word that they know. They
know nothing of audio.
"""

from __future__ import annotations

import math
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from infra.local.speech import lexicon

GRAMMAR = Path(__file__).with_name("service_desk.grammar")
SPELLING_GRAMMAR = Path(__file__).with_name("spelling.grammar")
SENTENCES = 40_000
_SPELLED_SENTENCES = 8_000
_OPEN_SHARE = 0.08  # of each point's likelihood, kept for words that the grammar does not foresee there
_BACKGROUND_SHARE = 0.30  # of the unigrams, for the background vocabulary
_TOKEN = re.compile(r"<\w+>|\{\w+\}|[()\[\]|]|\*\d+|[a-z']+")

Grammar = dict[str, "Choice"]


@dataclass(frozen=True)
class Choice:
    """Alternatives, each a sequence of words, classes (`{…}`), rule names (`<…>`) and choices."""

    alternatives: tuple[tuple[str | Choice, ...], ...]
    weights: tuple[int, ...]


def read_grammar(text: str) -> Grammar:
    """The rules of a grammar in the notation that the file's own head explains."""
    joined = re.sub(r"\n[ \t]+", " ", re.sub(r"^#.*$", "", text, flags=re.MULTILINE))
    rules: Grammar = {}
    for line in joined.splitlines():
        if line.strip():
            name, _, body = line.partition("=")
            rules[f"<{name.strip()}>"] = _read_choice(iter(_TOKEN.findall(body)))
    return rules


def _read_choice(tokens: Iterator[str]) -> Choice:
    alternatives: list[tuple[str | Choice, ...]] = []
    weights: list[int] = []
    sequence: list[str | Choice] = []
    weight = 1
    for part in tokens:
        if part in ")]":
            break
        if part == "|":
            alternatives.append(tuple(sequence))
            weights.append(weight)
            sequence, weight = [], 1
        elif part == "(":
            sequence.append(_read_choice(tokens))
        elif part == "[":
            sequence.append(Choice(((), (_read_choice(tokens),)), (1, 1)))
        elif part.startswith("*"):
            weight = int(part[1:])
        else:
            sequence.append(part)
    return Choice((*alternatives, tuple(sequence)), (*weights, weight))


def draw(grammar: Grammar, choice: Choice, dice: random.Random) -> Iterator[str]:
    """One sentence of the grammar, word by word; classes stay as `{name}`."""
    for part in dice.choices(choice.alternatives, choice.weights)[0]:
        if isinstance(part, Choice):
            yield from draw(grammar, part, dice)
        elif part.startswith("<"):
            yield from draw(grammar, grammar[part], dice)
        else:
            yield part


Gram = tuple[str, ...]


def _count(sentences: Iterable[list[str]]) -> list[Counter[Gram]]:
    counts: list[Counter[Gram]] = [Counter(), Counter(), Counter()]
    for sentence in sentences:
        words = ["<s>", *sentence, "</s>"]
        for order in range(3):
            counts[order].update(zip(*(words[k:] for k in range(order + 1)), strict=False))
    return counts


def _unigrams(counted: Counter[Gram], common: Mapping[str, float]) -> dict[Gram, float]:
    """The grammar's words mixed with the common ones, if there are any."""
    total = sum(count for gram, count in counted.items() if gram != ("<s>",))
    of_grammar = 1 - _BACKGROUND_SHARE if common else 1.0
    mixed: dict[Gram, float] = defaultdict(float)
    for gram, count in counted.items():
        if gram != ("<s>",):
            mixed[gram] += of_grammar * count / total
    for word, share in common.items():
        mixed[(word,)] += _BACKGROUND_SHARE * share
    return dict(mixed)


def _discounted(counted: Counter[Gram]) -> tuple[dict[Gram, float], dict[Gram, float]]:
    """Witten–Bell: each seen n-gram's likelihood, and each history's share that is left for unseen ones."""
    followers: dict[Gram, Counter[str]] = defaultdict(Counter)
    for gram, count in counted.items():
        followers[gram[:-1]][gram[-1]] = count
    likely: dict[Gram, float] = {}
    left: dict[Gram, float] = {}
    for history, words in followers.items():
        total = sum(words.values())
        left[history] = max(_OPEN_SHARE, len(words) / (len(words) + total))
        for word, count in words.items():
            likely[(*history, word)] = (1 - left[history]) * count / total
    return likely, left


def _interpolated(likely: dict[Gram, float], left: dict[Gram, float], lower: Mapping[Gram, float]) -> dict[Gram, float]:
    """Adds the lower order's share, so that a history's back-off weight is exactly what it keeps."""
    return {gram: share + left[gram[:-1]] * lower[gram[1:]] for gram, share in likely.items()}


def arpa(sentences: Iterable[list[str]], common: Mapping[str, float], shares: Mapping[str, float]) -> str:
    """A trigram model in ARPA form; `shares` is what one word of a class has of its class's likelihood.

    The decoder weighs n-grams, but forgets to weigh a word's share in its class; so the share is told in the n-grams.
    """
    counted = _count(sentences)
    one = _unigrams(counted[0], common)
    two_likely, two_left = _discounted(counted[1])
    two = _interpolated(two_likely, two_left, one)
    seen_twice = Counter({gram: count for gram, count in counted[2].items() if count > 1})
    three_likely, three_left = _discounted(seen_twice)
    three = _interpolated(three_likely, three_left, two)
    orders = [
        _lines({("<s>",): 1e-99, **one}, two_left, shares),
        _lines(two, three_left, shares),
        _lines(three, {}, shares),
    ]
    head = ["\\data\\", *(f"ngram {n}={len(lines)}" for n, lines in enumerate(orders, 1))]
    body = [line for n, lines in enumerate(orders, 1) for line in ("", f"\\{n}-grams:", *lines)]
    return "\n".join([*head, *body, "", "\\end\\", ""])


def _lines(likely: Mapping[Gram, float], left: Mapping[Gram, float], shares: Mapping[str, float]) -> list[str]:
    return [
        f"{math.log10(likelihood * shares.get(gram[-1], 1.0)):.4f}\t{' '.join(gram)}"
        + (f"\t{math.log10(left[gram]):.4f}" if gram in left else "")
        for gram, likelihood in sorted(likely.items())
    ]


@dataclass(frozen=True)
class Files:
    """What a decoder is opened with."""

    control: Path
    dictionary: Path


DESK, SPELLING = "desk", "spelling"
"""The models' names."""

TAG = "@"
"""Stands between a class's word and the class: pocketsphinx lets a word be of one class alone, and not plain too."""


def write(directory: Path) -> None:
    """Draws the sentences of both models (always the same ones), counts them, and writes both below `directory`."""
    _write_model(directory / f"{DESK}.arpa", GRAMMAR, SENTENCES, lexicon.background(), lexicon.classes())
    _write_model(directory / f"{SPELLING}.arpa", SPELLING_GRAMMAR, _SPELLED_SENTENCES, {}, lexicon.spelling_classes())


def _write_model(
    path: Path, grammar_path: Path, count: int, common: Mapping[str, float], classes: lexicon.Classes
) -> None:
    grammar = read_grammar(grammar_path.read_text("utf-8"))
    dice = random.Random(20)
    sentences = [list(draw(grammar, grammar["<top>"], dice)) for _ in range(count)]
    shares = {f"{{{name}}}": 1 / len(words) for name, words in classes.items()}
    path.write_text(arpa(sentences, common, shares), "utf-8")


def write_classes(model: Path, directory: Path, name: str, classes: lexicon.Classes) -> Files:
    """The classes, control file and dictionary of a model that `write` left, beside or apart from it."""
    lines: list[str] = []
    for class_name, words in classes.items():
        members = (f"{word}{TAG}{class_name} {share:.6g}" for word, share in words.items())
        lines += [f"LMCLASS {{{class_name}}}", *members, f"END {{{class_name}}}"]
    (directory / f"{name}.classes").write_text("\n".join([*lines, ""]), "utf-8")
    tags = " ".join(f"{{{class_name}}}" for class_name in classes)
    arpa_path, control, dictionary = model / f"{name}.arpa", directory / f"{name}.control", directory / f"{name}.dict"
    control.write_text(f"{{ {directory / f'{name}.classes'} }}\n{arpa_path} {name} {{ {tags} }}\n", "utf-8")
    tagged = {f"{word}{TAG}{class_name}" for class_name, words in classes.items() for word in words}
    dictionary.write_text("\n".join(_dictionary_lines(_vocabulary(arpa_path) | tagged)) + "\n", "utf-8")
    return Files(control, dictionary)


def _vocabulary(model: Path) -> set[str]:
    unigrams = model.read_text("utf-8").split("\\1-grams:\n")[1].split("\n\n")[0].splitlines()
    return {word for line in unigrams if not (word := line.split("\t")[1]).startswith(("<", "{"))}


def _dictionary_lines(vocabulary: Iterable[str]) -> Iterator[str]:
    for word in sorted(vocabulary):
        for nth, phones in enumerate(lexicon.pronunciations(word.partition(TAG)[0]), 1):
            yield f"{word} {phones}" if nth == 1 else f"{word}({nth}) {phones}"
