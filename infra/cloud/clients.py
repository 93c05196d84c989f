"""Google's client libraries for Cloud Run and Cloud Scheduler: gcloud's credentials, and sent where gcloud is sent."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

from google.api_core.client_options import ClientOptions
from google.api_core.exceptions import GoogleAPICallError
from google.cloud import run_v2, scheduler_v1

from infra.cloud.failures import DeploymentFailed, explained
from infra.cloud.gcloud import endpoint
from infra.cloud.site import Site


def service(site: Site, name: str) -> run_v2.Service | None:
    """A Cloud Run service as it stands, a function's too."""
    found = site.read("run", f"v2/{site.place}/services/{name}")
    return run_v2.Service.from_json(json.dumps(found), ignore_unknown_fields=True) if found else None


def revision(site: Site, service: str, name: str) -> run_v2.Revision:
    """One revision of a service, which stands."""
    found = site.read("run", f"v2/{site.place}/services/{service}/revisions/{name}")
    stands: run_v2.Revision = run_v2.Revision.from_json(json.dumps(found), ignore_unknown_fields=True)
    return stands


@contextmanager
def scheduler(site: Site) -> Iterator[scheduler_v1.CloudSchedulerClient]:
    """Raises DeploymentFailed for what Google refuses, unless the block has caught it."""
    assert site.gcloud is not None
    options = ClientOptions(api_endpoint=endpoint("cloudscheduler"))
    with scheduler_v1.CloudSchedulerClient(
        transport="rest", credentials=site.gcloud.credentials, client_options=options
    ) as client:
        try:
            yield client
        except GoogleAPICallError as why:
            raise DeploymentFailed(explained(f"Cloud Scheduler: {why}")) from why
