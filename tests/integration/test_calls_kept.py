"""What is kept of calls and turns: outcomes, words, latencies, costs."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Connection

from shared.domain.costs import Tokens, Usage
from shared.errors import Misuse, RowRefused
from shared.services import Services
from shared.storage import calls
from tests.integration.desk_calls import MONDAY, rows

MINUTE = Decimal("0.0125")


def keep_turn(connection: Connection, **changes: Any) -> None:
    given: dict[str, Any] = {
        "call_sid": "CA1", "turn": 1, "now": MONDAY, "caller_said": "hi", "sophie_said": "hello", "usage": Usage(),
        "cost": Decimal(0),
    }  # fmt: skip
    calls.add_turn(connection, **{**given, **changes})


def close(connection: Connection, **changes: Any) -> None:
    given: dict[str, Any] = {
        "call_sid": "CA1", "outcome": "booked", "now": MONDAY + timedelta(seconds=95),
        "providers_cost": Decimal("0.05"), "minute_price": MINUTE,
    }  # fmt: skip
    calls.close_call(connection, **{**given, **changes})


def carrier_says(connection: Connection, status: str, seconds: int | None) -> None:
    calls.set_status(
        connection, call_sid="CA1", direction="inbound", status=status, now=MONDAY, minute_price=MINUTE, seconds=seconds
    )


def test_a_call_is_opened_once_and_closed_with_an_outcome(services: Services) -> None:
    with services.database.transaction() as connection:
        for _ in range(2):
            calls.open_call(connection, call_sid="CA1", direction="inbound", caller="+12175550123", now=MONDAY)
        close(connection)
    assert rows(services, "SELECT direction, flow, outcome, transferred_to, seconds FROM reporting.calls") == [
        ("inbound", "service", "booked", None, 95)
    ]


def test_a_call_whose_opening_was_lost_keeps_its_turns_and_its_end(services: Services) -> None:
    with services.database.transaction() as connection:
        keep_turn(connection)
        close(connection, call_sid="CA2", outcome="abandoned", transferred_to="+12175550100")
    assert rows(services, "SELECT call_sid, outcome, transferred_to FROM reporting.calls ORDER BY call_sid") == [
        ("CA1", None, None),
        ("CA2", "abandoned", "+12175550100"),
    ]
    assert rows(services, "SELECT call_sid, turn FROM reporting.turns") == [("CA1", 1)]
    with services.database.transaction() as connection:
        calls.open_call(connection, call_sid="CA1", direction="inbound", caller="+12175550123", now=MONDAY)
    assert rows(services, "SELECT call_sid, caller FROM calls WHERE caller IS NOT NULL") == [("CA1", "+12175550123")]


def test_a_call_costs_what_the_providers_asked_for_and_each_begun_minute_of_the_line(services: Services) -> None:
    with services.database.transaction() as connection:
        calls.open_call(connection, call_sid="CA1", direction="inbound", caller=None, now=MONDAY)
        close(connection)
    assert rows(services, "SELECT cost FROM reporting.calls") == [(Decimal("0.075000"),)]


def test_the_carriers_own_length_of_the_call_decides_its_cost_whenever_it_comes(services: Services) -> None:
    with services.database.transaction() as connection:
        calls.open_call(connection, call_sid="CA1", direction="inbound", caller=None, now=MONDAY)
        carrier_says(connection, "completed", 121)
        assert rows_of(connection) == [(121, Decimal("0.037500"))]
        close(connection)
    assert rows(services, "SELECT seconds, cost FROM reporting.calls") == [(121, Decimal("0.087500"))]


def rows_of(connection: Connection) -> list[tuple[Any, ...]]:
    found = connection.exec_driver_sql("SELECT seconds, cost FROM reporting.calls").all()
    return [tuple(each) for each in found]


def test_a_call_that_goes_on_after_its_end_adds_to_its_cost(services: Services) -> None:
    with services.database.transaction() as connection:
        calls.open_call(connection, call_sid="CA1", direction="inbound", caller=None, now=MONDAY)
        close(connection, outcome="failed", now=MONDAY + timedelta(seconds=30))
        close(connection, now=MONDAY + timedelta(seconds=90), providers_cost=Decimal("0.01"))
    assert rows(services, "SELECT outcome, cost FROM reporting.calls") == [("booked", Decimal("0.085000"))]


def test_an_end_that_is_written_again_because_its_commit_was_not_answered_costs_nothing_more(
    services: Services,
) -> None:
    with services.database.transaction() as connection:
        calls.open_call(connection, call_sid="CA1", direction="inbound", caller=None, now=MONDAY)
        for _ in range(2):
            close(connection)
    assert rows(services, "SELECT cost FROM reporting.calls") == [(Decimal("0.075000"),)]


def test_a_turn_keeps_what_it_used_and_what_that_cost(services: Services) -> None:
    usage = Usage(stt_seconds=4.5, tts_characters=80)
    usage.add_tokens("gpt-4o", Tokens(900, 1100, 40))
    with services.database.transaction() as connection:
        keep_turn(connection, usage=usage, cost=Decimal("0.012345"))
    assert rows(
        services,
        "SELECT stt_seconds, tts_characters, llm_fresh_tokens, llm_cached_tokens, llm_output_tokens, cost "
        "FROM reporting.turns",
    ) == [(4.5, 80, 900, 1100, 40, Decimal("0.012345"))]


def test_a_record_that_the_schema_refuses_is_told_as_such_and_without_its_values(services: Services) -> None:
    with pytest.raises(RowRefused, match="23514") as refused:
        services.database.run(lambda connection: close(connection, transferred_to="the-desk"))
    assert "the-desk" not in str(refused.value)


def test_characters_that_no_text_of_postgres_may_hold_do_not_lose_a_record(services: Services) -> None:
    odd = "a\0b\ud800c"
    with services.database.transaction() as connection:
        keep_turn(connection, caller_said=odd, sophie_said=None, tools=[{"name": odd, odd: [odd]}])
    kept = rows(services, "SELECT caller_said, tools->0->>'name', tools->0->'ab?c'->>0 FROM turns")
    assert kept == [("ab?c", "ab?c", "ab?c")]


@pytest.mark.parametrize(
    ("order", "last"),
    [
        (["ringing", "in-progress", "completed"], "completed"),
        (["completed", "in-progress", "ringing"], "completed"),
        (["in-progress", "completed", "completed", "failed"], "completed"),
        (["no-answer", "initiated"], "no-answer"),
    ],
)
def test_callbacks_out_of_order_never_take_a_call_back(services: Services, order: list[str], last: str) -> None:
    with services.database.transaction() as connection:
        for status in order:
            carrier_says(connection, status, 7)
    assert rows(services, "SELECT status FROM calls") == [(last,)]
    with pytest.raises(Misuse), services.database.transaction() as connection:
        carrier_says(connection, "exploded", None)


def test_a_turn_keeps_its_words_tools_and_stages(services: Services) -> None:
    with services.database.transaction() as connection:
        calls.open_call(connection, call_sid="CA1", direction="inbound", caller=None, now=MONDAY)
        for words in ("hello", "hello there"):
            keep_turn(
                connection,
                sophie_said=words,
                tools=[{"name": "lookup_customer", "ms": 3.5}],
                latencies={"first_token_ms": 12.5},
                barged_in=True,
            )
    assert rows(services, "SELECT turn, first_token_ms, tools_ms, barged_in FROM reporting.turns") == [
        (1, 12.5, None, True)
    ]
    kept = rows(services, "SELECT sophie_said, tools->0->>'name', said_at FROM turns")
    assert kept == [("hello there", "lookup_customer", MONDAY)]
    with pytest.raises(Misuse), services.database.transaction() as connection:
        keep_turn(connection, turn=2, latencies={"lunch_ms": 1.0})
