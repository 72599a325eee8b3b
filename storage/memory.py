"""The store that forgets: documents in this process's memory, for tests and trials."""

import threading
from collections.abc import Iterable, Iterator, Sequence

from storage import dumping
from storage.base import Body, Logged, UnknownStore
from storage.contents import Contents
from storage.documents import DocumentStore
from storage.items import AUDIT, Head, Item, audited
from storage.records import Held, Place


class Memory:
    """Records that rest nowhere else."""

    def __init__(self) -> None:
        self._log: list[Logged] = []

    def begin(self) -> Contents:
        """Nothing rests yet."""
        return Contents()

    def append(self, items: Sequence[Item]) -> Sequence[Place]:
        """Keep what is given."""
        self._log += [audited(item.content) for item in items if item.mark == AUDIT]
        return [item.content for item in items]

    def read(self, place: tuple[int, int]) -> bytes:
        """Nothing rests in a place."""
        raise LookupError(place)

    def audit(self, after: int) -> Iterator[Logged]:
        """Give the log's records that follow a number."""
        return iter(self._log[after:])

    def full(self) -> bool:
        """Nothing dead is kept."""
        return False

    def renew(self, items: Iterable[Item], head: Head, moving: threading.Lock, *, wipe: bool) -> None:
        """Keep items in the place of what was there."""
        kept = list(items)
        with moving:
            for item, place in zip(kept, self.append(kept), strict=True):
                if item.held is not None:
                    item.held.place = place

    def noted(self, contents: Contents) -> None:
        """Nothing is opened again."""

    def dump(self, contents: Contents) -> Iterator[Body]:
        """Give the lines of a dump, as of now."""
        still = Contents({kind: dict(slots) for kind, slots in contents.kinds.items()}, contents.head)
        return dumping.dumped(still, _content, list(self._log))

    def close(self, contents: Contents) -> None:
        """Nothing is held."""


class MemoryStore(DocumentStore):
    """A store whose records rest in memory only."""

    waits = False


def _content(held: Held) -> bytes:
    assert isinstance(held.place, bytes)
    return held.place


def open_memory(place: str = "") -> DocumentStore:
    """Open an empty store, which has no place."""
    if place:
        raise UnknownStore(f"memory:{place}: what is in memory has no place: write memory:")
    return MemoryStore(Memory())
