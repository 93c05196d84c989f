"""The recogniser's fit to the telephone: maps that are read as they were written, and files that the decoder takes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pocketsphinx
import pytest

from infra.local.speech import adaptation, lexicon
from infra.local.speech.acoustic_model import AcousticModel, read_acoustic_model
from infra.local.speech.adaptation import KINDS, Adaptation
from infra.local.speech.confidence import NO_RIVAL, Evidence, confidence


@pytest.fixture(scope="module")
def model() -> AcousticModel:
    return read_acoustic_model()


def _unmoved() -> Adaptation:
    maps = np.zeros((len(KINDS), 3, 13, 14))
    maps[..., 1:] = np.eye(13)
    return Adaptation(maps, np.ones(maps.shape[:3]))


def test_every_phone_of_the_acoustic_model_has_one_kind_of_sound(model: AcousticModel) -> None:
    named = [name for names in KINDS for name in names.split()]
    assert sorted(named) == sorted(model.phones)


def test_each_state_s_weights_are_shares_of_nearly_one(model: AcousticModel) -> None:
    sums = np.exp(model.log_weights).sum(axis=1)
    assert sums.min() > 0.9
    assert sums.max() < 1.05


def test_a_map_that_moves_nothing_leaves_the_model_as_it_was(model: AcousticModel) -> None:
    same = _unmoved().of(model)
    assert np.allclose(same.means, model.means)
    assert np.allclose(same.variances, model.variances)


def test_the_shipped_maps_survive_being_written_and_read(tmp_path: Path) -> None:
    shipped = adaptation.read()
    adaptation.write(shipped, tmp_path / "again")
    again = adaptation.read(tmp_path / "again")
    assert np.array_equal(again.maps, shipped.maps)
    assert np.array_equal(again.scales, shipped.scales)


def test_the_decoder_takes_the_adapted_gaussians(model: AcousticModel, tmp_path: Path) -> None:
    moved = adaptation.read().of(model)
    options = adaptation.write_model(moved, tmp_path)
    pocketsphinx.Decoder(lm=None, loglevel="FATAL", **options)
    assert not np.allclose(moved.means, model.means)
    assert (moved.variances > 0).all()


def _certain(rival: float) -> Evidence:
    return Evidence(
        posterior=1.0, weakest_neighbour=1.0, phones=5, word_class="", in_first_pass=True,
        sound=-2.0, expected=-10.0, rival=rival,
    )  # fmt: skip


def test_a_word_with_a_close_rival_is_doubtful_however_sure_the_decoder_is() -> None:
    assert confidence(_certain(rival=5.0)) < 0.7 < confidence(_certain(rival=NO_RIVAL))


def test_names_that_sound_alike_are_one_name() -> None:
    for words in (lexicon.classes()["first"], lexicon.classes()["last"]):
        sounds = [lexicon.pronunciations(name)[0] for name in words]
        assert len(set(sounds)) == len(sounds)
        assert sum(words.values()) == pytest.approx(1.0)
