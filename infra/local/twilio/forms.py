"""What the lab's control endpoints are told, read strictly: a wrong field is a ValueError whose sentence says so."""

from __future__ import annotations

from typing import Any

from infra.local.caller.script import script_of
from infra.local.twilio.amd import VERDICTS
from infra.local.twilio.callbacks import Delivery
from infra.local.twilio.network import Network
from infra.local.twilio.plan import ANSWERS, Phone
from infra.local.twilio.webhook import FAULTS, WebhookFault

_PHONE = {
    "answers", "rings_s", "script", "opening", "beeps", "answered_by", "talks_s", "network", "refused", "undelivered",
}  # fmt: skip


def checked(given: Any, wanted: set[str], welcome: set[str]) -> dict[str, Any]:
    """An object with these fields; the `wanted` ones must be there."""
    if not isinstance(given, dict):
        raise ValueError("The body is a JSON object.")
    if missing := wanted - given.keys():
        raise ValueError(f"The body lacks {', '.join(sorted(missing))}.")
    if unknown := given.keys() - wanted - welcome:
        raise ValueError(f"The body has fields nobody reads: {', '.join(sorted(unknown))}.")
    return given


def texts(given: dict[str, Any]) -> None:
    if wrong := [name for name, value in given.items() if not isinstance(value, str)]:
        raise ValueError(f"{', '.join(sorted(wrong))}: give a text.")


def positive(given: dict[str, Any], name: str) -> float:
    value = _number(given, name, 0.0)
    if not value:
        raise ValueError(f"`{name}` is more than nothing.")
    return value


def parameters_of(given: dict[str, Any]) -> dict[str, str]:
    parameters = given.get("parameters", {})
    if not isinstance(parameters, dict):
        raise ValueError("`parameters` is an object of texts.")
    return {str(name): str(value) for name, value in parameters.items()}


def phone_of(given: Any) -> tuple[str, Phone]:
    """A phone that the product may call or text.

    `answers` is one of plan.ANSWERS; `opening` is what is heard there first ("" for silence); `beeps` is for machines;
    `answered_by` overrules the detection; `talks_s` is how long one who was dialled stays; `refused` is the error that
    calling it is answered with, `undelivered` that of a text message to it.
    """
    given = checked(given, {"number"}, _PHONE)
    answers, found, opening = given.get("answers", "human"), given.get("answered_by"), given.get("opening")
    if answers not in ANSWERS:
        raise ValueError(f"`answers` is one of {', '.join(ANSWERS)}.")
    if found is not None and found not in VERDICTS:
        raise ValueError(f"`answered_by` is one of {', '.join(VERDICTS)}.")
    if not isinstance(opening, str | None) or not isinstance(given["number"], str):
        raise ValueError("`number` and `opening` are texts.")
    phone = Phone(
        answers,
        _number(given, "rings_s", Phone.rings),
        script_of(given.get("script", {})),
        opening,
        bool(given.get("beeps", True)),
        found,
        _number(given, "talks_s", Phone.talks),
        network_of(given.get("network", {})),
        _code(given, "refused"),
        _code(given, "undelivered"),
    )
    return given["number"], phone


def network_of(given: Any) -> Network:
    """`jitter_ms`, `loss` (0–1), `stall_after_s` with `stall_s`, `cut_after_s`, `seed`."""
    given = checked(given, set(), {"jitter_ms", "loss", "stall_after_s", "stall_s", "cut_after_s", "seed"})
    loss = _number(given, "loss", 0.0)
    if loss > 1:
        raise ValueError("`loss` is a share from 0 to 1.")
    stall = (_number(given, "stall_after_s", 0.0), _number(given, "stall_s", 0.0)) if "stall_s" in given else None
    cut = _number(given, "cut_after_s", 0.0) if "cut_after_s" in given else None
    return Network(_number(given, "jitter_ms", 0.0) / 1000, loss, stall, cut, _whole(given, "seed", 0))


def delivery_of(given: Any) -> Delivery:
    given = checked(given, set(), {"shuffle", "copies", "late_s", "lose", "seed"})
    lose = given.get("lose", [])
    if not isinstance(lose, list) or not all(isinstance(event, str) for event in lose):
        raise ValueError("`lose` is a list of events: completed, amd, delivered.")
    copies = _whole(given, "copies", 1)
    if not copies:
        raise ValueError("`copies` is 1 or more; what is to get lost is named in `lose`.")
    late = _number(given, "late_s", 0.0)
    return Delivery(bool(given.get("shuffle", False)), copies, late, frozenset(lose), _whole(given, "seed", 0))


def webhook_fault_of(given: Any) -> WebhookFault:
    given = checked(given, {"kind"}, {"path", "times", "seconds"})
    if given["kind"] not in FAULTS:
        raise ValueError(f"`kind` is one of {', '.join(FAULTS)}.")
    path, times = given.get("path", "/"), _whole(given, "times", 1)
    if not isinstance(path, str) or not times:
        raise ValueError("`path` is a text, and `times` is 1 or more.")
    return WebhookFault(given["kind"], path, times, _number(given, "seconds", 0.0))


def _number(given: dict[str, Any], name: str, default: float) -> float:
    value = given.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise ValueError(f"`{name}` is a number, 0 or more.")
    return float(value)


def _whole(given: dict[str, Any], name: str, default: int) -> int:
    value = _number(given, name, default)
    if value != int(value):
        raise ValueError(f"`{name}` is a whole number.")
    return int(value)


def _code(given: dict[str, Any], name: str) -> int | None:
    return _whole(given, name, 0) or None
