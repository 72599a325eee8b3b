"""What a guard has counted still holds when its action is written, whoever writes meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import datetime

import pytest
from network_site import Network, make_network
from postgres_server import shared

from storage.base import Busy
from storage.registry import open_store
from web import services
from web.world import DOCUMENT


@pytest.fixture
def place() -> str:
    """An empty database."""
    return shared().emptied()


@pytest.fixture
def network(place: str) -> Iterator[Network]:
    """The network over it."""
    with closing(open_store(place)) as store:
        yield make_network(store=store)


def test_what_joins_a_collection_while_its_guard_passes_undoes_the_action(
    network: Network, place: str
) -> None:
    network.charter()
    repair = network.repair(network.bike())
    tour = network.made("p-coord", "/fiches/tournee/nouveau", [("place", "r-nord")])
    ended = network.act("p-coord", repair, "terminer")
    assert ended.status == 303
    bike = network.bike()
    moments = iter(range(100))

    def now() -> datetime:
        """The clock of whoever acts: just before they write, another process opens a repair."""
        if next(moments) == 2:
            with ThreadPoolExecutor(1) as pool:
                pool.submit(_another, network, place, bike).result(timeout=30)
        return network.site.clock()

    slow = replace(network.site.deps, now=now)
    stored = network.site.store.get(DOCUMENT, tour)
    assert stored is not None
    with pytest.raises(Busy):
        services.act(slow, "p-coord", tour, "partir", stored.revision)
    assert next(moments) > 2, "the other process had its turn"
    assert network.body(tour)["state"] == "prevue"
    again = network.act("p-coord", tour, "partir")
    assert again.status == 422, "the guard now counts the new repair"


def _another(network: Network, place: str, bike: str) -> None:
    """Open a repair by another process: its own connection to the same database."""
    with closing(open_store(place)) as store:
        services.create_document(replace(network.site.deps, store=store), "p-coord", bike, "reparation")
