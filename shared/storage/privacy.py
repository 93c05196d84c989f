"""Erases one person, all in one transaction, and proves what went.

What is done to which rows stands in `erasure`. Before the end every table is searched for what was known of the person:
what is found and is not among what is kept undoes everything. The proof tells what went, what is kept and why. It knows
neither the calendar nor the cache: an outbox row asks for the one, the caller for the other.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from shared.errors import ConfigurationError
from shared.storage import audit, traces
from shared.storage.erasure import NUMBERS_OF_THEIRS, STEPS, SWEEPS, Step
from shared.storage.subject import ROWS, Subject

_THE_SHOPS = frozenset({"shop", "services", "technicians", "bays", "closures", "opening_hours", "prices"})
_KEPT: Mapping[tuple[str, str], str] = {
    ("opt_outs", "phone"): "a number that must not be called must be known",
    ("audit", "row_key"): "it names the opt-out or the blocked number, which is kept",
    ("blocked_numbers", "phone"): "a number whose calls are not answered must be known",
    ("reminder_attempts", "phone"): "the number is opted out, and that nobody called it since must be provable",
}
_NOTES = (
    "A live call keeps its state in Redis for an hour at most.",
    "The calendar's worker takes the events out; the carrier and the providers keep records of their own.",
    "A number that they had before is a request of its own.",
    "A file imported again brings the person back: take them out of the program that writes it.",
    "Numbers and names that were spelled out in words are not found by the search; all words of calls expire.",
)


def erase(connection: Connection, subject: Subject, *, who: str, reason: str, now: datetime) -> dict[str, Any]:
    """The proof, which holds nothing of the person. Raises ConfigurationError, and nothing may be committed, when the
    person is still found where nothing says that it is kept."""
    needles, not_looked_for = _needles(connection, subject)
    audit.begin(connection, who, reason)
    values = {**subject.keys, "now": now, "shared": subject.shared}
    with audit.unaudited(connection):
        done = [_did(connection, step, values) for step in STEPS]
        done += _swept(connection, needles)
    key = str(subject.customer) if subject.customer is not None else "a number without a customer"
    audit.record(connection, "erase", "customers", key, _by_table(done))
    search = traces.search(connection, needles)
    return {
        "customer": subject.customer,
        "erased_at": now.isoformat(),
        "who": who,
        "reason": reason,
        "number_shared": subject.shared,
        "done": [each for each in done if each["rows"]],
        "kept": _kept(connection, subject),
        "search": {
            "looked_for": [each.kind for each in needles],
            "not_looked_for": not_looked_for,
            "tables": search.tables,
            "columns": search.columns,
            "found": [_explained(trace) for trace in search.traces],
        },
        "notes": list(_NOTES),
    }


def _swept(connection: Connection, needles: Sequence[traces.Needle]) -> list[dict[str, Any]]:
    anywhere = traces.any_of([each for each in needles if each.only is None])
    done = [_did(connection, step, {"pattern": anywhere}) for step in SWEEPS] if anywhere else []
    for each in needles:
        if each.only is not None:
            done.append(_did(connection, NUMBERS_OF_THEIRS, {"pattern": each.pattern, "table": each.only[0]}))
    return done


def _by_table(done: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    rows: Counter[str] = Counter()
    for each in done:
        rows[each["table"]] += each["rows"]
    return dict(rows)


def _did(connection: Connection, step: Step, values: Mapping[str, Any]) -> dict[str, Any]:
    rows = connection.execute(text(step.statement), dict(values)).rowcount
    return {"table": step.table, "deed": step.deed, "rows": rows}


def _kept(connection: Connection, subject: Subject) -> dict[str, int]:
    """How many rows about the person are left, by table; they hold nothing that says who it was, or are told above."""
    counts = {
        table: connection.execute(text(f"SELECT count(*) FROM {table} WHERE {where}"), dict(subject.keys)).scalar_one()  # noqa: S608
        for table, where in ROWS.items()
    }
    return {table: count for table, count in counts.items() if count}


def _explained(trace: traces.Trace) -> dict[str, Any]:
    why = "the shop's own description" if trace.table in _THE_SHOPS else _KEPT.get((trace.table, trace.column))
    if why is None:
        raise ConfigurationError(
            f"Nothing was erased: the {' and '.join(trace.kinds)} would still stand in {trace.table}.{trace.column} "
            f"({trace.rows} rows: {', '.join(trace.keys)}). Take it out there, and erase again."
        )
    return {**asdict(trace), "kept_because": why}


def _needles(connection: Connection, subject: Subject) -> tuple[list[traces.Needle], list[str]]:
    """What to look for, and what not, because it belongs to somebody else too."""
    wanted: list[tuple[traces.Needle, bool]] = [
        (traces.Needle("phone", traces.phone_pattern(subject.phone)), subject.shared)
    ]
    others = {**subject.keys, "email": subject.email, "first": subject.first_name, "last": subject.last_name}
    if subject.customer is not None:
        named = traces.name_pattern(subject.first_name, subject.last_name)
        same = "lower(first_name) = lower(:first) AND lower(last_name) = lower(:last)"
        wanted.append((traces.Needle("name", named), _another(connection, "customers", "id", same, others)))
    if subject.email:
        same = "lower(email) = lower(:email)"
        needle = traces.Needle("e-mail", traces.word_pattern(subject.email))
        wanted.append((needle, _another(connection, "customers", "id", same, others)))
    if subject.external_id:
        pattern = traces.value_pattern("external_id", subject.external_id)
        wanted.append((traces.Needle("customer number", pattern, ("customers", "external_id")), False))
    wanted += [each for car in subject.cars for each in _of_car(connection, car, others)]
    looked_for = [needle for needle, of_others in wanted if not of_others]
    return looked_for, [f"{needle.kind}: somebody else has it too" for needle, of_others in wanted if of_others]


def _of_car(connection: Connection, car: Any, others: Mapping[str, Any]) -> list[tuple[traces.Needle, bool]]:
    found: list[tuple[traces.Needle, bool]] = []
    if car.vin:
        of_others = _another(connection, "vehicles", "customer_id", "vin = :vin", {**others, "vin": car.vin})
        found.append((traces.Needle("VIN", traces.word_pattern(car.vin)), of_others))
    if car.plate:
        of_others = _another(connection, "vehicles", "customer_id", "plate = :plate", {**others, "plate": car.plate})
        needle = traces.Needle("plate", traces.value_pattern("plate", car.plate), ("vehicles", "plate"))
        found.append((needle, of_others))
    if car.external_id:
        pattern = traces.value_pattern("external_id", car.external_id)
        found.append((traces.Needle("vehicle number", pattern, ("vehicles", "external_id")), False))
    return found


def _another(connection: Connection, table: str, owner: str, same: str, values: Mapping[str, Any]) -> bool:
    query = f"SELECT EXISTS (SELECT FROM {table} WHERE {same} AND {owner} IS DISTINCT FROM :customer)"  # noqa: S608
    return bool(connection.execute(text(query), dict(values)).scalar_one())
