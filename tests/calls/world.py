"""A world that answers a conversation's commands with whatever could really come next, in any order, and holds every
command against the promises that the conversation makes."""

from dataclasses import replace

from media_service.conversation import commands as do
from media_service.conversation import events as ev
from media_service.conversation.called import Person
from media_service.conversation.conversation import Conversation, State
from media_service.conversation.lines import CalledLines, Limits
from media_service.conversation.playback import MARK_EVERY_MS, MOST_ON_THE_WAY_MS, SEND_AHEAD_MS, mark_name
from media_service.conversation.resumed import Resumed, SoFar
from media_service.conversation.tools import READ_ONLY
from tests.calls.script import LINES

LIMITS = Limits()
# The bounds of a call, near enough to be met.
_NEAR = Limits(warning=30.0, call=45.0, tool_rounds=2, tool_calls=2, reply_characters=200)
TO_US = ("known", "stranger", "resumed", "spanish", "hurried")
OURS = ("called", "hurried call of ours")
KINDS = (*TO_US, *OURS)
WORDS = (
    *("yes", "no wait", "an oil change please", "my zip is six two", "uh-huh", "stop calling me", "no gracias"),
    *("hola necesito una cita para mi coche por favor", "this is an important message press one"),
    *("six two", "please leave a message after the tone", "who is calling", "one moment please"),
)
TEXTS = (
    *("Sentence {}. ", "It's booked {}. ", "Which is it {}? ", "Your ZIP {}? ", "and {} ", "Sure. "),
    f"A {'very ' * 30}long one {{}}. ",
)
TOOLS = ("book_appointment", "get_available_slots")
ANSWERS = ("plain", "read_back", "changed", "goodbye", "transfer")
_READ_BACK = "A thing at two. Shall I?"
_BROKEN_OFF = Resumed(SoFar(2, (), {"before": ""}), "We were cut off.", "The line was cut off.", owed=True)
_CALLED = CalledLines("We call about a visit.", "A garage calls.", "Call us back.", "Never again.", "Later then.")
_MS_PER_CHARACTER = 60
_LONGEST_WAIT = 120.0

Action = tuple[str, object]


class World:
    """One call. `trace` holds every command, oldest first."""

    def __init__(self, kind: str) -> None:
        self.conversation = Conversation(
            replace(LINES, spoken_in={"es": LINES}) if kind == "spanish" else LINES,
            _NEAR if kind.startswith("hurried") else LIMITS,
            resumed=_BROKEN_OFF if kind == "resumed" else None,
            called=(_CALLED, Person("Are you Ana?")) if kind in OURS else None,
            stranger=kind == "stranger",
        )
        self.moves = kind not in OURS
        self.now, self.turn = 0.0, self.conversation.turn
        self.trace: list[do.Command] = []
        self.says: list[do.Say] = []
        self.said_at = 0.0
        self.made: dict[int, int] = {}
        self.played: dict[int, int] = {}
        self.perhaps_played: set[int] = set()
        self.epoch = 0
        self.through: int | None = SEND_AHEAD_MS
        self.replies: list[int] = []
        self.asked: dict[int, list[do.Message]] = {}
        self.texts = 100
        self.tools: list[str] = []
        self.ran: set[str] = set()
        self.read_only: set[str] = set()
        self.answered: set[str] = set()
        self.ahead: set[int] = set()
        self.tools_ahead: set[str] = set()
        self.withdrawn: set[str] = set()
        self.probable = self.time_passes = False
        self.callbacks = self.opt_outs = 0
        self.closed = self.over = self.gone = False
        self.tell(ev.StreamStarted())

    def tell(self, event: ev.Event) -> None:
        self.check(self.conversation.receive(event, self.now))

    def run(self, actions: list[Action]) -> "World":
        for action, value in actions:
            self.act(action, value)
        return self

    # What may come

    def act(self, action: str, value: object) -> None:
        """Let something happen, if it can: only what was asked for is answered, only what was said is played."""
        match action, value:
            case "interim", str():
                self.tell(ev.Interim(value))
            case "turn", str():
                self.tell(ev.TurnEnded(value))
            case "sound", _:
                self.tell(ev.SpeechStarted(""))
            case "eager", str():
                self.tell(ev.Interim(value))
                self.tell(ev.EagerEndOfTurn(value))
            case "ended", str():
                self.tell(ev.Interim(value))
                self.tell(ev.EagerEndOfTurn(value))
                self.tell(ev.TurnEnded(value))
            case "resumed", _:
                self.tell(ev.TurnResumed())
            case "key", str():
                self.tell(ev.KeyPressed(value))
            case "deaf", _:
                self.tell(ev.RecogniserLost())
            case "drain", bool():
                self.tell(ev.DrainRequested(value and self.moves))
            case "on_file", _:
                self.tell(ev.CallerOnFile())
            case "callback", bool() if self.callbacks:
                self.callbacks -= 1
                self.tell(ev.CallbackTaken(value))
            case "opted_out", bool() if self.opt_outs:
                self.opt_outs -= 1
                self.tell(ev.OptOutKept(value))
            case "hang_up", bool():
                self.gone = True
                self.cleared()
                self.tell(ev.StreamEnded(value))
            case "wait", float():
                self.wait(value)
            case "stall", float():
                self.now += value
            case (("text" | "other"), str()) if self.replies:
                self.texts += 1
                self.tell(ev.ReplyText(self.replies[-1 if action == "text" else -2 :][0], value.format(self.texts)))
            case "done", (int(count), str(tool)) if self.replies:
                self.asked.pop(self.replies[-1], None)
                calls = tuple(ev.ToolCall("same", tool, "{}") for _ in range(count))
                self.tell(ev.ReplyDone(self.replies[-1], calls))
            case "failed", int() if self.replies:
                failed = self.replies[-min(value, len(self.replies))]
                self.asked.pop(failed, None)
                self.tell(ev.ReplyFailed(failed))
            case "tool", str() if self.tools:
                self.answer_tool(value)
            case "late", _ if self.tools:
                self.tell(ev.ToolLate(self.tools[0], {"status": "error"}))
            case (("sent" | "mark" | "old_mark" | "speech_failed" | "hear_out"), int()):
                self.play(action, value)

    def play(self, action: str, ms: int) -> None:
        """The voice makes speech and the carrier plays it, both in order."""
        current = [say for say in self.says if say.epoch == self.epoch]
        unmade = [say for say in current if say.utterance not in self.made]
        unheard = [say for say in current if not self.heard_out(say)]
        match action:
            case "sent" if unmade:
                self.make(unmade[0], max(ms, self.played.get(unmade[0].utterance, 0)))
            case "mark" if unheard:
                self.mark(unheard[0], min(ms, self.made.get(unheard[0].utterance, ms)))
            case "old_mark" if self.says and self.says[0].epoch < self.epoch:
                old = [say for say in self.says if say.epoch < self.epoch]
                self.tell(ev.MarkReturned(mark_name(old[-1].epoch, old[-1].utterance, ms)))
            case "speech_failed" if unmade:
                self.made[unmade[0].utterance] = self.played.get(unmade[0].utterance, 0)
                self.tell(ev.SpeechFailed(unmade[0].utterance))
            case "hear_out" if current:
                for say in unheard:
                    if say.utterance not in self.made:
                        self.make(say, max(len(say.text) * _MS_PER_CHARACTER, self.played.get(say.utterance, 0)))
                    self.mark(say, self.made[say.utterance])

    def make(self, say: do.Say, ms: int) -> None:
        self.made[say.utterance] = ms
        self.tell(ev.SpeechFinished(say.utterance, ms))

    def mark(self, say: do.Say, ms: int) -> None:
        if say.epoch == self.epoch:
            self.played[say.utterance] = max(ms, self.played.get(say.utterance, 0))
        self.tell(ev.MarkReturned(mark_name(say.epoch, say.utterance, ms)))

    def answer_tool(self, kind: str) -> None:
        tool = self.tools.pop(0)
        self.answered.add(tool)
        self.tell(_answer(tool, "plain" if tool in self.read_only else kind))

    def wait(self, seconds: float) -> None:
        """Let time pass; in a stall it passes unseen, and what was due comes late and all at once."""
        end = self.now + seconds
        while (deadline := self.conversation.deadline) is not None and deadline <= end:
            self.now = max(self.now, deadline)
            self.time_passes = True
            self.check(self.conversation.wake(self.now))
            self.time_passes = False
            self.take_lost_as_over()
        self.now = end

    def take_lost_as_over(self) -> None:
        """As the conversation does, when the marks of what was made are lost or the voice of a last line is."""
        said = [say for say in self.says if say.epoch == self.epoch]
        silent = self.conversation.state in (State.LISTENING, State.THINKING)
        lost = all(say.utterance in self.made for say in said) or self.now > self.said_at + LIMITS.lost_voice - 0.001
        if silent or (self.conversation.closing and lost):
            for say in said:
                self.made.setdefault(say.utterance, 0)
                self.played[say.utterance] = max(1, self.made.get(say.utterance, 0))

    # What was promised

    def check(self, commands: list[do.Command]) -> None:
        turn_over = self.conversation.turn > self.turn
        self.turn, self.probable = self.conversation.turn, self.probable and not turn_over
        for command in commands:
            assert not self.over, "nothing is asked for after the call is over"
            self.trace.append(command)
            self.check_one(command)
        if turn_over:
            self.turn_is_known()
        if not (self.over or self.closed or self.gone):
            deadline = self.conversation.deadline
            assert deadline is not None and deadline < self.now + _LONGEST_WAIT, "nothing is waited for without end"
        if self.conversation.state is not State.PAUSED:
            for messages in self.asked.values():
                self.assert_heard(*(str(m["content"]) for m in messages if m["role"] == "assistant"))

    def cleared(self) -> None:
        """What was played since the last mark, and while the clear was on its way, may have been heard."""
        said = [say for say in self.says if say.epoch == self.epoch]
        left = MARK_EVERY_MS + MOST_ON_THE_WAY_MS if any(self.any_heard(say) for say in said) else 0
        for say in said:
            if left > 0 and not self.heard_out(say):
                self.perhaps_played.add(say.utterance)
                left -= self.made.get(say.utterance, left) - self.played.get(say.utterance, 0)
        self.epoch += 1

    def turn_is_known(self) -> None:
        """Whether it was over is no question any more."""
        self.probable = False
        self.ahead.clear()
        self.tools_ahead.clear()

    def check_one(self, command: do.Command) -> None:
        match command:
            case do.Say():
                assert not self.closed, "nothing is said after the line was closed"
                assert not self.probable, "nothing is heard for a turn that is only probably over"
                assert command.epoch >= self.epoch, "nothing of an old reply is said after a clear"
                assert all(command.utterance > say.utterance for say in self.says), "an utterance is said once"
                self.epoch = command.epoch
                self.says.append(command)
                self.said_at = self.now
            case do.StopTalking():
                self.cleared()
                self.through = SEND_AHEAD_MS
            case do.LetThrough(ms):
                assert not self.closed, "nothing is sent after the line was closed"
                assert ms is None or self.through is None or ms > self.through, "what was let through stays so"
                self.through = ms
            case do.StartReply():
                assert not self.closed, "nothing is asked for where nothing can be heard"
                self.assert_recorded(command.messages)
                self.replies.append(command.reply)
                self.asked[command.reply] = command.messages
                if command.ahead:
                    self.probable = True
                    self.ahead.add(command.reply)
            case do.CancelReply(reply):
                self.asked.pop(reply, None)
                if reply in self.ahead:
                    self.withdrawn |= self.tools_ahead
                    self.turn_is_known()
            case do.RunTool(call):
                self.check_tool(command)
                self.ran.add(call.id)
                self.tools.append(call.id)
                if call.name in READ_ONLY:
                    self.read_only.add(call.id)
                if self.probable:
                    self.tools_ahead.add(call.id)
            case do.KeepTurn():
                self.assert_heard(command.sophie_said)
            case do.KeepOpening():
                opening = [say for say in self.says if say.text == _CALLED.opening]
                heard = any(self.heard_out(say) or say.utterance in self.perhaps_played for say in opening)
                assert heard or self.time_passes, "who is told to have heard the opening has heard it"
            case do.TakeCallback():
                self.callbacks += 1
            case do.KeepOptOut():
                self.opt_outs += 1
            case do.EndCall() | do.MoveCall():
                assert not self.closed, "the line is closed once"
                self.closed = True
                if isinstance(command, do.EndCall):
                    self.assert_said_goodbye()
            case do.CallOver():
                assert self.withdrawn.issuperset(self.tools), "no tool's result is lost"
                assert not self.opt_outs, "who wants no more calls has said so in the outcome"
                self.over = True

    def check_tool(self, command: do.RunTool) -> None:
        assert command.call.id not in self.ran, "a tool is run once"
        assert not self.probable or command.call.name in READ_ONLY, "nothing changes for a turn that may go on"
        if command.answers.get("intent"):
            heard = (say for say in self.says if self.any_heard(say))
            assert any(_READ_BACK.endswith(say.text) for say in heard), "who agrees has heard what to"

    def assert_recorded(self, messages: list[do.Message]) -> None:
        """The order is legal, and what a tool has answered stands in it."""
        waiting: set[str] = set()
        for message in messages:
            if message["role"] == "tool":
                assert message["tool_call_id"] in waiting, "an answer follows its call"
                waiting.discard(message["tool_call_id"])
                continue
            assert not waiting, "every call is answered before anything else is said"
            calls = message.get("tool_calls", [])
            waiting = {call["id"] for call in calls}
            assert len(waiting) == len(calls), "ids are unique"
        assert not waiting
        told = {message["tool_call_id"] for message in messages if message["role"] == "tool"}
        assert told.issuperset(self.answered - self.withdrawn), "what a tool has answered is not forgotten"

    def assert_heard(self, *told: str) -> None:
        """Words that were cut before any mark of them came back are told to nobody; what a pause holds may still be
        said."""
        for say in self.says:
            if any(character.isdigit() for character in say.text) and not self.may_be_heard(say):
                assert not any(say.text in words for words in told), "history holds what was heard"

    def may_be_heard(self, say: do.Say) -> bool:
        """Whether a mark of it came back, or of what said its words later, or may still come back."""
        said = (each for each in self.says if say.text.endswith(each.text))
        return any(
            self.any_heard(each) or each.utterance in self.perhaps_played or each.epoch == self.epoch for each in said
        )

    def any_heard(self, say: do.Say) -> bool:
        return self.played.get(say.utterance, 0) > 0

    def heard_out(self, say: do.Say) -> bool:
        made = self.made.get(say.utterance)
        return made is not None and self.played.get(say.utterance, 0) >= made

    def assert_said_goodbye(self) -> None:
        last = [say for say in self.says if say.epoch == self.epoch]
        assert last, "the line is closed with a word"
        if not self.time_passes:
            assert all(self.heard_out(say) for say in last), "the last line is heard to its end"


def _answer(call_id: str, kind: str) -> ev.ToolDone:
    match kind:
        case "read_back":
            content = {"status": "read_back", "spoken": _READ_BACK}
            return ev.ToolDone(call_id, content, spoken=_READ_BACK, intent="intent")
        case "changed":
            return ev.ToolDone(call_id, {"status": "booked"}, spoken="Booked.", changed=True, outcome="booked")
        case "goodbye":
            return ev.ToolDone(call_id, {"status": "goodbye"}, spoken="Bye.", ending="goodbye")
        case "transfer":
            return ev.ToolDone(call_id, {"status": "transferring"}, spoken="One moment.", ending="transfer")
    return ev.ToolDone(call_id, {"status": "ok"})


# What holds for a call after any order of events.


def answers_within_its_patience(world: World) -> None:
    """After a turn of the caller's something is audible, or the call is at its end."""
    said = len(world.says)
    world.act("turn", "hello?")
    world.wait(LIMITS.first_words + 0.1)
    assert len(world.says) > said or world.closed or world.gone or world.conversation.closing


def no_silence_outlasts_its_patience(world: World) -> None:
    """Where all was said and the caller is silent, they are spoken to."""
    world.act("opted_out", True)
    world.act("turn", "hello?")
    world.act("hear_out", 0)
    said = len(world.says)
    world.wait(LIMITS.lost_turn + LIMITS.lost_marks + LIMITS.caller_silence)
    assert len(world.says) > said or world.closed or world.gone


def comes_to_its_end(world: World) -> None:
    """Left alone, it ends."""
    for _ in range(200):
        if world.closed or world.over or world.gone:
            return
        world.act("hear_out", 0)
        while world.tools:
            world.act("tool", "plain")
        world.act("callback", True)
        world.act("opted_out", True)
        world.wait(30.0)
    raise AssertionError("A call that was left alone has not come to its end.")


def replays(kind: str, actions: list[Action]) -> None:
    """The same events at the same times give the same commands."""
    assert World(kind).run(actions).trace == World(kind).run(actions).trace
