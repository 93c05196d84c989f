"""What is deployed: one table of the parts with what each may see, and one of the schedules.

A part is given the settings that it cannot start without (`shared.settings` knows them), those named here that it uses
when they are set, and the base URLs. Nothing is known here of how something is deployed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields

from shared.settings import Part, Settings

MEDIA = "sophie-media"
IMAGE_JOBS = {"sophie-migrate": "shared.storage.migrate", "sophie-retention": "shared.storage.retention"}
# The settings that say where a service is; they follow from the place, unless the operator gives a domain of their own.
ADDRESSES: Mapping[str, str] = {
    MEDIA: "MEDIA_STREAM_URL",
    "sophie-telephony": "PUBLIC_BASE_URL",
    "sophie-dial-reminders": "OIDC_AUDIENCE_DIALER",
    "sophie-sync-calendar": "OIDC_AUDIENCE_CALENDAR",
}
FOLLOWING = (*ADDRESSES.values(), "OIDC_SERVICE_ACCOUNT")
# Read by the deployment alone, and told to no part.
OF_THE_DEPLOYMENT = ("ALERT_CHANNELS", "CPU_ALWAYS_ON")
GENERATED = ("STREAM_TOKEN_SECRET", "METRICS_TOKEN")
SCHEDULER_ACCOUNT = "sophie-scheduler"
# Makes the images, the functions' too; what the packages do while they are installed, it may do.
BUILDER_ACCOUNT = "sophie-builder"
# Runs cloudbuild.yaml.
PIPELINE_ACCOUNT = "sophie-pipeline"

_MODELS = ("DEEPGRAM_STT_MODEL", "DEEPGRAM_TTS_MODEL", "OPENAI_MODEL", "OPENAI_FALLBACK_MODEL", "OPENAI_TTS_MODEL")
_CALENDAR = ("GOOGLE_CLIENT_ID", "GOOGLE_CLIENT_SECRET", "GOOGLE_REFRESH_TOKEN", "GOOGLE_CALENDAR_ID")
_USED_IF_SET: Mapping[Part, tuple[str, ...]] = {
    Part.TELEPHONY: ("STREAM_TOKEN_SECRET_PREVIOUS", "TWILIO_AUTH_TOKEN_SECONDARY"),
    Part.DIALER: ("REMINDER_CALLS_PER_SECOND",),
    Part.CALENDAR: ("TWILIO_PHONE_NUMBER",),
    Part.MEDIA: (
        *("STREAM_TOKEN_SECRET_PREVIOUS", "TWILIO_AUTH_TOKEN_SECONDARY", "METRICS_TOKEN"),
        *(*_MODELS, "OPENAI_TTS_VOICE", *_CALENDAR, "MAX_CALLS", "MAX_CALLS_PER_NUMBER"),
    ),
    Part.DATA: (),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Function:
    """A function of the framework: who may ask it, and how long one answer may take in seconds."""

    part: Part
    service: str
    account: str
    public: bool
    seconds: int
    least: int = 0

    @property
    def target(self) -> str:
        return self.part.value


@dataclass(frozen=True, kw_only=True, slots=True)
class Schedule:
    """When something is asked, by the workshop's own clock."""

    name: str
    cron: str
    asks: str
    seconds: int
    tries: int = 1


FUNCTIONS = (
    # Somebody hears it ring: one is always warm.
    Function(
        part=Part.TELEPHONY, service="sophie-telephony", account="sophie-telephony", public=True, seconds=15, least=1
    ),
    Function(part=Part.DIALER, service="sophie-dial-reminders", account="sophie-dialer", public=False, seconds=180),
    Function(part=Part.CALENDAR, service="sophie-sync-calendar", account="sophie-calendar", public=False, seconds=120),
)
ACCOUNTS: Mapping[str, Part | None] = {
    "sophie-media": Part.MEDIA,
    **{function.account: function.part for function in FUNCTIONS},
    "sophie-data": Part.DATA,
    SCHEDULER_ACCOUNT: None,
    BUILDER_ACCOUNT: None,
}
SCHEDULES = (
    Schedule(name="sophie-dial-reminders", cron="*/5 8-20 * * *", asks="sophie-dial-reminders", seconds=180),
    Schedule(name="sophie-sync-calendar", cron="* * * * *", asks="sophie-sync-calendar", seconds=120, tries=0),
    Schedule(name="sophie-retention", cron="15 3 * * *", asks="sophie-retention", seconds=60, tries=3),
)


def settings() -> frozenset[str]:
    """Every name that a file of settings may hold."""
    return frozenset(OF_THE_DEPLOYMENT).union(*(each.metadata["names"] for each in fields(Settings)))


def secrets() -> tuple[str, ...]:
    """The settings that stand in Secret Manager, by name."""
    return tuple(each.metadata["names"][0] for each in fields(Settings) if not each.repr)


def secret_id(setting: str) -> str:
    """`OPENAI_API_KEY` is kept as `openai-api-key`."""
    return setting.lower().replace("_", "-")


def needed(part: Part) -> Iterator[str]:
    """The settings that a part cannot start without."""
    for each in fields(Settings):
        if part in each.metadata["needed_by"]:
            yield each.metadata["names"][0]


def taken(part: Part) -> Iterator[str]:
    """All settings that a part may be given."""
    yield from needed(part)
    yield from _USED_IF_SET[part]
    for each in fields(Settings):
        name = each.metadata["names"][0]
        if (
            part is not Part.DATA
            and name.endswith(("_BASE_URL", "_TOKEN_URL", "_CERTS_URL"))
            and name != "PUBLIC_BASE_URL"
        ):
            yield name
