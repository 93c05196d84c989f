"""Calls and their turns, as the reports show them. Audio is never kept.

A record may be lost while Postgres is away, so each one that comes makes the call's row where it is missing.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, text

from shared.errors import Misuse
from shared.storage.texts import as_json

Direction = Literal["inbound", "outbound"]
Flow = Literal["service", "reminder"]
Outcome = Literal[
    "booked", "moved", "cancelled", "confirmed", "answered", "message", "transferred", "abandoned", "refused",
    "voicemail", "wrong_number", "opted_out", "failed",
]  # fmt: skip

STAGES = ("end_of_turn_ms", "first_token_ms", "tools_ms", "first_speech_ms", "response_ms", "added_ms")

# Callbacks come twice and out of order: a lower rank never replaces a higher one, and the last rank absorbs.
STATUS_RANK: Mapping[str, int] = {
    "queued": 0, "initiated": 1, "ringing": 2, "in-progress": 3,
    "completed": 4, "busy": 4, "failed": 4, "no-answer": 4, "canceled": 4,
}  # fmt: skip


def open_call(
    connection: Connection,
    *,
    call_sid: str,
    direction: Direction,
    caller: str | None,
    now: datetime,
    flow: Flow = "service",
) -> None:
    """A row for a call that began; a second socket of the same call finds the first one's row."""
    connection.execute(
        text(
            "INSERT INTO calls (call_sid, direction, flow, caller, started_at) "
            "VALUES (:call_sid, :direction, :flow, :caller, :now) "
            "ON CONFLICT (call_sid) DO UPDATE SET caller = coalesce(calls.caller, EXCLUDED.caller), "
            "started_at = least(calls.started_at, EXCLUDED.started_at)"
        ),
        {"call_sid": call_sid, "direction": direction, "flow": flow, "caller": caller, "now": now},
    )


def close_call(
    connection: Connection, *, call_sid: str, outcome: Outcome, now: datetime, transferred_to: str | None = None
) -> None:
    """The outcome and the end of a call. Closing again changes the outcome (a call that went on), never the start."""
    connection.execute(
        text(
            "INSERT INTO calls AS c (call_sid, direction, flow, outcome, transferred_to, started_at, ended_at) VALUES "
            "(:call_sid, 'inbound', 'service', :outcome, :transferred_to, :now, :now) "
            "ON CONFLICT (call_sid) DO UPDATE SET outcome = EXCLUDED.outcome, ended_at = EXCLUDED.ended_at, "
            "transferred_to = coalesce(EXCLUDED.transferred_to, c.transferred_to), "
            "seconds = greatest(0, extract(epoch FROM EXCLUDED.ended_at - c.started_at))::integer"
        ),
        {"call_sid": call_sid, "outcome": outcome, "transferred_to": transferred_to, "now": now},
    )


def set_status(
    connection: Connection,
    *,
    call_sid: str,
    direction: Direction,
    status: str,
    now: datetime,
    seconds: int | None = None,
) -> None:
    """What the carrier says of a call, in whatever order it says it; a call that never reached a socket gets its row
    here. Raises Misuse for a status that the carrier does not have."""
    if status not in STATUS_RANK:
        raise Misuse(f"A call has no status {status!r}.")
    ended = STATUS_RANK[status] == 4
    connection.execute(
        text(
            "INSERT INTO calls AS c (call_sid, direction, flow, status, started_at, ended_at, seconds) VALUES "
            "(:call_sid, :direction, 'service', :status, :now, CASE WHEN :ended THEN CAST(:now AS timestamptz) END, "
            ":seconds) ON CONFLICT (call_sid) DO UPDATE SET status = EXCLUDED.status, "
            "seconds = coalesce(EXCLUDED.seconds, c.seconds), ended_at = coalesce(c.ended_at, EXCLUDED.ended_at) "
            "WHERE array_position(CAST(:not_after AS text[]), coalesce(c.status, 'none')) IS NOT NULL"
        ),
        {
            "call_sid": call_sid,
            "direction": direction,
            "status": status,
            "now": now,
            "ended": ended,
            "seconds": seconds,
            "not_after": ["none", *(each for each, rank in STATUS_RANK.items() if rank < STATUS_RANK[status])],
        },
    )


def add_turn(
    connection: Connection,
    *,
    call_sid: str,
    turn: int,
    caller_said: str | None,
    sophie_said: str | None,
    tools: Sequence[Mapping[str, Any]] = (),
    latencies: Mapping[str, float] | None = None,
    barged_in: bool = False,
) -> None:
    """One turn, with each stage's latency in milliseconds under a name of STAGES; written again, it is replaced.

    A call whose opening was lost begins for the reports when its first turn is kept, by the server's clock.
    """
    stages = dict.fromkeys(STAGES) | dict(latencies or {})
    if len(stages) != len(STAGES):
        raise Misuse(f"A turn has these stages: {', '.join(STAGES)}.")
    connection.execute(
        text(
            "WITH opened AS (INSERT INTO calls (call_sid, direction, flow, started_at) "
            "VALUES (:call_sid, 'inbound', 'service', clock_timestamp()) ON CONFLICT (call_sid) DO NOTHING) "
            "INSERT INTO turns (call_sid, turn, caller_said, sophie_said, tools, barged_in, end_of_turn_ms, "
            "first_token_ms, tools_ms, first_speech_ms, response_ms, added_ms) VALUES (:call_sid, :turn, "
            ":caller_said, :sophie_said, CAST(:tools AS jsonb), :barged_in, :end_of_turn_ms, :first_token_ms, "
            ":tools_ms, :first_speech_ms, :response_ms, :added_ms) ON CONFLICT (call_sid, turn) DO UPDATE SET "
            "caller_said = EXCLUDED.caller_said, sophie_said = EXCLUDED.sophie_said, tools = EXCLUDED.tools, "
            "barged_in = EXCLUDED.barged_in, end_of_turn_ms = EXCLUDED.end_of_turn_ms, "
            "first_token_ms = EXCLUDED.first_token_ms, tools_ms = EXCLUDED.tools_ms, "
            "first_speech_ms = EXCLUDED.first_speech_ms, response_ms = EXCLUDED.response_ms, "
            "added_ms = EXCLUDED.added_ms"
        ),
        {
            "call_sid": call_sid,
            "turn": turn,
            "caller_said": caller_said,
            "sophie_said": sophie_said,
            "tools": as_json(list(tools)),
            "barged_in": barged_in,
            **stages,
        },
    )
