"""pocketsphinx on telephone audio: runs inside a worker process, one `Hearing` per connection.

It gets audio bytes and keyterms, nothing else, and gives words with confidences. What makes telephone speech legible
to a model that was trained on 16 kHz studio speech: upsampling, a noise floor in place of bands that are empty or
fall silent, a cepstral mean that is right from the first word, and Gaussians moved to where a telephone has its sounds.
A turn that turns out to be spelled is decoded once more by the model of how people spell.
"""

from __future__ import annotations

import itertools
import math
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pocketsphinx
import soxr
from numpy.typing import NDArray

from infra.local.speech import adaptation, language_model, lexicon, spelling, ulaw
from infra.local.speech.confidence import NO_RIVAL, Evidence, confidence
from infra.local.speech.recogniser import Word

CEPSTRAL_MEAN = "53.22,-15.68,17.84,-3.89,-1.64,-10.67,-13.83,-10.30,-19.36,-4.35,-4.20,-8.15,-2.89"
_LEVEL = 0.35
_HISS = 300.0  # above 4 kHz
_FLOOR = 20.0  # everywhere
_FRAME_SECONDS = 0.01
_LOG_SCALE = 1_024  # the decoder tells language and path scores as logarithms scaled down by this
_LEAST = 1e-300
_HYPOTHESES = 10
_MOST_TRIED = 60  # most differ from one another in pauses alone

Token = tuple[str, str]
"""A word and its class; no class is an empty one."""

Hypothesis = tuple[float, list[str]]
"""A logarithmic score and the words."""


class Hearing:
    """One connection's decoders with the audio of the turn under way; that for spelling is opened when one spells.

    Who spells pauses after each sign or few, so that what was spelled before a pause stands: only what came since is
    decoded again. All other speech is decoded from the turn's beginning, as one sentence.
    """

    def __init__(self, model: Path, keyterms: Sequence[str]) -> None:
        self._model = model
        self._desk = _Decoding(model, language_model.DESK, lexicon.classes(keyterms), _DESK_WEIGHTS)
        self._spelling: _Decoding | None = None
        self._audio = bytearray()
        self._settled: list[Word] | None = None
        self._spelled_now = False
        self._spelled = _Spelled()

    def hear(self, audio: bytes) -> None:
        if self._settled is not None:
            if self._spelled_now:
                self._spelled = _Spelled(
                    self._settled, self._spelled.tokens + self._desk.tokens(), self._spelled.length + len(self._audio)
                )
                self._audio.clear()
            self._settled = None
        self._audio += audio

    def guess(self) -> list[Word]:
        """First-pass words so far, without posteriors: good enough to show progress."""
        if self._settled is not None:
            return self._settled
        self._desk.feed(self._audio)
        tokens = self._desk.tokens()
        if spelling.is_spelled(self._spelled.tokens + tokens):
            # What is decoded while it is said is not waited for at the turn's end.
            self._for_spelling().feed(self._audio)
        return [*self._spelled.words, *(Word(text, 0.5, 0.0, 0.0) for text, _ in tokens)]

    def settle(self) -> list[Word]:
        """All passes over what was not spelled before: when more is heard, it is decoded anew."""
        if self._settled is None:
            words = self._desk.settle(self._audio)
            self._spelled_now = spelling.is_spelled(self._spelled.tokens + self._desk.tokens())
            if self._spelled_now:
                words = self._for_spelling().settle(self._audio)
            self._settled = self._spelled.followed_by(words)
        return self._settled

    def close_turn(self) -> None:
        self._desk.close()
        if self._spelling is not None:
            self._spelling.close()
        self._audio.clear()
        self._settled = None
        self._spelled = _Spelled()

    def _for_spelling(self) -> _Decoding:
        if self._spelling is None:
            classes = lexicon.spelling_classes()
            self._spelling = _Decoding(self._model, language_model.SPELLING, classes, _SPELLING_WEIGHTS)
        return self._spelling


@dataclass(frozen=True)
class _Spelled:
    """What was spelled in this turn before its last pause: the words, what the desk's decoder made of it, how long."""

    words: list[Word] = field(default_factory=list)
    tokens: list[Token] = field(default_factory=list)
    length: int = 0

    def followed_by(self, words: Sequence[Word]) -> list[Word]:
        before = self.length / 8_000
        return [
            *self.words,
            *(replace(word, start=before + word.start, end=before + word.end) for word in words),
        ]


class _Decoding:
    """A turn in one decoder: fed piece by piece, then settled."""

    def __init__(self, model: Path, name: str, classes: lexicon.Classes, weights: _Weights) -> None:
        self._decoder = _open_decoder(model, name, classes, weights)
        self._fed = 0
        self._open = False
        self._upsample = Upsampling()

    def feed(self, turn: bytearray) -> None:
        """What is new of the turn's audio."""
        if not self._open:
            self._decoder.start_utt()
            self._upsample = Upsampling()
            self._open, self._fed = True, 0
        pending = bytes(turn[self._fed :])
        self._fed = len(turn)
        linear = self._upsample.feed(pending) if pending else b""
        if linear:  # the first piece may still be inside the resampler, and the decoder refuses an empty one
            self._decoder.process_raw(linear)

    def tokens(self) -> list[Token]:
        """The words so far with their classes; of a phrase each word."""
        hypothesis = self._decoder.hyp()
        return _tokens(hypothesis.hypstr) if hypothesis else []

    def settle(self, turn: bytearray) -> list[Word]:
        self.feed(turn)
        first_pass = [text for text, _ in self.tokens()]
        self.close()
        return read_words(self._decoder, first_pass)

    def close(self) -> None:
        if self._open:
            self._decoder.end_utt()
        self._open = False


class Upsampling:
    """8 kHz µ-law to 16 kHz linear, piece by piece, with the noise floor."""

    def __init__(self) -> None:
        self._resampler = soxr.ResampleStream(8_000, 16_000, 1, dtype="float32", quality="LQ")
        self._noise = _noise()
        self._at = 0

    def feed(self, audio: bytes) -> bytes:
        loud = self._resampler.resample_chunk(ulaw.decode(audio).astype(np.float32) * _LEVEL)
        floor = np.resize(np.roll(self._noise, -self._at), len(loud))
        self._at = (self._at + len(loud)) % len(self._noise)
        mixed: NDArray[np.int16] = np.clip(loud + floor, -32_768, 32_767).astype(np.int16)
        return mixed.tobytes()


@cache
def _noise() -> NDArray[np.float32]:
    """One second at 16 kHz: a faint floor in every band and a louder hiss where a telephone carries nothing."""
    k = np.arange(65) - 32
    high_pass = -0.5 * np.sinc(0.5 * k) * np.hamming(65)
    high_pass[32] += 1
    hiss, floor = np.random.default_rng(4).standard_normal((2, 16_064))
    noise: NDArray[np.float64] = np.convolve(hiss * _HISS, high_pass, mode="valid") + floor[:16_000] * _FLOOR
    return noise.astype(np.float32)


@dataclass(frozen=True)
class _Weights:
    """How much the language model counts against the sound, in the first passes and the last, and what a word costs."""

    first: float
    last: float
    insertion: float


_DESK_WEIGHTS = _Weights(6.0, 8.0, 0.05)
_SPELLING_WEIGHTS = _Weights(9.0, 9.0, 0.0005)  # letters are short: a breath must not become one


def _open_decoder(model: Path, name: str, classes: lexicon.Classes, weights: _Weights) -> Any:
    with tempfile.TemporaryDirectory(prefix="classes-") as directory:
        files = language_model.write_classes(model, Path(directory), name, classes)
        return pocketsphinx.Decoder(
            lmctl=str(files.control),
            lmname=name,
            dict=str(files.dictionary),
            cmn="live",
            cmninit=CEPSTRAL_MEAN,
            lw=weights.first,
            bestpathlw=weights.last,
            wip=weights.insertion,
            fwdflat=name == language_model.DESK,
            loglevel="FATAL",
            **adaptation.options(),
        )


def _segments(decoder: Any) -> list[Any]:
    return [segment for segment in decoder.seg() if _plain(segment.word)] if decoder.hyp() else []


def read_words(decoder: Any, first_pass: Sequence[str]) -> list[Word]:
    """The decoder's words after `end_utt`, phrases split, classes taken off; `first_pass` is what it had before."""
    segments = _segments(decoder)
    posteriors = [1.0, *(min(1.0, float(segment.prob)) for segment in segments), 1.0]
    hypotheses = _unspelled(_best_hypotheses(decoder), segments) if segments else []
    words: list[Word] = []
    for nth, segment in enumerate(segments):
        texts = _plain(segment.word)
        evidence = Evidence(
            posterior=posteriors[nth + 1],
            weakest_neighbour=min(posteriors[nth], posteriors[nth + 2]),
            phones=len((decoder.lookup_word(segment.word) or "").split()),
            word_class=_tokens(segment.word)[0][1],
            in_first_pass=texts[0] in first_pass,
            sound=math.log(max(segment.ascore, _LEAST)) / (segment.end_frame + 1 - segment.start_frame),
            expected=_LOG_SCALE * math.log(segment.lscore),
            rival=_rival(texts, hypotheses),
        )
        start, end = segment.start_frame * _FRAME_SECONDS, (segment.end_frame + 1) * _FRAME_SECONDS
        step = (end - start) / len(texts)
        words += [
            Word(text, confidence(evidence), start + at * step, start + (at + 1) * step)
            for at, text in enumerate(texts)
        ]
    return words


def _best_hypotheses(decoder: Any) -> list[Hypothesis]:
    """The ten best that differ in words, each with its logarithmic score."""
    found: dict[str, Hypothesis] = {}
    for hypothesis in itertools.islice(decoder.nbest(), _MOST_TRIED):
        if hypothesis is None or not hypothesis.score:  # of a long turn it is too small for a float
            break
        texts = _plain(hypothesis.hypstr)
        found.setdefault(" ".join(texts), (_LOG_SCALE * math.log(hypothesis.score), texts))
        if len(found) == _HYPOTHESES:
            break
    return list(found.values())


def _unspelled(hypotheses: list[Hypothesis], segments: Sequence[Any]) -> list[Hypothesis]:
    """Where no letters were heard, letters are no rival either: a "yes" is no "t s"."""
    if any(spelling.has_letters(_plain(segment.word)) for segment in segments):
        return hypotheses
    return [each for each in hypotheses if not spelling.has_letters(each[1])]


def _rival(texts: Sequence[str], hypotheses: Sequence[Hypothesis]) -> float:
    """How far behind the best hypothesis is that lacks one of these words and has none that sounds like it: no ear
    tells "no" from "know", and what is said around it does."""
    wanted = {lexicon.pronunciations(text)[0] for text in texts}
    lacking = [
        score
        for score, words in hypotheses
        if not all(text in words for text in texts)
        and not wanted <= {sound for word in words for sound in lexicon.pronunciations(word)}
    ]
    return min(hypotheses[0][0] - lacking[0], NO_RIVAL) if lacking else NO_RIVAL


def _tokens(hypothesis: str) -> list[Token]:
    """`toyota@make f_one_fifty@model` as words; fillers such as `<sil>` and `[NOISE]` vanish."""
    tokens: list[Token] = []
    for token in hypothesis.split():
        words, _, word_class = token.partition("(")[0].partition(language_model.TAG)
        if not words.startswith(("<", "[", "++")):
            tokens += [(word, word_class) for word in words.split("_")]
    return tokens


def _plain(hypothesis: str) -> list[str]:
    return [text for text, _ in _tokens(hypothesis)]
