"""What a caller of the lab will say and do: read from JSON, or from a text file with one utterance a line.

Forms: plain text · `[keys 1234#]` · `[pause 2.5]` · `[barge 800] text` · `[hangup]`; in JSON also
`{"tone_ms": 600}`, a sound without words. `[on PATTERN] text` answers what Sophie says: a regular expression,
searched, whatever the case, in her words since the caller's last line. `[else] text` is for when there is nothing else
to say. Words, keys and hanging up can be answers; in JSON `on` or `else` stands beside them. A word that is mumbled
stands as `[?word]`. It refuses to know how the words sound and when their turn comes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from infra.local.speech import voices


@dataclass(frozen=True)
class Say:
    """An utterance; with `barge_ms` it begins that long after Sophie begins, whatever she is saying. `languages` is
    what it is in, and `ends` how its turn ends, for a recogniser that is told what it hears."""

    text: str
    barge_ms: int | None = None
    languages: tuple[str, ...] = ("en",)
    ends: str = "model"

    @property
    def aloud(self) -> str:
        """The words as they are said, the mumbled ones too."""
        return _MUMBLED.sub(r"\1", self.text)

    @property
    def hint(self) -> dict[str, Any]:
        """The words for a recogniser that is told what it hears, each with how surely it is heard."""
        words = [
            {"word": word, "confidence": _MUMBLED_IS_HEARD if piece.startswith("[?") else 1.0}
            for piece in _PIECES.findall(self.text)
            for word in _MUMBLED.sub(r"\1", piece).split()
        ]
        return {"words": words, "languages": list(self.languages), "ends": self.ends}


@dataclass(frozen=True)
class Tone:
    """Sound without words: a cough, a machine."""

    milliseconds: int
    barge_ms: int | None = None

    @property
    def text(self) -> str:
        return f"(a tone of {self.milliseconds} ms)"


@dataclass(frozen=True)
class Keys:
    digits: str


@dataclass(frozen=True)
class Pause:
    """Silence at one's own turn; the next thing follows without waiting for another turn."""

    seconds: float


@dataclass(frozen=True)
class HangUp:
    pass


Step = Say | Tone | Keys | Pause | HangUp
Reply = Say | Tone | Keys | HangUp


@dataclass(frozen=True)
class Answer:
    """What is said when Sophie's words hold the pattern; without a pattern: when there is nothing else to say."""

    pattern: str | None
    reply: Reply

    def fits(self, heard: str) -> bool:
        return self.pattern is not None and bool(re.search(self.pattern, heard, re.IGNORECASE | re.DOTALL))


Line = Step | Answer


@dataclass(frozen=True)
class Desk:
    """What happens at a number that is dialled: it answers and talks, or does not. A caller who `holds` so many seconds
    hangs up then."""

    status: str = "completed"
    answers_after: float = 2.0
    talks: float = 3.0
    holds: float | None = None


@dataclass(frozen=True)
class Script:
    """A caller: the lines, the voice they are said in, and the telephone line they are said over.

    A number in `signed` is hidden in the caller's sound: by it a recogniser that is told what it hears knows whose
    words it was told. After `moves_on` seconds without an answer the caller says the next line, once; after `gives_up`
    seconds of silence goodbye.
    """

    lines: tuple[Line, ...] = ()
    voice: str = voices.CALLER
    rate: int = 155
    noise_db: float = -60.0
    patience: float = 1.0
    moves_on: float = 8.0
    gives_up: float = 15.0
    signed: int | None = None
    desk: Desk = field(default_factory=Desk)


_MUMBLED = re.compile(r"\[\?([^\]]+)\]")
_PIECES = re.compile(r"\[\?[^\]]+\]\S*|\S+")
_MUMBLED_IS_HEARD = 0.3
_COMMAND = re.compile(r"\[(keys|pause|barge|hangup)\b\s*([^\]]*)\]\s*(.*)", re.DOTALL)
_ON = re.compile(r"\[on\s+(.+?)\]\s+(\S.*)", re.DOTALL)
_ELSE = re.compile(r"\[else\]\s*(.*)", re.DOTALL)
_COMMANDS = "[keys 1234#], [pause 2.5], [barge 800] text, [hangup], [on PATTERN] text, and [else] text"
_DESK_STATUSES = ("completed", "no-answer", "busy", "failed")


def from_lines(text: str) -> tuple[Line, ...]:
    """The text-file form. Raises ValueError naming the line that cannot be understood."""
    lines: list[Line] = []
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if line and not line.startswith("#"):
            try:
                lines.append(line_of(line))
            except ValueError as error:
                raise ValueError(f"Line {number}: {error}") from error
    return tuple(lines)


def line_of(line: Any) -> Line:
    """One line, from its text or from its JSON object."""
    if isinstance(line, str):
        return _line_of_text(line.strip())
    if isinstance(line, dict):
        return _line_of_object(line)
    raise ValueError(f"{line!r} is neither a line of text nor an object.")


def _line_of_text(line: str) -> Line:
    if line.startswith("[on"):
        found = _ON.fullmatch(line)
        if found is None:
            raise ValueError(f"{line!r}: an answer is [on PATTERN] text, with a blank after the bracket.")
        return _answer(found[1].strip(), _step_of_text(found[2]))
    if found := _ELSE.fullmatch(line):
        return _answer(None, _step_of_text(_wanted(found[1], "[else] needs the words that are said.")))
    return _step_of_text(line)


_OF_A_LINE = {"on", "else", "text", "barge_ms", "languages", "ends", "tone_ms", "keys", "pause_s", "hangup"}


def _line_of_object(given: dict[str, Any]) -> Line:
    if unknown := given.keys() - _OF_A_LINE:  # YAML reads a bare `on` as true
        raise ValueError(f'{given!r}: nobody reads {", ".join(map(str, unknown))}; quote "on" in YAML.')
    step = _step_of_object(given)
    if "on" in given:
        return _answer(_wanted(str(given["on"]), "on is empty."), step)
    return _answer(None, step) if given.get("else") else step


def _answer(pattern: str | None, step: Step) -> Answer:
    if isinstance(step, Pause) or (isinstance(step, Say | Tone) and step.barge_ms is not None):
        raise ValueError("An answer is words, [keys 1234#] or [hangup]; it neither waits nor interrupts.")
    try:
        re.compile(pattern or "")
    except re.error as error:
        raise ValueError(f"[on {pattern}] is no regular expression: {error}.") from error
    return Answer(pattern, step)


def _step_of_text(line: str) -> Step:
    if not line.startswith("[") or line.startswith("[?"):
        return Say(line)
    match = _COMMAND.fullmatch(line)
    if match is None:
        raise ValueError(f"{line!r}: a command is one of {_COMMANDS}.")
    name, argument, rest = match[1], match[2].strip(), match[3].strip()
    if name == "barge":
        return Say(_wanted(rest, "[barge 800] needs the words that are said."), int(_number(argument)))
    if rest:
        raise ValueError(f"{line!r}: nothing may follow [{name}] on its line.")
    if name == "keys":
        return _keys(argument)
    return Pause(_number(argument)) if name == "pause" else HangUp()


def _step_of_object(given: dict[str, Any]) -> Step:
    barge = given.get("barge_ms")
    if not isinstance(barge, int | None):
        raise ValueError(f"barge_ms={barge!r} is not a number of milliseconds.")
    match given:
        case {"text": str(text)}:
            languages, ends = tuple(given.get("languages", Say.languages)), str(given.get("ends", Say.ends))
            return Say(_wanted(text, "text is empty."), barge, languages, ends)
        case {"tone_ms": int(milliseconds)} if milliseconds > 0:
            return Tone(milliseconds, barge)
        case {"keys": str(digits)}:
            return _keys(digits)
        case {"pause_s": int() | float() as seconds}:
            return Pause(_number(str(seconds)))
        case {"hangup": True}:
            return HangUp()
    raise ValueError(f"{given!r}: a step is text, tone_ms, keys, pause_s or hangup, and barge_ms beside the first two.")


def _wanted(text: str, complaint: str) -> str:
    if not text:
        raise ValueError(complaint)
    return text


def _keys(digits: str) -> Keys:
    if not re.fullmatch(r"[0-9*#]+", digits):
        raise ValueError(f"[keys {digits}]: a telephone has the keys 0-9, * and #.")
    return Keys(digits)


def _number(text: str) -> float:
    if not re.fullmatch(r"\d+(\.\d+)?", text):
        raise ValueError(f"{text!r} is not a number.")
    return float(text)


_KNOWN = {"lines", "text", "voice", "rate", "noise_db", "patience_s", "moves_on_s", "gives_up_s", "signed", "desk"}


def script_of(given: Any) -> Script:
    """The JSON form: `lines` (or `text`, the file form) and how they are said. Raises ValueError with a sentence."""
    if not isinstance(given, dict):
        raise ValueError("A script is an object with `lines` or `text`.")
    if unknown := given.keys() - _KNOWN:
        raise ValueError(f"A script has no {', '.join(sorted(unknown))}; it has {', '.join(sorted(_KNOWN))}.")
    if not isinstance(given.get("lines", []), list):
        raise ValueError("`lines` is a list of lines and objects.")
    lines = from_lines(str(given.get("text", ""))) + tuple(line_of(line) for line in given.get("lines", []))
    try:
        return Script(
            lines,
            voice=str(given.get("voice", Script.voice)),
            rate=int(given.get("rate", Script.rate)),
            noise_db=float(given.get("noise_db", Script.noise_db)),
            patience=float(given.get("patience_s", Script.patience)),
            moves_on=float(given.get("moves_on_s", Script.moves_on)),
            gives_up=float(given.get("gives_up_s", Script.gives_up)),
            signed=None if given.get("signed") is None else int(given["signed"]),
            desk=_desk_of(given.get("desk", {})),
        )
    except TypeError as error:
        raise ValueError(f"The script holds a value of the wrong kind: {error}.") from error


def _desk_of(given: Any) -> Desk:
    if not isinstance(given, dict) or given.keys() - {"status", "answers_after_s", "talks_s", "holds_s"}:
        raise ValueError("`desk` is an object with status, answers_after_s, talks_s and holds_s.")
    desk = Desk(
        str(given.get("status", Desk.status)),
        float(given.get("answers_after_s", Desk.answers_after)),
        float(given.get("talks_s", Desk.talks)),
        float(given["holds_s"]) if "holds_s" in given else None,
    )
    if desk.status not in _DESK_STATUSES:
        raise ValueError(f"The desk's status is one of {', '.join(_DESK_STATUSES)}; {desk.status!r} is not.")
    return desk
