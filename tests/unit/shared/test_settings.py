import subprocess
import sys

import pytest

from shared.errors import ConfigurationError
from shared.settings import Part, read

TELEPHONY = {
    "SOPHIE_ENV": "cloud",
    "NEON_DATABASE_URL": "postgresql://u:p@db.example/sophie?sslmode=require",
    "REDIS_URL": "redis://10.0.0.3:6379/0",
    "PUBLIC_BASE_URL": "https://t.example/",
    "MEDIA_STREAM_URL": "wss://m.example",
    "STREAM_TOKEN_SECRET": "x" * 32,
    "TWILIO_ACCOUNT_SID": "AC1",
    "TWILIO_AUTH_TOKEN": "sesame",
    "TWILIO_PHONE_NUMBER": "+13125550100",
}


def test_a_part_needs_only_what_it_uses() -> None:
    assert read(TELEPHONY, Part.TELEPHONY).openai_api_key == ""


def test_every_missing_and_malformed_setting_is_named_in_one_message() -> None:
    broken = {**TELEPHONY, "REDIS_URL": "", "TWILIO_PHONE_NUMBER": "312 555", "MAX_CALLS": "many"}
    del broken["TWILIO_AUTH_TOKEN"]
    with pytest.raises(ConfigurationError) as fault:
        read(broken, Part.TELEPHONY)
    for name in ("REDIS_URL", "TWILIO_PHONE_NUMBER", "MAX_CALLS", "TWILIO_AUTH_TOKEN"):
        assert name in str(fault.value)


def test_what_is_unfit_for_the_cloud_is_named_beside_what_is_missing() -> None:
    with pytest.raises(ConfigurationError) as fault:
        read({**TELEPHONY, "MEDIA_STREAM_URL": "ws://m.example", "REDIS_URL": ""}, Part.TELEPHONY)
    assert "REDIS_URL is missing" in str(fault.value) and "MEDIA_STREAM_URL must begin" in str(fault.value)


@pytest.mark.parametrize("value", ["hunter2", "redis://:p@10.0.0.3:hunter2", "redis://[hunter2"])
def test_a_fault_never_repeats_the_value_that_was_given(value: str) -> None:
    with pytest.raises(ConfigurationError, match="REDIS_URL must be a URL") as fault:
        read({**TELEPHONY, "REDIS_URL": value}, Part.TELEPHONY)
    assert "hunter2" not in str(fault.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "65536"),
        ("NEON_DATABASE_URL", "postgresql://u:p@db.example:six/sophie"),
        ("NEON_DATABASE_URL", "postgresql://u:p@db.example/sophie?sslmode=maybe"),
        ("PUBLIC_BASE_URL", "https://t.example?region=us"),
        ("MEDIA_STREAM_URL", "wss://m.example/media-stream"),
        ("OPENAI_BASE_URL", "https://api.openai.com"),
    ],
)
def test_what_could_not_work_is_refused_at_the_start_and_not_in_a_call(name: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match=name):
        read({**TELEPHONY, name: value}, Part.TELEPHONY)


def test_secrets_do_not_show_when_settings_are_printed() -> None:
    shown = repr(read(TELEPHONY, Part.TELEPHONY))
    assert "sesame" not in shown and "x" * 32 not in shown
    assert "u:p@" not in shown


def test_the_other_name_of_the_database_is_accepted() -> None:
    other = {**TELEPHONY, "DATABASE_URL": TELEPHONY["NEON_DATABASE_URL"]}
    del other["NEON_DATABASE_URL"]
    assert read(other, Part.TELEPHONY).database_url == TELEPHONY["NEON_DATABASE_URL"]
    with pytest.raises(ConfigurationError, match=": DATABASE_URL must be"):
        read({**other, "DATABASE_URL": "mysql://db.example/sophie"}, Part.TELEPHONY)


def test_base_addresses_lose_their_closing_slash() -> None:
    assert read(TELEPHONY, Part.TELEPHONY).public_base_url == "https://t.example"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MEDIA_STREAM_URL", "ws://m.example"),
        ("PUBLIC_BASE_URL", "http://t.example"),
        ("SOPHIE_CLOCK_FILE", "clock"),
        ("STREAM_TOKEN_SECRET", "short"),
    ],
)
def test_what_is_fit_for_a_laptop_only_is_refused_in_the_cloud(name: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match=name):
        read({**TELEPHONY, name: value}, Part.TELEPHONY)
    assert read({**TELEPHONY, name: value, "SOPHIE_ENV": "local"}, Part.TELEPHONY).local


def test_a_service_without_its_settings_says_so_once_and_ends_with_2() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "media_service"], env={"PATH": ""}, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 2
    assert len(ran.stderr.splitlines()) == 1
    assert "DEEPGRAM_API_KEY" in ran.stderr and "OPENAI_API_KEY" in ran.stderr


def test_a_function_without_its_settings_says_so_once_and_ends_with_2() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "functions_framework", "--source", "functions/main.py", "--target", "telephony"],
        env={"PATH": "", "PORT": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 2
    assert "TWILIO_AUTH_TOKEN" in ran.stderr
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize(
    "program",
    [["media_service"], ["functions_framework", "--source", "functions/main.py", "--target", "telephony"]],
    ids=["media", "telephony"],
)
def test_a_wrong_shop_file_stops_a_program_and_not_a_call(program: list[str]) -> None:
    given = {
        **TELEPHONY,
        "DEEPGRAM_API_KEY": "d",
        "OPENAI_API_KEY": "o",
        "SHOP_CONFIG": "no-such-shop.toml",
        "PORT": "0",
    }
    ran = subprocess.run([sys.executable, "-m", *program], env=given, capture_output=True, text=True, check=False)
    assert ran.returncode == 2
    assert "no-such-shop.toml" in ran.stderr and "Traceback" not in ran.stderr


def test_every_setting_stands_in_the_example_file() -> None:
    from dataclasses import fields
    from pathlib import Path

    from shared.settings import Settings

    example = Path(".env.example").read_text(encoding="utf-8")
    names = [each.metadata["names"][0] for each in fields(Settings)]
    assert [name for name in names if f"\n{name}=" not in example] == []
