"""The report of rows that were not taken: a CSV with line and reason before the row's own cells, so that it can be put
right and imported itself, and a summary by reason.

Cells are data: one that a spreadsheet would carry out as a formula is written with an apostrophe before it.
"""

import csv
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from shared.errors import ConfigurationError

_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
_LONGEST_CELL = 500


@dataclass(frozen=True, slots=True)
class Rejected:
    line: int
    reasons: Sequence[str]
    cells: Sequence[str]


def write_report(path: Path, header: Sequence[str], rejected: Iterable[Rejected]) -> None:
    """For its owner's eyes only, because it holds names and numbers. Raises ConfigurationError when it cannot."""
    try:
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        # The mark tells a spreadsheet that it is UTF-8.
        with open(descriptor, "w", encoding="utf-8-sig", newline="") as file:  # noqa: PTH123
            report = csv.writer(file)
            report.writerow(["line", "reason", *map(harmless, header)])
            for row in rejected:
                report.writerow([row.line, "; ".join(row.reasons), *map(harmless, row.cells)])
    except OSError as why:
        raise ConfigurationError(f"The report {path} cannot be written: {why.strerror}.") from why


def harmless(cell: str) -> str:
    kept = cell.replace("\0", "")[:_LONGEST_CELL]
    return f"'{kept}" if kept.startswith(_FORMULA_SIGNS) else kept


def by_reason(rejected: Iterable[Rejected]) -> list[tuple[str, int]]:
    """How many rows each reason rejected, the commonest first; line numbers and hints are left out."""
    count = Counter(_kind(reason) for row in rejected for reason in row.reasons)
    return count.most_common()


def _kind(reason: str) -> str:
    return " ".join("…" if word.strip(";,").isdigit() else word for word in reason.split(";")[0].split())
