"""The reporting views and the page that promises them."""

import re
from pathlib import Path

from sqlalchemy import text

from shared.services import Services
from shared.storage import calls
from shared.storage.calls import STATUS_RANK
from tests.integration.desk_calls import rows

PAGE = Path(calls.__file__).with_name("REPORTING.md")
SHORT = {
    "timestamp with time zone": "timestamptz",
    "time without time zone": "time",
}


def promised() -> dict[tuple[str, str], tuple[str, str]]:
    found = re.findall(r"^\| (\w+) \| (\w+) \| (\w+) \| ?(.*?) ?\|$", PAGE.read_text(encoding="utf-8"), re.M)
    return {(view, column): (kind, values) for view, column, kind, values in found if view != "view"}


def test_the_views_have_just_the_columns_and_types_of_the_page(services: Services) -> None:
    there = rows(
        services,
        "SELECT table_name, column_name, data_type FROM information_schema.columns "
        "WHERE table_schema = 'reporting' ORDER BY table_name, ordinal_position",
    )
    columns = {(view, column): SHORT.get(kind, kind) for view, column, kind in there}
    assert columns == {key: kind for key, (kind, _) in promised().items()}


def test_the_closed_vocabularies_of_the_page_are_those_of_the_schema(services: Services) -> None:
    checks = rows(
        services,
        "SELECT c.conrelid::regclass::text, a.attname, pg_get_constraintdef(c.oid) FROM pg_constraint c "
        "JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1] "
        "WHERE c.contype = 'c' AND cardinality(c.conkey) = 1 AND pg_get_constraintdef(c.oid) LIKE '%= ANY%'",
    )
    schema = {(table, column): set(re.findall(r"'([\w-]+)'", rule)) for table, column, rule in checks}
    page = promised()
    closed = {key: words for key, words in schema.items() if key in page}
    assert len(closed) >= 15
    for key, words in closed.items():
        assert set(page[key][1].split(", ")) == words, key


def test_the_carriers_statuses_are_those_of_the_schema(services: Services) -> None:
    rule = rows(services, "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'calls_status_check'")
    assert set(re.findall(r"'([\w-]+)'", rule[0][0])) == set(STATUS_RANK)


def test_every_view_can_be_read_when_nothing_is_there(services: Services) -> None:
    views = {view for view, _ in promised()}
    assert len(views) == 14
    with services.database.transaction() as connection:
        for view in sorted(views - {"audit"}):
            assert connection.execute(text(f"TABLE reporting.{view}")).fetchall() == []
        loaded = connection.execute(text("SELECT DISTINCT who, table_name FROM reporting.audit")).all()
        assert {tuple(each) for each in loaded} == {("migrate", "closures"), ("migrate", "prices")}
