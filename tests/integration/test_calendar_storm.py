"""Random changes, requests that go wrong and workers that are killed: the calendar ends as the tables are."""

from pathlib import Path

from tests.bench.calendar_faults import Storm, google


def test_after_a_storm_every_appointment_and_open_call_back_has_its_event_and_nothing_else_has(
    database_url: str, tmp_path: Path
) -> None:
    with google() as lab:
        found = Storm(database_url, lab, tmp_path, seed=11).rage(200, kill_every=70)
    assert found.kills == 2 and found.struck > 20 and found.active > 40 and found.calls > 5
    assert {name: count for name, count in found.wrong.items() if count} == {}
