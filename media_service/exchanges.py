"""What each exchange of a call took and used, written down when it is over. Nothing is decided by it."""

import logging

from media_service.conversation.commands import KeepTurn
from media_service.latency import TurnLatency
from media_service.records import Records
from media_service.usage import Meter
from shared.log import fields

log = logging.getLogger(__name__)


class Exchanges:
    """One per call. Times are in seconds of the event loop's clock."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._going_on = TurnLatency()
        self._ahead: TurnLatency | None = None
        self.meter = Meter()

    @property
    def timed(self) -> TurnLatency:
        """The exchange that is being timed: the next one, where its answer was begun ahead."""
        return self._ahead or self._going_on

    def begun_ahead(self) -> None:
        """What is asked from now on belongs to the answer of a turn that is only probably over."""
        self._ahead = self._ahead or TurnLatency()

    def withdrawn(self) -> None:
        """Nothing was begun ahead after all."""
        self._ahead = None

    def first_audio(self, now: float) -> None:
        self._going_on.first_audio(now)

    def keep(self, kept: KeepTurn, now: float) -> None:
        """The caller's turn has ended, and the exchange before it."""
        over, self._going_on, self._ahead = self._going_on, self._ahead or TurnLatency(), None
        self._going_on.ended = now
        stages = over.stages()
        log.info("turn", extra=fields(turn=kept.turn, barged_in=kept.barged_in, tools=len(over.tools), **stages))
        self._records.turn(kept, over.tools, stages, self.meter.take())
