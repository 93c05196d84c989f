"""Counts what a call uses of the three providers, exchange by exchange. What it costs is not known here."""

from shared.domain.costs import Tokens, Usage

_BYTES_PER_SECOND = 8_000


class Meter:
    """One per call. A reply that is cut off has no token count from its provider, and so is not counted."""

    def __init__(self) -> None:
        self._usage = Usage()
        self._audio_bytes = 0

    def heard(self, audio: bytes) -> None:
        self._audio_bytes += len(audio)

    def spoken(self, text: str, model: str) -> None:
        """Given to this voice; fixed lines are rendered once and cost nothing."""
        self._usage.add_characters(model, len(text))

    def answered(self, model: str, tokens: Tokens) -> None:
        self._usage.add_tokens(model, tokens)

    def take(self) -> Usage:
        """What was used since this was last asked."""
        usage, self._usage = self._usage, Usage()
        usage.stt_seconds = round(self._audio_bytes / _BYTES_PER_SECOND, 2)
        self._audio_bytes = 0
        return usage
