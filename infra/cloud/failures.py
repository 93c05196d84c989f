"""What may go wrong while deploying; each message says what to do."""

from collections.abc import Mapping
from itertools import islice

# What Google says of it, in an API's answer or in gcloud's words, and what to do about it; the first that fits is told.
_CAUSES: Mapping[tuple[str, ...], str] = {
    ("Reauthentication", "gcloud auth login", "UNAUTHENTICATED", "invalid_grant", "do not currently have an active"): (
        "gcloud is not signed in, or its login has expired: run gcloud auth login."
    ),
    ("Billing account for project", "BILLING_DISABLED", "billing to be enabled", "requires billing"): (
        "The project has no billing: link an account (gcloud billing accounts list; gcloud billing projects link)."
    ),
    ("SERVICE_DISABLED", "has not been used in project", "is not enabled"): (
        "This service of Google's is off in the project: enable it (gcloud services enable, or infra/deploy without "
        "--only, which enables all that are needed). One that was enabled just now takes some minutes."
    ),
    ("denied on 'locations/", "is not a valid region", "Invalid region"): (
        "Google has no such region: gcloud run regions list names them, and --region says which is meant."
    ),
    ("is in DISABLED state", "is in DESTROYED state"): (
        "The newest version of a secret must be one that can be read: gcloud secrets versions enables one or adds it."
    ),
    ("ALREADY_EXISTS", "already exists", "ABORTED", "subject of a conflict", "concurrent policy changes"): (
        "Somebody else is changing the same at this moment: wait until no other deployment runs."
    ),
    ("PERMISSION_DENIED", "does not have permission"): (
        "Your account may not do this, or what is named does not exist: gcloud config get account says who you are."
    ),
}


class DeploymentFailed(Exception):
    """A step was not carried out. Repeating the deployment goes on where this one ended."""


def explained(said: str) -> str:
    """What Google said, with a sentence that says what to do where the cause is known."""
    known = (sentence for signs, sentence in _CAUSES.items() if any(sign in said for sign in signs))
    return "\n".join((said, *islice(known, 1)))
