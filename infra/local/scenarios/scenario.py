"""One scenario: a situation, who calls and what goes wrong, and what must stand and have been said afterwards.

Read from a YAML file, strictly: what nobody reads is refused, in a sentence that names its place. It refuses to know
how any of it is played.

    title: A new caller books an oil change
    proves: [tool book_appointment]    of the words in `proofs`
    clock: 2026-11-23 10:00            the shop's local time as it begins
    situation: usual                   situations/usual.yaml, or rows as `python -m seed --from` takes them; times local
    caller:                            one call; where there is more than that, `steps` in its place
      from: "+17085550901"
      says: |                          one line an utterance, see `infra.local.caller.script`; "[on PATTERN] text" …
        …                              and voice, noise_db, patience_s, moves_on_s, gives_up_s, network, parameters;
                                       `holds_s`: so long they let the desk ring
    steps:                             one after the other, each when the one before it is over
      - call: {from: …, says: …}       as `caller`
      - desk: calls off                a command of `infra/desk`; {first} is the first call's sid. Beside it `told`:
        told: [desk]                   patterns that stand in what it answers, and `ends`: its exit code
      - text: {from: …, body: C}       somebody texts; beside it `answered`: patterns of what comes back
      - remind: 2                      the dialler runs and places so many calls
      - clock: 2026-11-24 09:00        time has passed
    others:                            further callers, each as `caller` and with `after_line`: when the first caller
      - …                              has begun that many utterances
    meanwhile:                         commands of `infra/desk` in the first call, with `after_line`
      - {desk: calls off, after_line: 1}
    desk: accepts                      who is called at the desk takes the call; or declines, voicemail, no-answer,
                                       busy, failed
    phones:                            who answers where the product calls or texts: number, answers, opening, rings_s,
      - {number: …, answers: machine}  answered_by, undelivered as the carrier's lab takes them, and what a caller has
    brain: {name: hostile, attacks: […]}
    faults:                            see `infra.local.faults`; also postgres and redis, which can `stall`,
                                       and webhooks, as the carrier's lab spoils them; `after_line` and `until_line`
      - {of: openai_chat, kind: status, code: 500, after_line: 2}
    expect:
      outcome: booked                  of the one call in reporting.calls, null without one; `outcomes` for several:
                                       the callers in turn, the others after the first, who was reminded by number
      appointments: [{…}]              the rows of that view that are new or changed, each with the columns given; a
                                       view that is not named has none. "/…/" is searched as a regular expression
      gone: {customers: [{…}]}         rows that were there and are no longer
      spoken: […]                      patterns of which each stands in what Sophie said, and `never_spoken`
      whispered: […]                   patterns that were told to whoever picked up at the desk
      texted: ["+1…: .*booked"]        patterns of the texts that went out, as "number: words", and `never_texted`
      dialled: "+1…"                   who was rung for the callers
      silence_s: 4                     the longest wait for Sophie
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from infra.local.caller.script import script_of
from infra.local.faults import fault_of
from infra.local.scenarios.model import (
    DESKS,
    EMULATORS,
    LONGEST_SILENCE,
    SERVERS,
    VIEWS,
    WEBHOOKS,
    Caller,
    ClockSet,
    DeskCommand,
    Expected,
    Reminders,
    Row,
    Scenario,
    Step,
    TextMessage,
    Trouble,
)
from infra.local.scenarios.proofs import PROOFS
from infra.local.scenarios.yaml_files import read_yaml

CALLS = Path(__file__).with_name("calls")
SITUATIONS = Path(__file__).with_name("situations")

_SCENARIO = {
    "proves", "situation", "caller", "steps", "others", "meanwhile", "desk", "phones", "brain", "faults",
}  # fmt: skip
_MANNER = {"says", "voice", "rate", "noise_db", "patience_s", "moves_on_s", "gives_up_s"}
_CALLER = _MANNER | {"from", "network", "parameters", "holds_s"}
_PHONE = _MANNER | {"answers", "opening", "rings_s", "talks_s", "beeps", "answered_by", "refused", "undelivered"}
_PATTERNS = ("spoken", "never_spoken", "whispered", "texted", "never_texted")
_EXPECTED = {"outcome", "outcomes", "gone", "dialled", "silence_s", *_PATTERNS, *VIEWS}


class Malformed(ValueError):
    """A file is no scenario. The text is a sentence that says where and why."""


def names() -> list[str]:
    """The scenarios that stand here, in the order of the alphabet."""
    return sorted(path.stem for path in CALLS.glob("*.yaml"))


def read(name_or_path: str) -> Scenario:
    """A scenario by the name it has here or by its file's path. Raises Malformed."""
    path = Path(name_or_path)
    if path.suffix != ".yaml":
        path = CALLS / f"{name_or_path}.yaml"
        if not path.exists():
            raise Malformed(
                f"There is no scenario {name_or_path!r}: give a path that ends in .yaml, or one of {names()}."
            )
    try:
        return _scenario(path.stem, read_yaml(path))
    except ValueError as why:
        raise Malformed(f"{path.name}: {why}") from why


def _scenario(name: str, given: Any) -> Scenario:
    given = _object(given, "it", needs={"title", "clock", "expect"}, knows=_SCENARIO)
    steps = _steps(given)
    others = tuple(_caller(each, f"others[{at}]") for at, each in _numbered(given, "others"))
    return Scenario(
        name,
        _text(given["title"], "title"),
        _proofs(given),
        local_time(given["clock"], "clock"),
        _situation(given.get("situation", "usual")),
        steps,
        _expected(given["expect"], _calls_in(steps) + len(others)),
        others,
        tuple(_desk_command(each, f"meanwhile[{at}]") for at, each in _numbered(given, "meanwhile")),
        tuple(_trouble(each, f"faults[{at}]") for at, each in _numbered(given, "faults")),
        tuple(_phone(each, f"phones[{at}]") for at, each in _numbered(given, "phones")),
        _one_of(DESKS, given.get("desk", DESKS[0]), "desk"),
        _object(given.get("brain", {"name": "offline-desk"}), "brain", needs={"name"}, knows={"attacks"}),
    )


def _proofs(given: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(_one_of(PROOFS, each, "proves") for each in _list(given, "proves"))


def _steps(given: Mapping[str, Any]) -> tuple[Step, ...]:
    if ("caller" in given) == ("steps" in given):
        raise ValueError("it has either `caller` or `steps`.")
    if "caller" in given:
        return (_caller(given["caller"], "caller"),)
    return tuple(_step(each, f"steps[{at}]") for at, each in _numbered(given, "steps"))


def _step(given: Any, where: str) -> Step:
    given = _object(given, where, needs=set(), knows=None)
    kinds = [kind for kind in _STEPS if kind in given]
    if len(kinds) != 1:
        raise ValueError(f"{where} has one of {', '.join(_STEPS)}.")
    return _STEPS[kinds[0]](given, where)


def _call_step(given: Any, where: str) -> Step:
    return _caller(_object(given, where, needs={"call"}, knows=set())["call"], f"{where}.call")


def _desk_command(given: Any, where: str) -> DeskCommand:
    given = _object(given, where, needs={"desk"}, knows={"told", "ends", "after_line"})
    ends, after = _count(given.get("ends", 0), f"{where}.ends"), _count(given.get("after_line", 0), where)
    return DeskCommand(_text(given["desk"], f"{where}.desk"), _patterns(given, "told"), ends, after)


def _text_step(given: Any, where: str) -> Step:
    given = _object(given, where, needs={"text"}, knows={"answered"})
    text = _object(given["text"], f"{where}.text", needs={"from", "body"}, knows=set())
    number, body = (_text(text[key], f"{where}.text.{key}") for key in ("from", "body"))
    return TextMessage(number, body, _patterns(given, "answered"))


def _remind_step(given: Any, where: str) -> Step:
    given = _object(given, where, needs={"remind"}, knows=set())
    return Reminders(_count(given["remind"], f"{where}.remind"))


def _clock_step(given: Any, where: str) -> Step:
    return ClockSet(local_time(_object(given, where, needs={"clock"}, knows=set())["clock"], f"{where}.clock"))


_STEPS: Mapping[str, Callable[[Any, str], Step]] = {
    "call": _call_step, "desk": _desk_command, "text": _text_step, "remind": _remind_step, "clock": _clock_step,
}  # fmt: skip


def _calls_in(steps: Sequence[Step]) -> int:
    return sum(1 if isinstance(each, Caller) else each.calls if isinstance(each, Reminders) else 0 for each in steps)


def _situation(given: Any) -> Mapping[str, Sequence[Row]]:
    if isinstance(given, str):
        path = SITUATIONS / f"{given}.yaml"
        if not path.exists():
            known = ", ".join(sorted(each.stem for each in SITUATIONS.glob("*.yaml")))
            raise ValueError(f"situation: there is no {given!r}; there are {known}, or give the rows themselves.")
        given = read_yaml(path)
    if isinstance(given, dict) and "like" in given:
        more = {view: rows for view, rows in given.items() if view != "like"}
        usual = _situation(given["like"])
        return {view: [*usual.get(view, ()), *_rows(more, view)] for view in {*usual, *more}}
    rows = _object(given, "situation", needs=set(), knows=None)
    return {view: _rows(rows, view) for view in rows}


def _rows(given: Mapping[str, Any], view: str) -> list[Row]:
    rows = _list(given, view)
    if not all(isinstance(row, dict) for row in rows):
        raise ValueError(f"{view}: each row is an object of columns.")
    return rows


def _caller(given: Any, where: str) -> Caller:
    other = {"after_line"} if where.startswith("others") else set()
    given = _object(given, where, needs={"from", "says"} | other, knows=_CALLER)
    return Caller(
        _text(given["from"], f"{where}.from"),
        _script(given, where),
        given.get("network", {}),
        given.get("parameters", {}),
        _count(given.get("after_line", 0), f"{where}.after_line"),
    )


def _phone(given: Any, where: str) -> Mapping[str, Any]:
    """As the carrier's lab takes it, which is the one to say what is wrong with the values."""
    given = _object(given, where, needs={"number"}, knows=_PHONE)
    _text(given["number"], f"{where}.number")
    return {key: value for key, value in given.items() if key not in _MANNER} | {"script": _script(given, where)}


def _script(given: Mapping[str, Any], where: str) -> Mapping[str, Any]:
    manner = {key: value for key, value in given.items() if key in _MANNER}
    script = {"text" if key == "says" and isinstance(value, str) else key: value for key, value in manner.items()}
    if "says" in script:
        script["lines"] = script.pop("says")
    if "holds_s" in given:
        script["desk"] = {"holds_s": given["holds_s"]}
    try:
        script_of(script)
    except ValueError as why:
        raise ValueError(f"{where}.says: {why}") from why
    return script


def _trouble(given: Any, where: str) -> Trouble:
    given = dict(_object(given, where, needs={"of", "kind"}, knows=None))
    of, after = given.pop("of"), _count(given.pop("after_line", 0), f"{where}.after_line")
    until = _count(given.pop("until_line"), f"{where}.until_line") if "until_line" in given else None
    _one_of((*EMULATORS, *SERVERS, WEBHOOKS), of, f"{where}.of")
    if of in SERVERS and given != {"kind": "stall"}:
        raise ValueError(f"{where}: {of} can only stall.")
    if of in EMULATORS:
        try:
            fault_of(given)
        except ValueError as why:
            raise ValueError(f"{where}: {why}") from why
    return Trouble(of, given, after, until)


def _expected(given: Any, calls: int) -> Expected:
    given = _object(given, "expect", needs=set(), knows=_EXPECTED)
    outcomes = _list(given, "outcomes") or ([given["outcome"]] if "outcome" in given else [])
    if len(outcomes) != calls or not all(isinstance(each, str | None) for each in outcomes):
        raise ValueError(f"expect: say how each of the {calls} calls comes out, as `outcome` or `outcomes`.")
    silence = given.get("silence_s", LONGEST_SILENCE)
    if isinstance(silence, bool) or not isinstance(silence, int | float):
        raise ValueError(f"expect.silence_s is a number of seconds, not {silence!r}.")
    gone = _object(given.get("gone", {}), "expect.gone", needs=set(), knows=set(VIEWS))
    return Expected(
        {view: _rows(given, view) for view in VIEWS if view in given},
        {view: _rows(gone, view) for view in gone},
        tuple(outcomes),
        dialled=given.get("dialled"),
        silence=float(silence),
        **{key: _patterns(given, key, "expect.") for key in _PATTERNS},
    )


def _object(given: Any, where: str, *, needs: set[str], knows: set[str] | None) -> Mapping[str, Any]:
    if not isinstance(given, dict):
        raise ValueError(f"{where} is an object, not {given!r}.")
    if missing := sorted(needs - given.keys()):
        raise ValueError(f"{where} lacks {', '.join(missing)}.")
    if knows is not None and (unknown := sorted(str(key) for key in given.keys() - needs - knows)):
        known = ", ".join(sorted(knows | needs))
        raise ValueError(f"{where} has {', '.join(unknown)}, which nobody reads; it may have {known}.")
    return given


def _list(given: Mapping[str, Any], key: str) -> list[Any]:
    value = given.get(key, [])
    if not isinstance(value, list):
        raise ValueError(f"{key} is a list, not {value!r}.")
    return value


def _numbered(given: Mapping[str, Any], key: str) -> list[tuple[int, Any]]:
    return list(enumerate(_list(given, key), 1))


def _one_of(known: Sequence[str] | Mapping[str, str], value: Any, where: str) -> str:
    if value not in known:
        raise ValueError(f"{where} is one of {', '.join(known)}, not {value!r}.")
    return str(value)


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(f"{where} is a text, not {value!r}: a number of the telephone stands in quotes.")
    return value


def _count(value: Any, where: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"{where} is a whole number, not {value!r}.")
    return value


def _patterns(given: Mapping[str, Any], key: str, where: str = "") -> tuple[str, ...]:
    return tuple(_pattern(each, f"{where}{key}") for each in _list(given, key))


def _pattern(value: Any, where: str) -> str:
    try:
        re.compile(_text(value, where))
    except re.error as why:
        raise ValueError(f"{where}: {value!r} is no regular expression: {why}.") from why
    return str(value)


def local_time(value: Any, where: str) -> datetime:
    """A time on the shop's clock, without a zone."""
    try:
        return datetime.strptime(str(value), "%Y-%m-%d %H:%M")  # noqa: DTZ007 - the shop's zone is the lab's to know
    except ValueError:
        raise ValueError(f"{where} is a local time such as 2026-11-23 10:00, not {value!r}.") from None
