"""What the tools know of one call, and what a tool hands back.

The context goes from tool to tool and into the session, so that a second stream of the same call goes on with it. It
is used by one tool at a time. The model never sees it: it sees handles, which mean something in this call only.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from shared.services import Services

Direction = Literal["inbound", "outbound"]
HandleKind = Literal["slot", "car", "appt", "intent"]

MOST_FAILURES = 3
_MOST_HANDLES = 400


@dataclass(slots=True)
class CallContext:
    """`caller` is the number the call comes from, `contact` one that the caller gave; `proposed` are the customers of
    the number looked up, `verified` the one that a second factor confirmed."""

    call_sid: str
    direction: Direction
    caller: str | None
    contact: str | None = None
    proposed: list[int] = field(default_factory=list)
    verified: int | None = None
    failures: int = 0
    handles: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def number(self) -> str | None:
        """Where the caller can be reached."""
        return self.contact or self.caller

    @property
    def locked(self) -> bool:
        return self.failures >= MOST_FAILURES

    def issue(self, kind: HandleKind, binding: Mapping[str, Any]) -> str:
        """A handle for what `binding` says; the same binding keeps its handle."""
        bound = dict(binding)
        for handle, known in self.handles.items():
            if known == bound and handle.startswith(f"{kind}_"):
                return handle
        if len(self.handles) >= _MOST_HANDLES:
            self.handles.pop(next(iter(self.handles)))
        numbers = [int(each.rsplit("_", 1)[1]) for each in self.handles if each.startswith(f"{kind}_")]
        handle = f"{kind}_{max(numbers, default=0) + 1}"
        self.handles[handle] = bound
        return handle

    def bound(self, kind: HandleKind, handle: str | None) -> dict[str, Any] | None:
        """What a handle of this call means; None for every other text."""
        return self.handles.get(handle) if handle is not None and handle.startswith(f"{kind}_") else None

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, state: Mapping[str, Any]) -> "CallContext":
        return cls(**state)


@dataclass(frozen=True, slots=True)
class Request:
    """One tool call. `answers` holds, by intent, what the caller said after hearing its read-back."""

    services: Services
    call: CallContext
    arguments: Mapping[str, Any]
    answers: Mapping[str, str]


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
