"""A deployment is done once: what is right is left alone, what was broken off is gone on with."""

import re
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from google.cloud import run_v2

from infra.cloud import parts
from infra.cloud.deploy import imagined, settings_of
from infra.cloud.failures import DeploymentFailed
from infra.cloud.gcloud import Command, command
from infra.cloud.plan import PLAN, plan
from infra.cloud.plan.alerts import ALERTS
from infra.cloud.site import Site
from infra.cloud.smoke import TRIALS
from infra.cloud.steps import Action, Step, carry_out, rehearse, take_away
from shared.settings import Part
from tests.cloud.clean_room import ROOT

SECRET = "s3cret-value"


class Shelf:
    """A place that things are put on by `put NAME` and taken from by `take NAME`; it breaks at one of them."""

    def __init__(self, breaks_at: str = "") -> None:
        self.things: list[str] = []
        self.breaks_at = breaks_at

    def run(self, one: Command) -> str:
        verb, name = one.words[:2]
        if name == self.breaks_at:
            raise DeploymentFailed("it broke")
        self.things.append(name) if verb == "put" else self.things.remove(name)
        return ""

    def step(self, name: str) -> Step:
        def undo(_: Any) -> Iterable[Action]:
            return [command("take", name)]

        return Step(
            name=name,
            phase="p",
            found=lambda: name if name in self.things else None,
            make=lambda _: [command("put", name)],
            undo=undo,
            advice=f"Mend {name}.",
        )


def quietly(_: str) -> None: ...


def test_a_second_run_changes_nothing() -> None:
    shelf = Shelf()
    steps = [shelf.step("a"), shelf.step("b")]
    assert carry_out(steps, shelf, quietly) == 2
    assert carry_out(steps, shelf, quietly) == 0
    assert shelf.things == ["a", "b"]


def test_a_run_that_broke_off_says_what_to_do_and_is_gone_on_with() -> None:
    shelf = Shelf(breaks_at="b")
    steps = [shelf.step(name) for name in "abc"]
    with pytest.raises(DeploymentFailed, match=r"b: it broke\nMend b."):
        carry_out(steps, shelf, quietly)
    assert shelf.things == ["a"]
    shelf.breaks_at = ""
    assert carry_out(steps, shelf, quietly) == 2


def test_what_was_made_last_is_taken_away_first_and_what_is_not_there_is_passed_over() -> None:
    shelf = Shelf()
    steps = [shelf.step(name) for name in "abc"]
    carry_out(steps[:2], shelf, quietly)
    said: list[str] = []
    take_away(steps, shelf, said.append)
    assert (shelf.things, said) == ([], ["  remove b", "  remove a"])


def rehearsed(given: dict[str, str]) -> str:
    said: list[str] = []
    rehearse(plan(Site(project="demo", region="us-central1", given=imagined(given), gcloud=None)), said.append)
    return "\n".join(said)


def test_a_dry_run_shows_every_phase_and_no_secret() -> None:
    shown = rehearsed(dict.fromkeys(parts.secrets(), SECRET))
    assert re.findall(r"^# (\w+)$", shown, re.MULTILINE) == list(PLAN)
    assert SECRET not in shown


@pytest.mark.parametrize(
    ("command_of", "part"),
    [
        ("run deploy sophie-media", Part.MEDIA),
        ("run deploy sophie-telephony", Part.TELEPHONY),
        ("run deploy sophie-dial-reminders", Part.DIALER),
        ("run deploy sophie-sync-calendar", Part.CALENDAR),
        ("run jobs deploy sophie-migrate", Part.DATA),
    ],
)
def test_each_part_is_given_what_it_needs_to_start_and_no_secret_of_another(command_of: str, part: Part) -> None:
    line = next(line for line in rehearsed({}).splitlines() if f"gcloud {command_of} " in line)
    given = set(re.findall(r"(?<=[ =,|^])([A-Z][A-Z_]+)=", line))
    assert set(parts.needed(part)) <= given
    assert given & set(parts.secrets()) <= set(parts.taken(part))


def test_the_settings_that_the_deployment_reads_for_itself_are_those_that_the_example_names() -> None:
    source = "\n".join(path.read_text() for path in (ROOT / "infra" / "cloud").rglob("*.py"))
    read = set(re.findall(r"given\.get\(\"([A-Z_]+)\"", source))
    assert read - {each for part in Part for each in parts.taken(part)} == set(parts.OF_THE_DEPLOYMENT)


def test_the_example_with_nothing_filled_in_gives_no_address_and_says_what_is_missing() -> None:
    given = settings_of(ROOT / ".env.example")
    assert given.keys() & {*parts.FOLLOWING, *parts.secrets()} == set()
    site = Site(project="demo", region="us-central1", given=given, gcloud=None)
    with pytest.raises(DeploymentFailed, match="Put TWILIO_ACCOUNT_SID, TWILIO_PHONE_NUMBER into the file of settings"):
        site.plain(Part.TELEPHONY)


def test_a_misspelt_setting_is_named_before_anything_is_done(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("OPENAI_MODLE=gpt-4o\n")
    with pytest.raises(DeploymentFailed, match="OPENAI_MODLE, which nothing reads"):
        settings_of(file)


@pytest.mark.parametrize(("said", "flag"), [("", "--no-cpu-throttling"), ("no", "--cpu-throttling")])
def test_the_cpu_of_the_media_service_is_always_on_unless_the_operator_says_no(said: str, flag: str) -> None:
    line = next(
        line for line in rehearsed({"CPU_ALWAYS_ON": said or "yes"}).splitlines() if "deploy sophie-media" in line
    )
    assert flag in line.split()


@pytest.mark.parametrize("service", TRIALS)
def test_a_release_comes_beside_the_one_that_serves_and_remembers_it_while_the_first_of_all_is_alone(
    service: str,
) -> None:
    site = Site(project="demo", region="us-central1", given=imagined({}), gcloud=None)
    step = next(step for step in plan(site) if step.name == f"release of {service}")
    *_, first = step.make(None)
    *_, later = step.make(run_v2.Service(traffic_statuses=[{"revision": "r-00007", "percent": 100}]))
    assert "--tag=candidate" in first.line
    assert "--tag=candidate" in later.line
    assert "--no-traffic" not in first.line
    assert "--no-traffic" in later.line
    assert "sophie-before=r-00007" in later.line


def test_what_going_back_would_do_is_shown_and_nothing_else() -> None:
    words = ["infra/deploy", "--project=demo", "--rollback=sophie-media", "--dry-run", "--settings=/none"]
    ran = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, env={"PATH": "/bin:/usr/bin"})
    assert ran.stdout.splitlines() == [
        "# traffic",
        "gcloud run services update-traffic sophie-media --project=demo --region=us-central1 "
        "--to-revisions=REVISION_BEFORE=100 --quiet",
    ], ran.stderr


def test_twilio_may_ask_the_telephony_and_the_media_service_and_the_scheduler_alone_the_rest() -> None:
    bound = re.findall(r"run (?:services|jobs) add-iam-policy-binding ([\w-]+) .*--member=(\w+)", rehearsed({}))
    assert dict(bound) == {
        "sophie-media": "allUsers",
        "sophie-telephony": "allUsers",
        "sophie-dial-reminders": "serviceAccount",
        "sophie-sync-calendar": "serviceAccount",
        "sophie-retention": "serviceAccount",
    }


def test_a_secret_is_read_by_the_accounts_of_those_parts_that_take_it() -> None:
    readers = re.findall(r"binding openai-api-key .*serviceAccount:([\w-]+)@", rehearsed({}))
    assert readers == ["sophie-media"]


def test_the_alerts_look_for_lines_that_the_product_writes() -> None:
    rooms = (ROOT / room for room in ("functions", "media_service", "shared"))
    source = "\n".join(path.read_text() for room in rooms for path in room.rglob("*.py"))
    for alert in ALERTS:
        for line in re.findall(r'"([a-z -]+)"(?: OR |\)| AND)', alert.filter.replace("jsonPayload.message=", "")):
            assert f'"{line}"' in source or line == "sophie-dial-reminders", line
