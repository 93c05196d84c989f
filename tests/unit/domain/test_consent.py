"""Which answers to a read-back allow it to be carried out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.consent import Answer, judge
from shared.shop import load_shop

READ_BACK = (
    "That's an oil and filter change for your 2019 Honda Civic on Thursday, November 26 at 2 PM, "
    "under the name Peter Smith. Shall I book it?"
)
HALF_PAST = "That's a battery test for your 2021 Mazda CX-5 on Monday, November 30 at 2:30 PM. Shall I book it?"
NOON = "That's a tire rotation for your 2021 Ford F-150 on Monday, November 30 at noon. Shall I book it?"
CANCEL = "You want to cancel the oil and filter change for your 2019 Honda Civic on Thursday. Shall I cancel it?"
MOVE = (
    "You want to move the oil and filter change for your 2019 Honda Civic on Thursday, November 26 at 2 PM, under the "
    "name Peter Smith, to Friday, November 27 at 9 AM. Shall I move it?"
)
MESSAGE = (
    "Your message is: no hurry, wait until Monday. The service desk will call 2 1 7, 5 5 5, 0 1 4 2. "
    "Shall I pass that on?"
)


@pytest.mark.parametrize(
    "words",
    [
        "yes", "Yes, please.", "yeah", "yep that's right", "sure", "okay", "go ahead", "please do", "that's correct",
        "sounds good", "perfect, thank you", "yes book it", "that works for me", "no problem, book it", "uh yeah",
        "yes thursday at two", "yes, thursday the twenty sixth at two pm", "yes that's right peter smith",
        "yes the honda civic", "absolutely", "alright", "why not, yes", "Yes, that would be great.",
        "That would be perfect, yes.", "Mm-hmm.", "yep please", "yes go ahead and book it", "that works",
        "sounds good to me", "Yes, it is.", "Yes, for the Civic.", "Sure, under Peter Smith.", "Uh-huh, 2 p.m. is fine",
        "yes, the twenty nineteen Honda", "Yes, November 26th.", "yes in the afternoon", "Thursday, please",
        "yes, that one", "great, let's do that", "Book it, please.", "yes, at 2:00 PM", "Yes. Thank you very much.",
        "That time works.", "Everything is correct.", "Perfect, see you then.", "yes let's book it", "Book me in.",
        "Yes, I'd like to book it.", "that sounds right", "all good", "okay great thanks", "that's fine with me",
    ],
)  # fmt: skip
def test_a_plain_agreement_is_taken(words: str) -> None:
    assert judge(words, READ_BACK) is Answer.AGREES


@pytest.mark.parametrize("words", ["Yes, I'll drop it off.", "sure, I'll drop the car off", "okay I drop off my car"])
def test_who_drops_the_car_off_refuses_nothing(words: str) -> None:
    assert judge(words, READ_BACK) is Answer.UNCLEAR


@pytest.mark.parametrize(
    "words",
    [
        "no", "nope", "no thanks", "not Tuesday", "make it friday", "yes on wednesday", "yes at three thirty",
        "yes but at three", "can you do friday instead", "that's wrong", "yes? no", "yes cancel that",
        "yes the 2018 civic", "it's not right", "actually make it friday", "Yes, 3pm.", "Yes on the 3rd.",
        "Yes, at one.", "Yes, drop the oil change", "okay let's skip it", "never mind", "Yes, 2 AM.", "yes on the 2nd",
        "Yes, tomorrow.", "yes, at two thirty", "Yes, at 26.", "no, don't book it", "forget it", "yes, december",
    ],
)  # fmt: skip
def test_a_no_and_another_day_time_or_number_refuse(words: str) -> None:
    assert judge(words, READ_BACK) is Answer.REFUSES


@pytest.mark.parametrize(
    "words",
    [
        "wait", "hold on", "actually", "yes but", "is that the earliest?", "how much is it", "what time again",
        "yes how long does it take", "hmm", "maybe", "i guess so", "i'm not sure", "let me think", "", "   ",
        "thank you", "my name is lopez", "[?yes]", "yes [?no]", "[?sure] [?whatever]", "sorry?", "the other one",
        "okay but with the other car", "i said thursday", "Yes, for the Camry.", "Sure, under Maria Lopez.",
        "Okay, brakes please.", "Sure, I'd like to talk to a person please", "Right, I have to go", "yes [?camry]",
        "just a second", "I'm good, thanks", "No, that's fine.", "yes half past two", "yes will it be thursday",
        "Yes, для машины.", "yes thursday or so", "it is", "yes [?",
        "okay let's see", "see you then", "yes, some other time", "okay, any day", "sure, I'd like a call",
    ],
)  # fmt: skip
def test_a_question_a_doubt_silence_and_what_was_not_read_back_are_unclear(words: str) -> None:
    assert judge(words, READ_BACK) is Answer.UNCLEAR


@pytest.mark.parametrize(
    "words",
    [
        "yes, change the time", "yes, change", "a change of time, yes", "yes, in the evening", "yes and", "yes, at",
        "yes, on the", "yes, with the", "good and you",
    ],
)  # fmt: skip
def test_what_only_sounds_like_a_yes_does_not_agree(words: str) -> None:
    assert judge(words, READ_BACK) is not Answer.AGREES


@pytest.mark.parametrize(
    ("name", "words"),
    [("April Jones", "yes, in April"), ("June Hill", "yes, June"), ("Wednesday Adams", "Wednesday, yes")],
)
def test_a_name_that_is_also_a_day_or_a_month_names_no_time(name: str, words: str) -> None:
    read_back = READ_BACK.replace("Peter Smith", name)
    assert judge(words, read_back) is Answer.REFUSES
    assert judge("yes, Thursday", read_back) is Answer.AGREES


def test_a_verb_of_the_read_back_may_be_repeated_and_no_other() -> None:
    assert judge("yes, cancel it", CANCEL) is Answer.AGREES
    assert judge("yes please cancel", CANCEL) is Answer.AGREES
    assert judge("yes, cancel it", READ_BACK) is Answer.REFUSES
    assert judge("yes, book it", CANCEL) is Answer.UNCLEAR
    assert judge("no, don't cancel it", CANCEL) is Answer.REFUSES


@pytest.mark.parametrize(
    ("words", "heard", "answer"),
    [
        ("yes, two thirty", HALF_PAST, Answer.AGREES),
        ("yes, the two thousand and nineteen honda", READ_BACK, Answer.AGREES),
        ("yes, the two thousand nine honda", READ_BACK, Answer.REFUSES),
        ("yes, at half past", HALF_PAST, Answer.UNCLEAR),
        ("yes, two fifteen", HALF_PAST, Answer.REFUSES),
        ("yes, the CX5", HALF_PAST, Answer.AGREES),
        ("yes, at thirty", HALF_PAST, Answer.REFUSES),
        ("yes, at two", HALF_PAST, Answer.REFUSES),
        ("yes, five", HALF_PAST, Answer.REFUSES),
        ("yes, at five", HALF_PAST, Answer.REFUSES),
        ("yes, five pm", HALF_PAST, Answer.REFUSES),
        ("yes, the cx five, at two thirty pm", HALF_PAST, Answer.AGREES),
        ("yes, monday the thirtieth", HALF_PAST, Answer.AGREES),
        ("yes, five", MESSAGE, Answer.REFUSES),
        ("yes, five five five", MESSAGE, Answer.AGREES),
        ("yes, twelve o'clock", NOON, Answer.AGREES),
        ("yes, twelve noon", NOON, Answer.AGREES),
        ("yes, the f one fifty", NOON, Answer.AGREES),
        ("yes, two five five five", MESSAGE, Answer.REFUSES),
        ("yes, two one seven five five five oh one four two", MESSAGE, Answer.AGREES),
        ("yes, no", MESSAGE, Answer.REFUSES),
        ("yes, wait", MESSAGE, Answer.UNCLEAR),
    ],
)
def test_numbers_count_as_they_are_spoken_and_written(words: str, heard: str, answer: Answer) -> None:
    assert judge(words, heard) is answer


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("yes, friday at nine", Answer.AGREES),
        ("yes, to friday the 27th", Answer.AGREES),
        ("yes, move it for peter smith", Answer.AGREES),
        ("yes, thursday at two", Answer.UNCLEAR),
        ("yes, friday at two", Answer.UNCLEAR),
        ("yes, saturday at nine", Answer.REFUSES),
    ],
)
def test_of_two_times_it_is_the_new_one_that_is_agreed_to(words: str, answer: Answer) -> None:
    assert judge(words, MOVE) is answer


AGREEMENTS = (
    "yes", "Yes, please,", "okay", "sure", "right", "that would be great,", "mm-hmm", "perfect", "yes book it",
)  # fmt: skip
OF_THE_SHOP = {word for each in load_shop().services for name in (each.name, *each.synonyms) for word in name.split()}
OF_OTHERS = (
    "toyota camry ford truck maria lopez wife husband person human spanish wednesday friday december three 3pm 9am 3rd "
    "twelfth noon 2018 217 morning tomorrow tonight next week weekend early cheaper price tow loaner without only just "
    "both twice everything nothing leave go call reschedule before after"
)
NOT_READ_BACK = (
    *sorted(OF_THE_SHOP - {"oil", "and", "filter", "change", "a", "to", "one", "with"}),
    *OF_OTHERS.split(),
)


@given(st.sampled_from(AGREEMENTS), st.sampled_from(NOT_READ_BACK), st.booleans(), st.sampled_from(["", "."]))
def test_what_was_not_read_back_never_agrees(yes: str, news: str, first: bool, end: str) -> None:
    answer = judge(f"{news} {yes}{end}" if first else f"{yes} {news}{end}", READ_BACK)
    assert answer is not Answer.AGREES


@given(st.sampled_from(AGREEMENTS), st.text("bcdfgjkqvwxz", min_size=4, max_size=12), st.booleans())
def test_a_word_that_nobody_knows_never_agrees(yes: str, word: str, doubtful: bool) -> None:
    assert judge(f"{yes} {f'[?{word}]' if doubtful else word}", READ_BACK) is not Answer.AGREES


@given(st.text("bcdfgijklmnpqrtvwxz0123456789 ?.,'[]|", max_size=80))
def test_words_without_any_agreement_never_agree(words: str) -> None:
    assert judge(words, READ_BACK) is not Answer.AGREES


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_two_texts_get_one_of_three_answers(words: str, heard: str) -> None:
    assert judge(words, heard) in Answer


@given(st.sampled_from(["no", "wait", "actually", "but", "not", "instead"]), st.text("abcdefgh ", max_size=20))
def test_a_refusing_word_beside_a_yes_never_agrees(word: str, noise: str) -> None:
    assert judge(f"yes {word} {noise}", READ_BACK) is not Answer.AGREES
