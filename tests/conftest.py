"""Real servers for the tests: one Postgres and one Redis per session, a fresh database with the schema per test."""

import logging
from collections.abc import Iterator
from itertools import count

import pytest
from redis import Redis
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from infra.local.house.servers import embedded_postgres, embedded_redis
from shared.shop import load_shop
from shared.storage.database import parse_url
from shared.storage.migrate import migrate

_numbers = count(1)


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    """A command that runs in a test's own process sets up logging, to a stream that ends with the test."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture(scope="session")
def postgres_dsn() -> Iterator[str]:
    """The DSN of a server's own database; use `database_url` for one with the schema."""
    with embedded_postgres() as dsn:
        yield dsn


@pytest.fixture(scope="session")
def redis_server() -> Iterator[str]:
    with embedded_redis() as url:
        yield url


@pytest.fixture(scope="session")
def template_database(postgres_dsn: str) -> str:
    """The name of a database with the newest schema and the shop file loaded, to be copied."""
    _administer(postgres_dsn, "CREATE DATABASE template_of_tests")
    migrate(_named(postgres_dsn, "template_of_tests"), load_shop())
    return "template_of_tests"


@pytest.fixture
def database_url(postgres_dsn: str, template_database: str) -> Iterator[str]:
    """A fresh database with the schema and the shop, and nothing else."""
    name = f"test_{next(_numbers)}"
    _administer(postgres_dsn, f"CREATE DATABASE {name} TEMPLATE {template_database}")
    yield _named(postgres_dsn, name)
    _administer(postgres_dsn, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def empty_database_url(postgres_dsn: str) -> Iterator[str]:
    """A fresh database without any table."""
    name = f"test_{next(_numbers)}"
    _administer(postgres_dsn, f"CREATE DATABASE {name}")
    yield _named(postgres_dsn, name)
    _administer(postgres_dsn, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def redis_url(redis_server: str) -> str:
    """A Redis database of its own for each test (up to sixty-four at a time; keys are cleared first)."""
    url = f"{redis_server.rsplit('/', 1)[0]}/{next(_numbers) % 64}"
    with Redis.from_url(url) as client:
        client.flushdb()
    return url


def _named(dsn: str, name: str) -> str:
    return f"{dsn.rsplit('/', 1)[0]}/{name}"


def _administer(dsn: str, statement: str) -> None:
    url, connect_args = parse_url(dsn)
    engine = create_engine(url, connect_args=connect_args, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
