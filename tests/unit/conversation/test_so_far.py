"""What a conversation that goes on elsewhere is told of this one: what was said, and no more than was heard."""

import json

from tests.calls.script import LINES, Script


def test_only_what_was_heard_is_told() -> None:
    call = Script()
    call.hear_out()
    call.caller("an oil change")
    call.model("We have Thursday at two. Does that suit you?")
    call.hear(10)
    assert call.conversation.so_far.dialogue == [
        {"role": "assistant", "content": LINES.greeting},
        {"role": "user", "content": "an oil change"},
    ]
    call.hear_out()
    assert call.conversation.so_far.dialogue[-1] == {
        "role": "assistant",
        "content": "We have Thursday at two. Does that suit you?",
    }
    assert call.conversation.so_far.turn == 1


def test_a_read_back_counts_once_it_was_heard_with_what_was_said_since() -> None:
    call = Script()
    call.hear_out()
    call.caller("the first one")
    call.model("", ("book_appointment", "{}"))
    words = "That's an oil change on Friday. Shall I book it?"
    call.tool({"status": "read_back", "spoken": words}, spoken=words, intent="intent_1")
    assert call.conversation.so_far.read_backs == {}
    assert words not in json.dumps(call.conversation.so_far.dialogue[:-1])
    call.hear_out()
    assert call.conversation.so_far.read_backs == {"intent_1": ""}
    call.caller("yes please")
    assert call.conversation.so_far.read_backs == {"intent_1": "yes please"}


def test_what_was_written_is_the_outcome_so_far_and_nothing_else_is() -> None:
    call = Script()
    call.hear_out()
    call.caller("yes")
    call.model("", ("book_appointment", "{}"))
    assert call.conversation.so_far.outcome is None
    call.tool({"status": "booked", "spoken": "Done."}, spoken="Done.", changed=True, outcome="booked")
    assert call.conversation.so_far.outcome == "booked"


def test_a_note_to_the_model_is_not_part_of_the_dialogue() -> None:
    call = Script()
    call.hear_out()
    call.caller("book it")
    call.model("It's booked for you. ")
    assert any(message["role"] == "system" for message in call.messages)
    assert {message["role"] for message in call.conversation.so_far.dialogue} == {"assistant", "user"}
