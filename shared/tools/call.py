"""What the tools know of one call, and what a tool hands back.

The context goes from tool to tool and into the session, so that a second stream of the same call goes on with it. It
is used by one tool at a time. The model never sees it: it sees handles, which mean something in this call only.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, get_args

from shared.domain.wording.wording import Language, Wording, wording
from shared.sessions import shapes

if TYPE_CHECKING:
    # For the checker only: whoever reads a session must not load the appointment book for it.
    from shared.services import Services
    from shared.shop_texts import CallTexts

Direction = Literal["inbound", "outbound"]
HandleKind = Literal["slot", "car", "appt", "intent", "vin"]

MOST_FAILURES = 3
_MOST_HANDLES = 400
_MOST_PROPOSED = 20
_MOST_BOUND = 64
_LONGEST_BOUND = 500
_MOST_ASKED = 20
_FIELDS = (
    "call_sid", "direction", "caller", "contact", "asked", "proposed", "narrowed", "verified", "failures", "handles",
    "attempt", "proven", "language",
)  # fmt: skip
_NAMES: Mapping[Language, str] = {"en": "English", "es": "Spanish"}
_HANDLE = re.compile(rf"(?:{'|'.join(get_args(HandleKind))})_[1-9][0-9]{{0,8}}", re.ASCII)


@dataclass(slots=True)
class CallContext:
    """`caller` is the number the call comes from, `contact` one that the caller gave, `asked` all those. `proposed` are
    the customers of the number looked up, `narrowed` those of them that a factor left where it fits several, `verified`
    the one that it confirmed, `proven` the factors that fitted all of these, but for what a caller once gave by
    telephone. `attempt` is the reminder's attempt in a call that we made. `language` is the one that the call is held
    in."""

    call_sid: str
    direction: Direction
    caller: str | None
    contact: str | None = None
    asked: list[str] = field(default_factory=list)
    proposed: list[int] = field(default_factory=list)
    narrowed: list[int] = field(default_factory=list)
    verified: int | None = None
    failures: int = 0
    handles: dict[str, dict[str, Any]] = field(default_factory=dict)
    attempt: str | None = None
    proven: list[str] = field(default_factory=list)
    language: Language = "en"

    @property
    def words(self) -> Wording:
        """What the caller is told word for word, in the call's language."""
        return wording(self.language)

    @property
    def number(self) -> str | None:
        """Where the caller can be reached."""
        return self.contact or self.caller

    @property
    def locked(self) -> bool:
        return self.failures >= MOST_FAILURES

    def service_name(self, services: "Services", code: str, name: str) -> str:
        """A service in the call's language; the name on the books where the shop gives no other."""
        texts = services.shop.texts.in_language.get(self.language)
        return texts.services.get(code, name) if texts else name

    def for_the_desk(self, note: str) -> str:
        """What the caller wants written down, and for those who read it whether it is in another language."""
        return note if self.language == "en" else f"{note} (the caller speaks {_NAMES[self.language]})"

    def issue(self, kind: HandleKind, binding: Mapping[str, Any]) -> str:
        """A handle for what `binding` says; the same binding keeps its handle."""
        bound = dict(binding)
        for handle, known in self.handles.items():
            if known == bound and handle.startswith(f"{kind}_"):
                return handle
        if len(self.handles) >= _MOST_HANDLES:
            self._drop_one()
        numbers = [int(each.rsplit("_", 1)[1]) for each in self.handles if each.startswith(f"{kind}_")]
        handle = f"{kind}_{max(numbers, default=0) + 1}"
        self.handles[handle] = bound
        return handle

    def _drop_one(self) -> None:
        """The oldest of the kind that has most: while younger ones of a kind are left, its numbers are not given again,
        and so no handle ever means two things."""
        most, _ = Counter(each.rsplit("_", 1)[0] for each in self.handles).most_common(1)[0]
        del self.handles[next(each for each in self.handles if each.startswith(f"{most}_"))]

    def bound(self, kind: HandleKind, handle: str | None) -> dict[str, Any] | None:
        """What a handle of this call means; None for every other text."""
        return self.handles.get(handle) if handle is not None and handle.startswith(f"{kind}_") else None

    def copy(self) -> "CallContext":
        """As it is now, whatever the tools do with it next. What a handle means never changes."""
        return replace(
            self,
            asked=list(self.asked),
            proposed=list(self.proposed),
            narrowed=list(self.narrowed),
            handles=dict(self.handles),
            proven=list(self.proven),
        )

    def to_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in _FIELDS}

    @classmethod
    def from_dict(cls, state: Any) -> "CallContext":
        """Raises shapes.Unfit for anything but what `to_dict` gives."""
        known = shapes.record(state, _FIELDS)
        return cls(
            call_sid=shapes.text(known["call_sid"]),
            direction=shapes.choice(known["direction"], get_args(Direction)),
            caller=shapes.maybe(known["caller"], shapes.text),
            contact=shapes.maybe(known["contact"], shapes.text),
            asked=shapes.items(known["asked"], shapes.text, _MOST_ASKED),
            proposed=shapes.items(known["proposed"], shapes.whole, _MOST_PROPOSED),
            narrowed=shapes.items(known["narrowed"], shapes.whole, _MOST_PROPOSED),
            verified=shapes.maybe(known["verified"], shapes.whole),
            failures=shapes.whole(known["failures"]),
            handles=shapes.mapping(known["handles"], _handle, _binding, _MOST_HANDLES),
            attempt=shapes.maybe(known["attempt"], shapes.text),
            proven=shapes.items(known["proven"], shapes.text, _MOST_PROPOSED),
            language=shapes.choice(known["language"], get_args(Language)),
        )


def _handle(name: Any) -> str:
    if not isinstance(name, str) or not _HANDLE.fullmatch(name):
        raise shapes.Unfit("not a handle")
    return name


def _binding(value: Any) -> dict[str, Any]:
    return shapes.mapping(value, shapes.text, _bound_value, _MOST_BOUND)


def _bound_value(value: Any) -> str | int:
    return shapes.whole(value) if isinstance(value, int) else shapes.text(value, _LONGEST_BOUND)


@dataclass(frozen=True, slots=True)
class Request:
    """One tool call. `answers` holds, by intent, what the caller said after hearing its read-back."""

    services: "Services"
    call: CallContext
    arguments: Mapping[str, Any]
    answers: Mapping[str, str]

    @property
    def texts(self) -> "CallTexts":
        """The shop's fixed sentences in the call's language."""
        return self.services.shop.texts.held_in(self.call.language)


@dataclass(frozen=True, slots=True)
class ToolResult:
    """`content` is the model's answer. `spoken` (also in the content) is said word for word at once; `intent` is set
    when that is a read-back; `changed` when a row was committed; `ending` when the call ends after the words."""

    content: dict[str, Any]
    spoken: str | None = None
    intent: str | None = None
    changed: bool = False
    ending: Literal["goodbye", "transfer"] | None = None
    outcome: str | None = None


def told(status: str, **values: Any) -> ToolResult:
    """An answer that only the model reads."""
    return ToolResult({"status": status, **values})


def not_found(what: str) -> ToolResult:
    """The one answer for a handle that is another's and for one that does not exist."""
    return told("not_found", advice=f"There is no such {what} in this call. Use a handle from an answer of this call.")


def verify_first() -> ToolResult:
    """The one answer for what only a confirmed caller may see or change."""
    return told("verify_first", advice="Confirm who is calling with lookup_customer and verify_caller.")
