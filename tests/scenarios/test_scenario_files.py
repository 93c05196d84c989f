"""Scenario files are read strictly: whoever writes one wrongly is told where and why, before anything is started."""

from pathlib import Path

import pytest

from infra.local.scenarios.model import Caller
from infra.local.scenarios.scenario import Malformed, names, read

RIGHT = """\
title: A caller asks for the hours
clock: 2026-11-23 09:50
caller: {from: "+17085550901", says: "What are your hours?"}
expect: {outcome: answered}
"""


def refusal(tmp_path: Path, text: str) -> str:
    (tmp_path / "wrong.yaml").write_text(text)
    with pytest.raises(Malformed) as refused:
        read(str(tmp_path / "wrong.yaml"))
    return str(refused.value)


@pytest.mark.parametrize("name", names())
def test_every_scenario_that_stands_here_can_be_read(name: str) -> None:
    assert read(name).title


def test_a_whole_file_is_read_as_it_is_meant(tmp_path: Path) -> None:
    (tmp_path / "right.yaml").write_text(RIGHT)
    found = read(str(tmp_path / "right.yaml"))
    assert (found.name, found.clock.isoformat()) == ("right", "2026-11-23T09:50:00")
    assert [each.number for each in found.steps if isinstance(each, Caller)] == ["+17085550901"]
    assert found.expected.outcomes == ("answered",)
    assert found.situation["customers"], "the usual one"


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        ("title: A caller asks for the hours\n", "", "lacks title"),
        ("09:50", "nine", "clock is a local time such as 2026-11-23 10:00"),
        ('"+17085550901"', "+17085550901", "a number of the telephone stands in quotes"),
        ("What are your hours?", "[barge] hello", "caller.says: Line 1"),
        ("What are your hours?", "[on (] hello", "is no regular expression"),
        ("expect: {outcome: answered}", "expect: {}", "say how each of the 1 calls comes out"),
        ("outcome: answered", "outcome: answered, spoken: ['(']", "expect.spoken: '(' is no regular expression"),
        ("outcome: answered", "outcome: answered, cars: []", "has cars, which nobody reads"),
        ("outcome: answered", "outcome: answered, silence_s: soon", "silence_s is a number of seconds"),
        ("title:", "titel: x\ntitle:", "has titel, which nobody reads"),
        ("title:", "title: twice\ntitle:", "a name stands twice"),
        ("title:", "situation: paradise\ntitle:", "there is no 'paradise'"),
        ("title:", "faults: [{of: moon, kind: stall}]\ntitle:", "faults[1].of is one of"),
        ("title:", "faults: [{of: openai_chat, kind: sulk}]\ntitle:", "faults[1]: A fault is an object whose `kind`"),
        ("title:", "faults: [{of: postgres, kind: cut}]\ntitle:", "postgres can only stall"),
        ("title:", "]\ntitle:", "it is no YAML"),
    ],
)
def test_what_is_wrong_with_a_file_is_told_in_a_sentence(tmp_path: Path, right: str, wrong: str, told: str) -> None:
    assert right in RIGHT
    assert told in refusal(tmp_path, RIGHT.replace(right, wrong, 1))


def test_a_scenario_that_does_not_stand_here_is_answered_with_those_that_do() -> None:
    with pytest.raises(Malformed, match="new_caller_books"):
        read("no_such_scenario")
