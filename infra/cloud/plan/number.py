"""The workshop's number at Twilio: which of our addresses it asks, and how long it waits for them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from requests import RequestException
from twilio.base.exceptions import TwilioException

from infra.cloud.failures import DeploymentFailed
from infra.cloud.site import Site
from infra.cloud.steps import Call, Step
from shared import webhook_limits
from shared.errors import ConfigurationError
from shared.settings import Part, read
from shared.telephony import rest_client


def wanted(public_base_url: str) -> dict[str, str]:
    """The addresses of a number that is set up."""
    return {
        "voice_url": f"{public_base_url}/voice{webhook_limits.VOICE}",
        "voice_fallback_url": f"{public_base_url}/fallback{webhook_limits.VOICE}",
        "status_callback": f"{public_base_url}/status{webhook_limits.REPORT}",
        "sms_url": f"{public_base_url}/sms{webhook_limits.REPORT}",
    }


def steps(site: Site) -> Iterator[Step]:
    def addresses() -> dict[str, str]:
        return wanted(site.plain(Part.TELEPHONY)["PUBLIC_BASE_URL"])

    def put() -> None:
        number = _number(site)
        with _refusals():
            number.update(**addresses())

    yield Step(
        name="number at Twilio",
        phase="number",
        found=lambda: _number(site),
        right=lambda now: {name: getattr(now, name) for name in addresses()} == addresses(),
        make=lambda _: [Call(f"twilio.incoming_phone_numbers.update {addresses()}", put)],
        advice="The addresses can be set by hand too: Twilio Console, Phone Numbers, the number, Voice Configuration.",
    )


def _number(site: Site) -> Any:
    try:
        settings = read(site.told(Part.TELEPHONY), Part.TELEPHONY)
    except ConfigurationError as why:
        raise DeploymentFailed(str(why)) from why
    with _refusals():
        found = rest_client(settings).incoming_phone_numbers.list(phone_number=settings.twilio_phone_number, limit=1)
    if not found:
        raise DeploymentFailed(
            f"The Twilio account does not own {settings.twilio_phone_number}: buy it, or correct the setting."
        )
    return found[0]


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except TwilioException as why:
        raise DeploymentFailed(
            f"Twilio refuses ({why.args[-1]}): check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN."
        ) from why
    except RequestException as why:
        raise DeploymentFailed(f"Twilio cannot be reached ({why}): is the network there?") from why
