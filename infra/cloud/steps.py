"""A deployment as data: steps, each of which knows what stands, whether that is right, and what to do about it.

The runner does a step only when it is not right yet; so a second run changes nothing, and a run that was killed is
repeated. It knows nothing of any cloud.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from infra.cloud.failures import DeploymentFailed
from infra.cloud.gcloud import Command


@dataclass(frozen=True, slots=True)
class Call:
    """Something done by a client library instead of gcloud; `line` says it as a command would."""

    line: str
    do: Callable[[], None]


Action = Command | Call


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """`found` gives what stands (None: nothing), `right` whether it is as wanted, `make` the way from there to what is
    wanted. `undo` takes away what was made; a step without it leaves things standing."""

    name: str
    phase: str
    found: Callable[[], Any]
    right: Callable[[Any], bool] = bool
    make: Callable[[Any], Iterable[Action]]
    undo: Callable[[Any], Iterable[Action]] | None = None
    advice: str = ""


class Runs(Protocol):
    def run(self, one: Command) -> str: ...


Say = Callable[[str], None]


def carry_out(steps: Iterable[Step], cloud: Runs, say: Say) -> int:
    """Brings everything to what is wanted; how many steps had something to do. Raises DeploymentFailed."""
    changed = 0
    for step in steps:
        with _named(step):
            changed += _carry_out(step, cloud, say)
    return changed


def _carry_out(step: Step, cloud: Runs, say: Say) -> bool:
    found = step.found()
    if found is not None and step.right(found):
        say(f"  right  {step.name}")
        return False
    say(f"  make   {step.name}")
    for action in step.make(found):
        _do(action, cloud)
    return True


def take_away(steps: Iterable[Step], cloud: Runs, say: Say) -> None:
    """Undoes the steps, the last first; what does not stand is passed over."""
    for step in reversed(list(steps)):
        with _named(step):
            if step.undo is None or (found := step.found()) is None:
                continue
            say(f"  remove {step.name}")
            for action in step.undo(found):
                _do(action, cloud)


@contextmanager
def _named(step: Step) -> Iterator[None]:
    try:
        yield
    except DeploymentFailed as why:
        raise DeploymentFailed(f"{step.name}: {why}\n{step.advice}".rstrip()) from why


def rehearse(steps: Iterable[Step], say: Say) -> None:
    """Prints every command of a deployment where nothing stands yet; runs none."""
    phase = ""
    for step in steps:
        if step.phase != phase:
            phase = step.phase
            say(f"# {phase}")
        for action in step.make(None):
            say(action.line)


def _do(action: Action, cloud: Runs) -> None:
    if isinstance(action, Command):
        cloud.run(action)
    else:
        action.do()
