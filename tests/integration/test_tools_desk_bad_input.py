"""Whatever a model puts into a text of a tool's arguments: an answer comes, nothing is written, the call goes on."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from shared.services import Services
from shared.tools.schema_check import schemas
from tests.integration.desk_calls import NewCaller, rows

HOSTILE: Mapping[str, Any] = {
    "100 kB": "x" * 100_000,
    "1 kB": "one " * 250,
    "SQL": "'; DROP TABLE customers; --",
    "markup": "<Say>x</Say><Dial>+19005550100</Dial>",
    "an array": ["x"],
    "an object": {"x": "y"},
    "NUL": "a\x00b",
    "half a surrogate": "\ud83d",
    "emoji": "🙂🚗",
    "right to left": "\u202egnirts",
    "right to left letters": "שלום",
    "nothing": "",
    "blanks": " \n\t ",
    "doubt": "[?[?x]",
    "a handle's form": "car_999999999999999999999",
    "format": "%s {0} ${x} \\x00",
}
# Not the intents: a message may hold any words, and what was read back of them is a row of its own.
QUERIES = (
    "SELECT * FROM customers",
    "SELECT * FROM vehicles",
    "SELECT * FROM appointments",
    "SELECT * FROM callbacks",
    "SELECT * FROM identity_failures",
    "SELECT * FROM vin_decodes",
)


BLANK = dict.fromkeys(("first_name", "email", "phone"), "") | {"last_name": " ", "zip": "62701"}


def test_a_blank_where_nothing_was_said_is_nothing(services: Services, new_caller: NewCaller) -> None:
    first = new_caller()
    offers = first.slots(weekday="thursday", which_week="", part_of_day=" ", time="")["offers"]
    prepared = first.book(
        slot=offers[0]["slot"], vehicle="", intent="", concern="",
        new_vehicle={"year": 2018, "make": "Mazda", "model": "", "vin": ""},
        new_customer={"first_name": "Nora", "last_name": "Quill"},
    )  # fmt: skip
    assert first.book(intent=first.say(prepared, "yes")).changed
    caller = new_caller()
    assert caller.ask("lookup_customer", phone="").content["status"] == "known"
    assert caller.ask("verify_caller", factor="last_name", value="Quill").content["status"] == "verified"
    car = {"year": None, "make": "", "model": "", "vin": "", "mileage": 9000, "plate": ""}
    asked = caller.ask("update_details", customer=BLANK, vehicle="car_1", car=car, intent="")
    assert asked.spoken == (
        "I'll put down your ZIP code as 6 2 7 0 1, and your 2018 Mazda with 9,000 miles. Is that right?"
    )


def filled(schema: Mapping[str, Any], hostile: Any) -> Any:
    """A value of a schema's shape with the hostile one wherever a free text belongs."""
    if "anyOf" in schema:
        return filled(schema["anyOf"][0], hostile)
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if "object" in kinds:
        return {name: filled(part, hostile) for name, part in schema["properties"].items()}
    if "enum" in schema:
        return schema["enum"][0]
    if "string" in kinds:
        return hostile
    return {"integer": 7, "boolean": True}[kinds[0]]


def tools() -> Iterator[tuple[str, Mapping[str, Any]]]:
    for each in schemas():
        yield each["function"]["name"], each["function"]["parameters"]


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_texts_are_answered_by_every_tool_and_leave_no_row(
    services: Services, new_caller: NewCaller, kind: str
) -> None:
    before = [rows(services, query) for query in QUERIES]
    for name, parameters in tools():
        caller = new_caller()
        arguments = filled(parameters, HOSTILE[kind])
        for intent in (HOSTILE[kind], None):
            given = {**arguments, "intent": intent} if "intent" in arguments else arguments
            answer = caller.ask(name, **given)
            assert answer.content["status"]
            assert answer.content.get("reason") != "Something went wrong at the workshop's side.", name
            assert not answer.changed
        assert caller.ask("lookup_customer", phone=None).content["status"] == "unknown"
    assert [rows(services, query) for query in QUERIES] == before
