"""What holds of the tools whatever a model asks and whatever callers say: hundreds of random calls on a real database.

A turn that changed something must have been agreed to; what is spoken stands in the row; nobody hears of another.
"""

import json
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from sqlalchemy import text

from shared.services import Services
from tests.integration.any_calls import PEOPLE, YES, AnyCalls, Turn, printed
from tests.integration.desk_calls import MONDAY, NewCaller, rows

STATUSES = frozenset(
    {
        "error", "unknown", "known", "refused", "missing", "locked", "verified", "not_verified", "unknown_service",
        "ask", "none", "offers", "not_found", "taken", "read_back", "booked", "cancelled", "moved", "updated",
        "verify_first", "ok", "partial", "unsure", "invalid", "unavailable", "transferring", "goodbye", "taken_down",
    }
)  # fmt: skip
CHANGES = {
    "book_appointment": "booked",
    "cancel_appointment": "cancelled",
    "reschedule_appointment": "moved",
    "update_details": "updated",
    "take_message": "taken_down",
}
EVERYTHING = (
    "SELECT (SELECT array_agg(c ORDER BY c.id)::text FROM customers c), (SELECT array_agg(v ORDER BY v.id)::text "
    "FROM vehicles v), (SELECT array_agg(a ORDER BY a.id)::text FROM appointments a), "
    "(SELECT array_agg(b ORDER BY b.id)::text FROM callbacks b)"
)
IN_TWO_PLACES = (
    "SELECT a.id, b.id FROM appointments a JOIN appointments b ON a.id < b.id AND a.during && b.during "
    "AND a.status IN ('booked', 'confirmed') AND b.status IN ('booked', 'confirmed') "
    "WHERE a.vehicle_id = b.vehicle_id AND a.call_sid = b.call_sid OR a.bay = b.bay"
)


def put_on_file(services: Services) -> dict[int, str]:
    """The people, each with a car that only they have; answers the cars' models by their owners."""
    models = {}
    with services.database.transaction() as connection:
        for number, people in PEOPLE.items():
            for first, last, code in people:
                model = f"Secret{first}"
                customer = connection.execute(
                    text(
                        "WITH new AS (INSERT INTO customers (phone, first_name, last_name, zip, zone, created_at) "
                        "VALUES (:number, :first, :last, :code, 'America/Chicago', :now) RETURNING id) "
                        "INSERT INTO vehicles (customer_id, make, model, year, created_at) "
                        "SELECT id, 'Kia', :model, 2015, :now FROM new RETURNING customer_id"
                    ),
                    {"number": number, "first": first, "last": last, "code": code, "model": model, "now": MONDAY},
                ).scalar_one()
                models[customer] = model
    return models


@pytest.fixture
def models(services: Services) -> Iterator[dict[int, str]]:
    yield put_on_file(services)


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_asked_nothing_changes_unagreed_nothing_is_told_to_others_and_every_answer_is_one_of_the_known(
    services: Services, new_caller: NewCaller, models: dict[int, str], seed: int
) -> None:
    calls, before = AnyCalls(new_caller, Random(seed)), rows(services, EVERYTHING)
    carried_out: dict[str, object] = {}
    for turn in calls.turns(80):
        after = rows(services, EVERYTHING)
        holds(turn, models)
        if turn.result.changed:
            intent = turn.caller.call.handles[turn.intent or ""]["id"]
            is_first = intent not in carried_out
            assert is_first or (after, turn.result.content) == (before, carried_out[intent]), printed(turn)
            if is_first:
                stands(turn, services)
            carried_out[intent] = turn.result.content
        else:
            assert after == before, printed(turn)
        before = after
    assert rows(services, IN_TWO_PLACES) == []


def holds(turn: Turn, models: dict[int, str]) -> None:
    content, call = turn.result.content, turn.caller.call
    said = json.dumps(content, ensure_ascii=False) + (turn.result.spoken or "")
    assert content["status"] in STATUSES, printed(turn)
    assert "Something went wrong" not in said, printed(turn)
    assert turn.result.spoken == content.get("spoken"), printed(turn)
    others = [model for owner, model in models.items() if owner != call.verified]
    assert not any(model in said for model in others) or turn.intent is not None, printed(turn)
    assert "None" not in said and "null" not in (turn.result.spoken or ""), printed(turn)
    assert call == type(call).from_dict(json.loads(json.dumps(call.to_dict()))), printed(turn)


def stands(turn: Turn, services: Services) -> None:
    """A change was agreed to in this call, says so, and what is said of an appointment is what its row says."""
    status, spoken = turn.result.content["status"], turn.result.spoken or ""
    assert status == CHANGES[turn.tool], printed(turn)
    assert turn.answers.get(turn.intent or "") in YES, printed(turn)
    if turn.tool.endswith("_appointment"):
        service, car, name, local = last_changed(services)
        words = turn.caller.call.words
        assert words.moment_words(local) in spoken and car in spoken and name in spoken, printed(turn)
        assert service in spoken or turn.caller.call.language == "es", printed(turn)


def last_changed(services: Services) -> tuple[Any, ...]:
    return rows(
        services,
        "SELECT s.name, coalesce(v.model, v.make), c.first_name || ' ' || c.last_name, "
        "a.starts_at AT TIME ZONE 'America/Chicago' FROM appointments a JOIN customers c ON c.id = a.customer_id "
        "JOIN vehicles v ON v.id = a.vehicle_id JOIN services s ON s.code = a.service "
        "WHERE a.id = (SELECT row_key::bigint FROM audit WHERE table_name = 'appointments' ORDER BY id DESC LIMIT 1)",
    )[0]
