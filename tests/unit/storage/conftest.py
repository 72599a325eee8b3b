"""The stores that the contract suite runs on: all that the registry has, each with a place for its trial."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from store_places import PLACES

from storage.base import Store
from storage.registry import STORES, open_store


@pytest.fixture(params=list(STORES))
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    opened = open_store(PLACES[request.param](tmp_path))
    yield opened
    opened.close()
