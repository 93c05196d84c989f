"""Intents: a write that was read back, its answer once carried out. What it writes is not known here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Connection, text

from shared.storage.texts import as_json

Kind = Literal["book", "cancel", "move", "message", "amend", "confirm"]


@dataclass(frozen=True, slots=True)
class Intent:
    """`answer` is what the model was told when it was spent, by carrying it out or by withdrawing it."""

    id: UUID
    kind: str
    payload: Mapping[str, Any]
    read_back: str
    answer: dict[str, Any] | None


WITHDRAWN: dict[str, Any] = {
    "status": "refused",
    "reason": "Something else was read back since; this was withdrawn and nothing was changed.",
}

_PREPARE = text(
    "WITH withdrawn AS (UPDATE intents SET spent_at = :now, answer = CAST(:withdrawn AS jsonb) "
    "WHERE call_sid = :call_sid AND spent_at IS NULL AND id <> :id) "
    "INSERT INTO intents (id, call_sid, kind, payload, read_back, prepared_at) "
    "VALUES (:id, :call_sid, :kind, CAST(:payload AS jsonb), :read_back, :now) ON CONFLICT (id) DO NOTHING"
)

_LOCKED = text(
    "SELECT id, kind, payload, read_back, answer FROM intents WHERE id = :id AND call_sid = :call_sid FOR UPDATE"
)

_SPEND = text("UPDATE intents SET spent_at = :now, answer = CAST(:answer AS jsonb) WHERE id = :id")


def prepare(
    connection: Connection,
    *,
    intent_id: UUID,
    call_sid: str,
    kind: Kind,
    payload: Mapping[str, Any],
    read_back: str,
    now: datetime,
) -> None:
    """Keeps what was read back; done again, it finds its row. A call has one open question at a time: an older intent
    is withdrawn."""
    connection.execute(
        _PREPARE,
        {
            "id": intent_id,
            "call_sid": call_sid,
            "kind": kind,
            "payload": as_json(payload),
            "read_back": read_back,
            "now": now,
            "withdrawn": as_json(WITHDRAWN),
        },
    )


def locked(connection: Connection, intent_id: UUID, call_sid: str) -> Intent | None:
    """The intent of this call, held until the transaction ends."""
    row = connection.execute(_LOCKED, {"id": intent_id, "call_sid": call_sid}).first()
    return None if row is None else Intent(row.id, row.kind, row.payload, row.read_back, row.answer)


def spend(connection: Connection, intent_id: UUID, answer: Mapping[str, Any], now: datetime) -> None:
    connection.execute(_SPEND, {"id": intent_id, "answer": as_json(answer), "now": now})
