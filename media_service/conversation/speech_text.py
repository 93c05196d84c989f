"""Words as a voice should get them: no markdown, no symbols that would be read out or swallowed."""

import re
from collections.abc import Callable

Replacement = str | Callable[[re.Match[str]], str]


def _price(match: re.Match[str]) -> str:
    dollars, cents = match[1], match[2]
    return f"{dollars} dollars and {cents} cents" if cents and cents != "00" else f"{dollars} dollars"


def _whole_hour(match: re.Match[str]) -> str:
    return f"{match[1]} {match[2].upper()}M"


_RULES: tuple[tuple[re.Pattern[str], Replacement], ...] = (
    (re.compile(r"```.*?(?:```|$)", re.DOTALL), " "),
    (re.compile(r"</?\w[^<>]*>|\{[^{}]*\}"), " "),
    (re.compile(r"\[([^\]]+)\]\([^)]*\)"), r"\1"),
    (re.compile(r"https?://\S+"), ""),
    (re.compile(r"^\s*(?:[-*•]|\d+[.)])\s+", re.MULTILINE), ""),
    (re.compile(r"[*_`#>~|]+"), ""),
    (re.compile(r"\$(\d+(?:,\d{3})*)(?:\.(\d\d))?"), _price),
    (re.compile(r"\b(\d{1,2}):00\s*([AaPp])(?:\.[Mm]\.|[Mm]\b)"), _whole_hour),
    (re.compile(r"&"), " and "),
    (re.compile(r"[^\S ]+| {2,}"), " "),
)


def speakable(text: str) -> str:
    """The text without what only an eye needs."""
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text.strip()
