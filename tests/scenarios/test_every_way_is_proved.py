"""Nothing that a call can come to is left without a scenario: each row of the routing table, each ending of a transfer,
each command of the desk, each tool of the model, and whatever else `proofs` names."""

import argparse
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from functions import routing
from infra.local.scenarios.proofs import DESK, PROOFS, ROUTES
from infra.local.scenarios.scenario import names, read
from infra.service_desk import __main__ as service_desk

TOOLS = Path(routing.__file__).parents[1] / "shared" / "tools"
PROVED = {proof for name in names() for proof in read(name).proves}


def rows_of_the_routing_table() -> list[str]:
    """What stands in its left column; lines that are further in belong to the row above."""
    lines = (routing.__doc__ or "").splitlines()
    start, end = (at for at, line in enumerate(lines) if re.fullmatch(r"\s+-+  -+", line)), lines.index("", 10)
    rows: list[str] = []
    for line in lines[next(start) + 1 : end]:
        text = line[4:83].rstrip()
        if text.startswith(" ") and rows:
            rows[-1] += f" {text.strip()}"
        else:
            rows.append(text)
    return rows


def commands_of_the_desk() -> Iterator[str]:
    for action in service_desk._parser()._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from action.choices


@pytest.mark.parametrize("proof", PROOFS)
def test_every_way_has_a_scenario(proof: str) -> None:
    assert proof in PROVED, f"No scenario proves {proof!r}: {PROOFS[proof]}."


@pytest.mark.parametrize("row", rows_of_the_routing_table())
def test_every_row_of_the_routing_table_is_among_the_ways(row: str) -> None:
    assert any(_means(words, row) for words in ROUTES.values()), row


def _means(words: str, row: str) -> bool:
    """Whether a way's words are the row's, or one of the cases that it names."""
    return all(part in row for part in re.split(r", and |, or ", words)) or words in _CASES.get(row.split(":")[0], ())


_CASES = {
    "anything else": (ROUTES["route known"], ROUTES["route unknown"], ROUTES["route withheld"]),
}


@pytest.mark.parametrize("command", list(commands_of_the_desk()))
def test_every_command_of_the_desk_is_among_the_ways(command: str) -> None:
    assert f"desk {command}" in DESK


@pytest.mark.parametrize("schemas", ["schemas.json", "reminder_schemas.json"])
def test_every_tool_of_the_model_is_among_the_ways(schemas: str) -> None:
    offered = {tool["function"]["name"] for tool in json.loads((TOOLS / schemas).read_text())}
    assert {f"tool {name}" for name in offered} <= PROOFS.keys()
