"""`python -m tests.bench.doors`: how fast the voice webhook answers, and how long a cold start takes.

`/voice` is asked 200 times, warm, of the function served by the framework over HTTP beside real Redis and Postgres. The
cold start is a new process until it has answered `/health`, beside a function that does nothing, in turns.
"""

from __future__ import annotations

import http.client
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

from infra.local.house.programs import free_port
from infra.local.house.servers import embedded_postgres, embedded_redis
from shared.twilio_signature import SIGNATURE_HEADER, sign

_ROOT = Path(__file__).resolve().parents[2]
_PUBLIC = "https://telephony.example"
_SECRET = "a-token-of-the-bench"
_WARM, _ASKED, _STARTS = 20, 200, 5
_TRIVIAL = """
import functions_framework

@functions_framework.http
def telephony(request):
    return "ok"
"""


def main() -> None:
    with embedded_redis() as redis, embedded_postgres() as postgres:
        environment = _environment(redis, postgres)
        with _served("functions/main.py", environment) as port:
            cold = _ring(port, 0)
            for number in range(_WARM):
                _ring(port, number)
            warm = sorted(_ring(port, number) for number in range(_ASKED))
        print(f"/voice, {_ASKED} warm requests: p50 {_at(warm, 50):.1f} ms, p99 {_at(warm, 99):.1f} ms")
        print(f"/voice, the first of a process: {cold:.0f} ms")
        with tempfile.TemporaryDirectory() as directory:
            trivial = Path(directory) / "main.py"
            trivial.write_text(_TRIVIAL)
            ours, theirs = [], []
            for _ in range(_STARTS):
                theirs.append(_cold(str(trivial), environment))
                ours.append(_cold("functions/main.py", environment))
        added = statistics.median(ours) - statistics.median(theirs)
        print(
            f"cold start: {statistics.median(ours):.0f} ms, of a trivial function {statistics.median(theirs):.0f} ms,"
        )
        print(f"so ours adds {added:.0f} ms (medians of {_STARTS})")


def _at(times: list[float], percent: int) -> float:
    return times[min(len(times) - 1, len(times) * percent // 100)]


def _environment(redis: str, postgres: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": tempfile.gettempdir(),
        "SOPHIE_ENV": "local",
        "REDIS_URL": redis,
        "NEON_DATABASE_URL": postgres,
        "PUBLIC_BASE_URL": _PUBLIC,
        "MEDIA_STREAM_URL": "wss://media.example",
        "STREAM_TOKEN_SECRET": "s" * 32,
        "TWILIO_ACCOUNT_SID": "AC1",
        "TWILIO_AUTH_TOKEN": _SECRET,
        "TWILIO_PHONE_NUMBER": "+13125550100",
    }


@contextmanager
def _served(source: str, environment: Mapping[str, str]) -> Iterator[int]:
    port = free_port()
    words = ["-m", "functions_framework", "--source", source, "--target", "telephony", "--host", "127.0.0.1"]
    command = [sys.executable, *words, "--port", str(port)]
    quiet = subprocess.DEVNULL
    program = subprocess.Popen(command, cwd=_ROOT, env=dict(environment), stdout=quiet, stderr=quiet)
    try:
        while not _answers(port):
            time.sleep(0.002)
        yield port
    finally:
        program.terminate()
        program.wait()


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _cold(source: str, environment: Mapping[str, str]) -> float:
    """Milliseconds from nothing to the first answer."""
    began = time.perf_counter()
    with _served(source, environment):
        return 1000 * (time.perf_counter() - began)


def _ring(port: int, number: int) -> float:
    """Milliseconds of one call's first request."""
    form = {
        "CallSid": f"CA{number:032d}",
        "From": f"+1217555{number:04d}",
        "To": "+13125550100",
        "CallStatus": "ringing",
        "Direction": "inbound",
        "StirVerstat": "TN-Validation-Passed-A",
    }
    signature = sign(_SECRET, f"{_PUBLIC}/voice", {name: [value] for name, value in form.items()})
    headers = {"Content-Type": "application/x-www-form-urlencoded", SIGNATURE_HEADER: signature}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    began = time.perf_counter()
    connection.request("POST", "/voice", body=urlencode(form), headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    taken = 1000 * (time.perf_counter() - began)
    connection.close()
    if answer.status != 200 or b"<Stream" not in body:
        raise SystemExit(f"/voice answered {answer.status}: {body[:200]!r}")
    return taken


if __name__ == "__main__":
    main()
