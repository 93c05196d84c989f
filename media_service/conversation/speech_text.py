"""Words as a voice should get them: no markup, no sign that would be read out or swallowed, numbers as people say them.

It is for texts that a model wrote; it knows neither what they mean nor who speaks them.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping

from media_service.conversation import said_aloud_es
from media_service.conversation.said_aloud import Rule, applied, said_aloud
from shared.domain.wording.wording import Language

_TYPOGRAPHIC = str.maketrans(
    {
        "’": "'", "‘": "'", "‛": "'", "´": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "–": "-",
        "‑": "-", "‐": "-", "−": "-", "—": " - ", "―": " - ", "½": " 1/2", "¼": " 1/4", "¾": " 3/4", "×": "x",
        "™": None, "®": None, "©": None, "℠": None,
    }
)  # fmt: skip
_MARKUP: tuple[Rule, ...] = (
    (re.compile(r"```.*?(?:```|$)", re.DOTALL), " "),
    (re.compile(r"</?[A-Za-z!][^<>]*>|\{[^{}]*\}"), " "),
    (re.compile(r"!?\[([^\[\]]+)\]\([^()]*\)"), r"\1"),
    (re.compile(r"(?<=[^\s.,:;!?])[ \t]*\n+[ \t]*(?:[-*•+]|\d+[.)])[ \t]+"), ", "),
    (re.compile(r"(?:^|\n)[ \t]*(?:[-*•+]|\d+[.)])[ \t]+"), " "),
    (re.compile(r"(?:^|\n)[ \t]*(?:#{1,6}|>+)[ \t]+"), " "),
    (re.compile(r"(\*\*|__|~~)(?=\S)(.+?)(?<=\S)\1"), r"\2"),
    (re.compile(r"(?<!\w)[*_](?=\S)([^*_\n]+?)(?<=\S)[*_](?!\w)"), r"\1"),
)
_LEFT_OVER: tuple[Rule, ...] = (
    (re.compile(r"\s*[()\[\]]\s*(?=[.,;:!?]|$)"), ""),
    (re.compile(r"\s*[(\[]\s*"), ", "),
    (re.compile(r"\s*[)\]]\s*"), ", "),
    (re.compile(r"\.{2,}(?=\s+[a-z])|\s+-+\s+|;\s"), ", "),
    (re.compile(r"\.{2,}"), "."),
)
_TIDY: tuple[Rule, ...] = (
    (re.compile(r"(?<![^\W\d_])-|-(?!\w)|(?<!\w)'|'(?!\w)(?<!s')"), " "),
    (re.compile(r"\s+"), " "),
    (re.compile(r"\s+(?=[.,:!?])"), ""),
    (re.compile(r"[.,:!?]*([!?])[.,:!?]*|[.,:]*(\.)[.,:]*(?!\d)|([,:])[,:]+"), lambda m: m[1] or m[2] or m[3]),
    (re.compile(r"(?<=[.,:!?])(?=[^\W\d_])(?<!\b[A-Za-z]\.)"), " "),
    (re.compile(r"^[\s.,:!?'-]+|[\s:-]+$"), ""),
)

# Without its hint a text has nothing that the rules of that kind would change.
_MARKED_UP = re.compile(r"[`<{\[*_~\n]|^[ \t]*[-+•#>\d]")
_HAS_LEFT_OVER = re.compile(r"[()\[\];]|\.\.|\s-")
_UNTIDY = re.compile(r"[^\S ]|  | [.,:!?]|[.,:!?][^ \d]|(?<![^\W\d_])-|-(?!\w)|(?<!\w)'|'(?!\w)|^[ .,:!?]|[ :]$")
# Letters, digits and the few signs that a voice breathes at.
_NOT_SAID = re.compile(r"[^\w.,:!?'\- ]|_|(?=[^0-9])\d")
_IN_LANGUAGE: Mapping[Language, tuple[Callable[[str], str], re.Pattern[str]]] = {
    "en": (said_aloud, _NOT_SAID),
    # With the signs by which a Spanish voice knows a question before it begins.
    "es": (said_aloud_es.said_aloud, re.compile(r"[^\w.,:!?¿¡'\- ]|_|(?=[^0-9])\d")),
}


def speakable(text: str, language: Language = "en") -> str:
    """The text as it is to be said; empty when nothing of it can be."""
    text = text.translate(_TYPOGRAPHIC)
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).replace("⁄", "/")
    read, not_said = _IN_LANGUAGE[language]
    text = read(_where(_MARKED_UP, _MARKUP, text))
    text = not_said.sub(" ", _where(_HAS_LEFT_OVER, _LEFT_OVER, text))
    return _where(_UNTIDY, _TIDY, text)


def _where(hint: re.Pattern[str], rules: tuple[Rule, ...], text: str) -> str:
    return applied(rules, text) if hint.search(text) else text
