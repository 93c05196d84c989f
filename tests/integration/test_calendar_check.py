"""`infra/doctor calendar`, against the lab's Google."""

import pytest

from infra import calendar_check
from tests.integration.calendar_house import google_settings
from tests.lab.google_lab import GoogleLab, serving


def checked(lab: GoogleLab, monkeypatch: pytest.MonkeyPatch, **changed: str) -> int:
    for name, value in (google_settings(lab) | changed).items():
        monkeypatch.setenv(name, value)
    return calendar_check.main()


def test_an_event_is_made_moved_and_taken_away(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving() as lab:
        assert checked(lab, monkeypatch) == 0
        operations = [each["operation"] for each in lab.control("GET", "log")]
    assert [each for each in operations if each.rpartition(".")[2] in ("insert", "patch", "delete")] == [
        "calendar.events.insert",
        "calendar.events.patch",
        "calendar.events.delete",
    ]


@pytest.mark.parametrize("name", ["GOOGLE_REFRESH_TOKEN", "GOOGLE_CALENDAR_ID", "GOOGLE_CLIENT_SECRET"])
@pytest.mark.parametrize("value", ["", "wrong"])
def test_what_is_missing_or_wrong_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, value: str
) -> None:
    with serving() as lab:
        assert checked(lab, monkeypatch, **{name: value}) == 1
    assert name in capsys.readouterr().err
