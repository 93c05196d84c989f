"""`python -m seed.erase +13125550100 --reason "request of …"`: erases one customer and proves what went.

The proof goes to standard output and holds nothing of the person. Nothing is erased unless the last name is typed, or
`--yes` is given. What is kept, and why, is told in `shared.storage.erasure`.
"""

import argparse
import json
import sys
from collections.abc import Sequence

from sqlalchemy import Connection

from seed.cached import forget
from seed.connection import transaction
from seed.export import add_who
from shared import settings
from shared.clock import Clock
from shared.errors import ConfigurationError, SophieError
from shared.storage.privacy import erase
from shared.storage.subject import Subject, find


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m seed.erase", description=__doc__)
    add_who(parser)
    parser.add_argument("--reason", required=True, help="why, without the person's name; it is kept")
    parser.add_argument("--yes", action="store_true", help="does not ask")
    asked = parser.parse_args(arguments)
    try:
        _erase(asked)
    except SophieError as why:
        print(why, file=sys.stderr)
        return 2
    return 0


def _erase(asked: argparse.Namespace) -> None:
    given = settings.read_or_exit(settings.Part.DATA)
    if not asked.yes:
        # In a transaction of its own: nobody waits for a lock while somebody types.
        with transaction(given.database_url) as connection:
            subject = _found(connection, asked)
        _ask(subject)
    with transaction(given.database_url) as connection:
        subject = _found(connection, asked)
        now = Clock(given.clock_file).now()
        proof = erase(connection, subject, who="privacy request", reason=asked.reason, now=now)
    forget(given, [subject.phone])
    print(json.dumps(proof, indent=2))


def _found(connection: Connection, asked: argparse.Namespace) -> Subject:
    return find(connection, asked.phone, last_name=asked.last_name, first_name=asked.first_name)


def _ask(subject: Subject) -> None:
    """Raises ConfigurationError unless the last name, or the number of somebody without one, is typed."""
    named = bool(subject.last_name)
    whom, wanted = (subject.name, subject.last_name) if named else (subject.phone, subject.phone)
    question = f"This erases {whom} for good. Type {'the last name' if named else 'the number'} to go on: "
    print(question, end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().casefold() != wanted.casefold():
        raise ConfigurationError("That is not it; nothing was erased.")


if __name__ == "__main__":
    raise SystemExit(main())
