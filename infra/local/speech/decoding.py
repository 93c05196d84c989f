"""pocketsphinx on telephone audio: runs inside a worker process, one `Hearing` per connection.

It gets audio bytes and keyterms, nothing else, and gives words with confidences. What makes telephone speech legible
to a model that was trained on 16 kHz studio speech: upsampling, a noise floor in place of bands that are empty or
fall silent, a cepstral mean that is right from the first word, and Gaussians moved to where a telephone has its sounds.
"""

from __future__ import annotations

import itertools
import math
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pocketsphinx
import soxr
from numpy.typing import NDArray

from infra.local.speech import adaptation, language_model, ulaw
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


class Hearing:
    """One connection's decoder with the audio of the turn under way."""

    def __init__(self, model: Path, keyterms: Sequence[str]) -> None:
        self._decoder = _open_decoder(model, tuple(keyterms))
        self._turn = bytearray()
        self._fed = 0
        self._open = False
        self._settled: list[Word] | None = None
        self._upsample = Upsampling()

    def hear(self, audio: bytes) -> None:
        self._settled = None
        self._turn += audio

    def guess(self) -> list[Word]:
        """First-pass words so far, without posteriors: good enough to show progress."""
        if self._settled is not None:
            return self._settled
        self._decode_pending()
        hypothesis = self._decoder.hyp()
        return [Word(text, 0.5, 0.0, 0.0) for text in _plain(hypothesis.hypstr)] if hypothesis else []

    def settle(self) -> list[Word]:
        """All passes over the turn so far; when more is heard, the turn is decoded anew from its beginning."""
        if self._settled is None:
            self._decode_pending()
            hypothesis = self._decoder.hyp()
            first_pass = _plain(hypothesis.hypstr) if hypothesis else []
            self._decoder.end_utt()
            self._open = False
            self._settled = read_words(self._decoder, first_pass)
        return self._settled

    def close_turn(self) -> None:
        if self._open:
            self._decoder.end_utt()
        self._open = False
        self._turn.clear()
        self._settled = None

    def _decode_pending(self) -> None:
        if not self._open:
            self._decoder.start_utt()
            self._upsample = Upsampling()
            self._open, self._fed = True, 0
        pending = bytes(self._turn[self._fed :])
        self._fed = len(self._turn)
        linear = self._upsample.feed(pending) if pending else b""
        if linear:  # the first piece may still be inside the resampler, and the decoder refuses an empty one
            self._decoder.process_raw(linear)


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


def _open_decoder(model: Path, keyterms: tuple[str, ...]) -> Any:
    with tempfile.TemporaryDirectory(prefix="classes-") as directory:
        files = language_model.write_classes(model, Path(directory), keyterms)
        return pocketsphinx.Decoder(
            lmctl=str(files.control),
            lmname=language_model.MODEL_NAME,
            dict=str(files.dictionary),
            cmn="live",
            cmninit=CEPSTRAL_MEAN,
            lw=6.0,
            bestpathlw=8.0,
            wip=0.05,
            loglevel="FATAL",
            **adaptation.options(),
        )


def read_words(decoder: Any, first_pass: Sequence[str]) -> list[Word]:
    """The decoder's words after `end_utt`, phrases split, classes taken off; `first_pass` is what it had before."""
    segments = [segment for segment in decoder.seg() if _plain(segment.word)] if decoder.hyp() else []
    posteriors = [1.0, *(min(1.0, float(segment.prob)) for segment in segments), 1.0]
    hypotheses = _best_hypotheses(decoder) if segments else []
    words: list[Word] = []
    for nth, segment in enumerate(segments):
        texts = _plain(segment.word)
        evidence = Evidence(
            posterior=posteriors[nth + 1],
            weakest_neighbour=min(posteriors[nth], posteriors[nth + 2]),
            phones=len((decoder.lookup_word(segment.word) or "").split()),
            word_class=segment.word.partition("(")[0].partition(language_model.TAG)[2],
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


def _best_hypotheses(decoder: Any) -> list[tuple[float, list[str]]]:
    """The ten best that differ in words, each with its logarithmic score."""
    found: dict[str, tuple[float, list[str]]] = {}
    for hypothesis in itertools.islice(decoder.nbest(), _MOST_TRIED):
        if hypothesis is None:
            break
        texts = _plain(hypothesis.hypstr)
        found.setdefault(" ".join(texts), (_LOG_SCALE * math.log(hypothesis.score), texts))
        if len(found) == _HYPOTHESES:
            break
    return list(found.values())


def _rival(texts: Sequence[str], hypotheses: Sequence[tuple[float, list[str]]]) -> float:
    """How far behind the best hypothesis is that lacks one of these words."""
    lacking = [score for score, words in hypotheses if not all(text in words for text in texts)]
    return min(hypotheses[0][0] - lacking[0], NO_RIVAL) if lacking else NO_RIVAL


def _plain(hypothesis: str) -> list[str]:
    """`toyota@make f_one_fifty@model` as words; fillers such as `<sil>` and `[NOISE]` vanish."""
    texts: list[str] = []
    for token in hypothesis.split():
        word = token.partition(language_model.TAG)[0].partition("(")[0]
        if not word.startswith(("<", "[", "++")):
            texts += word.split("_")
    return texts
