"""The walls of the house: who may import whom, read from the syntax tree of every file."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("functions", "media_service", "shared", "seed", "infra")
TOP_LEVEL = {
    "functions",
    "media_service",
    "shared",
    "infra",
    "seed",
    "tests",
    "requirements.txt",
    "cloudbuild.yaml",
    "README.md",
    "pyproject.toml",
}
# A room (the longest prefix wins) and the rooms of ours that it may import.
MAY_IMPORT = {
    "functions": {"functions", "shared"},
    "media_service": {"media_service", "shared"},
    "media_service.conversation": {"media_service.conversation", "shared.domain"},
    "media_service.wire": {"media_service.wire", "media_service.conversation", "shared.domain", "shared.errors"},
    "shared": {"shared"},
    "shared.domain": {"shared.domain"},
    "seed": {"seed", "shared"},
    "infra.local": {"infra.local"},
}
STANDARD_LIBRARY_ONLY = ("shared.domain", "media_service.conversation")
PURE = ("shared.domain", "media_service.conversation", "media_service.wire")
IMPURE_MODULES = {"time", "random", "secrets", "socket", "asyncio", "threading", "os", "subprocess", "requests"}
DOORS_DO_NOT_LOAD = {"openai", "deepgram", "googleapiclient", "sqlalchemy", "pg8000", "twilio.rest", "faker", "redis"}


def modules() -> Iterator[tuple[str, ast.Module]]:
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            yield name, ast.parse(path.read_text(encoding="utf-8"))


def imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def room_of(module: str) -> set[str] | None:
    rooms = [room for room in MAY_IMPORT if module == room or module.startswith(f"{room}.")]
    return MAY_IMPORT[max(rooms, key=len)] if rooms else None


def is_ours(name: str) -> bool:
    return name.split(".")[0] in ROOMS or name.split(".")[0] == "tests"


def within(name: str, rooms: set[str]) -> bool:
    return any(name == room or name.startswith(f"{room}.") for room in rooms)


def test_the_top_level_is_exactly_what_the_plan_names() -> None:
    made = {".venv", "build"}
    found = {path.name for path in ROOT.iterdir() if not path.name.startswith((".", "__pycache__"))} - made
    assert found <= TOP_LEVEL


def test_imports_run_one_way() -> None:
    wrong = [
        f"{module} imports {name}"
        for module, tree in modules()
        if (allowed := room_of(module)) is not None
        for name in imports(tree)
        if is_ours(name) and not within(name, allowed)
    ]
    assert wrong == []


def test_the_domain_and_the_conversation_need_only_the_standard_library() -> None:
    import sys

    wrong = [
        f"{module} imports {name}"
        for module, tree in modules()
        if within(module, set(STANDARD_LIBRARY_ONLY))
        for name in imports(tree)
        if not is_ours(name) and name.split(".")[0] not in sys.stdlib_module_names
    ]
    assert wrong == []


def test_the_pure_rooms_have_no_clock_no_chance_and_no_sockets() -> None:
    wrong = [
        f"{module} imports {name}"
        for module, tree in modules()
        if within(module, set(PURE))
        for name in imports(tree)
        if name.split(".")[0] in IMPURE_MODULES
    ]
    assert wrong == []


def test_only_a_call_starts_tasks() -> None:
    starters = {"create_task", "ensure_future", "run_coroutine_threadsafe"}
    wrong = [
        module
        for module, tree in modules()
        if module.startswith(("media_service", "shared", "functions")) and module != "media_service.call"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in starters
    ]
    assert wrong == []


def test_production_code_neither_sleeps_nor_polls() -> None:
    wrong = [
        module
        for module, tree in modules()
        if not module.startswith("infra")
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == "sleep"
    ]
    assert wrong == []


# Of the doors that write something down.
STORAGE = ("sqlalchemy", "pg8000")


# What a door may load of what is slow to load, and how many modules it may load beside those of a framework that serves
# nothing: a number that grows tells of an import at the wrong place.
@pytest.mark.parametrize(
    ("path", "may_load", "most_modules"),
    [
        ("/health", set(), 90),
        ("/fallback", set(), 90),
        ("/voice", {"redis"}, 230),
        ("/sms", set(), 90),
        ("/whisper", {"redis"}, 230),
        ("/connected", {"redis", *STORAGE}, 400),
        ("/dialed", {"redis", *STORAGE}, 400),
    ],
)
def test_a_ringing_call_is_answered_without_loading_what_it_does_not_need(
    path: str, may_load: set[str], most_modules: int
) -> None:
    import json
    import subprocess
    import sys

    program = f"""
import json, os, sys
os.environ.update(SOPHIE_ENV="local", DATABASE_URL="postgresql://x@127.0.0.1:1/x", REDIS_URL="redis://127.0.0.1:1",
    PUBLIC_BASE_URL="http://t", MEDIA_STREAM_URL="ws://m", STREAM_TOKEN_SECRET="s", TWILIO_ACCOUNT_SID="AC1",
    TWILIO_AUTH_TOKEN="a", TWILIO_PHONE_NUMBER="+13125550100", FUNCTION_TARGET="telephony")
from functions_framework import create_app
bare = set(sys.modules)
from shared.twilio_signature import sign
client = create_app("telephony", "functions/main.py").test_client()
form = {{"CallSid": "CA1"}}
headers = {{"X-Twilio-Signature": sign("a", "http://t{path}", {{"CallSid": ["CA1"]}})}}
answer = client.post("{path}", data=form, headers=headers)
print(json.dumps([answer.status_code, sorted(set(sys.modules) - bare)]))
"""
    ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    status, loaded = json.loads(ran.stdout.splitlines()[-1])
    assert status == 200
    assert (DOORS_DO_NOT_LOAD - may_load).isdisjoint(loaded)
    assert len(loaded) <= most_modules, len(loaded)
