"""Sites under test: plain, and served in HTTPS."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from web_trial import TRIAL_ROUTES, Trial, make_trial

from web.routes import ROUTES


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


@pytest.fixture
def whole() -> Iterator[Trial]:
    """The site with every route that is served, and those of the trial."""
    made = make_trial([*ROUTES, *TRIAL_ROUTES])
    yield made
    made.stop()
