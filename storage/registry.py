"""The stores there are, by scheme."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import TypeVar

from storage.base import Body, Store, UnknownStore
from storage.memory import open_memory
from storage.tiny import open_tiny, read_tiny

T = TypeVar("T")


def _open_postgres(rest: str) -> Store:
    from storage.postgres import open_postgres  # its driver takes a while to load

    return open_postgres(rest)


def _open_replicated_postgres(rest: str, replica: str) -> Store:
    from storage.postgres import open_replicated_postgres

    return open_replicated_postgres(rest, replica)


def _read_postgres(rest: str) -> AbstractContextManager[Iterator[Body]]:
    from storage.postgres import read_postgres

    return read_postgres(rest)


def open_store(place: str) -> Store:
    """Open a store named by its scheme and place: `memory:`, `tiny:/path`, `postgresql://host/database`."""
    opener, rest = _found(place, STORES)
    return opener(rest)


def open_replicated(place: str, replica: str) -> Store:
    """Open a store whose lists are read from a replica of it, named in the same way."""
    opener, rest = _found(place, REPLICATED)
    return opener(rest, _found(replica, REPLICATED)[1])


def open_reader(place: str) -> AbstractContextManager[Iterator[Body]]:
    """Give the lines of a store's dump, as of one moment, without owning it: its owner goes on."""
    reader, rest = _found(place, READERS)
    return reader(rest)


def _found(place: str, among: Mapping[str, T]) -> tuple[T, str]:
    scheme, colon, rest = place.partition(":")
    if not colon or scheme not in among:
        known = ", ".join(f"{name}:" for name in among)
        # What follows a scheme may hold a password.
        raise UnknownStore(f"store {scheme if colon else place!r}: unknown scheme: begin with one of {known}")
    return among[scheme], rest


STORES: Mapping[str, Callable[[str], Store]] = {
    "memory": open_memory,
    "tiny": open_tiny,
    "postgresql": _open_postgres,
}

REPLICATED: Mapping[str, Callable[[str, str], Store]] = {
    "postgresql": _open_replicated_postgres,
}

# What is in memory is nobody else's to read.
READERS: Mapping[str, Callable[[str], AbstractContextManager[Iterator[Body]]]] = {
    "tiny": read_tiny,
    "postgresql": _read_postgres,
}
