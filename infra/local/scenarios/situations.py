"""Sets up a situation: the first time by `python -m seed --from`, then by what the database held after it.

A program takes a second to start, the copies some milliseconds. They are made of whatever tables there are; Redis is
put back as the house had it when it stood. It refuses to know what stands in either.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from infra.local.demo import evidence
from infra.local.house.lab import ROOT, Addresses
from infra.local.house.programs import ProgramFailed
from infra.local.scenarios.model import Row

_COLUMNS = """
SELECT table_name, string_agg(quote_ident(column_name), ', ' ORDER BY ordinal_position) AS columns
FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND is_generated = 'NEVER'
GROUP BY table_name ORDER BY table_name
"""
_COPY_KEYS = "EVAL \"for _, key in ipairs(redis.call('KEYS', '*')) do redis.call('COPY', key, key, 'DB', {}) end\" 0"
_IN_USE, _KEPT = 0, 1
_SEQUENCES = "SELECT sequencename AS name, last_value AS value FROM pg_sequences WHERE schemaname = 'public'"


class Situations:
    """Those of one lab, whose clock file says when they are."""

    def __init__(self, at: Addresses, connection: Any) -> None:
        self._at = at
        self._connection = connection
        self._kept: dict[str, str] = {}
        self._ask_redis(f"SELECT {_IN_USE}", _COPY_KEYS.format(_KEPT))

    def set_up(self, situation: Mapping[str, Sequence[Row]], now: datetime) -> None:
        """Replaces all data; nothing is left of what the product remembers of customers, calls and the line."""
        rows = json.dumps(situation)
        wanted = f"{now.isoformat()} {rows}"
        if wanted not in self._kept:
            self._seed(rows)
            self._kept[wanted] = self._keep(f"kept_{len(self._kept)}")
        else:
            self._run(self._kept[wanted])
        self._ask_redis(f"SELECT {_IN_USE}", "FLUSHDB", f"SELECT {_KEPT}", _COPY_KEYS.format(_IN_USE))

    def _seed(self, rows: str) -> None:
        path = Path(self._at.clock_file).with_name("situation.json")
        path.write_text(rows)
        run_program(self._at, ["seed", "--from", str(path)], "The situation could not be set up")

    def _keep(self, schema: str) -> str:
        """The statements that bring back what stands in the tables now."""
        tables = {row["table_name"]: row["columns"] for row in evidence.rows(self._connection, _COLUMNS)}
        copies = [f"CREATE TABLE {schema}.{name} AS TABLE public.{name}" for name in tables]
        self._run("; ".join([f"CREATE SCHEMA {schema}", *copies]))
        back = [
            f"INSERT INTO public.{name} ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM {schema}.{name}"  # noqa: S608
            for name, columns in tables.items()
        ]
        counters = [
            f"SELECT setval('public.{row['name']}', {row['value'] or 1}, {row['value'] is not None})"
            for row in evidence.rows(self._connection, _SEQUENCES)
        ]
        away = [f"DELETE FROM public.{name}" for name in tables]  # noqa: S608 - names of the catalogue
        # As a replica: no trigger writes an audit of it, and no reference is checked half-way.
        return "; ".join(["SET LOCAL session_replication_role = replica", *away, *back, *counters])

    def _run(self, statements: str) -> None:
        self._connection.cursor().execute(statements)
        self._connection.commit()

    def _ask_redis(self, *commands: str) -> None:
        redis = urlsplit(self._at.redis)
        with socket.create_connection((redis.hostname or "", redis.port or 6379), timeout=10) as line:
            line.sendall("\r\n".join([f"AUTH {unquote(redis.password or '')}", *commands, ""]).encode())
            answers = line.makefile("rb")
            for command in ("AUTH", *commands):
                if (answer := answers.readline()).startswith(b"-") or not answer:
                    raise ProgramFailed(f"Redis did not take {command}: {answer.decode().strip() or 'it hung up'}.")


def run_program(at: Addresses, module_and_words: Sequence[str], failing: str) -> str:
    """A program of the house, by a process of its own; what it says. Raises ProgramFailed with why it failed."""
    done = ask_program(at, module_and_words)
    if done.returncode:
        raise ProgramFailed(f"{failing}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def ask_program(at: Addresses, module_and_words: Sequence[str]) -> subprocess.CompletedProcess[str]:
    settings = {
        "SOPHIE_ENV": "local",
        "NEON_DATABASE_URL": at.database,
        "REDIS_URL": at.redis,
        "SOPHIE_CLOCK_FILE": at.clock_file,
        "STREAM_TOKEN_SECRET": at.stream_token_secret,
        "PATH": "/usr/bin:/bin",
        "HOME": str(Path(at.clock_file).parent),
    }
    return subprocess.run(
        [sys.executable, "-m", *module_and_words], cwd=ROOT, env=settings, capture_output=True, text=True, check=False
    )
