import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.stream_token import StreamToken, check, issue

NOW = 1_800_000_000.0
TOKEN = issue("secret", "CA1", 2, NOW, "nonce")


def test_a_token_says_what_it_was_made_of() -> None:
    assert check(["secret"], TOKEN, NOW) == StreamToken("CA1", 2, int(NOW) + 60, "nonce")


def test_a_token_of_the_previous_secret_is_still_good() -> None:
    assert check(["new", "secret"], TOKEN, NOW) is not None


def test_a_token_expires_after_a_minute() -> None:
    assert check(["secret"], TOKEN, NOW + 59) is not None
    assert check(["secret"], TOKEN, NOW + 60) is None


def test_a_token_made_with_another_secret_is_refused() -> None:
    assert check(["other"], TOKEN, NOW) is None


@pytest.mark.parametrize("token", ["", "x", "a" * 10_000, "ä", "../..", TOKEN[:-3]])
def test_what_is_no_token_is_refused(token: str) -> None:
    assert check(["secret"], token, NOW) is None


@given(st.integers(0, len(TOKEN) * 6 - 1))
def test_one_changed_bit_makes_a_forgery(position: int) -> None:
    raw = bytearray(base64.urlsafe_b64decode(TOKEN + "=" * (-len(TOKEN) % 4)))
    raw[position // 8 % len(raw)] ^= 1 << position % 8
    forged = base64.urlsafe_b64encode(bytes(raw)).decode().rstrip("=")
    assert check(["secret"], forged, NOW) is None


def test_a_token_fits_the_path_of_a_url() -> None:
    assert set(TOKEN) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def test_a_token_that_is_good_for_longer_than_ours_are_is_refused() -> None:
    assert check(["secret"], issue("secret", "CA1", 0, NOW + 3_600, "nonce"), NOW) is None


def test_a_token_that_says_more_than_ours_do_is_refused() -> None:
    assert check(["secret"], issue("secret", "CA1|CA2", 0, NOW, "nonce"), NOW) is None
