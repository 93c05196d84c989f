"""What to make of words that come while Sophie speaks: listening noises, an interruption, or her own voice coming back.

Judged by the words alone, since they are what the recogniser gives; when in doubt the caller is taken to mean it.
"""

import re
from collections.abc import Sequence

# Said by a listener who does not want the floor.
_BACK_CHANNELS = (
    "mm", "mhm", "mm hmm", "mm hm", "mmhmm", "uh huh", "uhhuh", "hm", "hmm", "huh", "ah", "oh", "uh", "um", "okay",
    "ok", "right", "sure", "yeah", "yep", "yup", "yes", "i see", "got it", "gotcha", "alright", "all right", "good",
    "great", "cool", "nice", "fine", "perfect", "really", "wow",
    "ajá", "aja", "sí", "si", "ya", "claro", "bueno", "vale", "dale", "entiendo", "ya veo", "ya entiendo",
    "está bien", "perfecto", "muy bien", "de acuerdo", "qué bien", "mjm",
)  # fmt: skip
_MOST_BACK_CHANNEL_WORDS = 5
_ONE_OR_MORE = re.compile(rf"(?:(?:{'|'.join(sorted(_BACK_CHANNELS, key=len, reverse=True))}) )+")
# Fewer words than these might as well be the caller's choice of what was offered.
_FEWEST_ECHOED = 4
# How far what comes back lags behind what is being played, in words: recogniser and line together.
_ECHO_LAG_WORDS = 6


def words_of(text: str) -> list[str]:
    """Lower case, without punctuation: "Uh-huh, okay." is uh, huh, okay."""
    return re.findall(r"[^\W_]+(?:'[^\W_]+)*", text.lower().replace("’", "'"))


def is_back_channel(transcript: str) -> bool:
    """Whether it only says "I am listening"."""
    words = words_of(transcript)
    return 0 < len(words) <= _MOST_BACK_CHANNEL_WORDS and bool(_ONE_OR_MORE.fullmatch(" ".join(words) + " "))


def is_echo(transcript: str, spoken: str, heard: str) -> bool:
    """Whether the line carried Sophie's words back: a run of them that ends about where she now is.

    `spoken` is what she is saying, `heard` the part of it that was played so far. A caller who repeats an offer does so
    after it, or in fewer words.
    """
    back, said = words_of(transcript), words_of(spoken)
    if len(back) < _FEWEST_ECHOED:
        return False
    now = len(words_of(heard))
    return any(abs(end - now) <= _ECHO_LAG_WORDS for end in _ends_of_run(back, said))


def _ends_of_run(run: Sequence[str], words: Sequence[str]) -> list[int]:
    """Where `run` ends in `words`, for each place where it stands."""
    length = len(run)
    return [at + length for at in range(len(words) - length + 1) if list(words[at : at + length]) == list(run)]
