"""What a call costs: what was used, times the price of its day. Exact, in US dollars.

Where prices are kept and who counts what was used is not known here.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal, get_args

Item = Literal[
    "inbound_minute", "outbound_minute", "stream_minute", "sms_segment", "stt_minute", "tts_character",
    "llm_fresh_token", "llm_cached_token", "llm_output_token",
]  # fmt: skip
ITEMS: tuple[Item, ...] = get_args(Item)
_SMALLEST = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Price:
    """What one unit of an item costs from a day on. A model stands for every model whose name begins with it."""

    item: Item
    model: str
    valid_from: date
    usd: Decimal
    source: str


@dataclass(frozen=True, slots=True)
class Tokens:
    """Of one answer of a language model: read anew, read from the provider's cache, written."""

    fresh: int = 0
    cached: int = 0
    output: int = 0

    def __add__(self, other: "Tokens") -> "Tokens":
        return Tokens(self.fresh + other.fresh, self.cached + other.cached, self.output + other.output)


@dataclass(slots=True)
class Usage:
    """What one exchange used of the three providers; tokens by model, since a fallback has other prices."""

    stt_seconds: float = 0.0
    tts_characters: int = 0
    tts_by_model: dict[str, int] = field(default_factory=dict)
    """Of the characters, those whose voice is known: a second one has other prices than the call's."""
    tokens: dict[str, Tokens] = field(default_factory=dict)

    def add_tokens(self, model: str, tokens: Tokens) -> None:
        self.tokens[model] = self.tokens.get(model, Tokens()) + tokens

    def add_characters(self, model: str, count: int) -> None:
        self.tts_characters += count
        self.tts_by_model[model] = self.tts_by_model.get(model, 0) + count

    @property
    def all_tokens(self) -> Tokens:
        return sum(self.tokens.values(), Tokens())


@dataclass(frozen=True, slots=True)
class PriceList:
    prices: tuple[Price, ...]

    def of(self, item: Item, model: str, day: date) -> Decimal:
        """The unit price that holds on a day; the longest fitting model name decides, then the latest day. Nothing that
        fits costs nothing: a price list with a gap must not end a call."""
        fitting = [
            each
            for each in self.prices
            if each.item == item and model.startswith(each.model) and each.valid_from <= day
        ]
        best = max(fitting, key=lambda each: (len(each.model), each.valid_from), default=None)
        return best.usd if best is not None else Decimal(0)

    def of_usage(self, usage: Usage, stt_model: str, tts_model: str, day: date) -> Decimal:
        """What the three providers ask for an exchange, to the millionth of a dollar."""
        total = Decimal(str(usage.stt_seconds)) / 60 * self.of("stt_minute", stt_model, day)
        by_its_own_voice = usage.tts_characters - sum(usage.tts_by_model.values())
        total += by_its_own_voice * self.of("tts_character", tts_model, day)
        total += sum(count * self.of("tts_character", model, day) for model, count in usage.tts_by_model.items())
        for model, tokens in usage.tokens.items():
            total += tokens.fresh * self.of("llm_fresh_token", model, day)
            total += tokens.cached * self.of("llm_cached_token", model, day)
            total += tokens.output * self.of("llm_output_token", model, day)
        return total.quantize(_SMALLEST)

    def of_segment(self, day: date) -> Decimal:
        """A segment of a text message, to or from whomever."""
        return self.of("sms_segment", "twilio", day)

    def of_line_minute(self, direction: Literal["inbound", "outbound"], day: date) -> Decimal:
        """A begun minute of a call with its media stream; the carrier rounds up."""
        item: Item = "inbound_minute" if direction == "inbound" else "outbound_minute"
        return self.of(item, "twilio", day) + self.of("stream_minute", "twilio", day)

    def of_desk_minute(self, day: date) -> Decimal:
        """A begun minute of the leg to the desk, which is a call of ours beside the caller's."""
        return self.of("outbound_minute", "twilio", day)
