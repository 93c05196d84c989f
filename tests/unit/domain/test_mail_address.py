"""E-mail addresses as callers say them and as they are said back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.mail_address import said_back, understood


@pytest.mark.parametrize(
    ("said", "address"),
    [
        ("j dot smith at gmail dot com", "j.smith@gmail.com"),
        ("J.Smith@Gmail.com", "j.smith@gmail.com"),
        ("nora underscore q at g mail dot com", "nora_q@gmail.com"),
        ("my email is bob one nine at hot mail dot com", "bob19@hotmail.com"),
        ("b as in boy, o, b at acme dash motors dot co dot uk", "bob@acme-motors.co.uk"),
        ("double s eighty five at yahoo dot com", "ss85@yahoo.com"),
        ("mike at outlook dot com", "mike@outlook.com"),
        ("o'brien plus cars at gmail.com.", "o'brien+cars@gmail.com"),
    ],
)
def test_an_address_is_understood_as_it_is_said(said: str, address: str) -> None:
    assert understood(said) == address


@pytest.mark.parametrize(
    "said",
    ["", "smith", "smith at gmail", "at dot com", "[?smith] at gmail dot com", "a dot dot b at gmail dot com",
     "<say>x</say>@gmail.com", "x@y.com\nbcc: z@y.com", "josé@gmail.com", "a" * 100_000 + "@b.com",
     "x at 'OR 1=1 -- dot com"],
)  # fmt: skip
def test_what_is_no_address_is_not_written_down(said: str) -> None:
    assert understood(said) is None


def test_an_address_is_said_back_letter_by_letter() -> None:
    assert said_back("j.smith@gmail.com") == "J, dot, S, M, I, T, H, at gmail dot com"
    assert (
        said_back("bob_19@acme-motors.io")
        == "B, O, B, underscore, 1, 9, at A, C, M, E, dash, M, O, T, O, R, S dot I, O"
    )


@given(st.text(max_size=130))
def test_whatever_was_said_the_result_is_an_address_or_none(said: str) -> None:
    address = understood(said)
    if address is not None:
        assert address.count("@") == 1
        assert "." in address.split("@")[1]
        assert understood(address) == address
        assert address.isascii()


@given(st.from_regex(r"[a-z]{1,8}(\.[a-z]{1,8})?", fullmatch=True), st.sampled_from(["gmail.com", "aol.com"]))
def test_an_address_spelled_out_is_that_address(local: str, host: str) -> None:
    spelled = " ".join("dot" if c == "." else c for c in local)
    assert understood(f"{spelled} at {host.replace('.', ' dot ')}") == f"{local}@{host}"
