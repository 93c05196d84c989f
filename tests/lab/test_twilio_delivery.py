"""Callbacks that come shuffled, twice, late or never, and requests to the product that go wrong: always the same way
for the same seed."""

from __future__ import annotations

from typing import Any

import pytest
from twilio.request_validator import RequestValidator

from tests.lab.twilio_product import CALLER, TOKEN, Desk, desk, laboratory

ALL = ["0", "1", "2", "3"]


async def _told(office: Desk, **delivery: Any) -> list[str]:
    await office.lab.post("/_lab/delivery", **delivery)
    await office.lab.phone(CALLER, rings_s=0.1, opening="")
    office.lab.product.twiml("/voice", "<Hangup/>")
    before = len(office.told())
    await office.lab.over((await office.dial()).sid)
    return [form["SequenceNumber"] for form in office.told()[before:]]


async def test_by_default_each_callback_comes_once_and_in_order() -> None:
    async with desk() as office:
        assert await _told(office) == ALL


async def test_shuffled_callbacks_come_in_another_order_which_the_seed_decides() -> None:
    async with desk() as first, desk() as second:
        orders = [await _told(first, shuffle=True, seed=seed) for seed in range(4)]
        assert all(sorted(order) == ALL for order in orders)
        assert len({tuple(order) for order in orders}) > 1
        assert [await _told(second, shuffle=True, seed=seed) for seed in range(4)] == orders


async def test_duplicated_callbacks_are_the_same_to_the_letter() -> None:
    async with desk() as office:
        assert await _told(office, copies=2) == ["0", "0", "1", "1", "2", "2", "3", "3"]
        forms = office.told()
        assert forms[0::2] == forms[1::2]


async def test_late_callbacks_all_come_before_the_record_is_closed() -> None:
    async with desk() as office:
        assert sorted(await _told(office, late_s=20, copies=2)) == sorted(ALL * 2)


async def test_a_lost_callback_leaves_a_gap_in_the_sequence() -> None:
    async with desk() as office:
        assert await _told(office, lose=["completed", "ringing"]) == ["0", "2"]


async def test_what_is_spoiled_about_callbacks_does_not_touch_actions() -> None:
    async with laboratory() as lab:
        await lab.post("/_lab/delivery", shuffle=True, copies=3)
        record = await lab.call()
        assert record["status"] == "completed"
        assert len(lab.product.asked_at("/connected")) == 1


async def test_an_answer_that_gets_lost_is_asked_for_again_with_the_same_token() -> None:
    async with laboratory(voice_url="/voice#rc=2&rp=ct,rt") as lab:
        await lab.post("/_lab/webhooks", kind="lose_answer", path="/voice")
        lab.product.twiml("/voice", "<Hangup/>")
        record = await lab.call()
        asked = lab.product.asked_at("/voice")
        assert len(asked) == 2
        assert len({request.headers["I-Twilio-Idempotency-Token"] for request in asked}) == 1
        assert record["faults"] == []


async def test_an_answer_that_gets_lost_under_the_default_policy_leads_to_the_fallback() -> None:
    async with laboratory(voice_fallback_url="/fallback") as lab:
        await lab.post("/_lab/webhooks", kind="lose_answer", path="/voice")
        lab.product.twiml("/fallback", "<Hangup/>")
        record = await lab.call()
        assert [asked.path for asked in lab.product.asked] == ["/voice", "/fallback"]
        assert [fault["code"] for fault in record["faults"]] == [11205]


async def test_an_unreachable_product_is_tried_once_more_by_default() -> None:
    async with laboratory() as lab:
        await lab.post("/_lab/webhooks", kind="unreachable", path="/voice")
        lab.product.twiml("/voice", "<Hangup/>")
        record = await lab.call()
        assert (len(lab.product.asked_at("/voice")), record["ended_by"]) == (1, "twiml")


async def test_a_forged_request_is_signed_with_another_secret() -> None:
    async with laboratory() as lab:
        await lab.post("/_lab/webhooks", kind="forge", path="/voice")
        lab.product.twiml("/voice", "<Redirect>/voice</Redirect>")
        lab.product.twiml("/connected", "<Hangup/>")
        await lab.call()
        signed = [
            RequestValidator(TOKEN).validate(asked.url, asked.form, asked.headers["X-Twilio-Signature"])
            for asked in lab.product.asked_at("/voice")
        ]
        assert signed[:2] == [False, True]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/_lab/delivery", {"shuffle": True, "speed": 3}),
        ("/_lab/delivery", {"copies": 0}),
        ("/_lab/delivery", {"lose": "completed"}),
        ("/_lab/delivery", {"late_s": "soon"}),
        ("/_lab/webhooks", {"kind": "explode"}),
        ("/_lab/webhooks", {"kind": "forge", "times": 0}),
        ("/_lab/account", {"calls_per_second": 0}),
        ("/_lab/phones", {"number": CALLER, "answered_by": "a dog"}),
        ("/_lab/phones", {"number": CALLER, "network": {"loss": 2}}),
        ("/_lab/phones", {"number": CALLER, "opening": 5}),
        ("/_lab/messages", {"from": CALLER, "to": CALLER}),
    ],
)
async def test_a_wish_that_cannot_be_understood_is_answered_with_a_sentence(path: str, body: dict[str, Any]) -> None:
    async with laboratory() as lab:
        answer = await lab.post(path, **body)
        assert answer["http"] == 400
        assert answer["error"].endswith(".")
