"""Makes `telephone.adaptation`, which fits the recogniser to the lab's line: `python -m infra.local.speech.adapt`.

Voices of the lab speak sentences drawn from the grammar through the lab's telephone band; the decoder aligns them with
their text; for each kind of sound the affine map of the model's means that makes those features likeliest is written
(maximum likelihood linear regression). It is run when the voices, the band or the noise floor change: two minutes.
It never sees the sentences that `wer` measures with.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pocketsphinx
from numpy.typing import NDArray

from infra.local.speech import adaptation, decoding, language_model, lexicon, ulaw, voices, wer
from infra.local.speech.acoustic_model import STREAMS, WIDTH, AcousticModel, Floats, read_acoustic_model
from infra.local.speech.adaptation import KINDS, Adaptation

Labels = NDArray[np.int64]
VOICES = ("en-us+m6", "en-us+klatt4", "en-us", "en-us+m3", "en-us+m7", "en-us+m1")
_ROUNDS = 2
_SEED = 31
_SCALE_POWER = 0.7  # a few voices vary less than the callers will: their variances are not believed in full
_NOISE_DB = (None, 30.0, None, 22.0)
_PAUSE = 200  # ms around each sentence


@dataclass(frozen=True)
class Spoken:
    """One sentence's features with the phone and the sound state of each frame; negative: none."""

    features: Floats
    phones: Labels
    states: Labels


def sentences(count: int) -> list[str]:
    """Sentences of the grammar with words that the dictionary knows."""
    grammar = language_model.read_grammar(language_model.GRAMMAR.read_text("utf-8"))
    dice = random.Random(_SEED)
    classes = lexicon.classes()
    drawn: list[str] = []
    while len(drawn) < count:
        parts = language_model.draw(grammar, grammar["<top>"], dice)
        words = " ".join(_spoken(part, classes, dice) for part in parts).split()
        if 4 <= len(words) <= 14 and all(word in lexicon.dictionary() for word in words):
            drawn.append(" ".join(words))
    return drawn


def _spoken(part: str, classes: dict[str, dict[str, float]], dice: random.Random) -> str:
    if not part.startswith("{"):
        return part
    words = classes[part[1:-1]]
    return dice.choices(list(words), list(words.values()))[0].replace("_", " ")


def aligned(model: AcousticModel, voice: str, texts: Sequence[str], options: dict[str, str]) -> Iterator[Spoken]:
    """Each text spoken by a voice; a text that does not align is left out."""
    with tempfile.TemporaryDirectory(prefix="adapt-") as directory:
        decoder = pocketsphinx.Decoder(
            lm=None, cmn="live", cmninit=decoding.CEPSTRAL_MEAN, mfclogdir=directory, loglevel="FATAL", **options
        )
        for nth, text in enumerate(texts):
            quiet = ulaw.silence(_PAUSE) + voices.speak(text, voice) + ulaw.silence(_PAUSE)
            line = wer.on_the_line(quiet, _NOISE_DB[nth % len(_NOISE_DB)])
            mean = np.array([float(number) for number in decoder.get_cmn(False).split(",")])
            decoder.set_align_text(text)
            decoder.start_utt()
            decoder.process_raw(decoding.Upsampling().feed(line))
            decoder.end_utt()
            if decoder.hyp() is not None:
                logged = max(Path(directory).iterdir()).read_bytes()
                cepstra = np.frombuffer(logged, ">f4", offset=4).reshape(-1, WIDTH) - mean
                yield _labelled(_features(cepstra), decoder, model)


def _features(cepstra: Floats) -> Floats:
    """The three streams, as the model's `1s_c_d_dd` makes them."""
    padded = np.pad(cepstra, ((3, 3), (0, 0)), mode="edge")
    count = len(cepstra)
    slope = padded[5 : 5 + count] - padded[1 : 1 + count]
    bend = (padded[6 : 6 + count] - padded[2 : 2 + count]) - (padded[4 : 4 + count] - padded[:count])
    return np.stack([cepstra, slope, bend], axis=1)


def _labelled(features: Floats, decoder: Any, model: AcousticModel) -> Spoken:
    """The decoder tells where each word lies; where in a word each phone's three states lie is found here."""
    spoken = Spoken(features, np.full(len(features), -1), np.full(len(features), -1))
    for segment in decoder.seg():
        frames = slice(segment.start_frame, min(segment.end_frame + 1, len(features)))
        phones = [model.phones[name] for name in (decoder.lookup_word(segment.word) or "SIL").split()]
        path = np.array([(phone, 3 * phone + state) for phone in phones for state in range(3)])
        if frames.stop - frames.start >= len(path) > 0:
            place = _best_path(_path_scores(features[frames], path, model))
            spoken.phones[frames], spoken.states[frames] = path[place].T
    return spoken


def _path_scores(features: Floats, path: Labels, model: AcousticModel) -> Floats:
    """`[frame, place]`: how well each frame fits each place of a word's path."""
    scores = np.zeros((len(features), len(path)))
    for place, (phone, state) in enumerate(path):
        for stream in range(STREAMS):
            likely = _likely(features[:, stream], model.means[phone, stream], model.variances[phone, stream])
            scores[:, place] += np.logaddexp.reduce(likely + model.log_weights[stream][:, state], axis=1)
    return scores


def _best_path(scores: Floats) -> Labels:
    """Each frame's place, from the first place to the last without leaps."""
    frames, places = scores.shape
    best = np.full((frames, places), -np.inf)
    best[0, 0] = scores[0, 0]
    for frame in range(1, frames):
        entered = np.concatenate([[-np.inf], best[frame - 1, :-1]])
        best[frame] = np.maximum(best[frame - 1], entered) + scores[frame]
    place = np.full(frames, places - 1)
    for frame in range(frames - 1, 0, -1):
        at = place[frame]
        place[frame - 1] = at - 1 if at > 0 and best[frame - 1, at - 1] > best[frame - 1, at] else at
    return place


@dataclass
class Sums:
    """What the regression needs: for each Gaussian how often it spoke, the sum of what it said, and of its squares."""

    shares: Floats
    features: Floats
    squares: Floats

    @classmethod
    def nothing(cls, model: AcousticModel) -> Sums:
        return cls(np.zeros(model.means.shape[:3]), np.zeros(model.means.shape), np.zeros(model.means.shape))

    def add(self, model: AcousticModel, spoken: Spoken) -> None:
        for phone in set(spoken.phones.tolist()) - {-1}:
            frames = spoken.phones == phone
            for stream in range(STREAMS):
                seen = spoken.features[frames, stream]
                weights = model.log_weights[stream][:, spoken.states[frames]].T
                share = _shares(seen, model.means[phone, stream], model.variances[phone, stream], weights)
                self.shares[phone, stream] += share.sum(axis=0)
                self.features[phone, stream] += share.T @ seen
                self.squares[phone, stream] += share.T @ seen**2


def _shares(seen: Floats, means: Floats, variances: Floats, log_weights: Floats) -> Floats:
    """Each Gaussian's part in each frame."""
    likely = log_weights + _likely(seen, means, variances)
    shares: Floats = np.exp(likely - likely.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    return shares


def _likely(seen: Floats, means: Floats, variances: Floats) -> Floats:
    """`[frame, Gaussian]`: log likelihoods, short of a constant."""
    precision = 1 / variances
    far = (seen**2) @ precision.T - 2 * seen @ (means * precision).T + (means**2 * precision).sum(axis=1)
    likely: Floats = -0.5 * (far + np.log(variances).sum(axis=1))
    return likely


def regression(model: AcousticModel, sums: Sums) -> Adaptation:
    """The maps from the model as it came that fit the sums best, and how far the variances are from what was seen."""
    maps = np.empty((len(KINDS), STREAMS, WIDTH, 1 + WIDTH))
    of_kind = adaptation.kinds(model)
    for kind, stream, dimension in np.ndindex(*maps.shape[:3]):
        phones = [phone for phone, number in of_kind.items() if number == kind]
        means = model.means[phones, stream].reshape(-1, WIDTH)
        extended = np.hstack([np.ones((len(means), 1)), means])
        precision = 1 / model.variances[phones, stream, :, dimension].ravel()
        weight = precision * sums.shares[phones, stream].ravel()
        target = precision * sums.features[phones, stream, :, dimension].ravel()
        maps[kind, stream, dimension] = np.linalg.solve((extended.T * weight) @ extended, extended.T @ target)
    found = Adaptation(maps, np.ones(maps.shape[:3]))
    return Adaptation(maps, _spread(found.of(model), sums) ** _SCALE_POWER)


def _spread(model: AcousticModel, sums: Sums) -> Floats:
    """What was seen around the mapped means, in shares of the model's variances."""
    scales = np.empty((len(KINDS), STREAMS, WIDTH))
    of_kind = adaptation.kinds(model)
    away = sums.squares - 2 * model.means * sums.features + model.means**2 * sums.shares[..., None]
    for kind in range(len(KINDS)):
        phones = [phone for phone, number in of_kind.items() if number == kind]
        seen = (away[phones] / model.variances[phones]).sum(axis=(0, 2))
        scales[kind] = seen / sums.shares[phones].sum(axis=(0, 2))[:, None]
    return scales


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(
        prog="infra.local.speech.adapt", description="Fits the recogniser to the lab's line."
    )
    parser.add_argument("--out", type=Path, default=adaptation.ADAPTATION)
    parser.add_argument("--sentences", type=int, default=100, help="for each voice")
    chosen = parser.parse_args(arguments)
    original = model = read_acoustic_model()
    texts = sentences(chosen.sentences * len(VOICES))
    with tempfile.TemporaryDirectory(prefix="adapt-") as directory:
        options: dict[str, str] = {}
        for number in range(1, _ROUNDS + 1):
            sums = Sums.nothing(model)
            for nth, voice in enumerate(VOICES):
                for spoken in aligned(model, voice, texts[nth :: len(VOICES)], options):
                    sums.add(model, spoken)
            found = regression(original, sums)
            model = found.of(original)
            options = adaptation.write_model(model, Path(directory))
            print(f"round {number}: {sums.shares[:, 0].sum():.0f} frames", file=sys.stderr)
    adaptation.write(found, chosen.out)


if __name__ == "__main__":
    main(sys.argv[1:])
