"""What `/v1/speak` can be asked for: voices, encodings, rates, containers. Refusals name what is wrong.

Sources: Deepgram's "Voices and Languages" and "Media Output Settings", and deepgram-sdk 7.17's list of models. The
compressed encodings are refused as this stand-in's own limit.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from infra.local.deepgram.query import BadQuery, bounded, check_names
from infra.local.speech import pcm
from infra.local.speech.pcm import Encoding

_AURA = "angus arcas asteria athena helios hera luna orion orpheus perseus stella zeus"
_AURA_2_EN = (
    "amalthea andromeda apollo arcas aries asteria athena atlas aurora callista cora cordelia delia draco electra "
    "harmonia helena hera hermes hyperion iris janus juno jupiter luna mars minerva neptune odysseus ophelia orion "
    "orpheus pandora phoebe pluto saturn selene thalia theia vesta zeus"
)
_AURA_2_ES = (
    "agustina alvaro antonia aquila carina celeste diana estrella gloria javier luciano nestor olivia selena silvia "
    "sirio valerio"
)
MODELS = frozenset(
    [f"aura-{name}-en" for name in _AURA.split()]
    + [f"aura-2-{name}-en" for name in _AURA_2_EN.split()]
    + [f"aura-2-{name}-es" for name in _AURA_2_ES.split()]
)
_DEFAULT_MODEL = "aura-asteria-en"
_RATES = {
    "linear16": (24_000, 8_000, 16_000, 32_000, 48_000),
    "mulaw": (8_000, 16_000),
    "alaw": (8_000, 16_000),
}
"""The first is the default."""

_COMPRESSED = frozenset({"mp3", "opus", "flac", "aac"})
_STREAMED = frozenset("model encoding sample_rate speed mip_opt_out tag".split())  # noqa: SIM905
_WHOLE = _STREAMED | {"container", "bit_rate", "callback", "callback_method"}
_RAW_TYPES = {"linear16": "audio/l16", "mulaw": "audio/basic", "alaw": "audio/x-alaw-basic"}


@dataclass(frozen=True)
class Format:
    """How the audio of a request is wanted."""

    model: str
    encoding: Encoding
    rate: int
    wav: bool = False

    @property
    def bytes_per_second(self) -> int:
        return self.rate * pcm.SAMPLE_BYTES[self.encoding]

    @property
    def content_type(self) -> str:
        return "audio/wav" if self.wav else _RAW_TYPES[self.encoding]

    def of(self, line: bytes) -> bytes:
        """8 kHz µ-law in this format."""
        audio = pcm.encoded(line, self.encoding, self.rate)
        return pcm.wav(audio, self.encoding, self.rate) if self.wav else audio

    def about_model(self) -> dict[str, Any]:
        """The model as Metadata tells it."""
        return {
            "model_name": self.model,
            "model_version": "2026-01-01.0",
            "model_uuid": str(uuid.uuid5(uuid.NAMESPACE_URL, self.model)),
        }


def read_format(query: Mapping[str, str], *, whole: bool) -> Format:
    """What a query asks for, or BadQuery; `whole`: by REST, where a container and the compressed encodings exist."""
    check_names(query, _WHOLE if whole else _STREAMED)
    model = query.get("model", _DEFAULT_MODEL)
    if model not in MODELS:
        raise BadQuery("No such model/version combination found.")
    encoding = query.get("encoding", "mp3" if whole else "linear16")
    if whole and encoding in _COMPRESSED:
        raise BadQuery(f"This stand-in does not speak {encoding}: ask for linear16, mulaw or alaw.")
    if encoding not in _RATES:
        raise BadQuery(f"Unsupported encoding: {encoding}.")
    rate = query.get("sample_rate", str(_RATES[encoding][0]))
    if not rate.isdecimal() or int(rate) not in _RATES[encoding]:
        allowed = ", ".join(str(one) for one in sorted(_RATES[encoding]))
        raise BadQuery(f"Unsupported sample_rate {rate} for {encoding}: choose one of {allowed}.")
    container = query.get("container", "wav") if whole else "none"
    if container not in ("wav", "none"):
        raise BadQuery(f"Unsupported container {container} for {encoding}: choose wav or none.")
    bounded(query, "speed", (0.7, 1.5))
    return Format(model, cast("Encoding", encoding), int(rate), container == "wav")
