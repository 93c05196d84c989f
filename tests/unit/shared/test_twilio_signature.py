"""Our check of Twilio's signature gives the answers of Twilio's own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict

from shared.twilio_signature import is_signed, sign

SECRET = "12345"
URL = "https://t.example/voice?attempt=1&x=%20y"
NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=8)
FORMS = st.dictionaries(NAMES, st.lists(st.text(max_size=8), min_size=1, max_size=3), max_size=6)


@given(FORMS, st.sampled_from(["sha1", "sha256"]))
def test_we_sign_as_the_vendors_library_does(form: dict[str, list[str]], digest: str) -> None:
    theirs = RequestValidator(SECRET).compute_signature(URL, MultiDict(form), f"HMAC_{digest.upper()}")
    assert sign(SECRET, URL, form, digest) == theirs


def test_either_of_two_secrets_is_accepted() -> None:
    for secret in ("old", "new"):
        assert is_signed(["new", "old"], URL, sign(secret, URL))


def test_a_shared_keys_signature_is_checked_with_its_own_algorithm() -> None:
    settings = "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256"
    assert is_signed([SECRET], URL, sign(SECRET, URL, digest="sha256"), settings=settings)
    assert not is_signed([SECRET], URL, sign(SECRET, URL, digest="sha1"), settings=settings)


def test_blank_values_belong_to_what_is_signed() -> None:
    signature = sign(SECRET, URL, {"A": [""], "B": ["1"]})
    assert is_signed([SECRET], URL, signature, form={"A": [""], "B": ["1"]})
    assert is_signed([SECRET], URL, signature, form={"A": ["", ""], "B": ["1"]})


@pytest.mark.parametrize(
    ("signature", "settings"),
    [(None, None), ("", None), ("ünïcode", None), (sign(SECRET, URL), "algorithm=HMAC_MD5")],
)
def test_anything_else_is_refused(signature: str | None, settings: str | None) -> None:
    assert not is_signed([SECRET], URL, signature, settings=settings)


def test_the_socket_is_signed_over_the_address_of_the_twiml() -> None:
    url = "wss://m.example/media-stream/abc"
    assert is_signed([SECRET], url, RequestValidator(SECRET).compute_signature(url, {}))
