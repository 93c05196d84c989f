"""The embedded servers: real, private to the run, gone with it."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import pg8000.dbapi
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from infra.local.house.programs import Program, ProgramFailed
from infra.local.house.servers import embedded_postgres, embedded_redis

_ROOT = Path(__file__).resolve().parents[2]

_HOLD_BOTH = """
import sys
from infra.local.house.servers import embedded_postgres, embedded_redis
with embedded_postgres() as dsn, embedded_redis() as url:
    print(dsn, url, flush=True)
    sys.stdin.read()
"""


def _rows(dsn: str, statement: str) -> list[list[object]]:
    parts = urlsplit(dsn)
    assert parts.username is not None
    connection = pg8000.dbapi.connect(
        user=parts.username,
        password=parts.password,
        host=parts.hostname or "",
        port=parts.port or 0,
        database=parts.path.lstrip("/"),
    )
    try:
        cursor = connection.cursor()
        cursor.execute(statement)
        return [list(row) for row in cursor.fetchall()]
    finally:
        connection.close()


def _answers(url: str) -> bool:
    parts = urlsplit(url)
    with suppress(OSError), socket.create_connection((parts.hostname, parts.port), timeout=1):
        return True
    return False


def test_postgres_has_what_the_schema_needs_and_nothing_of_an_earlier_run() -> None:
    with embedded_postgres() as dsn:
        assert _rows(dsn, "select current_setting('server_version_num')::int >= 150000") == [[True]]
        assert _rows(dsn, "select lower('ÄÉ'), current_setting('TimeZone')") == [["äé", "UTC"]]
        assert _rows(dsn, "select rolcreatedb or rolsuper from pg_roles where rolname = current_user") == [[True]]
        assert _rows(dsn, "select count(*) from pg_tables where schemaname = 'public'") == [[0]]


def test_two_of_each_stand_side_by_side_and_share_nothing() -> None:
    with (
        embedded_redis() as one,
        embedded_redis() as two,
        redis.Redis.from_url(one) as first,
        redis.Redis.from_url(two) as second,
    ):
        first.set("key", "of the first")
        assert second.get("key") is None
        assert first.register_script("return redis.call('get', KEYS[1])")(keys=["key"]) == b"of the first"


def test_another_user_of_the_machine_is_refused_without_the_password() -> None:
    with embedded_postgres() as dsn, embedded_redis() as url:
        with pytest.raises(pg8000.dbapi.DatabaseError, match="password authentication failed"):
            _rows(dsn.replace(urlsplit(dsn).password or "", "guessed"), "select 1")
        once = Retry(NoBackoff(), 0)
        with (
            redis.Redis(port=urlsplit(url).port or 0, retry=once) as stranger,
            pytest.raises(redis.AuthenticationError),
        ):
            stranger.ping()


def test_leaving_the_block_ends_the_servers_and_removes_their_directory() -> None:
    with embedded_postgres() as dsn, embedded_redis() as url:
        directory = Path(str(_rows(dsn, "show data_directory")[0][0])).parent
        assert directory.is_dir()
        assert _answers(url)
    assert not directory.exists()
    assert not _answers(dsn)
    assert not _answers(url)


def test_servers_end_with_a_parent_that_was_killed_and_the_next_run_clears_up_after_it() -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLD_BOTH], cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdin is not None and holder.stdout is not None
    with holder, holder.stdin, holder.stdout:
        dsn, url = holder.stdout.readline().split()
        directory = Path(str(_rows(dsn, "show data_directory")[0][0])).parent
        with redis.Redis.from_url(url) as client:
            ends = [
                int(client.info("server")["process_id"]),
                int((directory / "data/postmaster.pid").read_text().split()[0]),
            ]
        watched = [os.pidfd_open(pid) for pid in ends]
        holder.send_signal(signal.SIGKILL)
        for ended in watched:
            assert select.select([ended], [], [], 30)[0], "a server outlived the process that started it"
            os.close(ended)
    with embedded_redis():
        assert not directory.exists()


def test_a_program_that_cannot_start_says_why_in_its_own_words() -> None:
    script = "import sys; print('the disk is full', file=sys.stderr); sys.exit(3)"
    with (
        Program("Printer", [sys.executable, "-c", script], env=dict(os.environ), cwd=_ROOT) as program,
        pytest.raises(ProgramFailed, match=r"(?s)Printer ended with code 3.*the disk is full"),
    ):
        program.wait_for_line(lambda line: line == "ready", 30)


def test_a_program_that_ignores_the_request_to_end_is_ended_all_the_same() -> None:
    script = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
    )
    program = Program("Deaf", [sys.executable, "-c", script], env=dict(os.environ), cwd=_ROOT)
    program.wait_for_line(lambda line: line == "deaf", 30)
    assert program.stop(seconds=0.1) == -signal.SIGKILL
