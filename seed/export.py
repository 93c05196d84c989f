"""`python -m seed.export +13125550100 --to F.json`: everything that the database holds about one customer.

Rows that hang on a number which others share are about a household; they are marked so. It changes nothing.
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from seed.connection import transaction
from shared import settings
from shared.clock import Clock
from shared.errors import ConfigurationError, SophieError
from shared.storage.subject import UNDER_THE_NUMBER, Subject, exported, find


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m seed.export", description=__doc__)
    add_who(parser)
    parser.add_argument("--to", type=Path, required=True, metavar="F.json")
    asked = parser.parse_args(arguments)
    try:
        given = settings.read_or_exit(settings.Part.DATA)
        with transaction(given.database_url) as connection:
            subject = find(connection, asked.phone, last_name=asked.last_name, first_name=asked.first_name)
            tables = exported(connection, subject)
        _write_private(asked.to, _told(subject, tables, Clock(given.clock_file).now()))
    except SophieError as why:
        print(why, file=sys.stderr)
        return 2
    rows = ", ".join(f"{len(found)} {table.replace('_', '-')}" for table, found in tables.items() if found)
    print(f"{asked.to} holds {rows}.")
    return 0


def add_who(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("phone", metavar="+13125550100", help="the customer's number, written in any way")
    parser.add_argument("--last-name", help="which of the people who share the number")
    parser.add_argument("--first-name", help="the same, where the last name does not say it")


def _told(subject: Subject, tables: dict[str, list[dict[str, Any]]], now: datetime) -> dict[str, Any]:
    return {
        "phone": subject.phone,
        "customer": subject.customer,
        "exported_at": now.isoformat(),
        "number_shared": subject.shared,
        "tables": {
            table: {"under_a_shared_number": subject.shared and table in UNDER_THE_NUMBER, "rows": rows}
            for table, rows in tables.items()
        },
    }


def _write_private(path: Path, told: dict[str, Any]) -> None:
    """JSON that nobody but its owner may read. Raises ConfigurationError when it cannot be written, or is there."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "w", encoding="utf-8") as file:  # noqa: PTH123
            json.dump(told, file, indent=2, ensure_ascii=False)
            file.write("\n")
    except OSError as why:
        raise ConfigurationError(f"{path} cannot be written: {why.strerror}.") from why


if __name__ == "__main__":
    raise SystemExit(main())
