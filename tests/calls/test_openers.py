"""The short sentence that opens a reply: it is heard at once, and nothing of the rest is lost, doubled or late."""

import pytest

from media_service.conversation import commands as do
from media_service.conversation import events as ev
from media_service.conversation.claims import Claim, claim_of
from media_service.conversation.conversation import State
from media_service.conversation.openers import OPENERS
from media_service.conversation.speech_text import speakable
from shared.domain.wording.wording import Language
from tests.calls.script import LINES, Script


def asked() -> Script:
    call = Script()
    call.hear_out()
    call.caller("I need an oil change.")
    return call


def test_an_opener_is_said_with_the_token_that_completes_it_and_before_anything_follows() -> None:
    call = asked()
    reply = call.asked[-1].reply
    call.tell(ev.ReplyText(reply, "Let me"))
    call.tell(ev.ReplyText(reply, " see"))
    assert call.said == [LINES.greeting]
    call.tell(ev.ReplyText(reply, "."))
    assert call.said[1:] == ["Let me see."]


def test_the_sentence_after_it_goes_out_alone_and_only_then_are_sentences_gathered() -> None:
    call = asked()
    call.model("Sure. We have Thursday. Or Friday. Which one suits you?")
    assert call.said[1:] == ["Sure.", "We have Thursday.", "Or Friday. Which one suits you?"]


def test_a_first_sentence_that_only_begins_like_one_waits_for_its_end() -> None:
    call = asked()
    call.tell(ev.ReplyText(call.asked[-1].reply, "Sure, we"))
    call.model(" can do that. When?")
    assert call.said[1:] == ["Sure, we can do that.", "When?"]


@pytest.mark.parametrize(("language", "opener"), [(each, opener) for each in OPENERS for opener in OPENERS[each]])
def test_an_opener_claims_nothing_and_is_said_as_it_is_written(language: Language, opener: str) -> None:
    assert claim_of(opener) is Claim.NOTHING
    assert speakable(opener, language) == opener


def test_every_language_has_openers_of_its_own() -> None:
    # The same words would be heard in whichever voice was rendered last.
    assert not set(OPENERS["en"]) & set(OPENERS["es"])


def test_it_stands_in_the_history_as_a_part_of_the_answer() -> None:
    call = asked()
    call.model("Sure. What car is it?")
    call.hear_out()
    call.caller("A Civic.")
    assert call.messages[-2] == {"role": "assistant", "content": "Sure. What car is it?"}


def test_a_caller_who_breaks_in_on_it_has_heard_of_it_what_was_played_and_nothing_of_the_rest() -> None:
    call = asked()
    call.model("Let me see. We have Thursday at two.")
    call.hear_words("Let me")
    assert do.StopTalking() in call.caller("Wait, brakes too.")
    assert call.messages[-2] == {"role": "assistant", "content": "Let me"}


def test_an_opener_of_a_turn_that_went_on_is_never_heard() -> None:
    call = Script()
    call.hear_out()
    call.tell(ev.SpeechStarted("I"))
    call.tell(ev.EagerEndOfTurn("I need an oil change"))
    call.tell(ev.ReplyText(call.asked[-1].reply, "Sure."))
    call.tell(ev.TurnResumed())
    call.tell(ev.TurnEnded("I need an oil change and brakes"))
    assert call.said == [LINES.greeting]
    assert [m["role"] for m in call.messages] == ["assistant", "user"]


def test_an_opener_prepared_ahead_is_heard_as_soon_as_the_turn_is_over() -> None:
    call = Script()
    call.hear_out()
    call.tell(ev.SpeechStarted("I"))
    call.tell(ev.EagerEndOfTurn("I need an oil change"))
    call.tell(ev.ReplyText(call.asked[-1].reply, "Sure."))
    call.tell(ev.TurnEnded("I need an oil change"))
    assert call.said[1:] == ["Sure."]
    call.model(" What car is it?")
    assert call.said[1:] == ["Sure.", "What car is it?"]


def test_an_opener_and_then_a_tool_says_no_more_until_the_tool_has_answered() -> None:
    call = asked()
    call.model("Let me see.", ("get_available_slots", "{}"))
    call.hear_out()
    assert call.state is State.THINKING
    call.tool({"status": "ok"})
    call.model("We have Thursday.")
    assert call.said[1:] == ["Let me see.", "We have Thursday."]
    assert call.messages[-2]["content"] == "Let me see."


def test_an_opener_alone_is_an_answer() -> None:
    call = asked()
    call.model("Of course.")
    call.hear_out()
    assert call.state is State.LISTENING
    assert len(call.asked) == 1


def test_a_model_that_stalls_after_an_opener_is_covered_and_replaced_like_a_silent_one() -> None:
    call = asked()
    call.tell(ev.ReplyText(call.asked[-1].reply, "Sure. "))
    call.wait(1.3)
    assert call.said[1:] == ["Sure.", LINES.fillers[0]]
    call.wait(2.8)
    assert [each.model for each in call.asked] == ["first", "fallback"]


def test_a_model_that_breaks_off_after_an_opener_is_replaced_at_once() -> None:
    call = asked()
    reply = call.asked[-1].reply
    call.tell(ev.ReplyText(reply, "Sure."))
    call.tell(ev.ReplyFailed(reply))
    assert [each.model for each in call.asked] == ["first", "fallback"]


def test_after_a_filler_an_opener_would_be_a_second_one_and_is_left_out() -> None:
    call = asked()
    call.wait(1.3)
    call.model("Let me see. We have Thursday.")
    assert call.said[1:] == [LINES.fillers[0], "We have Thursday."]


def test_an_opener_that_no_voice_could_say_ends_like_any_other_words() -> None:
    call = asked()
    call.tell(ev.ReplyText(call.asked[-1].reply, "Sure."))
    call.tell(ev.SpeechFailed(call.of(do.Say)[-1].utterance))
    assert call.said[-1] == LINES.apology
