"""What all calls of a process share: services, rendered lines, prompts, and the ways to the providers."""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any

from media_service.calling import CalledEquipment
from media_service.conversation.lines import Lines
from media_service.peers.llm import LanguageModel
from media_service.peers.stt import SpeechToText
from media_service.peers.tts import TextToSpeech
from media_service.threads import Threads
from shared.domain.wording.wording import Language
from shared.services import Services
from shared.tools.registry import Desk

Work = Callable[[], Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True)
class Equipment:
    """What all calls of a process share."""

    services: Services
    desk: Desk
    lines: Lines
    rendered: Mapping[str, bytes]
    static_prompt: str
    model: LanguageModel
    called: CalledEquipment
    listener: Callable[[], SpeechToText]
    voice: Callable[[], TextToSpeech]
    threads: Threads
    voices_in: Mapping[Language, Callable[[], TextToSpeech]] = field(default_factory=dict)
    """By language, where a call can go on in another."""
    meanwhile: tuple[Work, ...] = ()
    """What is worth doing while a call's greeting is heard."""

    def voice_in(self, language: Language) -> TextToSpeech:
        """A voice for one call in this language."""
        return self.voices_in.get(language, self.voice)()
