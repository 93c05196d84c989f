from collections.abc import Iterator

import pytest

from tests.fast_lab import FastLab, fast_lab


@pytest.fixture(scope="session")
def lab() -> Iterator[FastLab]:
    with fast_lab() as running:
        yield running
