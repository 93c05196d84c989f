"""What a text message says of a visit: when, where, and which answers to it are understood."""

from datetime import datetime

from shared.domain import spoken
from shared.shop import Shop


def visit_text(shop: Shop, visit: str, starts_at: datetime) -> str:
    """`visit` leads to the day; at most two segments in all, because each costs."""
    local = starts_at.astimezone(shop.zone)
    when = f"{local:%a %b} {local.day}, {spoken.time_words(local.time())}"
    return f"{shop.name}: {visit} {when}, {shop.address}. Reply C to confirm, R to be called, STOP to end texts."
