"""One media stream of a call while it is open: the person's frames out, the service's audio into the playback, marks
back.

It joins the websocket to the line, over a network that may be bad. It refuses to know what comes before the stream or
after it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from infra.local.caller.caller import Moment
from infra.local.twilio.clock import LineClock
from infra.local.twilio.frames import BUFFER_FULL, SLOW_READER, Clear, Fault, Mark, Media
from infra.local.twilio.line import Line
from infra.local.twilio.network import Network, Path
from infra.local.twilio.playback import ReturnedMark
from infra.local.twilio.record import CallRecord
from infra.local.twilio.stream import Closed, TwilioStream


class StreamLeg:
    def __init__(
        self, stream: TwilioStream, line: Line, clock: LineClock, record: CallRecord, network: Network
    ) -> None:
        self._stream = stream
        self._line = line
        self._clock = clock
        self._record = record
        self._path = Path(network)
        self._loop = asyncio.get_running_loop()
        self._on_their_way: deque[tuple[float, Callable[[], None]]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._began: int | None = None
        self._cut = False
        self._heard_media = False

    async def run(self, parameters: dict[str, str]) -> None:
        """Until the service closes the stream; cancelled, it says `stop` and closes the stream itself."""
        self._stream.start(parameters)
        self._record.note("stream_started", stream_sid=self._stream.ids.stream_sid)
        closed: Closed | None = None
        try:
            with self._line.listened_to_by(self):
                while not isinstance(message := await self._stream.receive(), Closed):
                    self._take(message)
                closed = message
        finally:
            if self._timer is not None:
                self._timer.cancel()
            if closed is None:
                self._stream.stop()
            await self._stream.close()
            self._finish(closed)

    def heard(self, moment: Moment, due: int) -> None:
        if self._began is None:
            self._began = due
        since = (due - self._began) / 8_000
        if self._path.is_cut(since) and not self._cut:
            self._cut = True
            self._record.note("stream_cut")
            self._stream.cut()
        arrives = self._path.arrival(since)
        if arrives is None:
            self._record.counts["frames_lost"] += 1
        else:
            self._on_their_way.append((arrives, lambda: self._send(moment, round(1000 * since))))
            if len(self._on_their_way) == 1:
                self._deliver(since)

    def returned(self, mark: ReturnedMark) -> None:
        self._stream.mark(mark.name)
        self._record.counts["marks_cleared" if mark.cleared else "marks_returned"] += 1
        self._record.note("mark_returned", mark.at, name=mark.name, cleared=mark.cleared)

    def _deliver(self, now: float) -> None:
        """Send what has arrived by now, in seconds since the first frame, and come back for the next."""
        while self._on_their_way and self._on_their_way[0][0] <= now:
            self._on_their_way.popleft()[1]()
        if self._on_their_way:
            following = self._on_their_way[0][0]
            wait = self._clock.real(following - now)
            self._timer = self._loop.call_later(wait, self._deliver, following)

    def _send(self, moment: Moment, timestamp_ms: int) -> None:
        if self._stream.media(moment.frame.payload, timestamp_ms):
            self._record.counts["frames_sent"] += 1
        else:
            self._record.fault(Fault(SLOW_READER, "The service reads too slowly: frames of the caller were dropped."))
        if moment.digit is not None:
            self._stream.dtmf(moment.digit)

    def _take(self, message: Media | Mark | Clear | Fault) -> None:
        now = self._clock.now()
        playback = self._line.playback
        match message:
            case Media():
                self._take_media(message.payload, now)
            case Mark():
                self._record.counts["marks_received"] += 1
                self._record.note("mark_received", now, name=message.name)
                playback.mark(message.name, now)
            case Clear():
                unheard = playback.clear(now)
                self._record.counts["clears"] += 1
                self._record.note("clear", now, unheard_ms=unheard / 8)
            case Fault():
                self._record.fault(message)
        self._line.settle(now)

    def _take_media(self, payload: bytes, now: int) -> None:
        self._record.counts["media_received"] += 1
        self._record.counts["bytes_received"] += len(payload)
        if not self._heard_media:
            self._heard_media = True
            self._record.note("first_media", now)
        if dropped := self._line.playback.put(payload, now):
            self._record.counts["bytes_dropped"] += dropped
            self._record.fault(Fault(BUFFER_FULL, "More than ten minutes of audio are buffered; the rest was dropped."))

    def _finish(self, closed: Closed | None) -> None:
        """What was still buffered is never heard."""
        by = "network" if self._cut else "carrier" if closed is None else "service"
        unheard = self._line.cut()
        self._record.note("stream_ended", by=by, code=closed and closed.code, unheard_ms=unheard / 8)
        if closed is not None and closed.fault is not None and not self._cut:
            self._record.fault(closed.fault)
