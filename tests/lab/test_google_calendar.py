"""The lab's Calendar as Google's own client meets it: events, their ids and etags, free/busy, and every refusal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from googleapiclient.errors import HttpError

from tests.lab.google_lab import GoogleLab, serving

MORNING = {
    "summary": "Oil change",
    "start": {"dateTime": "2026-11-24T09:00:00-06:00", "timeZone": "America/Chicago"},
    "end": {"dateTime": "2026-11-24T10:00:00-06:00", "timeZone": "America/Chicago"},
}


class Workshop:
    """One calendar, by the vendor's client and by a staff member's hand."""

    def __init__(self, lab: GoogleLab, service: Any) -> None:
        self.lab = lab
        self.service = service
        self.events = service.events()
        self.id = lab.account.calendar_id

    def insert(self, **changed: Any) -> Any:
        return self.events.insert(calendarId=self.id, body=MORNING | changed).execute()

    def get(self, event: str, **more: Any) -> Any:
        return self.events.get(calendarId=self.id, eventId=event, **more).execute()

    def patch(self, event: str, body: dict[str, Any], etag: str | None = None) -> Any:
        request = self.events.patch(calendarId=self.id, eventId=event, body=body, sendUpdates="none")
        if etag:
            request.headers["If-Match"] = etag
        return request.execute()

    def delete(self, event: str, etag: str | None = None) -> None:
        request = self.events.delete(calendarId=self.id, eventId=event)
        if etag:
            request.headers["If-Match"] = etag
        request.execute()

    def free_busy(self, since: str, until: str, *calendars: str, **more: str) -> Any:
        items = [{"id": one} for one in calendars or (self.id,)]
        body = {"timeMin": since, "timeMax": until, "items": items} | more
        return self.service.freebusy().query(body=body).execute()["calendars"]

    def by_hand(self, method: str, path: str = "", body: Any = None) -> Any:
        return self.lab.control(method, f"calendar/{self.id}/events{path}", body)


@pytest.fixture
def workshop() -> Iterator[Workshop]:
    with serving() as lab, lab.calendar() as service:
        yield Workshop(lab, service)


def refused(act: Callable[[], Any]) -> tuple[int, str]:
    """The status and the reason with which Google's client says it was refused."""
    with pytest.raises(HttpError) as error:
        act()
    return error.value.status_code, error.value.error_details[0]["reason"]


def test_an_event_comes_back_as_calendar_shows_events(workshop: Workshop) -> None:
    made = workshop.insert(
        id="s0123456789abcdefghijklmnopqrstuv",
        transparency="transparent",
        extendedProperties={"private": {"appointment": "7"}},
        unheard="of",
    )
    assert made["kind"] == "calendar#event"
    assert made["status"] == "confirmed"
    assert made["transparency"] == "transparent"
    assert made["sequence"] == 0
    assert made["iCalUID"] == f"{made['id']}@google.com"
    assert made["start"] == MORNING["start"]
    assert made["extendedProperties"] == {"private": {"appointment": "7"}}
    assert made["etag"].startswith('"')
    assert made["updated"].endswith("Z")
    assert "unheard" not in made
    assert workshop.get(made["id"]) == made


def test_an_event_without_an_id_gets_one_that_would_have_been_allowed(workshop: Workshop) -> None:
    made = workshop.insert()
    assert set(made["id"]) <= set("0123456789abcdefghijklmnopqrstuv")
    assert len(made["id"]) >= 5


@pytest.mark.parametrize("event_id", ["abcd", "has-a-dash", "Capital1", "wxyz0", "v" * 1025])
def test_an_id_that_is_not_base32hex_of_5_to_1024_characters_is_refused(workshop: Workshop, event_id: str) -> None:
    assert refused(lambda: workshop.insert(id=event_id)) == (400, "invalid")


def test_an_id_is_taken_for_ever_even_by_a_deleted_event(workshop: Workshop) -> None:
    workshop.insert(id="sophie1")
    assert refused(lambda: workshop.insert(id="sophie1")) == (409, "duplicate")
    workshop.delete("sophie1")
    assert refused(lambda: workshop.insert(id="sophie1")) == (409, "duplicate")
    assert workshop.patch("sophie1", {"status": "confirmed"})["status"] == "confirmed"


def test_a_deleted_event_is_shown_as_cancelled_and_cannot_be_deleted_again(workshop: Workshop) -> None:
    workshop.insert(id="sophie1")
    workshop.delete("sophie1")
    assert workshop.get("sophie1")["status"] == "cancelled"
    assert refused(lambda: workshop.delete("sophie1")) == (410, "deleted")


def test_what_never_was_is_not_found(workshop: Workshop) -> None:
    assert refused(lambda: workshop.get("never1")) == (404, "notFound")
    assert refused(lambda: workshop.patch("never1", {})) == (404, "notFound")
    assert refused(lambda: workshop.delete("never1")) == (404, "notFound")
    elsewhere = workshop.events.list(calendarId="unknown@group.calendar.google.com")
    assert refused(elsewhere.execute) == (404, "notFound")


def test_a_patch_merges_objects_and_null_removes(workshop: Workshop) -> None:
    workshop.insert(id="sophie1", location="Bay 1", extendedProperties={"private": {"a": "1", "b": "2"}})
    changed = workshop.patch("sophie1", {"location": None, "extendedProperties": {"private": {"b": None, "c": "3"}}})
    assert "location" not in changed
    assert changed["extendedProperties"]["private"] == {"a": "1", "c": "3"}
    assert changed["summary"] == "Oil change"


def test_an_update_replaces_the_whole_event_and_brings_a_deleted_one_back(workshop: Workshop) -> None:
    workshop.insert(id="sophie1", location="Bay 1")
    workshop.delete("sophie1")
    back = workshop.events.update(calendarId=workshop.id, eventId="sophie1", body=MORNING).execute()
    assert back["status"] == "confirmed"
    assert "location" not in back
    no_end = {"start": MORNING["start"]}
    update = workshop.events.update(calendarId=workshop.id, eventId="sophie1", body=no_end)
    assert refused(update.execute) == (400, "required")


def test_a_move_raises_the_sequence_and_another_text_does_not(workshop: Workshop) -> None:
    workshop.insert(id="sophie1")
    assert workshop.patch("sophie1", {"summary": "Brakes"})["sequence"] == 0
    later = {"end": {"dateTime": "2026-11-24T11:00:00-06:00"}}
    assert workshop.patch("sophie1", later)["sequence"] == 1
    stale = workshop.events.update(calendarId=workshop.id, eventId="sophie1", body=MORNING | {"sequence": 0})
    assert refused(stale.execute) == (400, "invalid")


def test_an_old_etag_stops_a_patch_and_a_deletion(workshop: Workshop) -> None:
    first = workshop.insert(id="sophie1")["etag"]
    second = workshop.patch("sophie1", {"summary": "Brakes"}, etag=first)["etag"]
    assert second != first
    assert refused(lambda: workshop.patch("sophie1", {"summary": "Tyres"}, etag=first)) == (412, "conditionNotMet")
    assert refused(lambda: workshop.delete("sophie1", etag=first)) == (412, "conditionNotMet")
    workshop.delete("sophie1", etag=second)


def test_times_are_shown_in_the_calendars_zone_unless_another_is_asked_for(workshop: Workshop) -> None:
    made = workshop.insert(
        id="sophie1",
        start={"dateTime": "2026-11-24T15:00:00Z"},
        end={"dateTime": "2026-11-24T10:00:00", "timeZone": "America/Chicago"},
    )
    assert made["start"] == {"dateTime": "2026-11-24T09:00:00-06:00", "timeZone": "America/Chicago"}
    assert made["end"]["dateTime"] == "2026-11-24T10:00:00-06:00"
    assert workshop.get("sophie1", timeZone="Europe/Berlin")["start"]["dateTime"] == "2026-11-24T16:00:00+01:00"


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"end": {"dateTime": "2026-11-24T08:00:00-06:00"}}, "timeRangeEmpty"),
        ({"end": {"date": "2026-11-25"}}, "invalid"),
        ({"end": None}, "required"),
        ({"start": {"dateTime": "2026-11-24T09:00:00"}}, "required"),
        ({"start": {"dateTime": "tomorrow"}}, "invalid"),
        ({"start": {"dateTime": "2026-11-24T09:00:00", "timeZone": "Mars/Base"}}, "invalid"),
        ({"transparency": "glass"}, "invalid"),
        ({"extendedProperties": {"private": "x"}}, "invalid"),
    ],
)
def test_an_event_that_makes_no_sense_is_refused(workshop: Workshop, changed: dict[str, Any], reason: str) -> None:
    assert refused(lambda: workshop.insert(**changed)) == (400, reason)


def test_long_extended_properties_are_dropped_or_cut_without_a_word(workshop: Workshop) -> None:
    made = workshop.insert(extendedProperties={"private": {"k" * 45: "gone", "kept": "v" * 2000}})
    assert made["extendedProperties"]["private"] == {"kept": "v" * 1024}


def test_free_busy_shows_what_is_opaque_joined_and_cut_to_the_question(workshop: Workshop) -> None:
    workshop.insert(transparency="transparent", start={"date": "2026-11-24"}, end={"date": "2026-11-25"})
    workshop.insert()
    workshop.insert(start=MORNING["end"], end={"dateTime": "2026-11-24T11:00:00-06:00"})
    gone = workshop.insert(start={"dateTime": "2026-11-24T13:00:00Z"}, end={"dateTime": "2026-11-24T14:00:00Z"})
    workshop.delete(gone["id"])
    busy = workshop.free_busy("2026-11-24T15:30:00Z", "2026-11-25T00:00:00Z")
    assert busy == {workshop.id: {"busy": [{"start": "2026-11-24T15:30:00Z", "end": "2026-11-24T17:00:00Z"}]}}


def test_a_staff_members_whole_day_is_busy_from_midnight_to_midnight_in_the_calendars_zone(workshop: Workshop) -> None:
    workshop.by_hand(
        "POST", body={"summary": "Inventory", "start": {"date": "2026-11-24"}, "end": {"date": "2026-11-25"}}
    )
    busy = workshop.free_busy("2026-11-23T00:00:00Z", "2026-11-27T00:00:00Z", timeZone="America/Chicago")
    assert busy[workshop.id]["busy"] == [{"start": "2026-11-24T00:00:00-06:00", "end": "2026-11-25T00:00:00-06:00"}]


def test_a_calendar_that_cannot_be_read_is_an_error_inside_the_200(workshop: Workshop) -> None:
    found = workshop.free_busy("2026-11-24T00:00:00Z", "2026-11-25T00:00:00Z", workshop.id, "other@example.com")
    assert found[workshop.id] == {"busy": []}
    assert found["other@example.com"] == {"errors": [{"domain": "global", "reason": "notFound"}], "busy": []}


def test_a_calendar_of_ours_can_become_unreadable_and_readable_again(workshop: Workshop) -> None:
    workshop.insert()
    day = ("2026-11-24T00:00:00Z", "2026-11-25T00:00:00Z")
    workshop.lab.control("POST", f"calendar/{workshop.id}/unreadable", {"reason": "internalError"})
    assert workshop.free_busy(*day)[workshop.id]["errors"] == [{"domain": "global", "reason": "internalError"}]
    workshop.lab.control("POST", f"calendar/{workshop.id}/unreadable", {"reason": ""})
    assert len(workshop.free_busy(*day)[workshop.id]["busy"]) == 1


def test_the_fifty_first_calendar_of_a_question_is_one_too_many(workshop: Workshop) -> None:
    found = workshop.free_busy("2026-11-24T00:00:00Z", "2026-11-25T00:00:00Z", *(f"c{n}" for n in range(50)), "c50")
    assert found["c50"]["errors"][0]["reason"] == "tooManyCalendarsRequested"


def test_free_busy_of_no_time_is_refused(workshop: Workshop) -> None:
    same = "2026-11-24T00:00:00Z"
    assert refused(lambda: workshop.free_busy(same, same)) == (400, "timeRangeEmpty")
    assert refused(lambda: workshop.free_busy("2026-11-24T00:00:00", same)) == (400, "badRequest")


def test_a_staff_member_moves_and_deletes_an_event_and_its_etag_changes(workshop: Workshop) -> None:
    made = workshop.insert(id="sophie1")
    moved = workshop.by_hand("PATCH", "/sophie1", {"end": {"dateTime": "2026-11-24T12:00:00-06:00"}})
    assert (moved["sequence"], moved["etag"] != made["etag"]) == (1, True)
    workshop.by_hand("DELETE", "/sophie1")
    assert workshop.get("sophie1")["status"] == "cancelled"


def test_a_malformed_event_of_another_program_is_shown_as_it_is_and_blocks_nothing(workshop: Workshop) -> None:
    odd = {"id": "odd00", "summary": 7, "start": {"dateTime": "sometime"}, "eventType": "birthday"}
    workshop.by_hand("POST", "?unchecked=true", odd)
    listed = workshop.events.list(calendarId=workshop.id, timeMin="2026-11-24T00:00:00Z").execute()["items"]
    assert [(one["id"], one["start"], "end" in one) for one in listed] == [("odd00", {"dateTime": "sometime"}, False)]
    assert workshop.free_busy("2026-11-24T00:00:00Z", "2026-11-25T00:00:00Z")[workshop.id] == {"busy": []}
    workshop.by_hand("DELETE", "/odd00")
    assert workshop.get("odd00")["status"] == "cancelled"


def test_a_calendar_that_may_only_be_read_refuses_events(workshop: Workshop) -> None:
    workshop.lab.control("POST", "calendar/reading@example.com", {"access_role": "reader"})
    insert = workshop.events.insert(calendarId="reading@example.com", body=MORNING)
    assert refused(insert.execute) == (403, "requiredAccessLevel")


def test_a_calendar_tells_its_name_and_zone(workshop: Workshop) -> None:
    found = workshop.service.calendars().get(calendarId=workshop.id).execute()
    assert (found["id"], found["summary"], found["timeZone"]) == (workshop.id, "Workshop", "America/Chicago")


def test_the_list_of_calendars_needs_its_own_scope_and_names_the_role(workshop: Workshop) -> None:
    entry = workshop.service.calendarList().get(calendarId=workshop.id)
    assert refused(entry.execute) == (403, "insufficientPermissions")
    wide = workshop.lab.credentials(scopes=None)
    with workshop.lab.calendar(wide) as service:
        assert service.calendarList().get(calendarId=workshop.id).execute()["accessRole"] == "owner"
        listed = service.calendarList().list().execute()["items"]
        assert [one.get("primary", False) for one in listed] == [True, False]


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (403, "rateLimitExceeded"),
        (403, "userRateLimitExceeded"),
        (403, "quotaExceeded"),
        (403, "forbidden"),
        (429, "rateLimitExceeded"),
        (500, "backendError"),
        (503, "backendError"),
        (401, "authError"),
    ],
)
def test_each_error_of_calendars_guide_can_be_ordered(workshop: Workshop, code: int, reason: str) -> None:
    fault = {"kind": "status", "code": code, "reason": reason, "match": "calendar.events.insert", "times": 4}
    workshop.lab.control("POST", "faults", fault)
    assert refused(workshop.insert) == (code, reason)


def test_an_insert_whose_reply_was_dropped_is_there_and_its_repetition_a_duplicate(workshop: Workshop) -> None:
    workshop.lab.control("POST", "faults", {"kind": "drop_reply", "match": "calendar.events.insert"})
    # httplib2 sends a request again by itself when a connection it kept was closed without an answer.
    assert refused(lambda: workshop.insert(id="sophie1")) == (409, "duplicate")
    assert workshop.get("sophie1")["status"] == "confirmed"
