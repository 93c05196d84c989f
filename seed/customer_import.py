"""Takes over a workshop's customers and cars from the CSV file of another program.

The mapping of columns is printed before anything is written. Everything is written in one transaction or, with
`--dry-run`, nothing; the same file again changes nothing. Rows that cannot be taken are told with line and reason.
Ends with 0 when all rows were taken, 1 when some were rejected and the others written, 2 when nothing was done.
"""

import argparse
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import text

from seed import columns, written_values
from seed.cached import forget
from seed.card_rows import CardRows
from seed.cards import Card, Cards
from seed.connection import transaction
from seed.csv_file import CsvFile, Record, open_csv
from seed.customer_file import RowRejected, read_entry
from seed.progress import Progress
from seed.rejected import Rejected, by_reason, write_report
from shared import settings
from shared.clock import Clock
from shared.errors import ConfigurationError, SophieError
from shared.shop import load_shop
from shared.storage import audit

_BATCH = 2_000
_MOST_ROWS = 500_000
# Two at once would each add the customers that neither has found yet.
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended('import of customers', 0))")


class _NotWritten(Exception):
    """Ends the transaction of a dry run."""


@dataclass(slots=True)
class _Read:
    """What the file says: the customers, and the rows that cannot be taken."""

    cards: Cards = field(default_factory=Cards)
    rejected: list[Rejected] = field(default_factory=list)
    rows: int = 0


def main(arguments: Sequence[str] | None = None) -> int:
    asked = _arguments(arguments)
    try:
        return run(asked)
    except SophieError as why:
        print(why, file=sys.stderr)
        return 2


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m seed.import", description=__doc__)
    parser.add_argument("file", type=Path, metavar="customers.csv")
    parser.add_argument(
        "--map", help='"Column=field,…" or a .toml file of such lines; fields: ' + ", ".join(columns.FIELDS)
    )
    parser.add_argument("--dry-run", action="store_true", help="writes nothing and tells the same")
    parser.add_argument("--report", type=Path, metavar="rejected.csv", help="where rejected rows go with their reasons")
    parser.add_argument("--zone", help="the customers' time zone where no column tells it; the shop's by default")
    return parser.parse_args(arguments)


def run(asked: argparse.Namespace) -> int:
    """The exit code. Raises a SophieError when nothing could be done."""
    given = settings.read_or_exit(settings.Part.DATA)
    shop, now = load_shop(given.shop_config), Clock(given.clock_file).now()
    zone = _zone(asked.zone) if asked.zone else shop.zone
    file = open_csv(asked.file)
    placed = columns.place(file.header, columns.read_map(asked.map) if asked.map else {})
    _tell_mapping(file, placed)
    began = time.monotonic()
    read = _read(file, placed, now.astimezone(shop.zone).date())
    _report(asked, file, read)
    if not read.cards.all:
        raise ConfigurationError(f"{asked.file} holds no row that can be taken; nothing was written.")
    written = _write(given.database_url, asked, read.cards, zone, now)
    if asked.dry_run:
        print("A dry run: nothing was written. Otherwise:")
    else:
        forget(given, written.phones)
    _tell_written(written.counts, read.rows, time.monotonic() - began)
    return 1 if read.rejected else 0


def _write(database_url: str, asked: argparse.Namespace, cards: Cards, zone: ZoneInfo, now: datetime) -> CardRows:
    """What was written, or would have been."""
    with suppress(_NotWritten), transaction(database_url) as connection:
        connection.execute(_ONE_AT_A_TIME)
        audit.begin(connection, "import", asked.file.name)
        rows = CardRows(connection, asked.file.name, zone, now, cards.numbers)
        for batch in _batches(Progress().each("customers", cards.all, len(cards.all))):
            rows.write(batch)
        rows.finish()
        if asked.dry_run:
            raise _NotWritten
    return rows


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(written_values.zone(name))
    except ValueError as why:
        raise ConfigurationError(f"--zone {name!r} {why}.") from why


def _read(file: CsvFile, placed: Mapping[str, int], today: date) -> _Read:
    read = _Read()
    for record in file.records():
        read.rows += 1
        if read.rows > _MOST_ROWS:
            raise ConfigurationError(f"{file.path} has more than {_MOST_ROWS:,} rows: split it.")
        try:
            _take(record, placed, today, read.cards)
        except RowRejected as why:
            read.rejected.append(Rejected(record.line, why.reasons, record.cells))
    if not read.rows:
        raise ConfigurationError(f"{file.path} has a header and no rows.")
    return read


def _take(record: Record, placed: Mapping[str, int], today: date, cards: Cards) -> None:
    if record.fault is not None:
        raise RowRejected([record.fault])
    cards.add(read_entry(record.line, {meant: record.cells[at] for meant, at in placed.items()}, today))


def _batches(cards: Iterator[Card]) -> Iterator[list[Card]]:
    while batch := list(islice(cards, _BATCH)):
        yield batch


def _tell_mapping(file: CsvFile, placed: Mapping[str, int]) -> None:
    sign = {"\t": "tab"}.get(file.delimiter, file.delimiter)
    print(f"{file.path.name}: {file.encoding}, cells between '{sign}', {len(file.header)} columns")
    for meant, at in placed.items():
        print(f"  {file.header[at]} -> {meant}")
    if left := [name for at, name in enumerate(file.header) if at not in placed.values()]:
        print(f"  not read: {', '.join(left)}")
    sys.stdout.flush()


def _report(asked: argparse.Namespace, file: CsvFile, read: _Read) -> None:
    if asked.report is not None:
        if asked.report.exists() and asked.report.samefile(file.path):
            raise ConfigurationError("--report names the file that is imported; name another one.")
        write_report(asked.report, file.header, read.rejected)
    if read.rejected:
        print(f"{len(read.rejected)} of {read.rows} rows cannot be taken:")
        for reason, count in by_reason(read.rejected):
            print(f"  {count} x {reason}")


def _tell_written(counts: Mapping[str, int], rows: int, seconds: float) -> None:
    told = [f"{count} {what.replace('_', '-')}" for what, count in counts.items() if count]
    print(f"{', '.join(told) or 'Nothing is new'}: {rows} rows in {seconds:.1f} s, {rows / seconds:,.0f} rows/s.")
