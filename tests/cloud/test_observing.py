"""What an operator sees: lines that Cloud Logging joins to their request."""

import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from shared import log

TRACE = "105445aa7843bc8bf206b12000100000"


@pytest.fixture
def write(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Callable[[], dict[str, Any]]]:
    """Writes one line, as the product does; what stands on standard output."""
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "shop")
    root = logging.getLogger()
    before, level = root.handlers[:], root.level

    def write() -> dict[str, Any]:
        log.configure("test")
        logging.getLogger("test").info("turn", extra=log.fields(response_ms=412))
        return dict(json.loads(capsys.readouterr().out))

    yield write
    root.handlers[:] = before
    root.setLevel(level)
    log.traced(None)


def test_a_line_names_the_request_that_it_was_written_for(write: Callable[[], dict[str, Any]]) -> None:
    log.traced(f"{TRACE}/1;o=1")
    line = write()
    assert line["logging.googleapis.com/trace"] == f"projects/shop/traces/{TRACE}"
    assert (line["severity"], line["message"], line["response_ms"]) == ("INFO", "turn", 412)


@pytest.mark.parametrize("header", [None, "", "nonsense", f"{TRACE}0/1", '"}\n{"severity":"x"'])
def test_a_request_without_a_trace_leaves_none_of_the_one_before(
    write: Callable[[], dict[str, Any]], header: str | None
) -> None:
    log.traced(f"{TRACE}/1")
    log.traced(header)
    assert "logging.googleapis.com/trace" not in write()
