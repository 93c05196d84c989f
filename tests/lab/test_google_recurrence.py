"""A staff member's recurring events in the lab's Calendar: busy each time, listed one by one, changed one by one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from googleapiclient.errors import HttpError

from tests.lab.google_lab import GoogleLab, serving

MEETING = {
    "id": "meeting0",
    "summary": "Monday meeting",
    "start": {"dateTime": "2027-03-01T08:00:00", "timeZone": "America/Chicago"},
    "end": {"dateTime": "2027-03-01T09:00:00", "timeZone": "America/Chicago"},
    "recurrence": ["RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=4"],
}
MARCH = {"timeMin": "2027-03-01T00:00:00Z", "timeMax": "2027-04-01T00:00:00Z"}
STARTS = [f"2027-03-{day}T08:00:00-0{hours}:00" for day, hours in (("01", 6), ("08", 6), ("15", 5), ("22", 5))]


class Weekly:
    def __init__(self, lab: GoogleLab, service: Any) -> None:
        self.lab = lab
        self.service = service
        self.events = service.events()

    def by_hand(self, method: str, path: str = "", body: Any = None) -> Any:
        return self.lab.control(method, f"calendar/primary/events{path}", body)

    def listed(self, **query: Any) -> list[Any]:
        found: list[Any] = self.events.list(calendarId="primary", **query).execute()["items"]
        return found

    def busy(self) -> list[str]:
        body = MARCH | {"items": [{"id": "primary"}], "timeZone": "America/Chicago"}
        found = self.service.freebusy().query(body=body).execute()["calendars"]["primary"]["busy"]
        return [one["start"] for one in found]


@pytest.fixture
def weekly() -> Iterator[Weekly]:
    with serving() as lab, lab.calendar() as service:
        found = Weekly(lab, service)
        found.by_hand("POST", body=MEETING)
        yield found


def test_each_instance_is_busy_at_its_wall_time_over_the_change_of_the_clocks(weekly: Weekly) -> None:
    assert weekly.busy() == STARTS


def test_an_instance_that_began_before_the_question_is_busy_in_it(weekly: Weekly) -> None:
    body = {"timeMin": "2027-03-08T14:30:00Z", "timeMax": "2027-03-09T00:00:00Z", "items": [{"id": "primary"}]}
    found = weekly.service.freebusy().query(body=body).execute()["calendars"]["primary"]["busy"]
    assert found == [{"start": "2027-03-08T14:30:00Z", "end": "2027-03-08T15:00:00Z"}]


def test_single_events_are_the_instances_and_otherwise_it_is_the_series(weekly: Weekly) -> None:
    instances = weekly.listed(singleEvents=True, orderBy="startTime", **MARCH)
    assert [one["start"]["dateTime"] for one in instances] == STARTS
    assert instances[0]["id"] == "meeting0_20270301T140000Z"
    assert {one["recurringEventId"] for one in instances} == {"meeting0"}
    assert all("recurrence" not in one for one in instances)
    (series,) = weekly.listed(**MARCH)
    assert (series["id"], series["recurrence"]) == ("meeting0", MEETING["recurrence"])


def test_one_instance_is_taken_away_and_one_is_moved_without_the_others(weekly: Weekly) -> None:
    weekly.by_hand("DELETE", "/meeting0_20270308T140000Z")
    times = {
        "start": {"dateTime": "2027-03-16T08:00:00-05:00"},
        "end": {"dateTime": "2027-03-16T09:00:00-05:00"},
    }
    moved = weekly.by_hand("PATCH", "/meeting0_20270315T130000Z", times)
    assert moved["originalStartTime"]["dateTime"] == STARTS[2]
    assert weekly.busy() == [STARTS[0], "2027-03-16T08:00:00-05:00", STARTS[3]]
    assert len(weekly.listed(singleEvents=True, **MARCH)) == 3
    statuses = {one["id"]: one["status"] for one in weekly.listed(**MARCH)}
    assert statuses["meeting0_20270308T140000Z"] == "cancelled", "a gap is listed even where deleted events are not"


def test_a_deleted_series_is_gone_with_the_instances_that_were_moved(weekly: Weekly) -> None:
    weekly.by_hand("PATCH", "/meeting0_20270308T140000Z", {"summary": "Later"})
    weekly.by_hand("DELETE", "/meeting0")
    assert weekly.busy() == []
    assert weekly.listed(singleEvents=True, **MARCH) == []


def test_whole_days_recur_from_midnight_to_midnight(weekly: Weekly) -> None:
    weekly.by_hand("DELETE", "/meeting0")
    days = {"start": {"date": "2027-03-13"}, "end": {"date": "2027-03-15"}, "recurrence": ["RRULE:FREQ=MONTHLY"]}
    weekly.by_hand("POST", body=days)
    assert weekly.busy() == ["2027-03-13T00:00:00-06:00"]


def test_a_change_of_a_series_brings_all_its_instances_with_the_sync_token(weekly: Weekly) -> None:
    first = weekly.events.list(calendarId="primary", singleEvents=True, timeMin=MARCH["timeMin"]).execute()
    weekly.by_hand("PATCH", "/meeting0", {"summary": "Other"})
    answer = weekly.events.list(calendarId="primary", singleEvents=True, syncToken=first["nextSyncToken"]).execute()
    assert [one["summary"] for one in answer["items"]] == ["Other"] * 4


@pytest.mark.parametrize("lines", [["RRULE:FREQ=SOMETIMES"], ["every monday"], "RRULE"])
def test_a_rule_that_is_none_is_refused(weekly: Weekly, lines: Any) -> None:
    with pytest.raises(HttpError, match="Invalid recurrence rule"):
        weekly.events.insert(calendarId="primary", body=MEETING | {"id": "other0", "recurrence": lines}).execute()


def test_an_instance_that_never_takes_place_is_not_found(weekly: Weekly) -> None:
    with pytest.raises(HttpError, match="Not Found"):
        weekly.events.get(calendarId="primary", eventId="meeting0_20270302T140000Z").execute()
