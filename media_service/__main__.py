"""`python -m media_service`: the container that holds Twilio's media streams."""

import asyncio
import logging
import signal
from functools import partial

from media_service import prompts
from media_service.calling import CalledEquipment
from media_service.conversation.openers import OPENERS
from media_service.equipment import Equipment
from media_service.peers.deepgram_stt import DeepgramSpeechToText
from media_service.peers.deepgram_tts import DeepgramTextToSpeech
from media_service.peers.llm import OpenAIChat
from media_service.peers.openai_client import connect as connect_openai
from media_service.peers.openai_tts import OpenAITextToSpeech
from media_service.peers.rendered import FixedLines
from media_service.peers.two_voices import TwoVoices
from media_service.server import MediaServer
from media_service.threads import Threads
from shared import log as structured
from shared import settings as configuration
from shared.errors import SophieError
from shared.line import refresh
from shared.log import fields
from shared.services import Services, connect, with_tables
from shared.sessions.line_copy import LineCopy
from shared.settings import Part
from shared.tools.registry import Desk

log = logging.getLogger("media_service")


async def equip(services: Services) -> Equipment:
    """What all calls share: fixed lines rendered, clients built, nothing left for the first caller to wait for."""
    settings, shop = services.settings, services.shop
    held_in = services.voices_in
    lines = prompts.lines(shop, held_in)
    static = prompts.static_prompt(shop)
    desk = Desk(services)
    threads = Threads()
    base, key = settings.deepgram_base_url, settings.deepgram_api_key
    voice = services.voice
    openings = shop.texts.cut_off, shop.texts.nobody_at_desk, shop.texts.back_in_english
    called = prompts.called_lines(shop)
    voices = dict.fromkeys((*OPENERS["en"], *lines.every, *openings, *called.every), voice)
    voices |= {line: each.voice for each in lines.other_language.values() for line in each.every}
    voices |= {line: held_in[each] for each in held_in for line in prompts.rendered_in(shop, each)}
    fixed = FixedLines(voices, base, key)
    openai = connect_openai(settings.openai_base_url, settings.openai_api_key)
    names = settings.openai_model, settings.openai_fallback_model
    model = OpenAIChat(openai, *names, desk.schemas, prompts.cache_key(static))
    reminding = prompts.reminder_prompt(shop)
    reminder_model = OpenAIChat(openai, *names, desk.reminder_schemas, prompts.cache_key(reminding))
    keyterms = prompts.keyterms(shop, held_in)

    def both_voices(first: str) -> TwoVoices:
        # The second voice speaks whatever language it is given.
        second = OpenAITextToSpeech(openai, settings.openai_tts_model, settings.openai_tts_voice, threads.sound)
        return TwoVoices(DeepgramTextToSpeech(base, key, first), second)

    await asyncio.gather(fixed.render_missing(), model.warm())
    return Equipment(
        services=services,
        desk=desk,
        lines=lines,
        rendered=fixed.audio,
        static_prompt=static,
        model=model,
        called=CalledEquipment(called, reminding, reminder_model),
        listener=lambda: DeepgramSpeechToText(base, key, settings.deepgram_stt_model, keyterms),
        voice=partial(both_voices, voice),
        threads=threads,
        voices_in={language: partial(both_voices, named) for language, named in held_in.items()},
        meanwhile=(fixed.render_missing, model.warm),
    )


def tell_doors(services: Services) -> None:
    """Renew what the doors read of the line: Redis may have been emptied. They go on without."""
    try:
        refresh(services.database, LineCopy(services.redis), services.shop, services.clock.now())
    except SophieError as why:
        log.warning("the doors go by the shop file", extra=fields(why=type(why).__name__))


async def main(services: Services) -> None:
    stop = asyncio.Event()
    for sent in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sent, stop.set)
    await asyncio.to_thread(tell_doors, services)
    equipment = await equip(services)
    media = MediaServer(equipment)
    async with media.listen() as server:
        log.info("ready", extra=fields(port=services.settings.port))
        await stop.wait()
        await media.drain(server)
    await equipment.model.close()
    equipment.threads.close()
    services.close()


if __name__ == "__main__":
    loaded = configuration.read_or_exit(Part.MEDIA)
    structured.configure("media")
    asyncio.run(main(configuration.or_exit(lambda: with_tables(connect(loaded)))))
