"""Lists of the lab's Calendar: bounds, pages, sync tokens, and which parameters may stand together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from googleapiclient.errors import HttpError

from tests.lab.google_lab import GoogleLab, serving


class Lists:
    """The account's own calendar with some events on it."""

    def __init__(self, lab: GoogleLab, service: Any) -> None:
        self.lab = lab
        self.events = service.events()

    def add(self, event_id: str, hour: int, **more: Any) -> None:
        times = {edge: {"dateTime": f"2026-11-24T{at:02}:00:00Z"} for edge, at in (("start", hour), ("end", hour + 1))}
        self.events.insert(calendarId="primary", body={"id": event_id, "summary": event_id} | times | more).execute()

    def page(self, **query: Any) -> Any:
        return self.events.list(calendarId="primary", **query).execute()

    def ids(self, **query: Any) -> list[str]:
        return [one["id"] for one in self.page(**query)["items"]]

    def refusal(self, **query: Any) -> tuple[int, str]:
        with pytest.raises(HttpError) as error:
            self.page(**query)
        return error.value.status_code, error.value.error_details[0]["reason"]


@pytest.fixture
def lists() -> Iterator[Lists]:
    with serving() as lab, lab.calendar() as service:
        found = Lists(lab, service)
        for event_id, hour in (("nine9", 9), ("noon12", 12), ("eleven11", 11)):
            found.add(event_id, hour)
        yield found


def test_bounds_are_exclusive_of_the_end_and_the_start_that_touch_them(lists: Lists) -> None:
    assert lists.ids(timeMin="2026-11-24T10:00:00Z", timeMax="2026-11-24T12:00:00Z") == ["eleven11"]
    assert lists.ids(timeMin="2026-11-24T09:59:59Z", timeMax="2026-11-24T12:00:01Z") == [
        "nine9",
        "noon12",
        "eleven11",
    ]
    assert lists.refusal(timeMin="2026-11-24T12:00:00Z", timeMax="2026-11-24T12:00:00Z") == (400, "timeRangeEmpty")
    assert lists.refusal(timeMin="2026-11-24T12:00:00") == (400, "badRequest")


def test_order_by_start_needs_single_events(lists: Lists) -> None:
    assert lists.ids(orderBy="startTime", singleEvents=True) == ["nine9", "eleven11", "noon12"]
    assert lists.refusal(orderBy="startTime") == (400, "badRequest")


def test_deleted_events_are_listed_only_when_asked_for(lists: Lists) -> None:
    lists.events.delete(calendarId="primary", eventId="nine9").execute()
    assert "nine9" not in lists.ids()
    shown = {one["id"]: one for one in lists.page(showDeleted=True)["items"]}
    assert (shown["nine9"]["status"], shown["nine9"]["summary"]) == ("cancelled", "nine9")


def test_a_private_property_finds_its_events_and_two_must_both_hold(lists: Lists) -> None:
    lists.add("ours1", 15, extendedProperties={"private": {"appointment": "7", "by": "sophie"}})
    lists.add("ours2", 16, extendedProperties={"private": {"appointment": "8", "by": "sophie"}})
    assert lists.ids(privateExtendedProperty="by=sophie") == ["ours1", "ours2"]
    assert lists.ids(privateExtendedProperty=["by=sophie", "appointment=8"]) == ["ours2"]
    assert lists.refusal(privateExtendedProperty="by")[0] == 400


def test_pages_end_with_a_sync_token_and_only_the_last_one_has_it(lists: Lists) -> None:
    first = lists.page(maxResults=2)
    assert (len(first["items"]), "nextSyncToken" in first) == (2, False)
    lists.add("later1", 18)
    last = lists.page(maxResults=2, pageToken=first["nextPageToken"])
    assert ([one["id"] for one in last["items"]], "nextPageToken" in last) == (["eleven11"], False)
    assert lists.ids(syncToken=last["nextSyncToken"]) == ["later1"], "what came between two pages comes with the token"


def test_a_sync_token_brings_what_changed_since_and_of_the_deleted_only_the_id(lists: Lists) -> None:
    token = lists.page(singleEvents=True)["nextSyncToken"]
    assert lists.page(singleEvents=True, syncToken=token)["items"] == []
    lists.events.patch(calendarId="primary", eventId="nine9", body={"summary": "moved"}).execute()
    lists.lab.control("DELETE", "calendar/primary/events/eleven11")
    answer = lists.page(singleEvents=True, syncToken=token)
    changed = {one["id"]: one for one in answer["items"]}
    assert changed["nine9"]["summary"] == "moved"
    assert changed["eleven11"].keys() == {"kind", "etag", "id", "status"}
    assert lists.page(singleEvents=True, syncToken=answer["nextSyncToken"])["items"] == []
    detailed = {one["id"]: one for one in lists.page(syncToken=token, showDeleted=True)["items"]}
    assert detailed["eleven11"]["summary"] == "eleven11"


def test_an_expired_sync_token_is_gone_and_asks_for_a_full_sync(lists: Lists) -> None:
    token = lists.page()["nextSyncToken"]
    lists.lab.control("POST", "calendar/primary/expire-sync-tokens")
    assert lists.refusal(syncToken=token) == (410, "fullSyncRequired")
    fresh = lists.page()["nextSyncToken"]
    assert lists.ids(syncToken=fresh) == []


@pytest.mark.parametrize(
    "together",
    [
        {"timeMin": "2026-11-24T09:00:00Z"},
        {"timeMax": "2026-11-24T09:00:00Z"},
        {"updatedMin": "2026-11-24T09:00:00Z"},
        {"orderBy": "updated"},
        {"privateExtendedProperty": "by=sophie"},
        {"showDeleted": False},
    ],
)
def test_some_parameters_may_not_stand_beside_a_sync_token(lists: Lists, together: dict[str, Any]) -> None:
    token = lists.page()["nextSyncToken"]
    assert lists.refusal(syncToken=token, **together) == (400, "invalid")


def test_a_list_that_was_ordered_or_narrowed_ends_without_a_sync_token(lists: Lists) -> None:
    assert "nextSyncToken" not in lists.page(orderBy="updated")
    assert "nextSyncToken" not in lists.page(privateExtendedProperty="by=sophie")
    assert "nextSyncToken" in lists.page(timeMin="2026-11-24T09:00:00Z")


def test_a_token_of_nobody_is_invalid(lists: Lists) -> None:
    assert lists.refusal(syncToken="made-up") == (400, "invalid")
    assert lists.refusal(pageToken="made-up") == (400, "invalid")


def test_since_a_time_brings_the_deleted_too(lists: Lists) -> None:
    lists.events.delete(calendarId="primary", eventId="nine9").execute()
    assert lists.ids(updatedMin="2020-01-01T00:00:00Z") == ["nine9", "noon12", "eleven11"]
    assert lists.ids(updatedMin="2100-01-01T00:00:00Z") == []
