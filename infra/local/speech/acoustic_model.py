"""pocketsphinx's acoustic model as arrays: Gaussians of each phone, and each sound state's weights over them.

For the adaptation matrix alone; the decoder reads these files itself. It knows no audio and no sentence.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pocketsphinx
from numpy.typing import NDArray

Floats = NDArray[np.float64]
STREAMS = 3
"""A feature is three streams of thirteen: cepstra, their slopes, and the slopes' slopes."""
WIDTH = 13
_BYTE_ORDER = 0x11223344
_LOG_OF_ONE_STEP = np.log(1.0001) * 1_024  # of the weights, which are bytes


@dataclass(frozen=True)
class AcousticModel:
    """`means[phone, stream, Gaussian, dimension]`, `variances` alike, `log_weights[stream, Gaussian, state]`."""

    phones: dict[str, int]
    means: Floats
    variances: Floats
    log_weights: Floats


def read_acoustic_model() -> AcousticModel:
    """The American English model that pocketsphinx carries."""
    directory = Path(pocketsphinx.get_model_path("en-us/en-us"))
    means = _gaussians(directory / "means")
    variances = np.maximum(_gaussians(directory / "variances"), 1e-4)
    phones = _phones((directory / "mdef").read_bytes(), count=len(means))
    return AcousticModel(phones, means, variances, _log_weights(directory / "sendump", means.shape[2]))


def _gaussians(path: Path) -> Floats:
    data = path.read_bytes()
    at = data.index(b"endhdr\n") + len(b"endhdr\n")
    order, phones, streams, gaussians, *_ = struct.unpack_from("<7I", data, at)
    if order != _BYTE_ORDER or streams != STREAMS:
        raise ValueError(f"{path.name} is no acoustic model of three streams: install the pinned pocketsphinx.")
    at += 4 * (4 + streams + 1)
    count = phones * streams * gaussians * WIDTH
    read: Floats = np.frombuffer(data, "<f4", count, at).astype(np.float64)
    return read.reshape(phones, streams, gaussians, WIDTH)


def write_gaussians(values: Floats, path: Path) -> None:
    """Means or variances in the form that pocketsphinx reads."""
    phones, streams, gaussians, width = values.shape
    sizes = struct.pack("<8I", _BYTE_ORDER, phones, streams, gaussians, *[width] * streams, values.size)
    path.write_bytes(b"s3\nversion 1.0\nendhdr\n" + sizes + values.astype("<f4").tobytes())


def _phones(definition: bytes, count: int) -> dict[str, int]:
    """The phones' names stand in their order after a description, each ended by a zero byte."""
    names = re.search(rb"\+NSN\+\0(?:[A-Z+]+\0)+", definition)
    listed = names.group().rstrip(b"\0").decode().split("\0") if names else []
    if len(listed) != count:
        raise ValueError(f"The model names {len(listed)} phones but has {count}: install the pinned pocketsphinx.")
    return {name: number for number, name in enumerate(listed)}


def _log_weights(path: Path, gaussians: int) -> Floats:
    data = path.read_bytes()
    at = 0
    while length := struct.unpack_from("<i", data, at)[0]:
        at += 4 + length
    rows, states = struct.unpack_from("<2i", data, at + 4)
    if rows != gaussians:
        raise ValueError(f"{path.name} has {rows} weights a state, not {gaussians}: install the pinned pocketsphinx.")
    steps = np.frombuffer(data, np.uint8, STREAMS * rows * states, at + 12)
    weights: Floats = -steps.reshape(STREAMS, rows, states).astype(np.float64) * _LOG_OF_ONE_STEP
    return weights
