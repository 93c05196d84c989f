"""The settings of every deployable, read once from the environment into one frozen value.

Each deployable (a `Part`) must have only what it uses, so that it can be given only that; every missing or malformed
name is reported in one message. What this module refuses to know: what the settings are used for, and the shop's own
rules (those stand in `shop.toml`).
"""

import os
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

from shared.errors import ConfigurationError


class Part(Enum):
    """What can be deployed on its own."""

    TELEPHONY = "telephony"
    DIALER = "dial_reminders"
    CALENDAR = "sync_calendar"
    MEDIA = "media_service"
    DATA = "data"


Made = TypeVar("Made")
EVERY = frozenset(Part)
NONE: frozenset[Part] = frozenset()
_LAST_PORT = 65535
_SHORTEST_SECRET = 32
SSL_MODES = frozenset({"disable", "allow", "prefer", "require", "verify-ca", "verify-full"})
"""What a database URL may ask for, as libpq names them."""


def _text(value: str) -> str:
    return value


def _number(value: str) -> int:
    if not value.isascii() or not value.isdigit():
        raise ValueError("must be a whole number, 0 or more")
    return int(value)


def _port(value: str) -> int:
    if _number(value) > _LAST_PORT:
        raise ValueError(f"must be a port, 0 to {_LAST_PORT}")
    return int(value)


def _rate(value: str) -> int:
    if not 1 <= _number(value) <= 100:
        raise ValueError("must be a whole number from 1 to 100")
    return int(value)


def _environment(value: str) -> str:
    if value not in ("local", "cloud"):
        raise ValueError("must be 'local' or 'cloud'")
    return value


def _phone(value: str) -> str:
    if not re.fullmatch(r"\+[1-9]\d{6,14}", value):
        raise ValueError("must be a telephone number in E.164 form, such as +13125550100")
    return value


def _url(*schemes: str) -> Callable[[str], str]:
    """Of a server; what follows its host is handed on."""

    def check(value: str) -> str:
        try:
            parts = urlsplit(value)
            right = parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
        except ValueError:  # half an IPv6 address, a port that is none: its words repeat the value, a secret perhaps
            right = False
        if not right:
            begins = " or ".join(f"{each}://" for each in schemes)
            raise ValueError(f"must be a URL that begins with {begins} and names a host, or host:port")
        return value

    return check


def _address(*schemes: str, ends: str = "") -> Callable[[str], str]:
    """Of a service: paths are put after it."""
    url = _url(*schemes)

    def check(value: str) -> str:
        address = url(value).rstrip("/")
        if "?" in address or "#" in address:
            raise ValueError("must be a URL without ? and #")
        if not address.endswith(ends):
            raise ValueError(f"must be a URL that ends in {ends}")
        return address

    return check


def _origin(*schemes: str) -> Callable[[str], str]:
    address = _address(*schemes)

    def check(value: str) -> str:
        if urlsplit(origin := address(value)).path:
            raise ValueError("must be an origin: scheme, host and port, without a path")
        return origin

    return check


def _database(value: str) -> str:
    # The URL is handed on as it was pasted; storage.database reads it.
    parts = urlsplit(_url("postgresql", "postgres", "postgresql+pg8000")(value))
    if not SSL_MODES.issuperset(parse_qs(parts.query).get("sslmode", [])):
        raise ValueError("has an unknown sslmode: use sslmode=require")
    return value


def _path(value: str) -> Path:
    return Path(value)


def _setting(
    *names: str,
    needed_by: Iterable[Part] = NONE,
    default: str = "",
    read: Callable[[str], Any] = _text,
    secret: bool = False,
) -> Any:
    """One setting: its name in the environment (first) and accepted aliases, who cannot start without it, its
    default."""
    metadata = {"names": names, "needed_by": frozenset(needed_by), "default": default, "read": read}
    return field(repr=not secret, metadata=metadata)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings; a text that a part was not given is empty."""

    port: int = _setting("PORT", default="8080", read=_port)
    sophie_env: str = _setting("SOPHIE_ENV", default="cloud", read=_environment)
    shop_config: Path | None = _setting("SHOP_CONFIG", read=_path)
    clock_file: Path | None = _setting("SOPHIE_CLOCK_FILE", read=_path)
    database_url: str = _setting("NEON_DATABASE_URL", "DATABASE_URL", needed_by=EVERY, read=_database, secret=True)
    redis_url: str = _setting(
        "REDIS_URL", needed_by=(Part.TELEPHONY, Part.MEDIA), read=_url("redis", "rediss"), secret=True
    )
    public_base_url: str = _setting(
        "PUBLIC_BASE_URL", needed_by=(Part.TELEPHONY, Part.DIALER), read=_address("https", "http")
    )
    media_stream_url: str = _setting(
        "MEDIA_STREAM_URL", needed_by=(Part.TELEPHONY, Part.MEDIA), read=_origin("wss", "ws")
    )
    stream_token_secret: str = _setting("STREAM_TOKEN_SECRET", needed_by=(Part.TELEPHONY, Part.MEDIA), secret=True)
    stream_token_secret_previous: str = _setting("STREAM_TOKEN_SECRET_PREVIOUS", secret=True)
    twilio_account_sid: str = _setting("TWILIO_ACCOUNT_SID", needed_by=(Part.TELEPHONY, Part.DIALER))
    twilio_auth_token: str = _setting(
        "TWILIO_AUTH_TOKEN", needed_by=(Part.TELEPHONY, Part.DIALER, Part.MEDIA), secret=True
    )
    twilio_auth_token_secondary: str = _setting("TWILIO_AUTH_TOKEN_SECONDARY", secret=True)
    twilio_phone_number: str = _setting("TWILIO_PHONE_NUMBER", needed_by=(Part.TELEPHONY, Part.DIALER), read=_phone)
    deepgram_api_key: str = _setting("DEEPGRAM_API_KEY", needed_by=(Part.MEDIA,), secret=True)
    deepgram_stt_model: str = _setting("DEEPGRAM_STT_MODEL", default="flux-general-en")
    deepgram_tts_model: str = _setting("DEEPGRAM_TTS_MODEL")
    openai_api_key: str = _setting("OPENAI_API_KEY", needed_by=(Part.MEDIA,), secret=True)
    openai_model: str = _setting("OPENAI_MODEL", default="gpt-4o")
    openai_fallback_model: str = _setting("OPENAI_FALLBACK_MODEL", default="gpt-6-luna")
    openai_tts_model: str = _setting("OPENAI_TTS_MODEL", default="gpt-4o-mini-tts")
    openai_tts_voice: str = _setting("OPENAI_TTS_VOICE", default="nova")
    google_client_id: str = _setting("GOOGLE_CLIENT_ID", needed_by=(Part.CALENDAR,))
    google_client_secret: str = _setting("GOOGLE_CLIENT_SECRET", needed_by=(Part.CALENDAR,), secret=True)
    google_refresh_token: str = _setting("GOOGLE_REFRESH_TOKEN", needed_by=(Part.CALENDAR,), secret=True)
    google_calendar_id: str = _setting("GOOGLE_CALENDAR_ID", needed_by=(Part.CALENDAR,))
    oidc_audience_dialer: str = _setting("OIDC_AUDIENCE_DIALER", needed_by=(Part.DIALER,))
    oidc_audience_calendar: str = _setting("OIDC_AUDIENCE_CALENDAR", needed_by=(Part.CALENDAR,))
    oidc_service_account: str = _setting("OIDC_SERVICE_ACCOUNT", needed_by=(Part.DIALER, Part.CALENDAR))
    max_calls: int = _setting("MAX_CALLS", default="80", read=_number)
    max_calls_per_number: int = _setting("MAX_CALLS_PER_NUMBER", default="3", read=_number)
    reminder_calls_per_second: int = _setting("REMINDER_CALLS_PER_SECOND", default="1", read=_rate)
    metrics_token: str = _setting("METRICS_TOKEN", secret=True)
    twilio_api_base_url: str = _setting(
        "TWILIO_API_BASE_URL", default="https://api.twilio.com", read=_address("https", "http")
    )
    deepgram_base_url: str = _setting(
        "DEEPGRAM_BASE_URL", default="https://api.deepgram.com", read=_address("https", "http")
    )
    openai_base_url: str = _setting(
        "OPENAI_BASE_URL", default="https://api.openai.com/v1", read=_address("https", "http", ends="/v1")
    )
    google_api_base_url: str = _setting(
        "GOOGLE_API_BASE_URL", default="https://www.googleapis.com", read=_address("https", "http")
    )
    google_token_url: str = _setting(
        "GOOGLE_TOKEN_URL", default="https://oauth2.googleapis.com/token", read=_address("https", "http")
    )
    google_certs_url: str = _setting(
        "GOOGLE_CERTS_URL", default="https://www.googleapis.com/oauth2/v1/certs", read=_address("https", "http")
    )
    cloud_run_api_base_url: str = _setting(
        "CLOUD_RUN_API_BASE_URL", default="https://run.googleapis.com", read=_address("https", "http")
    )
    vpic_base_url: str = _setting("VPIC_BASE_URL", default="https://vpic.nhtsa.dot.gov", read=_address("https", "http"))
    recalls_base_url: str = _setting(
        "RECALLS_BASE_URL", default="https://api.nhtsa.gov", read=_address("https", "http")
    )

    @property
    def local(self) -> bool:
        return self.sophie_env == "local"

    @property
    def hears_languages(self) -> bool:
        """Whether the recogniser understands several languages, as Deepgram's models of such a name do."""
        return self.deepgram_stt_model.endswith("-multi")

    @property
    def twilio_secrets(self) -> tuple[str, ...]:
        """The secrets Twilio may sign with, the primary first."""
        return tuple(s for s in (self.twilio_auth_token, self.twilio_auth_token_secondary) if s)

    @property
    def stream_token_secrets(self) -> tuple[str, ...]:
        """The secrets a stream token may be made with; only the first makes new ones."""
        return tuple(s for s in (self.stream_token_secret, self.stream_token_secret_previous) if s)


def read(environ: Mapping[str, str], part: Part) -> Settings:
    """The settings of one part.

    Raises ConfigurationError whose message names every missing and every malformed setting at once.
    """
    values: dict[str, Any] = {}
    faults: list[str] = []
    for each in fields(Settings):
        try:
            values[each.name] = _value(environ, part, each.metadata)
        except ValueError as why:
            faults.append(str(why))
    faults.extend(_contradictions(values, part))
    if faults:
        raise ConfigurationError(
            f"{part.value} cannot start: {'; '.join(faults)}. Set them in the environment (see .env.example)."
        )
    return Settings(**values)


def _value(environ: Mapping[str, str], part: Part, rule: Mapping[str, Any]) -> Any:
    """Raises ValueError that names the setting and repeats nothing of what was given."""
    names = rule["names"]
    used = next((name for name in names if environ.get(name, "").strip()), names[0])
    given = environ.get(used, "").strip() or rule["default"]
    if not given:
        if part in rule["needed_by"]:
            raise ValueError(f"{' or '.join(names)} is missing")
        return None if rule["read"] is _path else given
    try:
        return rule["read"](given)
    except ValueError as why:
        raise ValueError(f"{used} {why}") from None


def _contradictions(values: Mapping[str, Any], part: Part) -> Iterable[str]:
    """Of what could be read, what is not fit for the cloud."""
    if values.get("sophie_env") != "cloud":
        return
    if values.get("media_stream_url", "").startswith("ws://"):
        yield "MEDIA_STREAM_URL must begin with wss:// unless SOPHIE_ENV=local"
    if values.get("public_base_url", "").startswith("http://"):
        yield "PUBLIC_BASE_URL must begin with https:// unless SOPHIE_ENV=local"
    if values.get("clock_file") is not None:
        yield "SOPHIE_CLOCK_FILE is honoured only when SOPHIE_ENV=local"
    if part in (Part.TELEPHONY, Part.MEDIA) and 0 < len(values.get("stream_token_secret", "")) < _SHORTEST_SECRET:
        yield f"STREAM_TOKEN_SECRET must have {_SHORTEST_SECRET} characters or more"


def or_exit(make: Callable[[], Made]) -> Made:
    """What `make` makes; a ConfigurationError is printed in one message and ends the process with 2."""
    try:
        return make()
    except ConfigurationError as fault:
        print(fault, file=sys.stderr, flush=True)
        raise SystemExit(2) from None


def read_or_exit(part: Part) -> Settings:
    """The settings of one part from this process's environment; a fault ends it with 2."""
    return or_exit(lambda: read(os.environ, part))
