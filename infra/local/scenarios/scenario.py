"""One scenario: a situation, who calls and what goes wrong, and what must stand and have been said afterwards.

Read from a YAML file, strictly: what nobody reads is refused, in a sentence that names its place. It refuses to know
how any of it is played.

    title: A new caller books an oil change
    clock: 2026-11-23 10:00            the shop's local time as the call comes in
    situation: usual                   situations/usual.yaml, or rows as `python -m seed --from` takes them; times local
    caller:
      from: "+17085550901"
      says: |                          one line an utterance, see `infra.local.caller.script`; "[on PATTERN] text" …
        …                              and voice, noise_db, patience_s, moves_on_s, gives_up_s, network, parameters
    others:                            further callers, each as `caller` and with `after_line`: when the first caller
      - …                              has begun that many utterances
    desk: accepts                      who is called at the desk takes the call; or declines, no-answer, busy
    brain: {name: hostile, attacks: […]}
    faults:                            see `infra.local.faults`; also postgres and redis, which can `stall`;
                                       `after_line` and `until_line` as above
      - {of: openai_chat, kind: status, code: 500, after_line: 2}
    expect:
      outcome: booked                  of the first caller's row in reporting.calls; `outcomes` for all of them
      appointments: [{…}]              the rows of that view that are new or changed, each with the columns given; a
                                       view that is not named has none. "/…/" is searched as a regular expression
      spoken: […]                      patterns of which each stands in what Sophie said, and `never_spoken`
      dialled: "+1…"                   who was rung for the caller
      silence_s: 4                     the longest wait for Sophie
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

from infra.local.caller.script import script_of
from infra.local.faults import fault_of

CALLS = Path(__file__).with_name("calls")
SITUATIONS = Path(__file__).with_name("situations")
VIEWS = (
    "customers", "vehicles", "service_history", "appointments", "callbacks", "consents", "opt_outs", "staff_events",
)  # fmt: skip
"""What a call must leave as it is unless the scenario names it."""

DESKS = ("accepts", "declines", "no-answer", "busy")
SERVERS = ("postgres", "redis")
EMULATORS = ("twilio", "deepgram", "openai_chat", "vpic", "google")

Row = Mapping[str, Any]

_SCENARIO = {"title", "clock", "situation", "caller", "others", "desk", "brain", "faults", "expect"}
_MANNER = {"says", "voice", "rate", "noise_db", "patience_s", "moves_on_s", "gives_up_s"}
_CALLER = _MANNER | {"from", "network", "parameters"}
_EXPECTED = {"outcome", "outcomes", "spoken", "never_spoken", "dialled", "silence_s", *VIEWS}
_LONGEST_SILENCE = 5.0


class Malformed(ValueError):
    """A file is no scenario. The text is a sentence that says where and why."""


@dataclass(frozen=True)
class Caller:
    """One who calls: the script as the carrier takes it, and when; `after_line` 0 is at once."""

    number: str
    script: Mapping[str, Any]
    network: Mapping[str, Any] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    after_line: int = 0


@dataclass(frozen=True)
class Trouble:
    """What goes wrong where, from the first caller's so-many-th utterance on, 0 is before the call, and until another:
    None is until the calls are over."""

    of: str
    fault: Mapping[str, Any]
    after_line: int = 0
    until_line: int | None = None


@dataclass(frozen=True)
class Expected:
    """What must be so when the calls are over."""

    rows: Mapping[str, Sequence[Row]]
    outcomes: tuple[str, ...] = ()
    spoken: tuple[str, ...] = ()
    never_spoken: tuple[str, ...] = ()
    dialled: str | None = None
    silence: float = _LONGEST_SILENCE


@dataclass(frozen=True)
class Scenario:
    name: str
    title: str
    clock: datetime
    situation: Mapping[str, Sequence[Row]]
    callers: tuple[Caller, ...]
    expected: Expected
    troubles: tuple[Trouble, ...] = ()
    desk: str = DESKS[0]
    brain: Mapping[str, Any] = field(default_factory=lambda: {"name": "offline-desk"})


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
        return _scenario(path.stem, _yaml(path))
    except ValueError as why:
        raise Malformed(f"{path.name}: {why}") from why


def _yaml(path: Path) -> Any:
    try:
        return yaml.load(path.read_text(), _Strict)  # noqa: S506 - a SafeLoader
    except OSError as why:
        raise ValueError(f"it cannot be read ({why.strerror}).") from why
    except (yaml.YAMLError, UnicodeDecodeError) as why:
        raise ValueError(f"it is no YAML: {' '.join(str(why).split())}.") from why


class _Strict(yaml.SafeLoader):  # type: ignore[misc]
    """Times stay texts, and a name stands once."""


def _mapping(loader: yaml.SafeLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    made: dict[Any, Any] = loader.construct_mapping(node, deep=True)
    if len(made) < len(node.value):
        raise yaml.constructor.ConstructorError(None, None, "a name stands twice", node.start_mark)
    return made


_Strict.add_constructor("tag:yaml.org,2002:map", _mapping)
_Strict.add_constructor("tag:yaml.org,2002:timestamp", lambda loader, node: loader.construct_scalar(node))


def _scenario(name: str, given: Any) -> Scenario:
    given = _object(given, "it", needs={"title", "clock", "caller", "expect"}, knows=_SCENARIO)
    others = [_caller(each, f"others[{at}]") for at, each in enumerate(_list(given, "others"), 1)]
    return Scenario(
        name,
        _text(given["title"], "title"),
        local_time(given["clock"], "clock"),
        _situation(given.get("situation", "usual")),
        (_caller(given["caller"], "caller"), *others),
        _expected(given["expect"], 1 + len(others)),
        tuple(_trouble(each, f"faults[{at}]") for at, each in enumerate(_list(given, "faults"), 1)),
        _desk(given.get("desk", DESKS[0])),
        _object(given.get("brain", {"name": "offline-desk"}), "brain", needs={"name"}, knows={"name", "attacks"}),
    )


def _desk(given: Any) -> str:
    if given not in DESKS:
        raise ValueError(f"desk is one of {', '.join(DESKS)}, not {given!r}.")
    return str(given)


def _situation(given: Any) -> Mapping[str, Sequence[Row]]:
    if isinstance(given, str):
        path = SITUATIONS / f"{given}.yaml"
        if not path.exists():
            known = ", ".join(sorted(each.stem for each in SITUATIONS.glob("*.yaml")))
            raise ValueError(f"situation: there is no {given!r}; there are {known}, or give the rows themselves.")
        given = _yaml(path)
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
    other = {"after_line"} if where != "caller" else set()
    given = _object(given, where, needs={"from", "says"} | other, knows=_CALLER | other)
    manner = {key: value for key, value in given.items() if key in _MANNER}
    script = {"text" if key == "says" and isinstance(value, str) else key: value for key, value in manner.items()}
    if "says" in script:
        script["lines"] = script.pop("says")
    try:
        script_of(script)
    except ValueError as why:
        raise ValueError(f"{where}.says: {why}") from why
    return Caller(
        _text(given["from"], f"{where}.from"),
        script,
        given.get("network", {}),
        given.get("parameters", {}),
        _count(given.get("after_line", 0), f"{where}.after_line"),
    )


def _trouble(given: Any, where: str) -> Trouble:
    given = dict(_object(given, where, needs={"of", "kind"}, knows=None))
    of, after = given.pop("of"), _count(given.pop("after_line", 0), f"{where}.after_line")
    until = _count(given.pop("until_line"), f"{where}.until_line") if "until_line" in given else None
    if of not in EMULATORS + SERVERS:
        raise ValueError(f"{where}.of is one of {', '.join(EMULATORS + SERVERS)}, not {of!r}.")
    if of in SERVERS and given != {"kind": "stall"}:
        raise ValueError(f"{where}: {of} can only stall.")
    if of in EMULATORS:
        try:
            fault_of(given)
        except ValueError as why:
            raise ValueError(f"{where}: {why}") from why
    return Trouble(of, given, after, until)


def _expected(given: Any, callers: int) -> Expected:
    given = _object(given, "expect", needs=set(), knows=_EXPECTED)
    outcomes = _list(given, "outcomes") or [given.get("outcome")]
    if len(outcomes) != callers or not all(isinstance(each, str) for each in outcomes):
        raise ValueError(f"expect: say how each of the {callers} calls comes out, as `outcome` or `outcomes`.")
    patterns = {key: tuple(_pattern(each, f"expect.{key}") for each in _list(given, key)) for key in _PATTERNS}
    silence = given.get("silence_s", _LONGEST_SILENCE)
    if isinstance(silence, bool) or not isinstance(silence, int | float):
        raise ValueError(f"expect.silence_s is a number of seconds, not {silence!r}.")
    return Expected(
        {view: _rows(given, view) for view in VIEWS if view in given},
        tuple(outcomes),
        dialled=given.get("dialled"),
        silence=float(silence),
        **patterns,
    )


_PATTERNS = ("spoken", "never_spoken")


def _object(given: Any, where: str, *, needs: set[str], knows: set[str] | None) -> Mapping[str, Any]:
    if not isinstance(given, dict):
        raise ValueError(f"{where} is an object, not {given!r}.")
    if missing := sorted(needs - given.keys()):
        raise ValueError(f"{where} lacks {', '.join(missing)}.")
    if knows is not None and (unknown := sorted(str(key) for key in given.keys() - needs - knows)):
        raise ValueError(
            f"{where} has {', '.join(unknown)}, which nobody reads; it may have {', '.join(sorted(knows))}."
        )
    return given


def _list(given: Mapping[str, Any], key: str) -> list[Any]:
    value = given.get(key, [])
    if not isinstance(value, list):
        raise ValueError(f"{key} is a list, not {value!r}.")
    return value


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(f"{where} is a text, not {value!r}: a number of the telephone stands in quotes.")
    return value


def _count(value: Any, where: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"{where} is a number of utterances, not {value!r}.")
    return value


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
