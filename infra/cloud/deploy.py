"""`infra/deploy` and `infra/destroy`: brings a project to what the plan says, shows how, goes a release back, or takes
everything away. It knows no step; the plan does."""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

from infra.cloud import parts
from infra.cloud.failures import DeploymentFailed
from infra.cloud.gcloud import Gcloud
from infra.cloud.plan import PLAN, USUAL, plan
from infra.cloud.plan.traffic import SERVICES, back
from infra.cloud.site import Site
from infra.cloud.steps import carry_out, rehearse, take_away
from shared.settings import Part

_SETTINGS = ".env"


def settings_of(path: Path) -> dict[str, str]:
    """The settings of a file of lines NAME=value; an empty value is not given. Raises DeploymentFailed."""
    try:
        lines = [line.strip() for line in path.read_text("utf-8-sig").splitlines()]
    except OSError as why:
        raise DeploymentFailed(f"{path} cannot be read: copy .env.example there and fill it in.") from why
    except UnicodeDecodeError as why:
        raise DeploymentFailed(f"{path} is no text in UTF-8: save it as that.") from why
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    given = {name.strip(): value.strip().strip("\"'") for name, _, value in pairs}
    if unknown := sorted(given.keys() - parts.settings()):
        raise DeploymentFailed(
            f"{path} sets {', '.join(unknown)}, which nothing reads: see .env.example for the names."
        )
    return {name: value for name, value in given.items() if value}


def imagined(given: Mapping[str, str]) -> dict[str, str]:
    """Every setting that a part needs, by its own name where none is given: for showing, never for doing."""
    needed = {name for part in Part for name in parts.needed(part)} - set(parts.FOLLOWING)
    return {name: name for name in sorted(needed)} | dict(given)


def _arguments(name: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"infra/{name}")
    parser.add_argument("--project", required=True, help="the Google Cloud project")
    parser.add_argument("--region", default="us-central1")
    parser.add_argument(
        "--settings", type=Path, default=Path(_SETTINGS), help="file of settings, as .env.example (.env)"
    )
    return parser


def deploy() -> None:
    parser = _arguments("deploy")
    parser.add_argument("--dry-run", action="store_true", help="print every command and run none")
    parser.add_argument("--only", metavar="PHASE,…", default=",".join(USUAL), help=f"of {', '.join(PLAN)}")
    parser.add_argument("--image", default="", help="an image that was built elsewhere")
    parser.add_argument("--rollback", choices=SERVICES, help="all traffic of a service to the revision before")
    words = parser.parse_args()
    phases = tuple(words.only.split(","))
    if unknown := set(phases) - set(PLAN):
        parser.error(f"there is no phase {', '.join(sorted(unknown))}; there are {', '.join(PLAN)}")
    site = _site(words)
    steps = back(site, words.rollback) if words.rollback else plan(site, phases)
    if site.gcloud is None:
        rehearse(steps, print)
        return
    changed = carry_out(steps, site.gcloud, _say)
    print(f"{'Rolled back' if words.rollback else 'Deployed'}: {changed} steps had something to do.")


def _site(words: argparse.Namespace) -> Site:
    """What is asked for: imagined for a dry run; going back needs no settings, and waits for none to be found."""
    needless = words.rollback or (words.dry_run and not words.settings.exists())
    given = {} if needless else settings_of(words.settings)
    return Site(
        project=words.project,
        region=words.region,
        given=imagined(given) if words.dry_run else given,
        built=words.image,
        gcloud=None if words.dry_run else Gcloud(),
    )


def destroy() -> None:
    parser = _arguments("destroy")
    parser.add_argument("--yes-destroy", metavar="PROJECT", default="", help="the project's name once more")
    words = parser.parse_args()
    if words.yes_destroy != words.project:
        parser.error(f"this takes Sophie out of {words.project}; say so with --yes-destroy={words.project}")
    given = settings_of(words.settings) if words.settings.exists() else {}
    gcloud = Gcloud()
    site = Site(project=words.project, region=words.region, given=given, gcloud=gcloud)
    take_away(plan(site), gcloud, _say)
    print(
        "Sophie is gone from the project. Database, Redis, number and enabled services stay: they are yours. So do the "
        f"sources that were uploaded, in gs://run-sources-{site.project}-{site.region}."
    )


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main() -> int:
    try:
        {"deploy": deploy, "destroy": destroy}[sys.argv.pop(1)]()
    except DeploymentFailed as why:
        print(f"{why}\nThen run the same command again: it goes on where this one ended.", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Interrupted: run the same command again, and it goes on where this one ended.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
