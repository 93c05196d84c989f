"""The promises of the conversation, held against random orders of events."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from media_service.conversation import commands as do
from media_service.conversation import events as ev
from media_service.conversation.called import Person
from media_service.conversation.conversation import Conversation, State
from media_service.conversation.lines import CalledLines, Limits
from media_service.conversation.playback import SEND_AHEAD_MS, mark_name
from media_service.conversation.resumed import Resumed, SoFar
from tests.calls.script import LINES

LIMITS = Limits()
SPANISH = ("hola necesito una cita para mi coche por favor", "no gracias")
RECORDED = "this is an important message press one"
BROKEN_OFF = Resumed(SoFar(2, (), {"i1": ""}), "We were cut off.", "The line was cut off.", owed=True)
CALLED = CalledLines("We call about a visit.", "A garage calls.", "Call us back.", "Never again.", "Later then.")
WORDS = st.sampled_from(
    ["yes", "no wait", "an oil change please", "my zip is six two", "uh-huh", "", "stop calling me", *SPANISH, RECORDED]
)
TO_US = ("known", "stranger", "resumed", "spanish")
KINDS = st.sampled_from([*TO_US, "called"])
ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("interim"), WORDS),
        st.tuples(st.just("turn"), WORDS),
        st.tuples(st.just("sound"), st.just(0)),
        st.tuples(st.just("eager"), WORDS.filter(bool)),
        st.tuples(st.just("resumed"), st.just(0)),
        st.tuples(
            st.just("text"),
            st.sampled_from(["Sentence {}. ", "It's booked {}. ", "Which is it {}? ", "Your ZIP {}? ", "and {} "]),
        ),
        st.tuples(st.just("other"), st.sampled_from(["", "The other one says {}. "])),
        st.tuples(st.just("done"), st.integers(0, 3)),
        st.tuples(st.just("failed"), st.integers(1, 2)),
        st.tuples(st.just("tool"), st.sampled_from(["plain", "read_back", "changed", "goodbye", "transfer"])),
        st.tuples(st.just("late"), st.just(0)),
        st.tuples(st.just("sent"), st.integers(0, 5000)),
        st.tuples(st.just("mark"), st.integers(0, 5000)),
        st.tuples(st.just("key"), st.sampled_from("019#*")),
        st.tuples(st.just("speech_failed"), st.just(0)),
        st.tuples(st.just("deaf"), st.just(0)),
        st.tuples(st.just("wait"), st.floats(0.05, 12)),
        st.tuples(st.just("hang_up"), st.booleans()),
        st.tuples(st.just("drain"), st.booleans()),
        st.tuples(st.just("on_file"), st.just(0)),
        st.tuples(st.just("callback"), st.booleans()),
        st.tuples(st.just("opted_out"), st.booleans()),
    ),
    max_size=60,
)


class World:
    """Turns random choices into events that could really come, and checks every command as it comes."""

    def __init__(self, kind: str) -> None:
        self.conversation = Conversation(
            replace(LINES, spoken_in={"es": LINES}) if kind == "spanish" else LINES,
            resumed=BROKEN_OFF if kind == "resumed" else None,
            called=(CALLED, Person("Are you Ana?")) if kind == "called" else None,
            stranger=kind == "stranger",
        )
        self.moves = kind != "called"
        self.now = 0.0
        self.says: list[do.Say] = []
        self.replies: list[int] = []
        self.tools: list[str] = []
        self.ran: set[str] = set()
        self.epoch = 0
        self.through: int | None = SEND_AHEAD_MS
        self.closed = self.over = self.gone = False
        self.trace: list[do.Command] = []
        self.late: list[str] = []
        self.heard: set[int] = set()
        self.asked: dict[int, list[do.Message]] = {}
        self.texts = 100
        self.probable = False
        self.callbacks = self.opt_outs = 0
        self.tell(ev.StreamStarted())

    def tell(self, event: ev.Event) -> None:
        self.check(self.conversation.receive(event, self.now))

    def act(self, action: str, value: object) -> None:
        match action:
            case "interim":
                self.probable = False
                self.tell(ev.Interim(str(value)))
            case "turn":
                self.probable = False
                self.tell(ev.TurnEnded(str(value)))
            case "sound":
                self.tell(ev.SpeechStarted(""))
            case "eager":
                self.tell(ev.Interim(str(value)))
                asked = len(self.replies)
                self.tell(ev.EagerEndOfTurn(str(value)))
                self.probable = len(self.replies) > asked
            case "resumed":
                self.probable = False
                self.tell(ev.TurnResumed())
            case "text" if self.replies:
                self.texts += 1
                self.tell(ev.ReplyText(self.replies[-1], str(value).format(self.texts)))
            case "done" if self.replies:
                assert isinstance(value, int)
                calls = tuple(ev.ToolCall("same", "book_appointment", "{}") for _ in range(value))
                self.asked.pop(self.replies[-1], None)
                self.tell(ev.ReplyDone(self.replies[-1], calls))
            case "other" if len(self.replies) > 1:
                self.texts += 1
                self.tell(ev.ReplyText(self.replies[-2], str(value).format(self.texts)))
            case "failed" if self.replies:
                assert isinstance(value, int)
                failed = self.replies[-min(value, len(self.replies))]
                self.asked.pop(failed, None)
                self.tell(ev.ReplyFailed(failed))
            case "tool" if self.tools:
                self.tell(_answer(self.tools.pop(0), str(value)))
            case "late" if self.tools:
                self.tell(ev.ToolLate(self.tools[0], {"status": "error"}))
            case "sent" if self.says:
                assert isinstance(value, int)
                self.tell(ev.SpeechFinished(self.says[-1].utterance, value))
            case "mark" if self.says:
                assert isinstance(value, int)
                if self.says[-1].epoch == self.epoch and value:
                    self.heard.add(self.says[-1].utterance)
                self.tell(ev.MarkReturned(mark_name(self.says[-1].epoch, self.says[-1].utterance, value)))
            case "key":
                self.probable = False
                self.tell(ev.KeyPressed(str(value)))
            case "speech_failed" if self.says:
                self.probable = False
                self.tell(ev.SpeechFailed(self.says[-1].utterance))
            case "deaf":
                self.probable = False
                self.tell(ev.RecogniserLost())
            case "drain":
                self.probable = False
                self.tell(ev.DrainRequested(bool(value) and self.moves))
            case "on_file":
                self.tell(ev.CallerOnFile())
            case "callback" if self.callbacks:
                self.probable = False
                self.callbacks -= 1
                self.tell(ev.CallbackTaken(bool(value)))
            case "opted_out" if self.opt_outs:
                self.probable = False
                self.opt_outs -= 1
                self.tell(ev.OptOutKept(bool(value)))
            case "hang_up":
                self.probable = False
                self.gone = True
                self.tell(ev.StreamEnded(bool(value)))
            case "wait":
                assert isinstance(value, float)
                self.wait(value)

    def wait(self, seconds: float) -> None:
        self.probable = False
        end = self.now + seconds
        while (deadline := self.conversation.deadline) is not None and deadline <= end:
            self.now = max(self.now, deadline)
            self.check(self.conversation.wake(self.now))
            if self.conversation.state in (State.LISTENING, State.THINKING):
                # Whose marks were lost is taken as heard.
                self.heard.update(say.utterance for say in self.says if say.epoch == self.epoch)
        self.now = end

    def check(self, commands: list[do.Command]) -> None:
        for command in commands:
            assert not self.over, "nothing is asked for after the call is over"
            self.trace.append(command)
            ahead = self.probable and isinstance(command, do.Say | do.RunTool | do.KeepTurn)
            assert not ahead, "nothing is heard or changed for a turn that is only probably over"
            match command:
                case do.Say():
                    assert not self.closed, "nothing is said after the line was closed"
                    assert command.epoch >= self.epoch, "nothing of an old reply is said after a clear"
                    self.epoch = command.epoch
                    self.says.append(command)
                case do.StopTalking():
                    self.epoch += 1
                    self.through = SEND_AHEAD_MS
                case do.LetThrough(ms):
                    assert not self.closed, "nothing is sent after the line was closed"
                    assert ms is None or self.through is None or ms > self.through, "what was let through stays so"
                    self.through = ms
                case do.StartReply():
                    assert_legal(command.messages)
                    self.replies.append(command.reply)
                    self.asked[command.reply] = command.messages
                case do.CancelReply(reply):
                    self.asked.pop(reply, None)
                case do.RunTool():
                    assert command.call.id not in self.ran, "a tool is run once"
                    self.ran.add(command.call.id)
                    self.tools.append(command.call.id)
                case do.TakeCallback():
                    self.callbacks += 1
                case do.KeepOptOut():
                    self.opt_outs += 1
                case do.EndCall() | do.MoveCall():
                    assert not self.closed, "the line is closed once"
                    self.closed = True
                case do.CallOver():
                    assert not self.tools, "no tool's result is lost"
                    assert not self.opt_outs, "who wants no more calls has said so in the outcome"
                    self.over = True
        if not (self.over or self.closed or self.gone):
            assert self.conversation.deadline is not None, "no state without a deadline"
        if self.conversation.state is not State.PAUSED:
            for messages in self.asked.values():
                self.assert_heard(messages)

    def assert_heard(self, messages: list[do.Message]) -> None:
        """No answer is awaited to words that were cut before any mark of them came back; what a pause holds may still
        be said."""
        contents = [str(m["content"]) for m in messages if m["role"] == "assistant"]
        for say in self.says:
            unheard = not self._any_heard(say)
            if unheard and any(character.isdigit() for character in say.text):
                assert not any(say.text in content for content in contents), "history holds what was heard"

    def _any_heard(self, say: do.Say) -> bool:
        """Whether a mark of it came back, or of what said its words later, or may still come back."""
        said = (each for each in self.says if say.text.endswith(each.text))
        return any(each.utterance in self.heard or each.epoch == self.epoch for each in said)


def assert_legal(messages: list[do.Message]) -> None:
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


def _answer(call_id: str, kind: str) -> ev.ToolDone:
    match kind:
        case "read_back":
            return ev.ToolDone(call_id, {"status": "read_back"}, spoken="A thing at two. Shall I?", intent="i1")
        case "changed":
            return ev.ToolDone(call_id, {"status": "booked"}, spoken="Booked.", changed=True, outcome="booked")
        case "goodbye":
            return ev.ToolDone(call_id, {"status": "goodbye"}, spoken="Bye.", ending="goodbye")
        case "transfer":
            return ev.ToolDone(call_id, {"status": "transferring"}, spoken="One moment.", ending="transfer")
    return ev.ToolDone(call_id, {"status": "ok"})


@settings(max_examples=400, deadline=None)
@given(KINDS, ACTIONS)
def test_no_order_of_events_breaks_a_promise(kind: str, actions: list[tuple[str, object]]) -> None:
    world = World(kind)
    for action, value in actions:
        world.act(action, value)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(TO_US), ACTIONS)
def test_after_every_turn_of_the_caller_something_is_audible_within_the_patience(
    kind: str, actions: list[tuple[str, object]]
) -> None:
    world = World(kind)
    for action, value in actions:
        world.act(action, value)
    said = len(world.says)
    world.act("turn", "hello?")
    world.wait(LIMITS.first_words + 0.1)
    assert len(world.says) > said or world.closed or world.gone or world.conversation.closing


@settings(max_examples=200, deadline=None)
@given(KINDS, ACTIONS)
def test_no_silence_outlasts_the_patience_with_a_silent_caller(kind: str, actions: list[tuple[str, object]]) -> None:
    world = World(kind)
    for action, value in actions:
        world.act(action, value)
    world.act("turn", "hello?")
    for say in list(world.says):
        world.tell(ev.SpeechFinished(say.utterance, 100))
    said = len(world.says)
    world.wait(LIMITS.lost_turn + LIMITS.lost_marks + LIMITS.caller_silence)
    assert len(world.says) > said or world.closed or world.gone


@settings(max_examples=50, deadline=None)
@given(KINDS, ACTIONS)
def test_the_same_events_at_the_same_times_give_the_same_commands(kind: str, actions: list[tuple[str, object]]) -> None:
    first, second = World(kind), World(kind)
    for world in (first, second):
        for action, value in actions:
            world.act(action, value)
    assert first.trace == second.trace


@settings(max_examples=100, deadline=None)
@given(KINDS, ACTIONS)
def test_whatever_happened_a_call_left_alone_comes_to_its_end(kind: str, actions: list[tuple[str, object]]) -> None:
    world = World(kind)
    for action, value in actions:
        world.act(action, value)
    for _ in range(200):
        if world.closed or world.over or world.gone:
            break
        for say in world.says:
            world.tell(ev.SpeechFinished(say.utterance, 500))
        while world.tools:
            world.act("tool", "plain")
        world.act("callback", True)
        world.act("opted_out", True)
        world.wait(30)
    assert world.closed or world.over or world.gone
