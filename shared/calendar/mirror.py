"""Brings the calendar up to the appointments and call-backs: one pass over the outbox, and one over what staff changed.

A pass may be cut off anywhere and may run beside others. An event is written only over what was read (`If-Match`), and
a change by hand is answered before it is written over. What cannot be written now is tried again, later each time; what
cannot be written at all is given up loudly. No booking waits for any of this.
"""

import logging
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared.calendar import event, staff_hand
from shared.calendar.event import Booking, Event, Mirrored
from shared.calendar.google_calendar import GoogleCalendar
from shared.clock import Clock
from shared.domain import call_backs
from shared.errors import ConfigurationError, PeerError, ProtocolError
from shared.log import fields
from shared.services import Services
from shared.storage import line, outbox
from shared.storage.acting import acting
from shared.storage.outbox import Claimed

log = logging.getLogger(__name__)

# Longer than any attempt: four requests, each a few steps of five seconds on the wire.
LEASE = timedelta(minutes=2)
MOST_ATTEMPTS = 20
_FIRST_WAIT, _LONGEST_WAIT = timedelta(seconds=5), timedelta(hours=1)
# A calendar that does not answer one change after another is left alone until the next pass.
_FAILURES_IN_A_ROW = 3
# So often in a row an event may be other than it was read before that counts as a failure.
_AT_ONCE = 5
_SYNC_BACK = timedelta(days=1)


@dataclass(slots=True)
class Tally:
    """What a pass did, by deed: written, removed, unchanged, again, failed, dead; moved, put_back, called,
    reopened."""

    deeds: Counter[str] = field(default_factory=Counter)
    waiting: int = 0


class Mirror:
    """One per process, for any number of threads. `clock` is real time, by which leases end and waits are over."""

    def __init__(self, services: Services, calendar: GoogleCalendar, clock: Clock | None = None) -> None:
        self._services = services
        self._database = services.database
        self._calendar = calendar
        self._clock = clock or Clock()

    def sync(self, seconds: float) -> Tally:
        """What staff changed, then what is to be written; no attempt begins after `seconds`. Raises ConfigurationError
        when Google refuses the settings, Unavailable when what staff changed cannot be read."""
        until, tally = time.monotonic() + seconds, Tally()
        self._pull(tally)
        self._push(until, tally)
        with self._database.transaction() as connection:
            tally.waiting = outbox.waiting(connection)
        return tally

    def push(self, seconds: float) -> Tally:
        """What is to be written, alone: the quick way after a booking, in a thread that lives no longer."""
        tally = Tally()
        try:
            self._push(time.monotonic() + seconds, tally)
        finally:
            self._calendar.leave()
        return tally

    def _pull(self, tally: Tally) -> None:
        with self._database.transaction() as connection:
            token = outbox.sync_token(connection, self._calendar.id)
        since = self._services.clock.now() - _SYNC_BACK
        changes = self._calendar.changes(token, since) or self._calendar.changes(None, since)
        if changes is None:
            raise ProtocolError("Google Calendar wants everything read again, and again.")
        seen = [found for item in changes.items if (found := event.read(item)) is not None]
        answers = staff_hand.answers_to(self._services, self._calendar, seen)
        tally.deeds.update(each for each in answers if each != "nothing")
        with self._database.transaction() as connection:
            outbox.keep_sync_token(connection, self._calendar.id, changes.token, self._clock.now())

    def _push(self, until: float, tally: Tally) -> None:
        in_a_row, next_call = 0, self._next_call()
        with acting("calendar", "sync"):
            while time.monotonic() < until and in_a_row < _FAILURES_IN_A_ROW:
                with self._database.transaction() as connection:
                    claimed = outbox.claim(connection, self._clock.now(), LEASE, next_call)
                if claimed is None:
                    return
                deed = self._attempt(claimed)
                tally.deeds[deed] += 1
                in_a_row = in_a_row + 1 if deed == "failed" else 0

    def _next_call(self) -> datetime:
        now, hours = self._services.clock.now(), self._services.shop.hours
        with self._database.transaction() as connection:
            closed = line.read(connection, now.astimezone(hours.zone).date()).closed
        return call_backs.next_call(hours.with_closed(closed), now)

    def _attempt(self, claimed: Claimed) -> str:
        """What was done about one event. Raises ConfigurationError, and whatever is wrong with the database."""
        now = self._clock.now()
        try:
            deed = self._applied(claimed)
        except ConfigurationError as why:
            with self._database.transaction() as connection:
                outbox.again(connection, claimed, try_after=now, error=str(why), counted=False)
            raise
        except PeerError as why:
            return self._failed(claimed, why)
        if deed == "again" and claimed.attempts >= _AT_ONCE:
            return self._failed(claimed, ProtocolError("The event is never the one that was read before."))
        with self._database.transaction() as connection:
            if deed == "again":
                outbox.again(connection, claimed, try_after=now, error=None)
            else:
                outbox.done(connection, claimed)
        return deed

    def _failed(self, claimed: Claimed, why: PeerError) -> str:
        dead = claimed.attempts >= MOST_ATTEMPTS
        said = fields(about=claimed.mirrored.key.about, attempts=claimed.attempts, why=str(why))
        with self._database.transaction() as connection:
            if dead:
                outbox.dead(connection, claimed, str(why))
            else:
                outbox.again(connection, claimed, try_after=self._clock.now() + wait(claimed.attempts), error=str(why))
        if dead:
            log.error("calendar event given up", extra=said)
            return "dead"
        log.warning("calendar event not written", extra=said)
        return "failed"

    def _applied(self, claimed: Claimed) -> str:
        """The deed; it is "again" when the event was not as it was thought to be: then everything is read anew."""
        what = claimed.mirrored
        if claimed.action == "upsert" and what.version == claimed.attempts == 1:
            return "written" if self._insert(what) else "again"
        seen = self._calendar.get(what.key.event_id)
        if claimed.action == "delete":
            return self._removed(claimed, seen)
        if seen is None:
            return "written" if self._insert(what) else "again"
        return self._rewritten(claimed, seen)

    def _rewritten(self, claimed: Claimed, seen: Event) -> str:
        what = claimed.mirrored
        if seen.stamp is not None and seen.stamp.version >= what.version and not seen.by_hand:
            return "unchanged"
        if self._is_over(what) and (seen.deleted or (seen.stamp and seen.stamp.during == what.shown.during)):
            return "unchanged"
        # An event that was moved, answered, and moved back before it was written says what we wrote, and yet is theirs.
        theirs = seen.by_hand or claimed.answers_etag is not None
        if theirs and seen.etag != claimed.answers_etag and staff_hand.answer_to(self._services, seen) != "nothing":
            return "again"
        body = event.body(what, self._services.shop.zone)
        return "written" if self._calendar.patch(seen, body) else "again"

    def _is_over(self, what: Mirrored) -> bool:
        """The past is left as staff tidy it, whatever name changes."""
        return isinstance(what.shown, Booking) and what.shown.during.end <= self._services.clock.now()

    def _removed(self, claimed: Claimed, seen: Event | None) -> str:
        if seen is None and claimed.attempts > 1:
            # An insert whose answer never came may still be under way; it finds the id taken.
            self._insert(claimed.mirrored)
            return "again"
        if seen is None or seen.deleted:
            return "unchanged"
        return "removed" if self._calendar.delete(seen) else "again"

    def _insert(self, what: Mirrored) -> bool:
        return self._calendar.insert(what.key.event_id, event.body(what, self._services.shop.zone))


def wait(attempts: int) -> timedelta:
    """Twice as long after each attempt, by chance a little more or less, so that not all come back at once."""
    longest = min(_FIRST_WAIT * (1 << min(attempts - 1, 16)), _LONGEST_WAIT)
    return longest * random.uniform(0.5, 1.0)


def summary(tally: Tally) -> dict[str, int]:
    """For whoever asked for the pass."""
    return {**dict(sorted(tally.deeds.items())), "waiting": tally.waiting}
