"""Calls and their turns, as the reports show them. Audio is never kept.

A record may be lost while Postgres is away, so each one that comes makes the call's row where it is missing.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, get_args

from sqlalchemy import Connection, Row, text

from shared.domain.costs import Usage
from shared.errors import Misuse
from shared.storage.texts import as_json

Direction = Literal["inbound", "outbound"]
Flow = Literal["service", "reminder"]
# How far the carriers vouch for the caller's number (STIR/SHAKEN): A the number and the customer, B the customer, C
# only where the call came in; failed when the proof is wrong.
Attestation = Literal["A", "B", "C", "failed"]
Outcome = Literal[
    "booked", "moved", "cancelled", "confirmed", "answered", "message", "transferred", "abandoned", "refused",
    "voicemail", "wrong_number", "opted_out", "failed", "desk_answered", "desk_no_answer", "desk_busy",
    "desk_voicemail", "desk_closed", "rejected", "spam", "no_answer",
]  # fmt: skip

STAGES = ("end_of_turn_ms", "first_token_ms", "tools_ms", "first_speech_ms", "response_ms", "added_ms")
_KEPT = (
    "said_at", "caller_said", "sophie_said", "tools", "barged_in", "stt_seconds", "tts_characters", "llm_fresh_tokens",
    "llm_cached_tokens", "llm_output_tokens", "cost", *STAGES,
)  # fmt: skip

# Callbacks come twice and out of order: a lower rank never replaces a higher one, and the last rank absorbs.
STATUS_RANK: Mapping[str, int] = {
    "queued": 0, "initiated": 1, "ringing": 2, "in-progress": 3,
    "completed": 4, "busy": 4, "failed": 4, "no-answer": 4, "canceled": 4,
}  # fmt: skip

# What a call comes to that ended without anybody of ours having answered it.
_UNANSWERED: Mapping[tuple[Direction, str], Outcome] = {
    ("inbound", "busy"): "rejected", ("inbound", "no-answer"): "abandoned", ("inbound", "canceled"): "abandoned",
    ("inbound", "failed"): "failed", ("outbound", "busy"): "no_answer", ("outbound", "no-answer"): "no_answer",
    ("outbound", "canceled"): "no_answer", ("outbound", "failed"): "failed",
}  # fmt: skip

# Names of columns come from this module alone.
_COLUMNS = ", ".join(_KEPT)
_VALUES = ", ".join("CAST(:tools AS jsonb)" if each == "tools" else f":{each}" for each in _KEPT)
_NEWER = ", ".join(f"{each} = EXCLUDED.{each}" for each in _KEPT)
_KEEP_TURN = text(
    "WITH opened AS (INSERT INTO calls (call_sid, direction, flow, started_at) "  # noqa: S608
    "VALUES (:call_sid, 'inbound', 'service', :said_at) ON CONFLICT (call_sid) DO NOTHING) "
    f"INSERT INTO turns (call_sid, turn, {_COLUMNS}) VALUES (:call_sid, :turn, {_VALUES}) "
    f"ON CONFLICT (call_sid, turn) DO UPDATE SET {_NEWER}"
)


def is_over(status: str) -> bool:
    """Whether nothing follows on this status."""
    return STATUS_RANK.get(status) == 4


def attestation_of(told: str | None) -> Attestation | None:
    """None for every other text."""
    return next((each for each in get_args(Attestation) if each == told), None)


def open_call(
    connection: Connection,
    *,
    call_sid: str,
    direction: Direction,
    caller: str | None,
    now: datetime,
    flow: Flow = "service",
    attestation: Attestation | None = None,
) -> None:
    """A row for a call that began; a second socket of the same call finds the first one's row."""
    connection.execute(
        text(
            "INSERT INTO calls (call_sid, direction, flow, caller, attestation, started_at) "
            "VALUES (:call_sid, :direction, :flow, :caller, :attestation, :now) "
            "ON CONFLICT (call_sid) DO UPDATE SET caller = coalesce(calls.caller, EXCLUDED.caller), "
            "attestation = coalesce(calls.attestation, EXCLUDED.attestation), "
            "started_at = least(calls.started_at, EXCLUDED.started_at)"
        ),
        {
            "call_sid": call_sid,
            "direction": direction,
            "flow": flow,
            "caller": caller,
            "attestation": attestation,
            "now": now,
        },
    )


def close_call(
    connection: Connection,
    *,
    call_sid: str,
    outcome: Outcome,
    now: datetime,
    providers_cost: Decimal,
    minute_price: Decimal,
    transferred_to: str | None = None,
) -> None:
    """The outcome, the end and the cost of a call. Closing again changes the outcome, since the call went on (where it
    rang at the desk, only if more came of it than the ringing), and adds to the cost, never the start; a length that
    the carrier told stays. Written twice with the same `now` it is one closing: its commit was not answered."""
    connection.execute(
        text(
            "INSERT INTO calls AS c (call_sid, direction, flow, outcome, transferred_to, started_at, ended_at, "
            "providers_cost) VALUES (:call_sid, 'inbound', 'service', :outcome, :transferred_to, :now, :now, :cost) "
            "ON CONFLICT (call_sid) DO UPDATE SET ended_at = EXCLUDED.ended_at, outcome = CASE "
            "WHEN left(c.outcome, 5) = 'desk_' AND EXCLUDED.outcome IN ('answered', 'abandoned', 'transferred') "
            "AND (c.outcome, EXCLUDED.outcome) <> ('desk_answered', 'transferred') THEN c.outcome "
            "ELSE EXCLUDED.outcome END, "
            "transferred_to = coalesce(EXCLUDED.transferred_to, c.transferred_to), "
            "providers_cost = CASE WHEN c.ended_at = EXCLUDED.ended_at "
            "THEN coalesce(c.providers_cost, EXCLUDED.providers_cost) "
            "ELSE coalesce(c.providers_cost, 0) + EXCLUDED.providers_cost END, "
            "seconds = CASE WHEN c.status = 'completed' THEN c.seconds "
            "ELSE greatest(0, extract(epoch FROM EXCLUDED.ended_at - c.started_at))::integer END"
        ),
        {
            "call_sid": call_sid,
            "outcome": outcome,
            "transferred_to": transferred_to,
            "now": now,
            "cost": providers_cost,
        },
    )
    _settle_cost(connection, call_sid, minute_price)


def _settle_cost(connection: Connection, call_sid: str, minute_price: Decimal) -> None:
    """What the providers asked for, each begun minute of the line, and the leg to the desk."""
    connection.execute(
        text(
            "UPDATE calls SET cost = coalesce(providers_cost, 0) + coalesce(desk_cost, 0) "
            "+ ceil(coalesce(seconds, 0) / 60.0) * :minute_price WHERE call_sid = :call_sid"
        ),
        {"call_sid": call_sid, "minute_price": minute_price},
    )


def set_status(
    connection: Connection,
    *,
    call_sid: str,
    direction: Direction,
    status: str,
    now: datetime,
    minute_price: Decimal,
    seconds: int | None = None,
    flow: Flow = "service",
    caller: str | None = None,
) -> None:
    """What the carrier says of a call, in whatever order it says it; a call that never reached a socket gets its row
    here, and its outcome where nobody answered it. Raises Misuse for a status that the carrier does not have."""
    if status not in STATUS_RANK:
        raise Misuse(f"A call has no status {status!r}.")
    ended = is_over(status)
    connection.execute(
        text(
            "INSERT INTO calls AS c (call_sid, direction, flow, caller, status, outcome, started_at, ended_at, "
            "seconds) VALUES (:call_sid, :direction, :flow, :caller, :status, :outcome, :now, "
            "CASE WHEN :ended THEN CAST(:now AS timestamptz) END, :seconds) "
            "ON CONFLICT (call_sid) DO UPDATE SET status = EXCLUDED.status, "
            "caller = coalesce(c.caller, EXCLUDED.caller), outcome = coalesce(c.outcome, EXCLUDED.outcome), "
            "seconds = coalesce(EXCLUDED.seconds, c.seconds), ended_at = coalesce(c.ended_at, EXCLUDED.ended_at) "
            "WHERE array_position(CAST(:not_after AS text[]), coalesce(c.status, 'none')) IS NOT NULL"
        ),
        {
            "call_sid": call_sid,
            "direction": direction,
            "flow": flow,
            "caller": caller,
            "status": status,
            "outcome": _UNANSWERED.get((direction, status)),
            "now": now,
            "ended": ended,
            "seconds": seconds,
            "not_after": ["none", *(each for each, rank in STATUS_RANK.items() if rank < STATUS_RANK[status])],
        },
    )
    if ended:
        _settle_cost(connection, call_sid, minute_price)


def conclude(
    connection: Connection,
    *,
    call_sid: str,
    outcome: Outcome,
    now: datetime,
    caller: str | None = None,
    transferred_to: str | None = None,
) -> None:
    """The outcome of an inbound call that ended with people or without a word of ours. What Sophie's own part came to
    stays, unless all it came to was that the call was given on."""
    connection.execute(
        text(
            "INSERT INTO calls AS c (call_sid, direction, flow, caller, outcome, transferred_to, started_at) VALUES "
            "(:call_sid, 'inbound', 'service', :caller, :outcome, :transferred_to, :now) "
            "ON CONFLICT (call_sid) DO UPDATE SET caller = coalesce(c.caller, EXCLUDED.caller), "
            "outcome = CASE WHEN c.outcome IS NULL OR (c.outcome IN ('transferred', 'abandoned') "
            "AND EXCLUDED.outcome <> 'desk_answered') THEN EXCLUDED.outcome ELSE c.outcome END, "
            "transferred_to = coalesce(c.transferred_to, EXCLUDED.transferred_to)"
        ),
        {
            "call_sid": call_sid,
            "caller": caller,
            "outcome": outcome,
            "transferred_to": transferred_to,
            "now": now,
        },
    )


def keep_desk_leg(connection: Connection, call_sid: str, seconds: int, minute_price: Decimal) -> None:
    """The outgoing leg of a call that has its row, in begun minutes. Told again it is the same leg: the desk is rung
    once in a call, and the longest that was told of it counts."""
    connection.execute(
        text(
            "UPDATE calls SET desk_seconds = :seconds, desk_cost = CAST(:desk_cost AS numeric), "
            "cost = coalesce(cost, 0) - coalesce(desk_cost, 0) + CAST(:desk_cost AS numeric) "
            "WHERE call_sid = :call_sid AND coalesce(desk_seconds, 0) < :seconds"
        ),
        {"call_sid": call_sid, "seconds": seconds, "desk_cost": -(-seconds // 60) * minute_price},
    )


def note_goodbye(connection: Connection, call_sid: str, now: datetime) -> None:
    """The call ends by a goodbye of ours; kept here where Redis could not be told."""
    connection.execute(
        text(
            "INSERT INTO calls AS c (call_sid, direction, flow, started_at, goodbye_at) "
            "VALUES (:call_sid, 'inbound', 'service', :now, :now) "
            "ON CONFLICT (call_sid) DO UPDATE SET goodbye_at = EXCLUDED.goodbye_at"
        ),
        {"call_sid": call_sid, "now": now},
    )


def said_goodbye(connection: Connection, call_sid: str) -> bool:
    found = connection.execute(text("SELECT goodbye_at FROM calls WHERE call_sid = :call_sid"), {"call_sid": call_sid})
    return found.scalar() is not None


def without_outcome(connection: Connection, since: datetime, stale: datetime, most: int) -> Sequence[Row[Any]]:
    """Calls whose own last word was lost, or is still being written: the carrier says that they are over, or they began
    so long ago that its word was lost too."""
    return connection.execute(
        text(
            "SELECT call_sid, coalesce(ended_at, started_at) AS over_since FROM calls WHERE outcome IS NULL "
            "AND started_at > :since AND (status = 'completed' OR started_at < :stale) ORDER BY started_at LIMIT :most"
        ),
        {"since": since, "stale": stale, "most": most},
    ).all()


def add_turn(
    connection: Connection,
    *,
    call_sid: str,
    turn: int,
    now: datetime,
    caller_said: str | None,
    sophie_said: str | None,
    usage: Usage,
    cost: Decimal,
    tools: Sequence[Mapping[str, Any]] = (),
    latencies: Mapping[str, float] | None = None,
    barged_in: bool = False,
) -> None:
    """One turn, with each stage's latency in milliseconds under a name of STAGES; written again, it is replaced.

    A call whose opening was lost begins for the reports when its first turn is kept.
    """
    stages = dict.fromkeys(STAGES) | dict(latencies or {})
    if len(stages) != len(STAGES):
        raise Misuse(f"A turn has these stages: {', '.join(STAGES)}.")
    connection.execute(
        _KEEP_TURN,
        {
            "call_sid": call_sid,
            "turn": turn,
            "said_at": now,
            "caller_said": caller_said,
            "sophie_said": sophie_said,
            "tools": as_json(list(tools)),
            "barged_in": barged_in,
            "stt_seconds": usage.stt_seconds,
            "tts_characters": usage.tts_characters,
            "llm_fresh_tokens": usage.all_tokens.fresh,
            "llm_cached_tokens": usage.all_tokens.cached,
            "llm_output_tokens": usage.all_tokens.output,
            "cost": cost,
            **stages,
        },
    )
