import pytest

from media_service.conversation.interjections import is_back_channel, is_echo

OFFER = "I have Thursday at two in the afternoon, or Friday morning at nine fifteen. Which one suits you?"


@pytest.mark.parametrize(
    "words",
    ["Mm-hmm.", "uh-huh", "Okay.", "right", "yeah, okay", "Yes.", "I see", "got it, great", "All right.", "oh wow"],
)
def test_a_listeners_noise_is_no_interruption(words: str) -> None:
    assert is_back_channel(words)


@pytest.mark.parametrize(
    "words",
    [
        "", "no", "stop", "wait", "okay wait", "right now please", "yes please", "good morning", "fine but Friday",
        "hold on", "Thursday", "okay okay okay okay okay okay", "yesterday", "oh no", "what",
    ],
)  # fmt: skip
def test_words_that_want_something_are_no_listeners_noise(words: str) -> None:
    assert not is_back_channel(words)


@pytest.mark.parametrize(
    ("back", "heard"),
    [
        ("have Thursday at two", "I have Thursday at two in"),
        ("at two in the afternoon or Friday", "I have Thursday at two in the afternoon, or Friday morning at"),
        ("I have Thursday at two in the afternoon", "I have Thursday at two in the afternoon"),
    ],
)
def test_a_run_of_her_own_words_that_she_is_just_saying_is_an_echo(back: str, heard: str) -> None:
    assert is_echo(back, OFFER, heard)


@pytest.mark.parametrize(
    ("words", "heard"),
    [
        ("Thursday at two", "I have Thursday at two in"),
        ("Friday morning at nine fifteen please", OFFER),
        ("have Thursday at two", OFFER),
        ("no I want Thursday at two", "I have Thursday at two"),
        ("", OFFER),
    ],
)
def test_a_caller_who_takes_up_her_words_is_no_echo(words: str, heard: str) -> None:
    assert not is_echo(words, OFFER, heard)
