"""The whole deployment, by the real gcloud and Google's own client libraries, to a project on this machine."""

import json
import re
import secrets
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from tests.cloud.clean_room import ROOT
from tests.cloud.lab_project import NUMBER, Cloud, standing

pytestmark = pytest.mark.gcloud


def told_to(state: Any, service: str) -> dict[str, str]:
    """The settings of a service that are no secrets."""
    container = state["services"][service]["containers"][0]
    return {each["name"]: each["value"] for each in container["env"] if "value" in each}


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with standing(tmp_path_factory.mktemp("cloud")) as there:
        yield there


def test_a_deployment_from_nothing_to_nothing(cloud: Cloud) -> None:
    """One story, because each chapter stands on the one before and gcloud takes its time."""
    _killed_between_any_two_requests_it_is_gone_on_with(cloud)
    _everything_stands_as_planned(cloud)
    _a_second_run_changes_nothing(cloud)
    _what_the_pipeline_needs_is_made_when_it_is_asked_for(cloud)
    _the_pipeline_is_a_build_that_gcloud_understands_to_the_word(cloud)
    _the_steps_of_the_pipeline_bring_a_new_image_to_callers(cloud)
    _a_new_secret_replaces_the_parts_that_read_it(cloud)
    before = cloud.serving("sophie-telephony")
    _a_function_that_is_ill_or_does_not_start_gets_no_traffic(cloud)
    _a_private_redis_is_reached_through_the_projects_own_network(cloud)
    _rolled_back_callers_reach_what_they_reached_before_and_no_release_that_was_never_taken(cloud, before)
    _destroyed_nothing_of_ours_is_left(cloud)


def _killed_between_any_two_requests_it_is_gone_on_with(cloud: Cloud) -> None:
    """Where the most is half done: a secret without a value, a schema that nobody wrote down, a door still shut."""
    project, run = "/v1/projects/sophie-lab", "/apis/run.googleapis.com/v1/namespaces/sophie-lab"
    cloud.stopped_at("hold_reply", f"POST {project}/secrets")
    assert cloud.state["secrets"] == {"neon-database-url": 0}
    cloud.stopped_at("hold_reply", f"POST {run}/jobs/sophie-migrate:run")
    shut = f"POST {project}/locations/us-central1/services/sophie-telephony:setIamPolicy"
    cloud.stopped_at("stall", shut, "--only=media,telephony")
    assert "services/sophie-telephony" not in cloud.state["policies"]
    code, said = cloud.deploy()
    assert code == 0, said
    assert "right  release of sophie-telephony" in said
    assert "make   who may ask sophie-telephony" in said


def _everything_stands_as_planned(cloud: Cloud) -> None:
    state = cloud.state
    assert set(state["services"]) == {
        "sophie-media",
        "sophie-telephony",
        "sophie-dial-reminders",
        "sophie-sync-calendar",
    }
    assert state["jobs"] == ["sophie-migrate", "sophie-retention"]
    # The one that was killed when it had ended, and the one that was written down.
    assert len(state["executions"]) == 2
    assert len(state["images"]) == 1
    assert len(state["accounts"]) == 7
    assert [each["role"] for each in state["policies"]["project"]["bindings"]] == ["roles/run.builder"]
    assert len(state["alerts"]) == 3
    assert {name: function["target"] for name, function in state["functions"].items()} == {
        "sophie-telephony": "telephony",
        "sophie-dial-reminders": "dial_reminders",
        "sophie-sync-calendar": "sync_calendar",
    }
    for name, function in state["functions"].items():
        top = {file.split("/")[0] for file in function["files"]}
        assert top == {"main.py", "functions", "shared", "requirements.txt"}, name
    address = "https://sophie-telephony-123456789012.us-central1.run.app"
    told = told_to(state, "sophie-telephony")
    assert told["PUBLIC_BASE_URL"] == address
    assert told["MEDIA_STREAM_URL"] == "wss://sophie-media-123456789012.us-central1.run.app"
    assert cloud.number()["voice_url"].startswith(f"{address}/voice#")
    jobs = {job["name"].rpartition("/")[2]: job for job in cloud.jobs()}
    assert set(jobs) == {"sophie-dial-reminders", "sophie-sync-calendar", "sophie-retention"}
    token = jobs["sophie-dial-reminders"]["httpTarget"]["oidcToken"]
    asked = told_to(state, "sophie-dial-reminders")
    assert token["audience"] == asked["OIDC_AUDIENCE_DIALER"]
    assert token["serviceAccountEmail"] == asked["OIDC_SERVICE_ACCOUNT"]


def _a_second_run_changes_nothing(cloud: Cloud) -> None:
    before = cloud.state
    code, said = cloud.deploy()
    assert code == 0, said
    assert "Deployed: 0 steps had something to do." in said, said
    assert cloud.state == before


def _what_the_pipeline_needs_is_made_when_it_is_asked_for(cloud: Cloud) -> None:
    code, said = cloud.deploy("--only=pipeline")
    assert code == 0, said
    assert cloud.state["secrets"]["sophie-settings"] == 1
    assert [image for image in cloud.state["images"] if image.endswith("/sophie/tools:latest")]


def _the_pipeline_is_a_build_that_gcloud_understands_to_the_word(cloud: Cloud) -> None:
    ran = build(cloud, ROOT / "cloudbuild.yaml")
    assert ran.returncode == 0, ran.stderr
    misspelt = cloud.place / "cloudbuild.yaml"
    misspelt.write_text((ROOT / "cloudbuild.yaml").read_text().replace("waitFor", "waitsFor", 1))
    ran = build(cloud, misspelt)
    assert ran.returncode != 0
    assert "waitsFor" in ran.stderr


def build(cloud: Cloud, config: Path) -> subprocess.CompletedProcess[str]:
    words = ["gcloud", "builds", "submit", "--no-source", f"--config={config}", "--async", "--project=sophie-lab"]
    return subprocess.run(words, env=cloud.environment, capture_output=True, text=True, timeout=120)


def _the_steps_of_the_pipeline_bring_a_new_image_to_callers(cloud: Cloud) -> None:
    """In their order, by the lines of cloudbuild.yaml itself and as the account that it names, which may do this and no
    more; the tests and Docker's build are not among them."""
    pipeline = yaml.safe_load((ROOT / "cloudbuild.yaml").read_text())
    told = {"PROJECT_ID": "sophie-lab", "BUILD_ID": "b1"} | pipeline["substitutions"]

    def filled(word: str) -> str:
        while (open_ := re.sub(r"\$\{(\w+)\}", lambda found: told[found[1]], word)) != word:
            word = open_
        return word.replace("$$", "$")

    with cloud.signed_in_as(filled(pipeline["serviceAccount"]).rpartition("/")[2]):
        for step in pipeline["steps"][2:]:
            words = [step["entrypoint"], *map(filled, step["args"])]
            given = cloud.environment | {"SETTINGS": cloud.written}
            ran = subprocess.run(words, cwd=cloud.tree, env=given, capture_output=True, text=True, timeout=600)
            assert ran.returncode == 0, (step["id"], ran.stdout, ran.stderr)
        code, said = cloud.deploy("--only=secrets")
        assert (code, "Permission 'secretmanager." in said) == (2, True), said
    media = cloud.state["services"]["sophie-media"]
    assert media["containers"][0]["image"] == filled("${_IMAGE}")
    assert cloud.serving("sophie-media") == media["revisions"][-1:] == media["revisions"][1:]
    assert len(cloud.state["executions"]) == 3


def _a_new_secret_replaces_the_parts_that_read_it(cloud: Cloud) -> None:
    old, before = cloud.settings["OPENAI_API_KEY"], cloud.serving("sophie-media")
    cloud.settings["OPENAI_API_KEY"] = secrets.token_hex(8)
    code, said = cloud.deploy("--only=secrets,media,telephony,traffic")
    assert code == 0, said
    assert "make   release of sophie-media" in said
    assert "right  release of sophie-telephony" in said
    state = cloud.state
    assert state["secrets"]["openai-api-key"] == 2
    assert cloud.serving("sophie-media") == state["services"]["sophie-media"]["revisions"][-1:] != before
    assert old not in json.dumps(state)


def _a_function_that_is_ill_or_does_not_start_gets_no_traffic(cloud: Cloud) -> None:
    before = cloud.serving("sophie-telephony")
    for number, how, told in (
        ("+13125550177", {}, "/health answered 503 and not 200"),
        ("+13125550178", {"starts": False}, "is not ready and cannot serve traffic"),
    ):
        cloud.settings["TWILIO_PHONE_NUMBER"] = number
        cloud.ill(service="sophie-telephony", **how)
        code, said = cloud.deploy("--only=telephony,traffic")
        assert code == 2
        assert told in said, said
        assert cloud.serving("sophie-telephony") == before
    code, said = cloud.deploy("--only=traffic")
    assert (code, cloud.serving("sophie-telephony")) == (2, before), said


def _a_private_redis_is_reached_through_the_projects_own_network(cloud: Cloud) -> None:
    assert "compute.googleapis.com" not in cloud.state["enabled"]
    cloud.ill(service="sophie-telephony", well=True)
    cloud.settings |= {"REDIS_URL": "redis://10.0.0.3:6379/0", "TWILIO_PHONE_NUMBER": NUMBER}
    code, said = cloud.deploy("--only=project,secrets,media,telephony,traffic")
    assert code == 0, said
    state = cloud.state
    assert "compute.googleapis.com" in state["enabled"]
    for name in ("sophie-media", "sophie-telephony"):
        network = state["services"][name]["annotations"]
        assert json.loads(network["run.googleapis.com/network-interfaces"]) == [
            {"network": "default", "subnetwork": "default"}
        ]
        assert network["run.googleapis.com/vpc-access-egress"] == "private-ranges-only"


def _rolled_back_callers_reach_what_they_reached_before_and_no_release_that_was_never_taken(
    cloud: Cloud, before: list[str]
) -> None:
    """By somebody who has no settings at hand."""
    now = cloud.serving("sophie-telephony")
    assert now == cloud.state["services"]["sophie-telephony"]["revisions"][-1:] != before
    code, said = cloud.deploy("--rollback=sophie-telephony", "--settings=nowhere")
    assert code == 0, said
    assert cloud.serving("sophie-telephony") == before


def _destroyed_nothing_of_ours_is_left(cloud: Cloud) -> None:
    """The keys neither, though the file that they came from is gone."""
    code, said = cloud.deploy("--yes-destroy=sophie-lab", "--settings=nowhere", what="destroy")
    assert code == 0, said
    state = cloud.state
    assert {name: state[name] for name in ("services", "functions", "jobs", "accounts", "secrets", "alerts")} == {
        "services": {},
        "functions": {},
        "jobs": [],
        "accounts": [],
        "secrets": {},
        "alerts": [],
    }
    assert cloud.jobs() == []
