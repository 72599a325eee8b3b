"""The store that forgets: documents in this process's memory, for tests and trials."""

import threading

from storage.base import UnknownStore
from storage.documents import DocumentStore
from storage.records import Changes, Tables


class Memory:
    """Tables that rest nowhere else."""

    def __init__(self, tables: Tables | None = None) -> None:
        self.tables: Tables = {} if tables is None else tables
        self.lock = threading.Lock()

    def save(self, changes: Changes) -> None:
        """Nothing outlives the process, so nothing is to be done before the tables change."""

    def close(self) -> None:
        """Nothing is held."""


def open_memory(place: str = "") -> DocumentStore:
    """Open an empty store, which has no place."""
    if place:
        raise UnknownStore(f"memory:{place}: what is in memory has no place: write memory:")
    return DocumentStore(Memory())
