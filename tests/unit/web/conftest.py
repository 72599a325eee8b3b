"""Sites under test: plain, and served in HTTPS."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from web_trial import Trial, make_trial


@pytest.fixture
def trial() -> Iterator[Trial]:
    made = make_trial()
    yield made
    made.stop()


@pytest.fixture
def secure() -> Iterator[Trial]:
    made = make_trial(HTTPS="1")
    yield made
    made.stop()
