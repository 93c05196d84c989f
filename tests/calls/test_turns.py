"""How turns pass between the caller and Sophie."""

from media_service.conversation import commands as do
from media_service.conversation import events as ev
from media_service.conversation.conversation import State
from tests.calls.script import LINES, Script


def test_the_greeting_is_said_as_soon_as_the_line_is_open() -> None:
    call = Script()
    assert call.said == [LINES.greeting]
    assert call.state is State.SPEAKING


def test_when_the_caller_has_spoken_the_model_is_asked_with_the_greeting_and_the_words() -> None:
    call = Script()
    call.hear_out()
    call.caller("I need an oil change.")
    assert call.messages == [
        {"role": "assistant", "content": LINES.greeting},
        {"role": "user", "content": "I need an oil change."},
    ]


def test_a_reply_is_spoken_sentence_by_sentence_while_it_is_being_written() -> None:
    call = Script()
    call.hear_out()
    call.caller("Hello.")
    reply = call.asked[-1].reply
    call.tell(ev.ReplyText(reply, "Sure. What car is "))
    assert call.said[-1] == "Sure."
    call.tell(ev.ReplyText(reply, "it?"))
    call.tell(ev.ReplyDone(reply))
    assert call.said[-1] == "What car is it?"


def test_an_answer_that_comes_for_a_reply_the_caller_has_overtaken_is_dropped() -> None:
    call = Script()
    call.hear_out()
    call.caller("I need an oil change.")
    old = call.asked[-1].reply
    call.caller("No, brakes.")
    assert do.CancelReply(old) in call.commands
    said = list(call.said)
    call.tell(ev.ReplyText(old, "An oil change, sure. "))
    call.tell(ev.ReplyDone(old))
    assert call.said == said


def test_when_the_caller_breaks_in_the_model_is_stopped_before_the_voice_and_the_buffer() -> None:
    call = Script()
    call.hear_out()
    call.caller("What are your hours?")
    call.tell(ev.ReplyText(call.asked[-1].reply, "We open at seven thirty. On Saturdays we "))
    commands = call.tell(ev.Interim("wait"))
    assert [type(c) for c in commands][:2] == [do.CancelReply, do.StopTalking]
    assert not [c for c in commands if isinstance(c, do.Say)]


def test_history_holds_only_the_words_that_were_heard_before_the_caller_broke_in() -> None:
    call = Script()
    call.hear_out()
    call.caller("When?")
    call.model("We have Thursday at two in the afternoon.")
    call.hear_words("We have Thursday")
    call.caller("Thursday is fine.")
    assert call.messages[-2:] == [
        {"role": "assistant", "content": "We have Thursday"},
        {"role": "user", "content": "Thursday is fine."},
    ]


def test_marks_that_come_back_because_of_a_clear_do_not_count_as_heard() -> None:
    call = Script()
    call.hear_out()
    call.caller("When?")
    call.model("We have Thursday at two in the afternoon.")
    call.caller("Stop.")
    assert {"role": "assistant", "content": "We have Thursday at two in the afternoon."} not in call.messages


def test_after_a_clear_speech_belongs_to_a_new_epoch() -> None:
    call = Script()
    call.caller("Hello.")
    call.model("Hi.")
    assert [say.epoch for say in call.of(do.Say)] == [0, 1]


def test_a_sound_without_words_does_not_take_the_floor() -> None:
    call = Script()
    call.hear_out()
    call.tell(ev.SpeechStarted(""))
    call.tell(ev.TurnEnded(""))
    assert call.of(do.StopTalking) == []
    assert call.asked == []


def test_a_doubtful_word_reaches_the_model_marked() -> None:
    call = Script()
    words = tuple(ev.Word(w, c) for w, c in (("I'm", 0.9), ("Ann", 0.9), ("Wex", 0.2), ("Ler", 0.1)))
    call.tell(ev.TurnEnded("I'm Ann Wex Ler", words))
    assert call.messages[-1]["content"] == "I'm Ann [?Wex Ler]"


def test_a_turn_that_the_recogniser_never_ends_is_taken_as_it_was_understood() -> None:
    call = Script()
    call.hear_out()
    call.tell(ev.Interim("my tires are worn"))
    call.wait(10.5)
    assert call.messages[-1] == {"role": "user", "content": "my tires are worn"}


def test_each_exchange_is_kept_as_it_was_heard() -> None:
    call = Script()
    call.hear_out()
    call.caller("Hello.")
    call.model("What can I do for you today?")
    call.hear_words("What can")
    call.caller("Oil.")
    assert call.of(do.KeepTurn) == [
        do.KeepTurn(0, None, LINES.greeting, False),
        do.KeepTurn(1, "Hello.", "What can", True),
    ]


def test_digits_are_a_turn_of_the_caller_when_they_end_with_the_hash_key() -> None:
    call = Script()
    for digit in "62701#":
        call.tell(ev.KeyPressed(digit))
    assert call.messages[-1] == {"role": "user", "content": "62701"}


def test_digits_without_a_hash_key_end_with_a_pause() -> None:
    call = Script()
    for digit in "02134":
        call.tell(ev.KeyPressed(digit))
    assert call.asked == []
    call.wait(2.1)
    assert call.messages[-1] == {"role": "user", "content": "02134"}
