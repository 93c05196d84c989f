"""Google's client libraries for Cloud Run and Cloud Scheduler: gcloud's credentials, and sent where gcloud is sent.

gcloud's settings `CLOUDSDK_API_ENDPOINT_OVERRIDES_RUN` and `…_CLOUDSCHEDULER` name other endpoints.
"""

import os
from functools import cache

from google.api_core.client_options import ClientOptions
from google.api_core.exceptions import NotFound
from google.cloud import run_v2, scheduler_v1
from google.oauth2.credentials import Credentials

from infra.cloud.gcloud import Gcloud, command
from infra.cloud.site import Site


@cache
def _credentials(gcloud: Gcloud) -> Credentials:
    return Credentials(gcloud.run(command("auth print-access-token")).strip())  # type: ignore[no-untyped-call]


def _options(service: str) -> ClientOptions:
    endpoint = os.environ.get(f"CLOUDSDK_API_ENDPOINT_OVERRIDES_{service}")
    return ClientOptions(api_endpoint=endpoint.rstrip("/") if endpoint else None)


def service(site: Site, name: str) -> run_v2.Service | None:
    """A Cloud Run service as it stands, a function's too."""
    if site.gcloud is None:
        return None
    with run_v2.ServicesClient(
        transport="rest", credentials=_credentials(site.gcloud), client_options=_options("RUN")
    ) as client:
        try:
            return client.get_service(name=f"projects/{site.project}/locations/{site.region}/services/{name}")
        except NotFound:
            return None


def revision(site: Site, service: str, name: str) -> run_v2.Revision:
    """One revision of a service, which stands."""
    assert site.gcloud is not None
    place = f"projects/{site.project}/locations/{site.region}/services/{service}"
    with run_v2.RevisionsClient(
        transport="rest", credentials=_credentials(site.gcloud), client_options=_options("RUN")
    ) as client:
        return client.get_revision(name=f"{place}/revisions/{name}")


def scheduler(site: Site) -> scheduler_v1.CloudSchedulerClient:
    """To be closed by its `transport`, or used as a context."""
    assert site.gcloud is not None
    return scheduler_v1.CloudSchedulerClient(
        transport="rest", credentials=_credentials(site.gcloud), client_options=_options("CLOUDSCHEDULER")
    )
