"""The packages are held against an advisory source that speaks as OSV does, by pip-audit itself."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from infra.cloud.audit import ACCEPTED, accepted
from tests.cloud.clean_room import ROOT


@contextmanager
def osv(advised: str, status: int = 200) -> Iterator[tuple[str, list[str]]]:
    """A source that knows one advisory, on any version of one package; its URL, and the packages it was asked for.

    https://google.github.io/osv.dev/post-v1-query/
    """
    asked: list[str] = []

    class Answers(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1

        def do_POST(self) -> None:
            name = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["package"]["name"]
            asked.append(name)
            known = {"id": "PYSEC-2099-1", "summary": "It is broken.", "affected": []}
            said = json.dumps({"vulns": [known]} if name == advised else {}).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, format: str, *args: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/v1/query", asked
        server.shutdown()


def audit(url: str) -> subprocess.CompletedProcess[str]:
    given = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "PIP_AUDIT_OSV_URL": url}
    words = [sys.executable, "-m", "infra.cloud.audit"]
    return subprocess.run(words, cwd=ROOT, env=given, capture_output=True, text=True, timeout=120)


def locked() -> set[str]:
    names: set[str] = set()
    for part in ("functions", "media_service"):
        lines = (ROOT / part / "requirements.lock").read_text().splitlines()
        names |= {line.partition("==")[0].lower().replace("_", "-") for line in lines if "==" in line}
    return names


def test_an_advisory_on_a_package_that_callers_reach_fails_the_run_and_is_named() -> None:
    with osv("werkzeug") as (url, asked):
        ran = audit(url)
    assert ran.returncode == 1
    assert "werkzeug" in ran.stdout
    assert "PYSEC-2099-1" in ran.stdout
    assert set(asked) >= locked()


def test_packages_without_an_advisory_pass() -> None:
    with osv("nothing-of-ours") as (url, _):
        ran = audit(url)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "No known vulnerabilities found" in ran.stdout


def test_a_source_that_cannot_be_reached_or_refuses_fails_nothing_and_is_said_in_one_line() -> None:
    with osv("nothing-of-ours", status=403) as (refusing, _):
        for url in ("http://127.0.0.1:1/v1/query", refusing):
            ran = audit(url)
            assert ran.returncode == 0, ran.stderr
            assert ran.stdout.startswith("The advisories (osv.dev) cannot be reached")
            assert len(ran.stdout.splitlines()) == 1


def test_an_advisory_is_accepted_only_with_a_reason() -> None:
    assert accepted("# why\nGHSA-1 we do not parse such files\n") == ["GHSA-1"]
    with pytest.raises(ValueError, match="GHSA-2 is accepted without a reason"):
        accepted("GHSA-1 fine\nGHSA-2\n")
    accepted(ACCEPTED.read_text())
