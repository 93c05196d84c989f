"""A bad line between the carrier and the service: late, lost and held-up frames, a broken connection. None of it is
counted against the service."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from infra.local.twilio.network import Network, Path
from tests.lab.twilio_product import Lab, MediaSocket, laboratory


async def _listen(lab: Lab, frames: int, **network: Any) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A call on such a line; its record, and the frames that the service got."""

    async def conversation(media: MediaSocket) -> None:
        for _ in range(frames):
            await media.next("media")

    lab.product.media = conversation
    record = await lab.call(network=network)
    heard = [message for message in lab.product.sockets[-1].heard if message["event"] == "media"]
    return record, heard


async def test_lost_frames_leave_gaps_in_the_timestamps_and_nowhere_else() -> None:
    async with laboratory() as lab:
        record, heard = await _listen(lab, 100, loss=0.2, seed=3)
        stamps = [int(message["media"]["timestamp"]) for message in heard]
        gaps = [later - earlier for earlier, later in pairwise(stamps)]
        assert set(gaps) > {20}
        assert all(gap % 20 == 0 for gap in gaps)
        assert [int(message["media"]["chunk"]) for message in heard] == list(range(1, len(heard) + 1))
        numbers = [int(message["sequenceNumber"]) for message in heard]
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
        assert record["faults"] == []


async def test_the_same_seed_loses_the_same_frames() -> None:
    async with laboratory() as lab:
        first = [message["media"]["timestamp"] for message in (await _listen(lab, 60, loss=0.3, seed=9))[1]]
        again = [message["media"]["timestamp"] for message in (await _listen(lab, 60, loss=0.3, seed=9))[1]]
        other = [message["media"]["timestamp"] for message in (await _listen(lab, 60, loss=0.3, seed=8))[1]]
        assert first == again
        assert first != other


async def test_jitter_keeps_order_and_timestamps() -> None:
    async with laboratory() as lab:
        record, heard = await _listen(lab, 100, jitter_ms=300, seed=1)
        assert [int(message["media"]["timestamp"]) for message in heard] == list(range(0, 20 * len(heard), 20))
        assert record["faults"] == []


async def test_a_line_that_is_held_up_delivers_everything_afterwards() -> None:
    async with laboratory() as lab:
        _, heard = await _listen(lab, 150, stall_after_s=0.5, stall_s=1.5)
        assert [int(message["media"]["timestamp"]) for message in heard] == list(range(0, 20 * len(heard), 20))


async def test_a_broken_connection_ends_the_stream_without_stop_and_is_not_the_services_fault() -> None:
    async with laboratory() as lab:
        record, heard = await _listen(lab, 10_000, cut_after_s=1)
        assert 0 < len(heard) <= 52
        assert lab.product.sockets[0].heard[-1]["event"] != "stop"
        assert [stream["by"] for stream in record["streams"]] == ["network"]
        assert record["faults"] == []
        assert lab.product.asked_at("/connected")


async def test_keys_keep_their_place_among_late_frames() -> None:
    async with laboratory() as lab:

        async def conversation(media: MediaSocket) -> None:
            await media.say(200, "greeting")
            await media.next("stop")

        lab.product.media = conversation
        await lab.call("[keys 12#]", "[hangup]", patience_s=0.2, network={"jitter_ms": 200})
        heard = lab.product.sockets[0].heard
        assert [message["dtmf"]["digit"] for message in heard if message["event"] == "dtmf"] == ["1", "2", "#"]


@pytest.mark.parametrize(
    ("network", "sent", "arrives"),
    [
        (Network(), 1.0, 1.0),
        (Network(stall=(1.0, 2.0)), 1.5, 3.0),
        (Network(stall=(1.0, 2.0)), 3.5, 3.5),
        (Network(loss=1.0), 1.0, None),
    ],
)
def test_when_a_frame_arrives(network: Network, sent: float, arrives: float | None) -> None:
    assert Path(network).arrival(sent) == arrives
