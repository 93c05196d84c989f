"""The small parts of the conversation: sentences, words for the voice, what was heard."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_service.conversation.events import Word
from media_service.conversation.history import marked
from media_service.conversation.playback import Playback, Utterance, mark_name
from media_service.conversation.sentences import Sentences


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("Sure. What car is it? ", "Sure."),
        ("We have 2 p.m. on Thursday. Good? ", "We have 2 p.m. on Thursday."),
        ("We open at 8 a.m. Shall we say then? ", "We open at 8 a.m."),
        ("It is 2.5 liters. Right? ", "It is 2.5 liters."),
        ("Ask for Mr. Hall. He knows. ", "Ask for Mr. Hall."),
        ("We are at 12 Maple St. in Springfield. Come by. ", "We are at 12 Maple St. in Springfield."),
        ('He said "no." Then yes. ', 'He said "no."'),
    ],
)
def test_the_first_piece_is_the_first_whole_sentence(text: str, first: str) -> None:
    assert Sentences().feed(text)[0] == first


@pytest.mark.parametrize(
    ("text", "first"),
    [
        (
            "I can certainly help you with that, and while we are at it, since your car is due for it anyway, we could",
            "I can certainly help you with that,",
        ),
        (
            "The soonest that I have in the express lane would be Thursday, November 26 at half past two in the after",
            "",
        ),
        ("It is fifty-nine, or more for the bigger ones. And then", "It is fifty-nine, or more for the bigger ones."),
        ("So, " + "x" * 100, ""),
    ],
    ids=["at a comma", "not inside a date", "a short one never", "not for a single word"],
)
def test_a_long_first_sentence_begins_to_be_spoken_before_its_end(text: str, first: str) -> None:
    assert "".join(Sentences().feed(text)[:1]) == first


def test_later_sentences_are_gathered_into_longer_pieces() -> None:
    sentences = Sentences()
    text = "One. " + "Two is short. Three is short too. " + "x" * 120 + ". End."
    pieces = sentences.feed(text)
    assert pieces[0] == "One."
    assert pieces[1].startswith("Two is short. Three is short too. x")
    assert sentences.rest() == "End."


@given(st.text(st.sampled_from("ab .?!\n"), max_size=400), st.integers(1, 7))
def test_no_word_is_lost_or_added_however_the_text_arrives(text: str, size: int) -> None:
    sentences = Sentences()
    pieces = [p for i in range(0, len(text), size) for p in sentences.feed(text[i : i + size])]
    assert " ".join([*pieces, sentences.rest()]).split() == text.split()


def utterance(text: str, heard_share: float) -> Utterance:
    return Utterance(1, 0, text, total_ms=1000, heard_ms=round(1000 * heard_share), cut=True)


@pytest.mark.parametrize(
    ("share", "heard"),
    [(0.0, ""), (0.2, "We"), (0.6, "We have Thursday"), (1.0, "We have Thursday at two today.")],
)
def test_words_count_as_heard_when_their_audio_was_played(share: float, heard: str) -> None:
    assert utterance("We have Thursday at two today.", share).as_heard == heard


def test_marks_of_another_epoch_tell_nothing() -> None:
    playback = Playback()
    said = playback.say("Hello.")
    playback.clear(0.0)
    assert not playback.returned(mark_name(said.epoch, said.number, 400), 0.0)


@pytest.mark.parametrize("name", ["", "x", "0.1", "0.1.x", "0.99.200", "-1.1.200", "0..200"])
def test_a_mark_that_is_not_ours_tells_nothing(name: str) -> None:
    playback = Playback()
    playback.say("Hello.")
    assert not playback.returned(name, 0.0)


def test_neighbouring_doubtful_words_stand_in_one_bracket() -> None:
    words = [Word("my", 0.9), Word("name", 0.9), Word("is", 0.9), Word("wex", 0.1), Word("ler", 0.2)]
    assert marked("my name is wex ler", words) == "my name is [?wex ler]"


def test_without_a_confidence_for_every_word_nothing_is_marked() -> None:
    assert marked("two words", [Word("two", 0.1)]) == "two words"
