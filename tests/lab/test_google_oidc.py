"""The lab's issuer as google-auth checks it: the scheduler's token passes, each wrong one fails for its own reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import google.auth.transport.requests
import jwt
import pytest
import requests
from google.auth.exceptions import GoogleAuthError
from google.oauth2 import id_token

from tests.lab.google_lab import GoogleLab, serving

AUDIENCE = "https://dial-reminders.example"


@pytest.fixture(scope="module")
def lab() -> Iterator[GoogleLab]:
    with serving() as found:
        yield found


def mint(lab: GoogleLab, **claims: Any) -> str:
    return str(lab.control("POST", "oidc-token", {"audience": AUDIENCE} | claims)["token"])


def verified(lab: GoogleLab, token: str, version: str = "v1") -> Mapping[str, Any]:
    """What google-auth reads in the token, by the keys the lab publishes."""
    with requests.Session() as session:
        found: Mapping[str, Any] = id_token.verify_token(
            token,
            google.auth.transport.requests.Request(session),
            audience=AUDIENCE,
            certs_url=f"{lab.url}/oauth2/{version}/certs",
        )
    return found


@pytest.mark.parametrize("version", ["v1", "v3"])
def test_the_schedulers_token_is_verified_by_either_list_of_keys(lab: GoogleLab, version: str) -> None:
    claims = verified(lab, mint(lab), version)
    assert claims["iss"] == "https://accounts.google.com"
    assert claims["aud"] == AUDIENCE
    assert (claims["email"], claims["email_verified"]) == (lab.account.service_account, True)
    assert claims["exp"] - claims["iat"] == 3600
    assert claims["sub"] == claims["azp"]
    assert claims["sub"].isdigit()


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"age": 7200}, "Token expired"),
        ({"age": -7200}, "Token used too early"),
        ({"audience": "https://another.example"}, "wrong audience"),
        ({"foreign_key": True}, "Could not verify token signature"),
    ],
)
def test_a_wrong_token_fails_for_its_own_reason(lab: GoogleLab, wrong: dict[str, Any], reason: str) -> None:
    with pytest.raises((GoogleAuthError, ValueError), match=reason):
        verified(lab, mint(lab, **wrong))


def test_a_foreign_key_fails_by_the_jwk_set_too(lab: GoogleLab) -> None:
    with pytest.raises(jwt.InvalidSignatureError):
        verified(lab, mint(lab, foreign_key=True), "v3")


def test_another_accounts_token_is_genuine_and_says_whose_it_is(lab: GoogleLab) -> None:
    assert verified(lab, mint(lab, email="stranger@else.iam.gserviceaccount.com"))["email"].startswith("stranger@")


def test_another_issuer_and_an_unverified_address_are_visible_in_the_claims(lab: GoogleLab) -> None:
    claims = verified(lab, mint(lab, issuer="https://evil.example", email_verified=False))
    assert (claims["iss"], claims["email_verified"]) == ("https://evil.example", False)


def test_after_a_rotation_tokens_of_the_old_key_and_of_the_new_one_are_both_good(lab: GoogleLab) -> None:
    old = mint(lab)
    kid = lab.control("POST", "oidc/rotate")["kid"]
    published = requests.get(f"{lab.url}/oauth2/v1/certs", timeout=10)
    assert kid in published.json()
    assert "max-age=3600" in published.headers["Cache-Control"]
    assert verified(lab, old)
    assert verified(lab, mint(lab))
