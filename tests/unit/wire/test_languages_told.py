"""A recogniser of several languages is told which are expected, and tells which it heard."""

import json
from urllib.parse import parse_qs, urlsplit

from deepgram.listen.v2.types import ListenV2Configure

from media_service.conversation.endpointing import USUAL
from media_service.conversation.events import TurnEnded
from media_service.wire import deepgram_listen, deepgram_listen_v1


def test_flux_is_told_the_expected_languages_at_once_and_while_it_listens() -> None:
    address = deepgram_listen.url("https://api.example", "flux-general-multi", [], USUAL, ("es", "en"))
    assert parse_qs(urlsplit(address).query)["language_hint"] == ["es", "en"]
    message = json.loads(deepgram_listen.configure(USUAL, ("es", "en")))
    assert ListenV2Configure.model_validate(message).model_dump(exclude_none=True) == message
    assert message["language_hints"] == ["es", "en"]


def test_one_that_knows_english_alone_hears_of_no_language() -> None:
    assert "language_hint" not in deepgram_listen.url("https://api.example", "flux-general-en", [], USUAL)
    assert "language_hints" not in json.loads(deepgram_listen.configure(USUAL))


def test_nova_is_asked_for_several_languages_by_a_parameter() -> None:
    several, one = (
        parse_qs(urlsplit(deepgram_listen_v1.url("https://api.example", model, [], USUAL)).query)
        for model in ("nova-3-multi", "nova-3")
    )
    assert (several["model"], several["language"]) == (["nova-3"], ["multi"])
    assert one["model"] == ["nova-3"] and "language" not in one


def test_a_turn_of_nova_says_which_languages_it_was_in() -> None:
    turns = deepgram_listen_v1.Turns(USUAL)
    best = {"transcript": "sí por favor", "languages": ["es"], "words": []}
    message = {"type": "Results", "is_final": True, "speech_final": True, "channel": {"alternatives": [best]}}
    told = turns.take(json.dumps(message), 1.0)
    told += turns.wake(60.0)
    assert [each.languages for each in told if isinstance(each, TurnEnded)] == [("es",)]
