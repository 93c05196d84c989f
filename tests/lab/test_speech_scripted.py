"""The recogniser that is told what it hears: its words may come later than the sound, and short words are words."""

import asyncio

import pytest

from infra.local.caller import audio
from infra.local.caller.script import Say, Script, Tone
from infra.local.speech import voices
from infra.local.speech.endpointer import FRAME_MS, Endpointer
from infra.local.speech.recogniser import Script as Lines
from infra.local.speech.recogniser import ScriptedRecogniser
from infra.local.speech.ulaw import decode

HUMMED = Script((Say("No."), Tone(400)), voice=voices.TONE, rate=400, signed=7)


def sound_of(step: Say | Tone) -> bytes:
    return b"".join(frame.samples for frame in audio.render(HUMMED).utterances[step].frames)


async def test_words_that_are_told_after_their_sound_are_heard() -> None:
    lines = Lines()
    stream = await ScriptedRecogniser(lines).open(1, ())
    await stream.hear(sound_of(Say("No.")))
    heard = asyncio.create_task(stream.settle())
    await asyncio.sleep(0)
    lines.add(("caller", 7), ["no"])
    assert [word.text for word in await heard] == ["no"]


async def test_a_sound_without_words_leaves_the_next_line_to_the_next_turn() -> None:
    lines = Lines()
    stream = await ScriptedRecogniser(lines).open(1, ())
    await stream.hear(sound_of(Tone(400)))
    assert not await stream.settle()
    await stream.close_turn()
    lines.add(("caller", 7), ["yes"])
    await stream.hear(sound_of(Say("No.")))
    assert [word.text for word in await stream.settle()] == ["yes"]


@pytest.mark.parametrize("words", ["No.", "1", "Yes."])
def test_the_shortest_word_that_is_hummed_is_taken_for_speech(words: str) -> None:
    endpointer, hum = Endpointer(), voices.speak(words, voice=voices.TONE, rate=900)
    frame = 8 * FRAME_MS
    assert any(endpointer.feed(decode(hum[at : at + frame])) for at in range(0, len(hum) - frame + 1, frame))
