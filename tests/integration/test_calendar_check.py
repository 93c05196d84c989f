"""`infra/doctor calendar`, against the lab's Google."""

import os
import subprocess
from pathlib import Path
from urllib.parse import quote

import pytest

from infra import calendar_check
from tests.integration.calendar_house import google_settings
from tests.lab.google_lab import GoogleLab, serving

ROOT = Path(__file__).resolve().parents[2]


def checked(lab: GoogleLab, monkeypatch: pytest.MonkeyPatch, **changed: str) -> int:
    for name, value in (google_settings(lab) | changed).items():
        monkeypatch.setenv(name, value)
    return calendar_check.main([])


def test_an_event_is_made_moved_and_taken_away(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving() as lab:
        assert checked(lab, monkeypatch) == 0
        operations = [each["operation"] for each in lab.control("GET", "log")]
    assert [each for each in operations if each.rpartition(".")[2] in ("insert", "patch", "delete")] == [
        "calendar.events.insert",
        "calendar.events.patch",
        "calendar.events.delete",
    ]


def test_the_operators_command_looks_at_the_settings_of_a_file_and_leaves_nothing_behind(tmp_path: Path) -> None:
    file = tmp_path / "settings"
    with serving() as lab:
        file.write_text("".join(f"{name}={value}\n" for name, value in google_settings(lab).items()))
        words = [str(ROOT / "infra" / "doctor"), "calendar", "--settings", str(file)]
        environ = {**os.environ, "GOOGLE_REFRESH_TOKEN": "of the shell, which does not count"}
        ended = subprocess.run(words, env=environ, capture_output=True, text=True, check=False)
        left = lab.control("GET", f"calendar/{quote(lab.account.calendar_id, safe='')}/events")
    assert ended.returncode == 0, ended.stderr
    assert "it was taken away" in ended.stdout
    assert [each["status"] for each in left] == ["cancelled"]


def test_a_file_that_is_not_there_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert calendar_check.main(["--settings", str(tmp_path / "none")]) == 1
    assert "cannot be read" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["GOOGLE_REFRESH_TOKEN", "GOOGLE_CALENDAR_ID", "GOOGLE_CLIENT_SECRET"])
@pytest.mark.parametrize("value", ["", "wrong"])
def test_what_is_missing_or_wrong_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, value: str
) -> None:
    with serving() as lab:
        assert checked(lab, monkeypatch, **{name: value}) == 1
    assert name in capsys.readouterr().err
