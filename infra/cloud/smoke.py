"""Whether something that was just deployed answers as it must, before anybody calls it."""

import urllib.error
import urllib.request
from collections.abc import Callable, Mapping

from infra.cloud.failures import DeploymentFailed
from infra.cloud.parts import FUNCTIONS, MEDIA

_SECONDS = 30.0


def media(url: str) -> None:
    """Healthy, and a stream that Twilio did not sign is refused before the upgrade. Raises DeploymentFailed."""
    _expect(url, "/health", 200)
    _expect(url, "/media-stream/none", 403)


def telephony(url: str) -> None:
    """Healthy, and a call that Twilio did not sign is refused. Raises DeploymentFailed."""
    _expect(url, "/health", 200)
    _expect(url, "/voice", 403, b"CallSid=CA0")


def private(url: str) -> None:
    """Strangers are not let in; its health Cloud Run itself has asked for, before it called the revision ready.
    Raises DeploymentFailed."""
    _expect(url, "/health", 403)


TRIALS: Mapping[str, Callable[[str], None]] = {
    MEDIA: media,
    **{function.service: telephony if function.public else private for function in FUNCTIONS},
}


def _expect(url: str, path: str, status: int, body: bytes | None = None) -> None:
    if (got := answered(url + path, body)) != status:
        raise DeploymentFailed(
            f"{url}{path} answered {got} and not {status}: its log says why. No traffic was moved to it."
        )


def answered(url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> int | str:
    """The status of an answer, or why there was none."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, headers or {}), timeout=_SECONDS) as answer:  # noqa: S310
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code
    except OSError as why:
        return str(why)
