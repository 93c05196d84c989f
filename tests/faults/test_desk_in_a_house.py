"""`infra/desk` on a running house: each command between real calls, as the operator gives it, and what the next caller
notices of it."""

import dataclasses
import json
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from infra.service_desk.__main__ import main
from tests.fast_lab import DESK, FastLab

HOURS = "what are your opening hours"
Desk = Callable[..., Any]


@pytest.fixture
def desk(lab: FastLab, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Desk]:
    """Says a command to the house and reads what it tells a program."""
    lab.brain("offline-desk")
    at = tmp_path / "lab.json"
    at.write_text(json.dumps(dataclasses.asdict(lab.at)))

    def say(*words: str, exits: int = 0) -> Any:
        capsys.readouterr()
        code = main(["--lab", str(at), *words, "--json"])
        shown = capsys.readouterr()
        assert code == exits, shown.err
        return json.loads(shown.out) if shown.out else shown.err

    yield say
    say("calls", "on")


def number(lab: FastLab) -> str:
    [(phone,)] = lab.rows(
        "SELECT phone FROM reporting.customers GROUP BY phone HAVING count(*) = 1 ORDER BY phone LIMIT 1"
    )
    return str(phone)


def test_a_call_is_in_todays_list_with_its_words_and_in_its_costs(lab: FastLab, desk: Desk) -> None:
    before = float(desk("today")["spent_usd"])
    call = lab.call(HOURS, "goodbye")
    [newest] = desk("calls", "--last", "1")["calls"]
    assert (newest["call_sid"], newest["outcome"]) == (call.record["sid"], "answered")
    told = desk("call", call.record["sid"])
    assert told["outcome"] == "answered" and float(told["cost"]) > 0
    assert HOURS in [row["words"] for row in told["transcript"]]
    assert any(row["response_ms"] is not None for row in told["turns"])
    costs = desk("costs")
    assert float(costs["spent_usd"]) > before
    assert "answered" in [row["outcome"] for row in costs["calls_by_outcome"]]
    assert desk("call", "CA404", exits=1)["found"] is False


def test_calls_off_rings_the_desk_with_the_next_call_and_on_brings_sophie_back(lab: FastLab, desk: Desk) -> None:
    desk("calls", "off")
    assert "the desk" in desk("today")["calls_are_taken_by"]
    away = lab.call(desk={"answers": "human", "rings_s": 1, "talks_s": 2})
    assert [each["number"] for each in away.record["dialled"]] == [DESK] and away.record["streams"] == []
    assert away.outcome == "desk_answered"
    desk("calls", "on")
    back = lab.call(HOURS, "goodbye")
    assert back.record["dialled"] == [] and back.outcome == "answered"


def test_a_call_that_nobody_took_is_called_back_and_done(lab: FastLab, desk: Desk) -> None:
    desk("calls", "off")
    call = lab.call(caller="+17085550988")
    assert call.outcome == "desk_no_answer"
    [waiting] = [row for row in desk("callbacks")["call_backs"] if row["phone"] == "+17085550988"]
    desk("callbacks", "done", str(waiting["id"]))
    assert waiting["id"] not in [row["id"] for row in desk("callbacks")["call_backs"]]
    desk("callbacks", "undone", str(waiting["id"]))
    assert waiting["id"] in [row["id"] for row in desk("callbacks")["call_backs"]]
    desk("callbacks", "done", "987654", exits=1)


def test_a_day_that_is_closed_puts_nobody_through_until_it_is_open_again(lab: FastLab, desk: Desk) -> None:
    desk("calls", "off")
    today = date.fromisoformat(desk("today")["day"])
    desk("closed", today.isoformat(), "burst", "pipe")
    assert desk("today")["hours"] == "closed: burst pipe"
    closed = lab.call()
    assert closed.record["dialled"] == [] and "We are closed at the moment." in " ".join(closed.record["said"])
    assert closed.outcome == "desk_closed"
    desk("open", today.isoformat())
    opened = lab.call()
    assert [each["number"] for each in opened.record["dialled"]] == [DESK]
    desk("open", (today + timedelta(days=30)).isoformat(), exits=1)


def test_a_blocked_number_hears_a_busy_tone_until_it_is_unblocked(lab: FastLab, desk: Desk) -> None:
    desk("block", "+17085550666", "shouts")
    call = lab.call(caller="+17085550666")
    assert call.record["status"] == "busy" and call.outcome == "rejected"
    desk("unblock", "+17085550666")
    assert lab.call("goodbye", caller="+17085550666").record["status"] == "completed"


def test_a_customer_who_is_forgotten_is_a_stranger_to_sophie(lab: FastLab, desk: Desk) -> None:
    phone = number(lab)
    lab.call("goodbye", caller=phone)
    assert desk("forget", phone, "--yes")["search"]["found"] == []
    assert lab.rows("SELECT count(*) FROM reporting.customers WHERE phone = :phone", phone=phone) == [(0,)]
    desk("forget", phone, "--yes", exits=2)
    desk("optout", phone)
    assert lab.rows("SELECT source FROM reporting.opt_outs WHERE phone = :phone", phone=phone) == [("desk",)]


@pytest.mark.parametrize(
    ("words", "exits"),
    [
        (["closed", "the day after"], 2),
        (["callbacks", "done"], 2),
        (["calls", "--last", "none"], 2),
        (["optout", "911"], 2),
        (["block", "nobody"], 2),
        (["forget", "💥", "--yes"], 2),
        (["unblock", "+17085550111"], 1),
        (["call", "' OR 1=1 --"], 1),
        (["costs", "--day", "2026-02-30"], 2),
    ],
)
def test_what_cannot_be_changes_nothing_and_says_why(
    lab: FastLab, desk: Desk, capsys: pytest.CaptureFixture[str], words: list[str], exits: int
) -> None:
    changes = "SELECT max(id) FROM audit"
    before = lab.rows(changes)
    try:
        told = desk(*words, exits=exits)
    except SystemExit as ended:
        assert ended.code == exits
        told = capsys.readouterr().err
    assert str(told).strip()
    assert lab.rows(changes) == before
