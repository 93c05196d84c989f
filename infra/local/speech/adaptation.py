"""What fits the recogniser's acoustic model to the lab's telephone line: affine maps of its means, one a kind of sound.

`telephone.adaptation` holds them, and `python -m infra.local.speech.adapt` makes it. pocketsphinx takes one map for all
sounds; with one for each kind it hears better, so the mapped Gaussians are written out for it. It knows no audio.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np

from infra.local.speech.acoustic_model import (
    STREAMS,
    WIDTH,
    AcousticModel,
    Floats,
    read_acoustic_model,
    write_gaussians,
)

ADAPTATION = Path(__file__).with_name("telephone.adaptation")
KINDS = (
    "AA AE AH AO AW AY EH ER EY IH IY OW OY UH UW",
    "L R W Y M N NG",
    "B D G P T K",
    "CH JH S SH Z ZH F TH V DH HH",
    "SIL +NSN+ +SPN+",
)


@dataclass(frozen=True)
class Adaptation:
    """`maps[kind, stream, dimension, 1 + WIDTH]`: an offset, then weights of the old mean; `scales`: the variances'."""

    maps: Floats
    scales: Floats

    def of(self, model: AcousticModel) -> AcousticModel:
        """The model as it is on the telephone."""
        means, variances = np.empty_like(model.means), np.empty_like(model.variances)
        for phone, kind in kinds(model).items():
            turned = np.einsum("sij,sgj->sgi", self.maps[kind, :, :, 1:], model.means[phone])
            means[phone] = turned + self.maps[kind, :, None, :, 0]
            variances[phone] = model.variances[phone] * self.scales[kind, :, None]
        return replace(model, means=means, variances=variances)


def kinds(model: AcousticModel) -> dict[int, int]:
    """Each phone's kind of sound, both as numbers."""
    return {model.phones[name]: number for number, names in enumerate(KINDS) for name in names.split()}


def write(adaptation: Adaptation, path: Path = ADAPTATION) -> None:
    """A line for each kind, stream and dimension: the scale of the variance, the offset, the weights."""
    rows = np.concatenate([adaptation.scales[..., None], adaptation.maps], axis=-1)
    np.savetxt(path, rows.reshape(-1, 2 + WIDTH), fmt="%.4f")


def read(path: Path = ADAPTATION) -> Adaptation:
    """What `write` left."""
    rows = np.loadtxt(path).reshape(len(KINDS), STREAMS, WIDTH, 2 + WIDTH)
    return Adaptation(rows[..., 1:], rows[..., 0])


def write_model(model: AcousticModel, directory: Path) -> dict[str, str]:
    """Leaves a model's Gaussians in a directory and says how a decoder is opened with them."""
    write_gaussians(model.means, directory / "means")
    write_gaussians(model.variances, directory / "variances")
    return {"mean": str(directory / "means"), "var": str(directory / "variances")}


@cache
def _home() -> tempfile.TemporaryDirectory[str]:
    """Of this process's adapted model; gone with the process."""
    directory = tempfile.TemporaryDirectory(prefix="acoustic-")
    write_model(read().of(read_acoustic_model()), Path(directory.name))
    return directory


def options() -> dict[str, str]:
    """What a decoder is opened with to hear telephone speech."""
    return {"mean": f"{_home().name}/means", "var": f"{_home().name}/variances"}
