"""`python -m media_service`: the container that holds Twilio's media streams."""

import asyncio
import logging
import signal

from media_service import prompts
from media_service.call import Equipment
from media_service.peers.deepgram_stt import DeepgramSpeechToText
from media_service.peers.deepgram_tts import DeepgramTextToSpeech
from media_service.peers.llm import OpenAIChat
from media_service.peers.rendered import render
from media_service.server import MediaServer
from media_service.threads import Threads
from shared import log as structured
from shared import settings as configuration
from shared.log import fields
from shared.services import Services, connect
from shared.settings import Part
from shared.tools.registry import Desk

log = logging.getLogger("media_service")


async def equip(services: Services) -> Equipment:
    """What all calls share: fixed lines rendered, clients built, nothing left for the first caller to wait for."""
    settings, shop = services.settings, services.shop
    lines = prompts.lines(shop)
    static = prompts.static_prompt(shop)
    desk = Desk(services)
    base, key = settings.deepgram_base_url, settings.deepgram_api_key
    voice = settings.deepgram_tts_model or shop.voice
    rendered = await render(lines.every, base, key, voice)
    keyterms = prompts.keyterms(shop)
    return Equipment(
        services=services,
        desk=desk,
        lines=lines,
        rendered=rendered,
        static_prompt=static,
        model=OpenAIChat(settings.openai_base_url, settings.openai_api_key, desk.schemas, prompts.cache_key(static)),
        listener=lambda: DeepgramSpeechToText(base, key, settings.deepgram_stt_model, keyterms),
        voice=lambda: DeepgramTextToSpeech(base, key, voice),
        threads=Threads(),
    )


async def main(services: Services) -> None:
    stop = asyncio.Event()
    for sent in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sent, stop.set)
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
    asyncio.run(main(configuration.or_exit(lambda: connect(loaded))))
