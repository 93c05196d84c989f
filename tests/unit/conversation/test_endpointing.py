import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_service.conversation.endpointing import Asked, Endpointing, Patience, asked_by, is_incomplete, topics_of


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        ("Thanks. What's the best phone number to reach you?", Asked.PHONE),
        ("Could I have your telephone number, with area code?", Asked.PHONE),
        ("What's your ZIP code?", Asked.ZIP),
        ("Can you read me the VIN?", Asked.VIN),
        ("Could you tell me the last four of the VIN?", Asked.VIN_END),
        ("What are the last four characters of your vehicle identification number?", Asked.VIN_END),
        ("To confirm it's you: your last name, your ZIP code, or the last four of the VIN?", Asked.SEVERAL),
        ("And your name, please?", Asked.NAME),
        ("Could you spell that for me?", Asked.NAME),
        ("What's the license plate?", Asked.PLATE),
        ("What e-mail address should I use?", Asked.EMAIL),
        ("That's an oil change on Thursday at two PM, under the name Ana Ruiz. Shall I book it?", Asked.YES_NO),
        ("Is that right?", Asked.YES_NO),
        ("Would Thursday work?", Asked.YES_NO),
        ("I have Thursday at two or Friday at nine. Which one suits you?", Asked.ANYTHING),
        ("How can I help?", Asked.ANYTHING),
        ("Your appointment is on Thursday.", Asked.ANYTHING),
        ("", Asked.ANYTHING),
    ],
)
def test_the_last_question_tells_what_is_asked_for(words: str, asked: Asked) -> None:
    assert asked_by(words, topics_of(words)) is asked


@pytest.mark.parametrize(
    ("answer", "asked"),
    [
        ("two one seven", Asked.PHONE),
        ("it's 217 555 01", Asked.PHONE),
        ("six two seven", Asked.ZIP),
        ("one hotel golf, c as in charlie", Asked.VIN),
        ("five two", Asked.VIN_END),
    ],
)
def test_a_number_that_lacks_digits_is_waited_for(answer: str, asked: Asked) -> None:
    assert is_incomplete(answer, asked)


@pytest.mark.parametrize(
    ("answer", "asked"),
    [
        ("two one seven five five five oh one two three", Asked.PHONE),
        ("+1 217 555 0123", Asked.PHONE),
        ("I'd rather not say", Asked.PHONE),
        ("six two seven oh one", Asked.ZIP),
        ("I have no idea", Asked.VIN),
        ("five two oh nine", Asked.VIN_END),
        ("two one seven", Asked.ANYTHING),
        ("Quill", Asked.NAME),
    ],
)
def test_a_whole_answer_and_another_answer_are_not_waited_for(answer: str, asked: Asked) -> None:
    assert not is_incomplete(answer, asked)


def test_a_yes_is_taken_sooner_and_a_number_later_than_anything_else() -> None:
    def patience_after(words: str) -> Patience:
        endpointing = Endpointing()
        endpointing.sophie_asked(words)
        return endpointing.patience

    quick, usual, patient = (
        patience_after(w) for w in ("Shall I book it?", "How can I help?", "What's your ZIP code?")
    )
    assert quick.end < usual.end < patient.end
    assert quick.silence_ms < usual.silence_ms < patient.silence_ms


def test_a_caller_whose_pauses_were_taken_for_ends_is_given_more_time_and_loses_it_again() -> None:
    endpointing = Endpointing()
    before = endpointing.patience
    endpointing.turn_was_cut()
    longer = endpointing.patience
    assert longer.end > before.end
    assert longer.silence_ms > before.silence_ms
    for _ in range(4):
        endpointing.turn_was_whole()
    assert endpointing.patience == before


@given(st.lists(st.sampled_from(["cut", "whole", "zip", "yes", "open"]), max_size=60))
def test_the_patience_never_leaves_what_the_recogniser_takes(course: list[str]) -> None:
    endpointing = Endpointing()
    for each in course:
        match each:
            case "cut":
                endpointing.turn_was_cut()
            case "whole":
                endpointing.turn_was_whole()
            case _:
                endpointing.sophie_asked({"zip": "Your ZIP code?", "yes": "Is that right?"}.get(each, "What else?"))
        patience = endpointing.patience
        assert 0.5 <= patience.end <= 0.9
        assert 0.3 <= patience.eager <= patience.end
        assert 500 <= patience.silence_ms <= 10_000
