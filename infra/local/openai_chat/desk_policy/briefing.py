"""What the system messages tell: the workshop, its services, hours and address, and the facts of this call."""

from __future__ import annotations

import re
from dataclasses import dataclass

from infra.local.openai_chat.desk_policy.services import Service


@dataclass(frozen=True)
class Briefing:
    """The desk's knowledge; everything comes from the prompt, nothing from this program."""

    services: tuple[Service, ...] = ()
    hours: str | None = None
    address: str | None = None
    number_withheld: bool = False
    closed_now: bool = False
    tools: frozenset[str] = frozenset()


_SERVICE_LINE = re.compile(r"^\s*[-*•]?\s*`?([a-z][a-z0-9_]{2,40})`?\s*[:—–]\s*(\S.*)$")


def read_briefing(system: list[str], tools: frozenset[str]) -> Briefing:
    """Read the system messages as prose and lists."""
    text = "\n".join(system)
    facts = "\n".join(system[1:])
    return Briefing(
        services=tuple(_services(text)),
        hours=_hours(text),
        address=_address(text),
        number_withheld=bool(
            re.search(r"withheld|anonymous|no caller id|cannot be looked up|private number", facts, re.IGNORECASE)
        ),
        closed_now=bool(
            re.search(r"which is (now )?closed|is closed (right )?now|currently closed", facts, re.IGNORECASE)
        ),
        tools=tools,
    )


def _services(text: str) -> list[Service]:
    found: list[Service] = []
    inside = False
    for line in text.splitlines():
        match = _SERVICE_LINE.match(line)
        if match and inside:
            found.append(_service(match.group(1), match.group(2)))
        elif re.search(r"\bservices\b", line, re.IGNORECASE) and line.rstrip().endswith(":"):
            inside = True
        elif line.strip():
            inside = False
    return found


def _service(code: str, description: str) -> Service:
    name, *details = (part.strip() for part in description.split(";"))
    price = next((part for part in details if "$" in part or "free" in part.lower() or "quote" in part.lower()), None)
    duration = next((part for part in details if re.search(r"minute|hour|day", part) and part != price), None)
    return Service(code, name.rstrip("."), duration, price.rstrip(".") if price else None)


def _hours(text: str) -> str | None:
    match = re.search(
        r"^\W*(?:opening |business |the workshop's )?hours(?: are)?\s*:?\s*(.+)$", text, re.IGNORECASE | re.MULTILINE
    )
    match = match or re.search(r"\bopen(?: on| from)?:?\s+((?:Monday|Mon)\b.+)$", text, re.IGNORECASE | re.MULTILINE)
    return match.group(1).strip().rstrip(".") if match else None


def _address(text: str) -> str | None:
    match = re.search(r"^\W*address\s*:?\s*(.+)$", text, re.IGNORECASE | re.MULTILINE)
    if match:
        return match.group(1).strip().rstrip(".")
    match = re.search(r"\bat (\d+ [A-Z][^.\n;]{4,80}?)(?:[.;\n]|$)", text)
    return match.group(1).strip() if match else None
