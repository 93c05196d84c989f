"""Tools of a call run in order and off the loop; one that is late is answered for and then answers itself."""

import asyncio
import threading
from collections.abc import AsyncIterator, Mapping

import pytest

from media_service.conversation.events import ToolCall, ToolDone, ToolLate
from media_service.conversation.keypad import PLACEHOLDER
from media_service.threads import Threads
from media_service.toolbox import Toolbox
from shared.tools.call import CallContext, ToolResult

CONTEXT = CallContext(call_sid="CA1", direction="inbound", caller=None)


class SteppedDesk:
    """A desk whose tools end when the test says so."""

    def __init__(self) -> None:
        self.began: list[str] = []
        self.contexts: list[CallContext] = []
        self.may_end = threading.Event()

    def run(self, call: CallContext, name: str, arguments: str, answers: Mapping[str, str]) -> ToolResult:
        self.began.append(arguments)
        self.contexts.append(call)
        self.may_end.wait(10)
        return ToolResult({"status": "ok"}, changed=name == "book_appointment")


@pytest.fixture
async def threads() -> AsyncIterator[Threads]:
    made = Threads()
    yield made
    made.close()


async def answers_of(toolbox: Toolbox, name: str, arguments: str = "{}") -> list[ToolLate | ToolDone]:
    return [answer async for answer in toolbox.run(ToolCall(f"id{arguments}", name, arguments), {})]


async def test_the_tools_of_a_call_run_one_after_another_in_the_order_asked_for(threads: Threads) -> None:
    desk = SteppedDesk()
    desk.may_end.set()
    toolbox = Toolbox(desk, CONTEXT, threads)  # type: ignore[arg-type]
    async with asyncio.TaskGroup() as group:
        for number in range(20):
            group.create_task(answers_of(toolbox, "decode_vin", str(number)))
    assert desk.began == [str(number) for number in range(20)]


async def test_a_late_tool_is_answered_for_and_its_own_answer_still_comes(threads: Threads) -> None:
    desk = SteppedDesk()
    toolbox = Toolbox(desk, CONTEXT, threads)  # type: ignore[arg-type]
    kinds = []
    async for answer in toolbox.run(ToolCall("id", "book_appointment", "{}"), {}):
        kinds.append(type(answer))
        desk.may_end.set()
    assert kinds == [ToolLate, ToolDone]
    assert isinstance(answer, ToolDone) and answer.changed


async def test_a_slow_look_up_outside_does_not_keep_another_calls_appointment_waiting(threads: Threads) -> None:
    slow, quick = SteppedDesk(), SteppedDesk()
    quick.may_end.set()
    async with asyncio.TaskGroup() as group:
        for number in range(threads.lookups._max_workers * 2):
            group.create_task(answers_of(Toolbox(slow, CONTEXT, threads), "decode_vin", str(number)))  # type: ignore[arg-type]
        done = await answers_of(Toolbox(quick, CONTEXT, threads), "book_appointment")  # type: ignore[arg-type]
        slow.may_end.set()
    assert [type(answer) for answer in done] == [ToolDone]


async def test_the_caller_is_looked_up_ahead_in_a_context_of_its_own(threads: Threads) -> None:
    desk = SteppedDesk()
    desk.may_end.set()
    context = CallContext(call_sid="CA1", direction="inbound", caller="+12175550142")
    toolbox = Toolbox(desk, context, threads)  # type: ignore[arg-type]
    await toolbox.look_ahead()
    assert desk.began == ['{"phone": null}']
    assert desk.contexts == [context] and desk.contexts[0] is not context


async def test_a_withheld_number_is_not_looked_up(threads: Threads) -> None:
    desk = SteppedDesk()
    await Toolbox(desk, CONTEXT, threads).look_ahead()  # type: ignore[arg-type]
    assert desk.began == []


async def test_digits_that_were_typed_as_a_secret_reach_only_the_tool_that_compares_them(threads: Threads) -> None:
    desk = SteppedDesk()
    desk.may_end.set()
    toolbox = Toolbox(desk, CONTEXT, threads)  # type: ignore[arg-type]
    for name in ("verify_caller", "take_message"):
        call = ToolCall("id", name, f'{{"value": "{PLACEHOLDER}"}}')
        assert [type(answer) async for answer in toolbox.run(call, {}, "62701")] == [ToolDone]
    assert desk.began == ['{"value": "62701"}', f'{{"value": "{PLACEHOLDER}"}}']
