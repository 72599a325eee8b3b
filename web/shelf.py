"""What was read and compiled, kept under the hash of everything that it was made from.

Equal content is read and compiled once, and gives the same objects; whatever differs by a byte is made
anew. The shelf is bounded: what was not asked for the longest goes first. It is given to whoever loads
(`web.catalogue`), may be shared by threads, and makes things outside its lock.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import Any, Generic, TypeVar

from engine.compile import CompiledForm
from engine.drafting import Library
from engine.families import words
from engine.model import CodeList, Part
from engine.reading import read
from engine.referentiels import Listing, listing_of

P = TypeVar("P", bound=Part)
V = TypeVar("V")

MOST_BYTES = 48_000_000  # of files: twice the longest list
MOST_FORMS = 500  # compiled: about a quarter of a megabyte each


class Bounded(Generic[V]):
    """Values of some weight each; the last ones asked for stay, up to a whole weight."""

    def __init__(self, most: int) -> None:
        self.most, self.weight = most, 0
        self._kept: OrderedDict[Hashable, tuple[V, int]] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: Hashable) -> V | None:
        """What is kept under a key."""
        with self._lock:
            found = self._kept.get(key)
            if found is None:
                return None
            self._kept.move_to_end(key)
            return found[0]

    def put(self, key: Hashable, value: V, weight: int) -> V:
        """Keep a value, unless it is too heavy or somebody else just did; gives the one to use."""
        with self._lock:
            if key in self._kept:
                return self._kept[key][0]
            if weight > self.most:
                return value
            self._kept[key] = (value, weight)
            self.weight += weight
            while self.weight > self.most:
                self.weight -= self._kept.popitem(last=False)[1][1]
            return value


@dataclass(frozen=True, eq=False, repr=False)
class File(Generic[P]):
    """A definition file that is right."""

    part: P
    digest: str

    @cached_property
    def words(self) -> frozenset[str]:
        """What may be names of forms."""
        return words(self.part)

    @cached_property
    def listing(self) -> Listing:
        """A code list, indexed."""
        assert isinstance(self.part, CodeList)
        return listing_of(self.part)


@dataclass(frozen=True, eq=False, repr=False)
class Family:
    """Forms compiled together, all of them good, and the library in which they were."""

    library: Library
    forms: dict[tuple[str, str], CompiledForm]


class Shelf:
    """Files and families, by content."""

    def __init__(self, most_bytes: int = MOST_BYTES, most_forms: int = MOST_FORMS) -> None:
        self.files: Bounded[File[Any]] = Bounded(most_bytes)
        self.families: Bounded[Family] = Bounded(most_forms)

    def read(self, raw: bytes, file: str, kind: type[P], limit: int) -> File[P]:
        """Read a definition file, named `file`, of `limit` bytes; FaultyDefinition lists every fault."""
        digest = hashlib.sha256(raw).hexdigest()
        key = (kind, limit, digest)
        found = self.files.get(key)
        return found or self.files.put(key, File(read(raw, file, kind, limit), digest), len(raw))

    def family(self, key: str, make: Callable[[], Family | None]) -> Family | None:
        """The family under a key; where it isn't there, what is made and is good."""
        found = self.families.get(key)
        if found is None and (found := make()) is not None:
            found = self.families.put(key, found, len(found.forms))
        return found
