"""A bad line between the carrier and the service: frames that come late or never, a pause, a broken connection.

Chance is drawn from a seed, so the same line is bad in the same way each time. Lost frames leave a gap in the
timestamps; late ones keep their order, as on one TCP connection. It refuses to know what is sent.
"""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Network:
    """`jitter` is the most a frame is late, `loss` the share that is lost, `stall` (begin, length) a time in which
    nothing passes, `cut` when the connection breaks; seconds since the stream began."""

    jitter: float = 0.0
    loss: float = 0.0
    stall: tuple[float, float] | None = None
    cut: float | None = None
    seed: int = 0


GOOD = Network()


class Path:
    """One stream's way through the network."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._chance = random.Random(network.seed)
        self._last = 0.0

    def arrival(self, sent: float) -> float | None:
        """When a frame sent then arrives (seconds since the stream began); None when it never does."""
        if self._network.loss and self._chance.random() < self._network.loss:
            return None
        arrives = sent
        if self._network.jitter:
            arrives += self._chance.uniform(0, self._network.jitter)
        if (stall := self._network.stall) and stall[0] <= sent < sum(stall):
            arrives = max(arrives, sum(stall))
        self._last = max(self._last, arrives)
        return self._last

    def is_cut(self, now: float) -> bool:
        return self._network.cut is not None and now >= self._network.cut
