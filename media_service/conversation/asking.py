"""The requests to the model for one answer: the first, its twin where that hangs, the fallback. One is listened to.

It knows how patient to be with a model and what to ask again; what is said of what the model writes is decided
elsewhere.
"""

from media_service.conversation import commands as do
from media_service.conversation.claims import Claim
from media_service.conversation.common import Common
from media_service.conversation.history import SophieSaid
from media_service.conversation.reply import Reply
from media_service.conversation.timers import Timer


class Asking:
    """One per call. `reply` is what the model is writing, and is listened to."""

    def __init__(self, common: Common) -> None:
        self._common = common
        self._count = 0
        self._twin: Reply | None = None
        self.reply: Reply | None = None

    def ask(self, model: do.Model, borne_out: Claim, *, ahead: bool) -> None:
        """Ask for an answer to all that was said; `borne_out` is the strongest claim that it may make."""
        history = self._common.history
        messages = history.messages()
        self.reply = self._start(model, messages, history.sophie_says(), borne_out, ahead)
        if not ahead:
            self.watch()

    def _start(
        self, model: do.Model, messages: list[do.Message], said: SophieSaid, borne_out: Claim, ahead: bool
    ) -> Reply:
        self._count += 1
        self._common.out.append(do.StartReply(self._count, messages, model, ahead))
        most, language = self._common.limits.reply_characters, self._common.speaking.language
        return Reply(self._count, said, model, messages, borne_out, most, language)

    def watch(self) -> None:
        """Begin to be impatient with the model; a reply that has begun to answer gives no cause to be."""
        if (reply := self.reply) is None or reply.answers:
            return
        timers, limits, now = self._common.timers, self._common.limits, self._common.now
        timers.set(Timer.FILLER, now + limits.first_words)
        if reply.model == "first":
            timers.set(Timer.HEDGE, now + limits.hedge)
            timers.set(Timer.FALLBACK, now + limits.fallback)
            timers.set(Timer.GIVE_UP, now + limits.give_up)
        else:
            timers.set(Timer.GIVE_UP, now + limits.give_up - limits.fallback)

    def heard_words(self) -> None:
        """The reply goes on; it answers by now, or has only opened."""
        if self.reply is not None and self.reply.answers:
            self._common.timers.drop(Timer.FILLER, Timer.FALLBACK)
            self._common.timers.set(Timer.GIVE_UP, self._common.now + self._common.limits.give_up)

    def ask_again(self) -> None:
        """Ask the same a second time: a request that hangs is often alone with that."""
        if (reply := self.reply) is not None and not reply.begun:
            self._twin = self._start(reply.model, reply.messages, reply.said, reply.borne_out, False)

    def listened_to(self, number: int) -> Reply | None:
        """The reply of this number, if it is the one that counts: of two, the first to give anything."""
        if (twin := self._twin) is not None and number == twin.number:
            self.reply, self._twin = twin, self.reply
        if self.reply is None or self.reply.number != number:
            return None
        self._cancel(self._twin)
        self._twin = None
        self.reply.begun = True
        self._common.timers.drop(Timer.HEDGE)
        return self.reply

    def fails_beside_its_twin(self, number: int) -> bool:
        """Whether there is another request that may still answer: then this one is only forgotten."""
        if self._twin is None or self.reply is None:
            return False
        if number == self.reply.number:
            self.reply, self._twin = self._twin, None
        elif number == self._twin.number:
            self._twin = None
        return True

    def end(self) -> None:
        """The reply is complete, or as complete as it will be."""
        self.reply = None
        self.lose_patience()

    def lose_patience(self) -> None:
        """Nothing is waited for."""
        self._common.timers.drop(Timer.FILLER, Timer.HEDGE, Timer.FALLBACK, Timer.GIVE_UP)

    def drop(self) -> None:
        """Nobody wants what is being written."""
        self._cancel(self.reply, self._twin)
        self._twin = None
        self.end()

    def withdraw(self) -> None:
        """What was asked ahead was never asked. Also where it is complete: whoever times the turn must know that it
        came to nothing."""
        self._common.out.append(do.CancelReply(self._count))
        self.reply = None

    def _cancel(self, *replies: Reply | None) -> None:
        self._common.out.extend(do.CancelReply(each.number) for each in replies if each is not None)
