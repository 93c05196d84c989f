"""The caller's manners in virtual time: 20 ms steps, with Sophie's speech laid out beforehand."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import TestServer, unused_port

from infra.local import demo
from infra.local.caller import audio as caller_audio
from infra.local.caller.audio import GOODBYE
from infra.local.caller.caller import Caller
from infra.local.caller.ears import Attention, Ears
from infra.local.caller.lines import Lines, ReadyMade
from infra.local.caller.script import Answer, HangUp, Keys, Pause, Say, Script, from_lines, line_of, script_of
from infra.local.deepgram.app import make_app
from infra.local.deepgram.speak import Voice
from infra.local.demo.evidence import expectations
from infra.local.speech import watermark
from infra.local.speech.recogniser import Script as Transcripts
from infra.local.speech.recogniser import ScriptedRecogniser
from infra.local.twilio.playback import Hearing, Sound, is_sound
from tests.lab.twilio_product import tone

FRAME = 160


@dataclass
class Heard:
    """What a caller did and when, in ms."""

    began: list[tuple[int, str]] = field(default_factory=list)
    ended: list[tuple[int, str]] = field(default_factory=list)
    keys: list[tuple[int, str]] = field(default_factory=list)
    hung_up: int | None = None
    frames: list[bytes] = field(default_factory=list)


def _listen(
    script: dict[str, Any], speech: list[tuple[int, int]], seconds: float, words: dict[int, str] | None = None
) -> Heard:
    """Let a caller of that script live; Sophie speaks in the given spans (ms). He understands her if her words are
    given, by when they become known (ms)."""
    parsed = script_of(script)
    audio = caller_audio.render(parsed)
    caller, hearing, heard = Caller(parsed, audio, understands=words is not None), Hearing(), Heard()
    for step in range(int(seconds * 50)):
        now = step * FRAME
        if words and now // 8 in words:
            caller.hear(words[now // 8])
        speaks = any(start <= now // 8 < end for start, end in speech)
        hearing.listen([Sound(now - FRAME, tone(20))] if speaks else [], now)
        moment = caller.next(now, hearing)
        heard.frames.append(moment.frame.samples)
        if moment.began is not None:
            heard.began.append((now // 8, moment.began))
        if moment.ended is not None:
            heard.ended.append((moment.spoken_by // 8, moment.ended))
        if moment.digit is not None:
            heard.keys.append((now // 8, moment.digit))
        if moment.hangs_up:
            heard.hung_up = now // 8
            break
    return heard


def test_a_line_is_said_a_second_after_sophie_has_finished() -> None:
    heard = _listen({"lines": [{"tone_ms": 600}]}, [(0, 2_000)], 4)
    assert heard.began == [(2_980, "(a tone of 600 ms)")]
    assert heard.ended == [(3_580, "(a tone of 600 ms)")]


def test_a_pause_inside_sophies_answer_is_not_taken_for_its_end() -> None:
    heard = _listen({"lines": [{"tone_ms": 600}]}, [(0, 1_000), (1_800, 3_000)], 5)
    assert [start for start, _ in heard.began] == [3_980]


def test_the_next_line_waits_for_an_answer_to_the_last() -> None:
    heard = _listen({"lines": [{"tone_ms": 200}, {"tone_ms": 300}]}, [(0, 1_000), (4_000, 5_000)], 8)
    assert [start for start, _ in heard.began] == [1_980, 5_980]


def test_without_an_answer_the_caller_moves_on_after_eight_seconds_but_only_once() -> None:
    heard = _listen({"lines": [{"tone_ms": 200}, {"tone_ms": 200}, {"tone_ms": 200}]}, [(0, 1_000)], 60)
    assert [start for start, _ in heard.began] == [1_980, 1_980 + 200 + 8_000, 10_180 + 200 + 15_000]
    assert heard.began[-1][1] == GOODBYE
    assert heard.hung_up is not None
    assert heard.hung_up >= heard.ended[-1][0]


def test_when_all_is_said_and_nothing_comes_the_caller_says_goodbye_and_hangs_up() -> None:
    heard = _listen({"lines": []}, [(0, 1_000)], 40)
    assert heard.began == [(15_980, GOODBYE)]
    assert heard.hung_up is not None
    assert heard.hung_up >= heard.ended[0][0]


def test_a_caller_does_not_stay_for_ever_with_one_who_never_stops_asking() -> None:
    heard = _listen({"lines": []}, [(second * 5_000, second * 5_000 + 1_000) for second in range(30)], 100)
    assert heard.began == [(60_000, GOODBYE)]


def test_a_barge_begins_that_long_after_sophie_began_and_while_she_speaks() -> None:
    heard = _listen({"lines": [{"tone_ms": 200}, {"tone_ms": 400, "barge_ms": 800}]}, [(0, 1_000), (4_000, 9_000)], 8)
    assert heard.began[1][0] in range(4_800 - 20, 4_800 + 21)


def test_keys_are_pressed_one_after_the_other_on_the_callers_turn() -> None:
    heard = _listen({"lines": ["[keys 12#]"]}, [(0, 1_000)], 5)
    assert heard.keys == [(1_980, "1"), (2_280, "2"), (2_580, "#")]


def test_a_pause_delays_the_next_line_without_waiting_for_another_turn() -> None:
    heard = _listen({"lines": ["[pause 2.5]", {"tone_ms": 200}]}, [(0, 1_000)], 8)
    assert [start for start, _ in heard.began] == [1_980 + 2_500]


def test_hanging_up_comes_on_the_callers_turn() -> None:
    assert _listen({"lines": ["[hangup]"]}, [(0, 1_000)], 5).hung_up == 1_980


def test_the_line_is_never_digitally_silent_and_never_loud_while_nobody_speaks() -> None:
    heard = _listen({"lines": []}, [], 1)
    assert all(len(frame) == FRAME and len(set(frame)) > 1 and not is_sound(frame) for frame in heard.frames)


_TURNS = [(second * 4_000, second * 4_000 + 1_000) for second in range(9)]
"""Sophie speaks for a second every four seconds; nobody needs two seconds to answer her."""


def _answers(lines: list[str], *said: str) -> list[str]:
    """What a caller with these lines says to a Sophie who says these things, one in each of her turns."""
    words = {turn * 4_000: text for turn, text in enumerate(said) if text}
    return [text for _, text in _listen({"lines": lines}, _TURNS[: len(said)], 4 * len(said), words).began]


def test_a_question_is_answered_whenever_it_comes() -> None:
    lines = ["Hello.", "[on which day] Friday.", "[on YOUR NAME] Ann."]
    assert _answers(lines, "", "And your name?", "Which day?") == ["Hello.", "Ann.", "Friday."]


def test_the_first_answer_that_fits_is_given() -> None:
    lines = ["[on (?=.*oil).*shall I] Yes.", "[on shall I] No."]
    assert _answers(lines, "Tires. Shall I?", "Oil. Shall I?") == ["No.", "Yes."]


def test_one_who_is_asked_again_says_it_again_but_not_for_ever() -> None:
    assert _answers(["[on day] Friday.", "[else] What?"], *["Which day?"] * 5) == ["Friday."] * 3 + ["What?"] * 2


def test_plain_lines_keep_their_order_and_are_said_where_no_answer_fits() -> None:
    lines = ["Hello.", "[on name] Ann.", "That is all.", "[else] What?"]
    assert _answers(lines, "", "Your name?", "Well.", "Hm.") == ["Hello.", "Ann.", "That is all.", "What?"]


def test_words_of_several_sentences_are_heard_as_one() -> None:
    words = {0: "It is Friday at nine.", 300: "Shall I book it?"}
    heard = _listen({"lines": ["[on Friday.*book it] Yes."]}, [(0, 2_000)], 4, words)
    assert [text for _, text in heard.began] == ["Yes."]


def test_what_was_said_before_the_last_line_is_no_longer_heard() -> None:
    assert _answers(["[on day] Friday.", "Ann."], "Which day?", "And the name?") == ["Friday.", "Ann."]


def test_a_sound_without_words_leaves_the_last_question_open() -> None:
    assert _answers(["Hello.", "[on day] Friday."], "", "Which day?", "") == ["Hello.", "Friday.", "Friday."]


def test_an_interruption_does_not_wait_for_an_answer_that_fits() -> None:
    heard = _listen({"lines": ["[on day] Friday.", "[barge 400] Wait."]}, [(0, 3_000)], 5, {0: "Which day?"})
    assert heard.began[0] == (400, "Wait.")


def test_keys_and_hanging_up_can_be_answers() -> None:
    lines = ["[on zip] [keys 12#]", "[on bye] [hangup]"]
    heard = _listen({"lines": lines}, _TURNS, 9, {0: "Your ZIP code?", 4_000: "Bye."})
    assert [digit for _, digit in heard.keys] == ["1", "2", "#"]
    assert heard.hung_up is not None
    assert heard.hung_up < 7_000


def test_one_who_cannot_make_out_words_says_answers_in_their_order_and_no_last_resort() -> None:
    lines = ["Hello.", "[on day] Friday.", "[else] What?", "[on name] Ann."]
    heard = _listen({"lines": lines}, _TURNS[:3], 12)
    assert [text for _, text in heard.began] == ["Hello.", "Friday.", "Ann."]


def test_words_are_spoken_as_audible_audio_in_whole_frames() -> None:
    script = Script((Say("Good morning"),))
    frames = caller_audio.render(script).utterances[Say("Good morning")].frames
    assert all(len(frame.samples) == FRAME for frame in frames)
    assert sum(is_sound(frame.samples) for frame in frames) > 15


def test_a_text_file_is_read_line_by_line_with_comments_left_out() -> None:
    text = "# a caller\nHello there\n\n[keys 1234#]\n[pause 2.5]\n[barge 800] Wait\n[hangup]\n"
    assert from_lines(text) == (Say("Hello there"), Keys("1234#"), Pause(2.5), Say("Wait", 800), HangUp())


def test_answers_are_read_from_a_text_file_and_from_json_alike() -> None:
    expected = (Answer("[ae]x|y", Say("Yes.")), Answer("zip", Keys("12#")), Answer(None, Say("What?")))
    assert from_lines("[on [ae]x|y] Yes.\n[on zip] [keys 12#]\n[else] What?\n") == expected
    given = [{"on": "[ae]x|y", "text": "Yes."}, {"on": "zip", "keys": "12#"}, {"else": True, "text": "What?"}]
    assert script_of({"lines": given}).lines == expected


@pytest.mark.parametrize(
    "line",
    [
        "[keys 12a]",
        "[pause]",
        "[pause soon]",
        "[barge 800]",
        "[barge] now",
        "[shout] hey",
        "[hangup] now",
        "[keys 1] x",
        "[on day]",
        "[on] Friday.",
        "[on (day] Friday.",
        "[on day] [pause 2]",
        "[on day] [barge 300] Friday.",
        "[on day] [else] Friday.",
        "[else]",
    ],
)
def test_a_command_that_cannot_be_understood_is_refused_with_its_line_number(line: str) -> None:
    with pytest.raises(ValueError, match="Line 2: "):
        from_lines(f"Hello\n{line}\n")


@pytest.mark.parametrize(
    "script",
    [
        [],
        {"line": []},
        {"lines": "hello"},
        {"lines": [7]},
        {"lines": [{"tone_ms": 0}]},
        {"lines": [{"words": "x"}]},
        {"lines": [{"text": "x", "barge_ms": "soon"}]},
        {"lines": [{"on": "(", "text": "x"}]},
        {"lines": [{"on": "", "text": "x"}]},
        {"lines": [{"on": "x"}]},
        {"rate": None},
        {"desk": "asleep"},
        {"desk": {"status": "asleep"}},
    ],
)
def test_a_script_that_cannot_be_understood_is_refused_with_a_sentence(script: Any) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        script_of(script)


_SCRIPTS = sorted((Path(demo.__file__).parent / "scripts").glob("*.txt"))


@pytest.mark.parametrize("script", _SCRIPTS, ids=lambda path: path.stem)
def test_every_script_that_comes_with_the_demo_can_be_read_and_says_what_its_caller_wants(script: Path) -> None:
    text = script.read_text()
    assert from_lines(text)
    assert {"service", "starts", "last_name", "vehicle"} <= {column for column, _ in expectations(text)}


@pytest.mark.parametrize(
    ("service", "car", "day", "name", "answer"),
    [
        ("an oil and filter change", "2019 Honda Civic", "Wednesday", "Robert Henderson", "Yes, please go ahead."),
        ("a tire rotation", "2019 Honda Civic", "Wednesday", "Robert Henderson", "No, I want an oil change."),
        (
            "an oil change",
            "2015 Honda Civic",
            "Wednesday",
            "Robert Henderson",
            "No, it's a twenty nineteen Honda Civic.",
        ),
        ("an oil change", "2019 Honda Civic", "Tuesday", "Robert Henderson", "No, on Wednesday morning."),
        ("an oil change", "2019 Honda Civic", "Wednesday", "Robert Anderson", "No, my name is Robert Henderson."),
    ],
)
def test_the_demos_caller_agrees_to_what_he_wants_and_says_what_is_wrong_with_anything_else(
    service: str, car: str, day: str, name: str, answer: str
) -> None:
    script = next(path for path in _SCRIPTS if path.stem == "new_customer_oil_change")
    lines = Lines(from_lines(script.read_text()), understands=True)
    lines.hear(f"That's {service} for your {car} on {day}, December 2 at 9:30 AM, under the name {name}.")
    lines.hear("Shall I book it?")
    assert lines.take() == Say(answer)


async def _speak(session: aiohttp.ClientSession, url: str, *texts: str) -> bytes:
    """What one connection makes of these texts."""
    query = {"model": "aura-2-asteria-en", "encoding": "mulaw", "sample_rate": "8000"}
    sound, flushed = b"", 0
    async with session.ws_connect(f"{url}/v1/speak", params=query, headers={"Authorization": "Token key"}) as socket:
        for text in texts:
            await socket.send_json({"type": "Speak", "text": text})
            await socket.send_json({"type": "Flush"})
        while flushed < len(texts):
            message = await socket.receive()
            flushed += message.type is aiohttp.WSMsgType.TEXT and "Flushed" in message.data
            sound += message.data if message.type is aiohttp.WSMsgType.BINARY else b""
    return sound


def _stand_in(transcripts: Transcripts) -> TestServer:
    voice = Voice(lambda text, _model: tone(20 * len(text)))
    return TestServer(make_app(ScriptedRecogniser(transcripts), voice, script=transcripts))


async def test_two_callers_at_once_hear_each_their_own_words() -> None:
    async with _stand_in(Transcripts()) as server, aiohttp.ClientSession() as session, asyncio.TaskGroup() as group:
        url = str(server.make_url("")).rstrip("/")
        calls = []
        for texts in (("Which day?", "Or the first?"), ("What name?",)):
            attention, heard = Attention(Ears(session, url), None), asyncio.Queue[str]()
            attention.sounds(await _speak(session, url, *texts))
            paying = group.create_task(attention.pay(heard.put_nowait))
            calls.append((texts, heard, paying))
        for texts, heard, paying in calls:
            assert [await heard.get() for _ in texts] == list(texts)
            paying.cancel()
        assert all(heard.empty() for _, heard, _ in calls)


async def test_a_line_that_was_rendered_beforehand_is_heard_each_time_it_is_said() -> None:
    query = {"model": "aura-2-asteria-en", "encoding": "mulaw", "sample_rate": "8000", "container": "none"}
    async with _stand_in(Transcripts()) as server, aiohttp.ClientSession() as session, asyncio.TaskGroup() as group:
        url = str(server.make_url("")).rstrip("/")
        key, said = {"Authorization": "Token key"}, {"text": "One moment."}
        async with session.post(
            f"{url}/v1/speak", params=query, headers=key, json=said, raise_for_status=True
        ) as answer:
            rendered = await answer.read()
        streamed = await _speak(session, url, "Which day?")
        attention, heard = Attention(Ears(session, url), None), asyncio.Queue[str]()
        paying = group.create_task(attention.pay(heard.put_nowait))
        for sound, words in ((rendered, "One moment."), (streamed, "Which day?"), (rendered, "One moment.")):
            attention.sounds(sound)
            assert await heard.get() == words
        paying.cancel()


def test_a_ready_made_line_leaves_the_question_before_it_open() -> None:
    lines = Lines(from_lines("[on which day] Friday.\n[on still there] Yes."), understands=True)
    lines.hear("Which day?")
    lines.take()
    lines.line_is_over()
    lines.hear(ReadyMade("Are you still there?"))
    assert lines.take() == Say("Friday.")


def test_a_ready_made_line_is_answered_when_there_is_nothing_else_to_say() -> None:
    lines = Lines(from_lines("Hello.\n[on how can I help] My car."), understands=True)
    lines.hear(ReadyMade("How can I help?"))
    assert [lines.take(), lines.take()] == [Say("Hello."), Say("My car.")]


async def test_what_a_caller_hums_is_told_to_the_recogniser_as_that_callers() -> None:
    transcripts = Transcripts()
    async with _stand_in(transcripts) as server, aiohttp.ClientSession() as session:
        await Ears(session, str(server.make_url(""))).tell(7, Say("my name is [?wexler]").hint)
    found = transcripts.take([("caller", 7)])
    assert found is not None
    assert [word for word, _ in found.line.words] == ["my", "name", "is", "wexler"]
    assert [sure > 0.5 for _, sure in found.line.words] == [True, True, True, False]


async def test_a_caller_whose_ears_fail_hears_no_words_and_goes_on() -> None:
    async with aiohttp.ClientSession() as session:
        attention = Attention(Ears(session, f"http://127.0.0.1:{unused_port()}"), 1)
        attention.sounds(watermark.sign(tone(200), 3))
        attention.hums(Say("hello").hint)
        paying = asyncio.create_task(attention.pay(lambda words: pytest.fail(words)))
        done, _ = await asyncio.wait([paying], timeout=0.3)
        paying.cancel()
    assert not done


@pytest.mark.parametrize("stray", [{True: "you're booked"}, {"onn": "you're booked"}])
def test_a_line_with_a_word_that_nobody_reads_is_refused_and_not_said_at_once(stray: dict[Any, str]) -> None:
    with pytest.raises(ValueError, match="nobody reads"):
        line_of({"text": "Thanks.", **stray})
