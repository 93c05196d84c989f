"""Fast labs play every scenario that was asked for, one after the other in each; the tests read what came of it."""

from collections.abc import Iterator
from concurrent.futures import Future

import pytest

from infra.local.scenarios.lab import playing
from infra.local.scenarios.scenario import read
from infra.local.scenarios.verdict import Played


@pytest.fixture(scope="session")
def played(request: pytest.FixtureRequest) -> Iterator[dict[str, Future[Played]]]:
    """What comes of each scenario of this session, by name."""
    asked = [_parameters(item).get("scenario") for item in request.session.items]
    with playing([read(str(name)) for name in asked if name]) as all_of_it:
        yield all_of_it.results


def _parameters(item: pytest.Item) -> dict[str, object]:
    return getattr(getattr(item, "callspec", None), "params", {})
