"""Logs as JSON lines that Cloud Logging understands: a static message, values in fields, the call's sid always.

`log.info("turn finished", extra=fields(turn=3, ms=412))`. Personal data and secrets are never a field: no numbers,
names, words of a call.
"""

import json
import logging
import os
import re
import sys
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

call_sid: ContextVar[str | None] = ContextVar("call_sid", default=None)
# The request that a line was written for, as Cloud Trace names it.
_trace: ContextVar[str | None] = ContextVar("trace", default=None)

TRACE_HEADER = "X-Cloud-Trace-Context"


def fields(**values: Any) -> dict[str, Any]:
    """The `extra` of a log call."""
    return {"fields": values}


def traced(header: str | None) -> None:
    """From now on the lines of this thread or task belong to the request that came with this header.

    `105445aa7843bc8bf206b12000100000/1;o=1`: https://cloud.google.com/trace/docs/trace-context#legacy-http-header
    """
    found = re.match(r"[0-9a-f]{32}(?=/|$)", header or "")
    _trace.set(found[0] if found else None)


class _JsonLines(logging.Formatter):
    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service
        # Cloud Logging joins lines to a request by its full name; only the deployment knows the project.
        project = os.environ.get("GOOGLE_CLOUD_PROJECT")
        self._traces = f"projects/{project}/traces/" if project else ""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "severity": record.levelname,
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "service": self._service,
            "logger": record.name,
            "message": record.getMessage(),
        }
        sid = call_sid.get()
        if sid is not None:
            line["call_sid"] = sid
        if (trace := _trace.get()) is not None:
            line["logging.googleapis.com/trace"] = self._traces + trace
        line.update(getattr(record, "fields", {}))
        if record.exc_info and record.exc_info[1] is not None:
            line["exception"] = _described(record.exc_info[1])
        return json.dumps(line, default=str)


def _described(failure: BaseException) -> str:
    """What went wrong and where, with what caused it, but without any exception's text: that may hold personal data."""
    told = f"{type(failure).__name__} at {_stack(failure.__traceback__)}"
    if isinstance(failure, BaseExceptionGroup):
        told += f" [{' | '.join(_described(each) for each in failure.exceptions)}]"
    if failure.__cause__ is not None:
        told += f" caused by {_described(failure.__cause__)}"
    return told


def _stack(trace: TracebackType | None) -> str:
    """The frames, innermost first."""
    frames = [f"{f.filename.rsplit('/', 1)[-1]}:{f.lineno}:{f.name}" for f in traceback.extract_tb(trace)]
    return " < ".join(reversed(frames))


def configure(service: str, level: int = logging.INFO) -> None:
    """Send every log record of this process to stdout as JSON lines."""
    out = logging.StreamHandler(sys.stdout)
    out.setFormatter(_JsonLines(service))
    root = logging.getLogger()
    root.handlers[:] = [out]
    root.setLevel(level)
    for chatty in ("websockets", "httpx", "httpx2", "openai", "deepgram", "urllib3"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
