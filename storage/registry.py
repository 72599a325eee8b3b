"""The stores there are, by scheme."""

from collections.abc import Callable, Mapping

from storage.base import Store, UnknownStore
from storage.memory import open_memory
from storage.tiny import open_tiny


def open_store(place: str) -> Store:
    """Open a store named by its scheme and place: `memory:`, `tiny:/path/to/base.json`."""
    scheme, colon, rest = place.partition(":")
    if not colon or scheme not in STORES:
        known = ", ".join(f"{name}:" for name in STORES)
        raise UnknownStore(f"store {place!r}: unknown scheme: begin with one of {known}")
    return STORES[scheme](rest)


STORES: Mapping[str, Callable[[str], Store]] = {
    "memory": open_memory,
    "tiny": open_tiny,
}
