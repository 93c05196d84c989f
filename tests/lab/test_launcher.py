"""The commands' common beginning: which settings exist, and that none of the user's shell gets into a run."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import fields
from pathlib import Path

from infra.cloud.parts import OF_THE_DEPLOYMENT
from shared.settings import Settings

_ROOT = Path(__file__).resolve().parents[2]
_OF_THE_SDKS = {
    "OPENAI_ORG_ID", "DEEPGRAM_TOKEN", "TWILIO_API_KEY", "GOOGLE_APPLICATION_CREDENTIALS", "https_proxy", "HTTP_PROXY",
}  # fmt: skip


def _named_in_the_example() -> set[str]:
    return set(re.findall(r"^#? ?([A-Z][A-Z_]+)=", (_ROOT / ".env.example").read_text(), re.MULTILINE))


def _after_clearing(names: set[str]) -> set[str]:
    """The names that are still set after `clear_settings` of infra/_env, whose making of environments is left out."""
    script = "source <(sed '/^bare=/,$d' infra/_env); cd \"$1\"; clear_settings; compgen -e"
    environment = {"PATH": os.environ["PATH"]} | dict.fromkeys(names, "of-the-shell")
    done = subprocess.run(
        ["bash", "-c", script, "bash", str(_ROOT)],  # noqa: S607
        cwd=_ROOT,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    return names & set(done.stdout.split())


def test_the_example_names_every_setting_of_the_product_and_of_its_deployment_and_no_other() -> None:
    known = {name for field in fields(Settings) for name in field.metadata["names"]} | set(OF_THE_DEPLOYMENT)
    assert _named_in_the_example() - known == set()
    assert known - _named_in_the_example() - {"DATABASE_URL"} == set(), "DATABASE_URL alone is only an alias"


def test_no_setting_of_the_shell_reaches_a_demo_or_a_test() -> None:
    assert _after_clearing(_named_in_the_example() | _OF_THE_SDKS | {"DATABASE_URL"}) == set()


def test_what_is_no_setting_stays_as_it_was() -> None:
    assert _after_clearing({"LANG", "TERM", "SSH_AUTH_SOCK"}) == {"LANG", "TERM", "SSH_AUTH_SOCK"}
