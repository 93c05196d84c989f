"""`infra/google_oauth`, as an operator runs it and a person answers Google's page."""

import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.lab.google_lab import SCOPES, GoogleLab, serving

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def lab() -> Iterator[GoogleLab]:
    with serving() as lab:
        yield lab


def asked(lab: GoogleLab, home: Path, *, change: tuple[str, str] = ("", ""), **settings: str) -> tuple[int, str]:
    """The exit code and everything that was said; the page is opened as it was printed, but for a change."""
    environ = {
        "HOME": str(home),
        "GOOGLE_CLIENT_ID": lab.account.client_id,
        "GOOGLE_CLIENT_SECRET": lab.account.client_secret,
        "GOOGLE_AUTH_URL": f"{lab.url}/o/oauth2/v2/auth",
        "GOOGLE_TOKEN_URL": f"{lab.url}/token",
        **settings,
    }
    words = [sys.executable, "-m", "infra.google_consent", "--no-browser"]
    with subprocess.Popen(
        words, cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as program:
        assert program.stdout is not None
        said = program.stdout.readline()
        if "Open this page" in said:
            page = program.stdout.readline().strip()
            assert requests.get(page.replace(*change), timeout=10).ok
        said += program.stdout.read()
    return program.returncode, said


def test_consent_becomes_a_token_in_a_file_of_the_owners_alone_and_is_never_shown(
    lab: GoogleLab, tmp_path: Path
) -> None:
    code, said = asked(lab, tmp_path)
    kept = tmp_path / "google_refresh_token"
    token = kept.read_text()
    assert code == 0 and token not in said
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert "gcloud secrets versions add GOOGLE_REFRESH_TOKEN" in said
    assert lab.refreshed(refresh_token=token, scopes=SCOPES[:2]).valid


def test_a_screen_in_testing_is_warned_of(lab: GoogleLab, tmp_path: Path) -> None:
    lab.control("POST", "oauth", {"testing": True})
    code, said = asked(lab, tmp_path)
    assert code == 0 and "seven days" in said


def test_a_person_who_says_no_is_told_what_that_means(lab: GoogleLab, tmp_path: Path) -> None:
    lab.control("POST", "oauth", {"declined": True})
    code, said = asked(lab, tmp_path)
    assert code == 1 and "access_denied" in said
    assert not (tmp_path / "google_refresh_token").exists()


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"settings": {"GOOGLE_CLIENT_SECRET": "wrong"}}, "must be those of one client"),
        ({"settings": {"GOOGLE_CLIENT_ID": ""}}, "Set GOOGLE_CLIENT_ID"),
        ({"change": ("calendar.freebusy", "calendar.settings.readonly")}, "calendar.freebusy was not allowed"),
        ({"change": ("state=", "state=x")}, "another request"),
        ({"change": ("code_challenge=", "code_challenge=x")}, "invalid_grant"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(
    lab: GoogleLab, tmp_path: Path, wrong: dict[str, Any], sentence: str
) -> None:
    code, said = asked(lab, tmp_path, **wrong.pop("settings", {}), **wrong)
    assert code == 1 and sentence in said and "Traceback" not in said
