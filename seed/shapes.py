"""What the rows of a situation look like: the columns of the reporting views, which of them must be there, and of what
kind each is.

A field that is not known is refused, because a misspelt one would set up another situation than the one meant. The
closed vocabularies are asked of the schema. How rows refer to each other is not known here.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text

from seed.json_values import Kind, amount, day, flag, moment, number, time_of_day, vin, whole, words, zone
from shared.errors import ConfigurationError

Rows = Sequence[Mapping[str, Any]]

SHAPES: Mapping[str, Mapping[str, Kind]] = {
    "customers": {
        "id": whole, "phone": number, "first_name": words, "last_name": words, "zip": words, "email": words,
        "zone": zone, "created_at": moment, "source": words, "external_id": words,
    },
    "vehicles": {
        "id": whole, "customer_id": whole, "customer_phone": number, "vin": vin, "year": whole, "make": words,
        "model": words, "plate": words, "mileage": whole, "external_id": words,
    },
    "appointments": {
        "id": whole, "customer_phone": number, "vin": vin, "service": words, "starts_at": moment, "ends_at": moment,
        "bay": whole, "status": words, "mode": words, "source": words, "call_sid": words, "needs_review": flag,
        "calendar_state": words,
    },
    "service_history": {
        "id": whole, "vehicle_id": whole, "customer_phone": number, "vin": vin, "appointment_id": whole,
        "service": words, "done_on": day, "mileage": whole, "amount": amount,
    },
    "calls": {
        "call_sid": words, "direction": words, "flow": words, "outcome": words, "transferred_to": number,
        "started_at": moment, "seconds": whole, "cost": amount, "attestation": words,
        "desk_seconds": whole,
    },
    "turns": {
        "call_sid": words, "turn": whole, "end_of_turn_ms": amount, "first_token_ms": amount, "tools_ms": amount,
        "first_speech_ms": amount, "response_ms": amount, "added_ms": amount, "barged_in": flag,
        "stt_seconds": amount, "tts_characters": whole, "llm_fresh_tokens": whole, "llm_cached_tokens": whole,
        "llm_output_tokens": whole, "cost": amount,
    },
    "reminders": {
        "appointment_id": whole, "attempt": whole, "state": words, "outcome": words, "placed_at": moment,
        "local_time": time_of_day, "answered_by": words, "due_at": moment, "phone": number, "call_sid": words,
        "consent_given_at": moment, "attestation": words, "opening_played_at": moment,
    },
    "consents": {
        "phone": number, "kind": words, "source": words, "given_at": moment, "withdrawn_at": moment, "basis": words,
        "evidence": words,
    },
    "opt_outs": {"phone": number, "source": words, "opted_out_at": moment},
    "callbacks": {
        "id": whole, "phone": number, "reason": words, "message": words, "state": words, "call_sid": words,
        "created_at": moment, "done_at": moment, "done_by": words, "call_at": moment,
    },
    "calendar_outbox": {
        "id": whole, "appointment_id": whole, "version": whole, "action": words, "state": words, "attempts": whole,
        "created_at": moment, "try_after": moment, "last_error": words, "callback_id": whole,
    },
    "staff_events": {"id": whole, "title": words, "starts_at": moment, "ends_at": moment, "source": words},
    "messages": {
        "id": whole, "kind": words, "phone": number, "state": words, "segments": whole, "cost": amount,
        "error_code": whole, "call_sid": words, "created_at": moment,
    },
}  # fmt: skip

_NEEDED: Mapping[str, frozenset[str]] = {
    "customers": frozenset({"phone", "first_name", "last_name"}),
    "vehicles": frozenset({"make"}),
    "appointments": frozenset({"customer_phone", "service", "starts_at"}),
    "service_history": frozenset({"service", "done_on"}),
    "calls": frozenset({"call_sid"}),
    "turns": frozenset({"call_sid", "turn"}),
    "reminders": frozenset({"appointment_id"}),
    "consents": frozenset({"phone", "given_at"}),
    "opt_outs": frozenset({"phone", "opted_out_at"}),
    "callbacks": frozenset({"phone"}),
    "calendar_outbox": frozenset(),
    "staff_events": frozenset({"starts_at", "ends_at"}),
    "messages": frozenset({"kind", "phone"}),
}
# The table behind a column of a view, where it is not of the same name.
_KEPT_IN = {("reminders", column): "reminder_attempts" for column in ("answered_by", "attestation")}

Vocabularies = Mapping[tuple[str, str], frozenset[str]]


def vocabularies(connection: Connection) -> Vocabularies:
    """The words that the schema allows, by table and column."""
    rules = connection.execute(
        text(
            "SELECT c.conrelid::regclass::text, a.attname, pg_get_constraintdef(c.oid) FROM pg_constraint c "
            "JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1] WHERE c.contype = 'c' "
            "AND cardinality(c.conkey) = 1 AND pg_get_constraintdef(c.oid) LIKE '%= ANY%'"
        )
    )
    return {(table, column): frozenset(re.findall(r"'([\w-]+)'", rule)) for table, column, rule in rules}


def checked(given: Any, path: Path, allowed: Vocabularies) -> dict[str, Rows]:
    """The rows by table, each value of its kind; null is the same as left out.

    Raises ConfigurationError whose sentence names table, row and field.
    """
    if not isinstance(given, dict) or not set(given) <= set(SHAPES):
        unknown = sorted(set(given) - set(SHAPES)) if isinstance(given, dict) else []
        wrong = f"; {', '.join(map(repr, unknown))} is not known" if unknown else ""
        raise ConfigurationError(f"{path} must be one object with lists named {', '.join(SHAPES)}{wrong}.")
    return {table: _rows(table, given.get(table, []), allowed) for table in SHAPES}


def _rows(table: str, rows: Any, allowed: Vocabularies) -> Rows:
    if not isinstance(rows, list):
        raise ConfigurationError(f"'{table}' must be a list of objects.")
    return [_row(table, place, row, allowed) for place, row in enumerate(rows, 1)]


def _row(table: str, place: int, row: Any, allowed: Vocabularies) -> dict[str, Any]:
    shape = SHAPES[table]
    if not isinstance(row, dict):
        raise ConfigurationError(f"Row {place} of '{table}' must be an object.")
    if unknown := set(row) - set(shape):
        raise ConfigurationError(f"Row {place} of '{table}' has unknown fields: {', '.join(sorted(unknown))}.")
    there = {field: value for field, value in row.items() if value is not None}
    if lacking := _NEEDED[table] - set(there):
        raise ConfigurationError(f"Row {place} of '{table}' lacks {', '.join(sorted(lacking))}.")
    made = {}
    for field, value in there.items():
        try:
            made[field] = shape[field](value)
            _check_word(made[field], allowed.get((_KEPT_IN.get((table, field), table), field)))
        except ValueError as why:
            raise fault(table, place, field, f"{why}, not {_shown(value)}") from why
    return made


def fault(table: str, place: int, field: str, words: str) -> ConfigurationError:
    return ConfigurationError(f"Row {place} of '{table}': {field} {words}.")


def _check_word(value: Any, allowed: frozenset[str] | None) -> None:
    if allowed is not None and value not in allowed:
        raise ValueError(f"must be one of {', '.join(sorted(allowed))}")


def _shown(value: Any) -> str:
    written = repr(value) if isinstance(value, str) else str(value)
    return written if len(written) <= 60 else f"{written[:57]}…"
