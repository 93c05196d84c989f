"""Every flow of the product, and many ways in which the world around it breaks, as whole calls over the real wire.

Each scenario is a file in `infra/local/scenarios/calls`; its title is the requirement.
"""

from concurrent.futures import Future

import pytest

from infra.local.scenarios.scenario import names
from infra.local.scenarios.verdict import Played


@pytest.mark.parametrize("scenario", names())
def test_the_call_comes_out_as_its_scenario_says(scenario: str, played: dict[str, Future[Played]]) -> None:
    came = played[scenario].result(timeout=300)
    assert not came.complaints, "\n".join([*came.complaints, *_conversation(came)])


def _conversation(came: Played) -> list[str]:
    return [
        f"  {turn['turn']}  {turn['caller_said']!r} → {turn['sophie_said']!r} {turn['tools']}"
        for call in came.calls
        for turn in call.left.turns
    ]
