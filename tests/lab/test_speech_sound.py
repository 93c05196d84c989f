"""µ-law, the voices and where speech begins: sounds that the lab makes and measures."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from infra.local.speech import ulaw, voices
from infra.local.speech.endpointer import Endpointer


def test_every_ulaw_byte_survives_decoding_and_encoding() -> None:
    every = bytes(range(256))
    again = ulaw.encode(ulaw.decode(every))
    assert [byte for byte, back in zip(every, again, strict=True) if byte != back] == [0x7F]  # minus zero is zero


def test_coding_keeps_samples_within_the_codes_step() -> None:
    samples = np.arange(-32_124, 32_124, 13, dtype=np.int16)
    error = np.abs(ulaw.decode(ulaw.encode(samples)).astype(int) - samples)
    assert np.all(error <= np.maximum(4, np.abs(samples.astype(int)) // 16))


def test_speech_stays_in_the_telephones_band() -> None:
    samples = ulaw.decode(voices.speak("she sells sea shells")).astype(float)
    power = np.abs(np.fft.rfft(samples)) ** 2
    hertz = np.fft.rfftfreq(len(samples), 1 / 8_000)
    assert power[hertz < 150].sum() < 0.01 * power.sum()


def test_a_longer_text_hums_longer_and_an_empty_one_not_at_all() -> None:
    assert len(voices.speak("abcdefgh", voices.TONE)) == 2 * len(voices.speak("abcd", voices.TONE))
    assert voices.speak(" … ") == b""


def test_an_unknown_voice_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="no voice 'nobody'"):
        voices.speak("hello", "nobody")


def test_voices_speak_from_several_threads_without_mixing() -> None:
    spoken: dict[int, int] = {}
    texts = ["yes", "that is quite a long sentence to say in one breath"]
    threads = [
        threading.Thread(target=lambda n=n: spoken.__setitem__(n, len(voices.speak(texts[n % 2])))) for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(spoken[n] < 8_000 for n in (0, 2, 4, 6)) and all(spoken[n] > 16_000 for n in (1, 3, 5, 7))


def test_speech_is_noticed_within_120_ms_and_a_click_is_not() -> None:
    endpointer, began = Endpointer(), []
    audio = ulaw.silence(400) + voices.speak("book an appointment")
    for at in range(0, len(audio) - 159, 160):
        if endpointer.feed(ulaw.decode(audio[at : at + 160])):
            began.append(at // 8 + 20 - 400)
    assert len(began) == 1 and began[0] <= 120
    click = Endpointer()
    assert not click.feed(ulaw.decode(b"\x00" * 160)) and not click.feed(ulaw.decode(ulaw.silence(20)))
