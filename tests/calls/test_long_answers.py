"""An answer is as long as a person listens to, and begins to be heard before it is whole."""

from media_service.conversation import events as ev
from media_service.conversation.lines import Limits
from tests.calls.script import Script

MOST = Limits().reply_characters
SENTENCE = "We look at the brakes, the tires and the lights of every car that comes in. "


def answered(text: str) -> list[str]:
    call = Script()
    call.hear_out()
    call.caller("what do you do")
    before = len(call.said)
    call.model(text)
    return call.said[before:]


def test_a_long_answer_ends_with_a_whole_sentence_at_a_sane_length() -> None:
    said = " ".join(answered(SENTENCE * 20))
    assert MOST - len(SENTENCE) <= len(said) <= MOST
    assert said.endswith("that comes in.")


def test_a_sentence_without_an_end_is_cut_between_two_words() -> None:
    said = " ".join(answered("brakes and tires and " * 60))
    assert len(said) <= MOST
    assert said.split(" ")[-1] in ("brakes", "and", "tires")


def test_a_long_first_sentence_is_heard_from_its_first_part_on() -> None:
    call = Script()
    call.hear_out()
    call.caller("can you help me")
    text = "I would be glad to help you with that at once, and since it is cold now, we could also have a look at your"
    for word in text.split(" "):
        call.tell(ev.ReplyText(call.asked[-1].reply, f"{word} "))
    assert call.said[-1] == "I would be glad to help you with that at once,"
