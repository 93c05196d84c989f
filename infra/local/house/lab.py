"""The whole house on one machine: servers, emulators and the product, started in order and ended together.

    with Lab(LabPlan()) as lab:
        print(lab.addresses.telephony)

The product runs as it does in the cloud, as processes that know nothing but their environment: this module names their
command lines and settings and imports none of them. It refuses to know what is said in a call.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from infra.local.house import schedules
from infra.local.house.programs import Program, ProgramFailed, free_port
from infra.local.house.rundir import run_directory
from infra.local.house.servers import postgres_program, redis_program

ROOT = Path(__file__).resolve().parents[3]
SHOP_NUMBER = "+13125550100"
EMULATORS = ("twilio", "deepgram", "openai_chat", "vpic", "google")
FUNCTIONS = ("telephony", "sync_calendar")
PRODUCT = ("media_service", *FUNCTIONS)
DIALLER = "dial_reminders"
"""Started only by a plan that names it: nobody is called by surprise."""
_AUDIENCES = {"sync_calendar": "https://sync-calendar.lab", DIALLER: "https://dial-reminders.lab"}
"""Of the token that each function of a schedule wants: names, nothing listens there."""

_START_SECONDS = 90.0
_STOP_SECONDS = 12.0  # the media service drains for up to ten
# What the children may have of this process's environment. Everything else, above all a provider's key, stays out.
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "TMPDIR")
_LIVE_KEYS = ("DEEPGRAM_API_KEY", "OPENAI_API_KEY")
_LIVE_CHOICES = ("OPENAI_MODEL", "OPENAI_FALLBACK_MODEL", "DEEPGRAM_STT_MODEL", "DEEPGRAM_TTS_MODEL")


@dataclass(frozen=True, kw_only=True)
class LabPlan:
    """What to start and how.

    `live` uses the real Deepgram and OpenAI (their keys must stand in the environment); the telephone line stays ours.
    `parts` names the programs to start beside the two servers; whatever stands in for an emulator that is left out is
    named by its base URL in `settings`, which is further environment of the product. `flags` are further command line
    words per emulator, `seed` those of the seed program; None leaves the tables without customers. With
    `schedules` a dialler that is started is asked to dial whenever Cloud Scheduler would ask it.
    """

    brain: str = "offline-desk"
    recogniser: str = "real"
    voice: str = "espeak"
    live: bool = False
    parts: tuple[str, ...] = EMULATORS + PRODUCT
    seed: tuple[str, ...] | None = ()
    flags: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    schedules: bool = False


_GOOGLE_ACCOUNT = {
    "calendar_id": "calendar_id",
    "google_client_id": "client_id",
    "google_client_secret": "client_secret",
    "google_refresh_token": "refresh_token",
}
"""Of the addresses, by their names in the stand-in's own line."""


@dataclass(frozen=True, kw_only=True)
class Addresses:
    """Where everything of a running lab is; an emulator that was not started has an empty URL."""

    telephony: str
    media: str
    sync_calendar: str
    dial_reminders: str
    database: str
    redis: str
    twilio: str
    deepgram: str
    openai: str
    vpic: str
    google: str
    calendar_id: str
    google_client_id: str
    google_client_secret: str
    google_refresh_token: str
    oidc_audience_calendar: str
    oidc_audience_dialer: str
    number: str
    account_sid: str
    auth_token: str
    stream_token_secret: str
    metrics_token: str
    clock_file: str
    logs: str


class Lab:
    """A context manager: inside the block everything is ready, after it nothing is left."""

    addresses: Addresses

    def __init__(self, plan: LabPlan, say: Callable[[str], None] = lambda _: None) -> None:
        self._plan = plan
        self._say = say
        self._stack = ExitStack()
        self.programs: dict[str, Program] = {}

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def check(self) -> None:
        """Raises ProgramFailed for a program that has ended, with its last lines."""
        for program in self.programs.values():
            if program.returncode is not None:
                raise program.failure(f"ended with code {program.returncode} while the lab was running")

    def _start(self) -> None:
        self._live = _live_settings() if self._plan.live else {}
        self._directory = self._stack.enter_context(run_directory("lab"))
        (self._directory / "logs").mkdir()
        clock = self._directory / "clock"
        clock.write_text("0\n")
        secret = {name: secrets.token_hex(16) for name in ("sid", "auth_token", "stream_token", "metrics_token")}
        account_sid = f"AC{secret['sid']}"

        # The emulators load while the database is made; two cores are enough to notice.
        emulators = self._start_emulators(account_sid, secret["auth_token"], str(clock))
        self._say("starting Postgres and Redis")
        self.programs["postgres"], database = self._stack.enter_context(postgres_program())
        self.programs["redis"], redis = self._stack.enter_context(redis_program())
        data = self._child_environment() | {"SOPHIE_ENV": "local", "NEON_DATABASE_URL": database}
        data |= {"SOPHIE_CLOCK_FILE": str(clock)} | dict(self._plan.settings)
        self._say("making the schema and the workshop's data")
        self._run("migrate", ["shared.storage.migrate"], data)
        if self._plan.seed is not None:
            self._run("seed", ["seed", *self._plan.seed], data)

        self._say("waiting for the emulators")
        said = {name: _ready_line(program) for name, program in emulators.items()}
        urls = {name: line["url"].rstrip("/") for name, line in said.items()}
        at = {name: f"http://127.0.0.1:{free_port()}" for name in (*PRODUCT, DIALLER)}
        self.addresses = Addresses(
            telephony=at["telephony"],
            media=at["media_service"],
            sync_calendar=at["sync_calendar"],
            dial_reminders=at[DIALLER],
            database=database,
            redis=redis,
            twilio=urls.get("twilio", ""),
            deepgram=urls.get("deepgram", ""),
            openai=f"{urls['openai_chat']}/v1" if "openai_chat" in urls else "",
            vpic=urls.get("vpic", ""),
            google=urls.get("google", ""),
            **{name: said.get("google", {}).get(key, "") for name, key in _GOOGLE_ACCOUNT.items()},
            oidc_audience_calendar=_AUDIENCES["sync_calendar"],
            oidc_audience_dialer=_AUDIENCES[DIALLER],
            number=SHOP_NUMBER,
            account_sid=account_sid,
            auth_token=secret["auth_token"],
            stream_token_secret=secret["stream_token"],
            metrics_token=secret["metrics_token"],
            clock_file=str(clock),
            logs=str(self._directory / "logs"),
        )
        google = _google_settings(said["google"]) if "google" in said else {}
        self._start_product(data | google | self._product_settings(), at)
        if self.addresses.twilio:
            self._register_number()
        if "google" in said:
            self._schedule(said["google"])

    def _start_emulators(self, account_sid: str, auth_token: str, clock: str) -> dict[str, Program]:
        replaced = ("deepgram", "openai_chat") if self._plan.live else ()
        started = [name for name in EMULATORS if name in self._plan.parts and name not in replaced]
        speech = str(free_port())  # the callers' ears are told where it is before it is there
        ears = ("--ears", f"http://127.0.0.1:{speech}") if "deepgram" in started else ()
        words: dict[str, tuple[str, ...]] = {
            "twilio": ("--account-sid", account_sid, "--auth-token", auth_token, *ears),
            "deepgram": ("--port", speech, "--recogniser", self._plan.recogniser, "--voice", self._plan.voice),
            "openai_chat": ("--brain", self._plan.brain),
            "vpic": (),
            "google": ("--live-clock", "--clock-file", clock),
        }
        return {
            name: self._launch(name, [f"infra.local.{name}", *words[name], *self._plan.flags.get(name, ())], {})
            for name in started
        }

    def _start_product(self, settings: dict[str, str], at: Mapping[str, str]) -> None:
        self._say("starting the functions and the media service")
        started = [name for name in (*PRODUCT, DIALLER) if name in self._plan.parts]
        for name in started:
            port = at[name].rpartition(":")[2]
            door = ["functions_framework", "--source", "functions/main.py", "--target", name, "--host", "127.0.0.1"]
            words = [*door, "--port", port] if name != "media_service" else [name]
            self._launch(name, words, settings | {"PORT": port})
        for name in started:
            self._await_health(name, at[name])

    def _product_settings(self) -> dict[str, str]:
        at = self.addresses
        settings = {
            "REDIS_URL": at.redis,
            "PUBLIC_BASE_URL": at.telephony,
            "MEDIA_STREAM_URL": at.media.replace("http://", "ws://"),
            "STREAM_TOKEN_SECRET": at.stream_token_secret,
            "METRICS_TOKEN": at.metrics_token,
            "TWILIO_ACCOUNT_SID": at.account_sid,
            "TWILIO_AUTH_TOKEN": at.auth_token,
            "TWILIO_PHONE_NUMBER": at.number,
            "TWILIO_API_BASE_URL": at.twilio,
            "DEEPGRAM_BASE_URL": at.deepgram,
            "DEEPGRAM_API_KEY": secrets.token_hex(20),
            "OPENAI_BASE_URL": at.openai,
            "OPENAI_API_KEY": f"sk-lab-{secrets.token_hex(16)}",
            "OPENAI_MODEL": "gpt-4o",
            "VPIC_BASE_URL": at.vpic,
            "RECALLS_BASE_URL": at.vpic,
        }
        settings |= self._live | dict(self._plan.settings)
        return {name: value for name, value in settings.items() if value}

    def _child_environment(self) -> dict[str, str]:
        own = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        # A home of its own: gunicorn keeps a control socket there, the SDKs look there for credentials.
        return own | {"HOME": str(self._directory), "PYTHONUNBUFFERED": "1"}

    def _launch(self, name: str, module_and_words: list[str], settings: dict[str, str]) -> Program:
        program = Program(
            name,
            [sys.executable, "-m", *module_and_words],
            env=self._child_environment() | settings,
            cwd=ROOT,
            log=self._directory / "logs" / f"{name}.log",
        )
        self._stack.callback(program.stop, _STOP_SECONDS)
        self.programs[name] = program
        return program

    def _run(self, name: str, module_and_words: list[str], settings: dict[str, str]) -> None:
        self._launch(name, module_and_words, settings).finish(_START_SECONDS)
        del self.programs[name]

    def _await_health(self, name: str, url: str) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            if self.programs[name].returncode is not None:
                raise self.programs[name].failure("ended before it was ready")
            try:
                with urllib.request.urlopen(f"{url}/health", timeout=5) as answer:  # noqa: S310
                    if answer.status == 200:
                        return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.05)  # neither program says when it listens
        raise self.programs[name].failure(f"did not answer {url}/health with 200 in {_START_SECONDS:.0f} s")

    def _register_number(self) -> None:
        at = self.addresses
        number = {
            "number": at.number,
            "voice_url": f"{at.telephony}/voice",
            "voice_fallback_url": f"{at.telephony}/fallback",
            "status_callback": f"{at.telephony}/status",
            "sms_url": f"{at.telephony}/sms",
        }
        fetch_json(f"{at.twilio}/_lab/numbers", number)

    def _schedule(self, said: dict[str, str]) -> None:
        """The jobs that the deployment makes too."""
        at = self.addresses
        for function in (each for each in schedules.JOBS if each in self._plan.parts):
            runs = function != DIALLER or self._plan.schedules
            url, audience = getattr(at, function), _AUDIENCES[function]
            schedules.make(fetch_json, at.google, function, url, audience, said, runs=runs)


def fetch_json(url: str, body: Mapping[str, Any] | None = None, *, seconds: float = 30.0) -> Any:
    """GET, or POST of a JSON body, to one of the lab's own control endpoints; what it answers."""
    request = urllib.request.Request(  # noqa: S310
        url,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=seconds) as answer:  # noqa: S310
            return json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as refusal:
        with refusal:
            raise ProgramFailed(f"{url} answered {refusal.code}: {refusal.read(2000).decode()}") from None


def _ready_line(program: Program) -> dict[str, str]:
    line = program.wait_for_line(lambda said: said.startswith('{"ready"'), _START_SECONDS)
    found: dict[str, str] = json.loads(line)
    return found


def _google_settings(said: Mapping[str, str]) -> dict[str, str]:
    """The settings of the account that the stand-in made up."""
    return {
        "GOOGLE_API_BASE_URL": said["url"],
        "GOOGLE_TOKEN_URL": f"{said['url']}/token",
        "GOOGLE_CERTS_URL": f"{said['url']}/oauth2/v1/certs",
        "GOOGLE_CLIENT_ID": said["client_id"],
        "GOOGLE_CLIENT_SECRET": said["client_secret"],
        "GOOGLE_REFRESH_TOKEN": said["refresh_token"],
        "GOOGLE_CALENDAR_ID": said["calendar_id"],
        "OIDC_SERVICE_ACCOUNT": said["service_account"],
        "OIDC_AUDIENCE_DIALER": _AUDIENCES[DIALLER],
        "OIDC_AUDIENCE_CALENDAR": _AUDIENCES["sync_calendar"],
    }


def _live_settings() -> dict[str, str]:
    missing = [name for name in _LIVE_KEYS if not os.environ.get(name)]
    if missing:
        raise ProgramFailed(f"--live needs {' and '.join(missing)} in the environment: set them, or leave --live out.")
    return {name: os.environ[name] for name in (*_LIVE_KEYS, *_LIVE_CHOICES) if os.environ.get(name)}
