"""Which languages whole calls are held in: by the recogniser, the shop's sentences and its voices."""

from dataclasses import replace

from media_service import prompts
from shared.services import Services
from shared.shop import Shop
from shared.storage.shop_tables import read_shop, write_shop


def house(services: Services, model: str, shop: Shop | None = None) -> Services:
    settings = replace(services.settings, deepgram_stt_model=model)
    return replace(services, settings=settings, shop=shop or services.shop)


def with_voice(shop: Shop, voice: str) -> Shop:
    spanish = replace(shop.texts.other_language["es"], voice=voice)
    return replace(shop, texts=replace(shop.texts, other_language={"es": spanish}))


def test_spanish_is_spoken_where_the_recogniser_understands_it_and_a_voice_does(services: Services) -> None:
    voice = services.shop.texts.other_language["es"].voice
    assert house(services, "flux-general-multi").voices_in == {"es": voice}
    assert house(services, "nova-3-multi").voices_in == {"es": voice}


def test_a_recogniser_of_english_an_english_voice_or_no_sentences_mean_a_call_back(services: Services) -> None:
    shop = services.shop
    assert house(services, "flux-general-en").voices_in == {}
    assert house(services, "flux-general-multi", with_voice(shop, "aura-2-asteria-en")).voices_in == {}
    wordless = replace(shop, texts=replace(shop.texts, in_language={}))
    assert house(services, "flux-general-multi", wordless).voices_in == {}


def test_the_lines_of_such_calls_are_all_in_their_language(services: Services) -> None:
    shop = services.shop
    english = set(prompts.lines(shop).every) - {
        line for each in prompts.lines(shop).other_language.values() for line in each.every
    }
    spanish = prompts.rendered_in(shop, "es")
    assert len(spanish) >= 20
    assert not english & set(spanish)
    assert prompts.lines(shop).spoken_in == {}
    assert prompts.lines(shop, shop.texts.in_language).spoken_in["es"].goodbye == shop.texts.in_language["es"].goodbye


def test_the_sentences_of_a_language_come_back_from_the_tables_as_the_file_has_them(services: Services) -> None:
    def through_the_tables(shop: Shop) -> Shop:
        with services.database.transaction() as connection:
            write_shop(connection, shop)
            return read_shop(connection)

    assert through_the_tables(services.shop).texts == services.shop.texts
    plain = replace(services.shop, texts=replace(services.shop.texts, in_language={}))
    assert through_the_tables(plain).texts == plain.texts
    through_the_tables(services.shop)


def test_every_service_has_its_spanish_name(services: Services) -> None:
    named = services.shop.texts.in_language["es"].services
    assert named.keys() == {each.code for each in services.shop.services}


def test_the_model_is_told_of_the_language_after_what_is_cached(services: Services) -> None:
    english = prompts.system_messages("static", "facts")
    spanish = prompts.system_messages("static", "facts", "es")
    assert english == ({"role": "system", "content": "static"}, {"role": "system", "content": "facts"})
    assert spanish[0] == english[0]
    assert str(spanish[1]["content"]).startswith("facts\nThe caller speaks Spanish")
