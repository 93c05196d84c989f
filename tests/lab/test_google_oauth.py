"""The lab's OAuth as google-auth meets it: refreshed tokens, every refusal in Google's words, and the consent page."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from google.auth.exceptions import RefreshError
from googleapiclient.errors import HttpError

from tests.lab.google_lab import SCOPES, GoogleLab, serving

LOOPBACK = "http://127.0.0.1:8765/"


@pytest.fixture
def lab() -> Iterator[GoogleLab]:
    with serving() as found:
        yield found


def ask_token(lab: GoogleLab, **form: str) -> tuple[int, dict[str, Any]]:
    client = {"client_id": lab.account.client_id, "client_secret": lab.account.client_secret}
    answer = requests.post(f"{lab.url}/token", data=client | form, timeout=10)
    return answer.status_code, answer.json()


def consent(lab: GoogleLab, **changed: str) -> requests.Response:
    query = {
        "client_id": lab.account.client_id,
        "redirect_uri": LOOPBACK,
        "response_type": "code",
        "scope": " ".join(SCOPES),
        "access_type": "offline",
        "state": "st4te",
    }
    return requests.get(f"{lab.url}/o/oauth2/v2/auth", query | changed, allow_redirects=False, timeout=10)


def returned(answer: requests.Response) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["Location"]).query).items()}


def test_a_refresh_token_becomes_an_access_token_of_an_hour(lab: GoogleLab) -> None:
    credentials = lab.refreshed()
    assert str(credentials.token).startswith("ya29.")
    assert credentials.valid
    status, body = ask_token(lab, grant_type="refresh_token", refresh_token=lab.account.refresh_token)
    assert (status, body["expires_in"], body["token_type"]) == (200, 3599, "Bearer")


def test_an_unknown_refresh_token_is_an_invalid_grant(lab: GoogleLab) -> None:
    with pytest.raises(RefreshError, match="invalid_grant: Bad Request") as refused:
        lab.refreshed(refresh_token="1//0never-given")
    assert refused.value.retryable is False


def test_a_revoked_or_seven_days_old_refresh_token_is_expired_or_revoked(lab: GoogleLab) -> None:
    credentials = lab.refreshed()
    lab.control("POST", "oauth/expire", {"what": "refresh"})
    with pytest.raises(RefreshError, match="invalid_grant: Token has been expired or revoked"):
        lab.refreshed()
    with lab.calendar(credentials) as calendar, pytest.raises(RefreshError):
        calendar.events().list(calendarId="primary").execute()


def test_a_wrong_client_is_refused_with_401(lab: GoogleLab) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": lab.account.refresh_token}
    assert ask_token(lab, **form, client_id="other")[0] == 401
    assert ask_token(lab, **form, client_secret="other") == (
        401,
        {"error": "invalid_client", "error_description": "Unauthorized"},
    )
    with pytest.raises(RefreshError, match="invalid_client"):
        lab.refreshed(client_secret="other")


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({}, "invalid_request"),
        ({"grant_type": "refresh_token"}, "invalid_request"),
        ({"grant_type": "authorization_code", "code": "4/0Anever"}, "invalid_grant"),
    ],
)
def test_a_token_request_that_makes_no_sense_is_refused_by_name(
    lab: GoogleLab, form: dict[str, str], error: str
) -> None:
    status, body = ask_token(lab, **form)
    assert (status, body["error"]) == (400, error)


def test_an_expired_access_token_is_refreshed_by_the_client_library_without_a_word(lab: GoogleLab) -> None:
    with lab.calendar() as calendar:
        calendar.events().list(calendarId="primary").execute()
        lab.control("POST", "oauth/expire", {"what": "access"})
        assert calendar.events().list(calendarId="primary").execute()["items"] == []
    refreshed = [one for one in lab.control("GET", "log") if one["operation"] == "oauth.token"]
    assert len(refreshed) == 2


def test_a_request_without_a_valid_token_is_answered_401_in_calendars_shape(lab: GoogleLab) -> None:
    path = f"{lab.url}/calendar/v3/calendars/primary/events"
    assert requests.get(path, timeout=10).json()["error"]["errors"][0]["reason"] == "required"
    answer = requests.get(path, headers={"Authorization": "Bearer ya29.old"}, timeout=10)
    assert answer.status_code == 401
    assert answer.json() == {
        "error": {
            "errors": [
                {
                    "domain": "global",
                    "reason": "authError",
                    "message": "Invalid Credentials",
                    "locationType": "header",
                    "location": "Authorization",
                }
            ],
            "code": 401,
            "message": "Invalid Credentials",
        }
    }


def test_an_access_token_lasts_as_long_as_its_answer_said(lab: GoogleLab) -> None:
    statuses = []
    for lifetime in (3599, 0):
        lab.control("POST", "oauth", {"lifetime": lifetime})
        _, body = ask_token(lab, grant_type="refresh_token", refresh_token=lab.account.refresh_token)
        assert body["expires_in"] == lifetime
        bearer = {"Authorization": f"Bearer {body['access_token']}"}
        path = f"{lab.url}/calendar/v3/calendars/primary/events"
        statuses.append(requests.get(path, headers=bearer, timeout=10).status_code)
    assert statuses == [200, 401]


def test_a_token_opens_only_what_was_consented_to(lab: GoogleLab) -> None:
    narrow = lab.refreshed(scopes=[SCOPES[1]])
    with lab.calendar(narrow) as calendar, pytest.raises(HttpError) as refused:
        calendar.events().list(calendarId="primary").execute()
    assert (refused.value.status_code, refused.value.error_details[0]["reason"]) == (403, "insufficientPermissions")
    with pytest.raises(RefreshError, match="invalid_scope"):
        lab.refreshed(scopes=["https://www.googleapis.com/auth/drive"])


def test_consent_leads_back_to_the_loopback_and_its_code_gives_a_refresh_token_once(lab: GoogleLab) -> None:
    verifier = "v" * 43
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    back = consent(lab, code_challenge=challenge, code_challenge_method="S256")
    assert back.status_code == 302
    assert returned(back)["state"] == "st4te"
    form = {"grant_type": "authorization_code", "code": returned(back)["code"], "redirect_uri": LOOPBACK}
    status, body = ask_token(lab, **form, code_verifier=verifier)
    assert status == 200
    assert lab.refreshed(refresh_token=body["refresh_token"]).valid
    assert ask_token(lab, **form, code_verifier=verifier)[1]["error"] == "invalid_grant"


def test_a_code_is_worth_nothing_without_its_verifier_or_at_another_redirect(lab: GoogleLab) -> None:
    back = returned(consent(lab, code_challenge="c" * 43, code_challenge_method="S256"))
    form = {"grant_type": "authorization_code", "code": back["code"], "redirect_uri": LOOPBACK}
    assert ask_token(lab, **form, code_verifier="wrong")[1]["error_description"] == "Invalid code verifier."
    form["code"] = returned(consent(lab))["code"]
    assert ask_token(lab, **(form | {"redirect_uri": "http://127.0.0.1:1/"}))[1]["error"] == "redirect_uri_mismatch"


def test_without_offline_access_there_is_no_refresh_token(lab: GoogleLab) -> None:
    code = returned(consent(lab, access_type="online"))["code"]
    _, body = ask_token(lab, grant_type="authorization_code", code=code, redirect_uri=LOOPBACK)
    assert "refresh_token" not in body


def test_a_consent_screen_in_testing_says_that_its_refresh_token_ends_in_seven_days(lab: GoogleLab) -> None:
    lab.control("POST", "oauth", {"testing": True})
    code = returned(consent(lab))["code"]
    _, body = ask_token(lab, grant_type="authorization_code", code=code, redirect_uri=LOOPBACK)
    assert body["refresh_token_expires_in"] == 604800


def test_on_a_consent_screen_in_testing_every_refresh_says_how_long_its_token_still_lasts(lab: GoogleLab) -> None:
    refresh = {"grant_type": "refresh_token", "refresh_token": lab.account.refresh_token}
    assert "refresh_token_expires_in" not in ask_token(lab, **refresh)[1]
    lab.control("POST", "oauth", {"testing": True})
    assert 604_000 < ask_token(lab, **refresh)[1]["refresh_token_expires_in"] < 604_800


def test_a_person_who_declines_sends_the_browser_back_with_access_denied(lab: GoogleLab) -> None:
    lab.control("POST", "oauth", {"declined": True})
    assert returned(consent(lab)) == {"state": "st4te", "error": "access_denied"}


@pytest.mark.parametrize(
    ("changed", "status"),
    [({"client_id": "other"}, 401), ({"redirect_uri": "https://elsewhere.example/"}, 400), ({"scope": ""}, 400)],
)
def test_a_wrong_authorization_request_is_an_error_page_and_never_a_redirect(
    lab: GoogleLab, changed: dict[str, str], status: int
) -> None:
    answer = consent(lab, **changed)
    assert (answer.status_code, answer.headers["Content-Type"].split(";")[0]) == (status, "text/html")


def test_a_token_endpoint_that_fails_says_so_in_its_own_shape_and_google_auth_knows_it_may_try_again(
    lab: GoogleLab,
) -> None:
    lab.control("POST", "faults", {"kind": "status", "code": 400, "match": "oauth.token", "times": 3})
    with pytest.raises(RefreshError, match="internal_failure") as failed:
        lab.refreshed()
    assert failed.value.retryable is True
    assert lab.refreshed().valid
