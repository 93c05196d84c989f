"""The telephone's audio: where its quiet ends, and what becomes of a voice's 24 kHz samples."""

import math
from array import array

import pytest

from media_service.wire.mulaw import Downsampler, leading_quiet

QUIET = b"\xff" * 80
LOUD = b"\x00\x80" * 40
CLICK = b"\xff" * 40 + b"\x20" + b"\xff" * 39


@pytest.mark.parametrize(
    ("audio", "quiet"),
    [
        (QUIET * 3 + LOUD, 240),
        (LOUD + QUIET, 0),
        (QUIET + CLICK + LOUD, 160),
        (QUIET * 50, 2400),
        (b"\x7e\xfd" * 40 + LOUD, 80),
        (b"\xff" * 30, 0),
        (b"", 0),
    ],
    ids=["quiet first", "loud first", "a click", "all quiet", "faint noise", "a scrap", "nothing"],
)
def test_quiet_ends_where_something_is_to_be_heard(audio: bytes, quiet: int) -> None:
    assert leading_quiet(audio, 2400) == quiet


def tone(hertz: float, seconds: float = 0.1, loudness: float = 16_000) -> bytes:
    samples = (round(loudness * math.sin(2 * math.pi * hertz * n / 24_000)) for n in range(round(24_000 * seconds)))
    return array("h", samples).tobytes()


def linear(mulaw: bytes) -> list[int]:
    """The decoder of G.711, as the standard draws it."""
    out = []
    for byte in mulaw:
        inverted = ~byte & 0xFF
        magnitude = (((inverted & 0x0F) << 3) + 132 << (inverted >> 4 & 7)) - 132
        out.append(-magnitude if inverted & 0x80 else magnitude)
    return out


def level(samples: list[int]) -> float:
    return math.sqrt(sum(s * s for s in samples) / len(samples))


def down(pcm: bytes, piece: int) -> bytes:
    downsampler = Downsampler()
    return b"".join(downsampler.feed(pcm[at : at + piece]) for at in range(0, len(pcm), piece)) + downsampler.rest()


@pytest.mark.parametrize("piece", [1, 7, 480, 100_000])
def test_however_a_voices_samples_are_cut_they_become_the_same_telephone_audio(piece: int) -> None:
    audio = down(tone(1000), piece)
    assert audio == down(tone(1000), 100_000)
    assert abs(len(audio) - 800) <= 1


def test_speech_keeps_its_loudness_and_what_would_fold_back_is_taken_out() -> None:
    passed, folded = (level(linear(down(tone(hertz), 4800))[40:-40]) for hertz in (1000, 6000))
    assert passed == pytest.approx(16_000 / math.sqrt(2), rel=0.02)
    assert folded < passed / 300


def test_silence_stays_silence_and_the_loudest_sample_stays_in_range() -> None:
    assert set(down(bytes(4800), 480)) == {0xFF}
    assert max(linear(down(array("h", [32_767] * 4800).tobytes(), 480))) > 31_000
