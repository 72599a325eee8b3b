"""The forms that a running site serves: read again as soon as the store keeps something else.

Whoever publishes, here or in another process on the same store, changes one record (`keeping.stamp`); the
gate has it looked at before each request. A catalogue is replaced whole: a request goes on with its own.
The request that finds something new reads it; those that come meanwhile are served what was served before,
and wait for nobody, unless they meet a version that only the new catalogue has (`web.world`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from threading import Lock

from storage.base import Store
from web import declared, keeping
from web.catalogue import Catalogue

Read = Callable[[], Catalogue]


class Published:
    """What is served now."""

    def __init__(self, store: Store, read: Read) -> None:
        self._store, self._read, self._lock = store, read, Lock()
        self.catalogue = self._fresh()

    def refresh(self) -> Catalogue:
        """Read again if what the store keeps has changed and nobody does yet; gives what is served."""
        if self.is_behind() and self._lock.acquire(blocking=False):
            try:
                self._renew()
            finally:
                self._lock.release()
        return self.catalogue

    def catch_up(self) -> Catalogue:
        """Give what is served once it is what the store keeps now, whoever reads it."""
        if self.is_behind():
            with self._lock:
                self._renew()
        return self.catalogue

    def is_behind(self) -> bool:
        """Tell whether the store keeps something else than what is served."""
        return keeping.stamp(self._store) != self.catalogue.stamp

    def _renew(self) -> None:
        if self.is_behind():
            self.catalogue = self._fresh()

    def _fresh(self) -> Catalogue:
        """The stamp is read first: what is kept meanwhile is read again rather than missed."""
        stamp = keeping.stamp(self._store)
        found = replace(self._read(), stamp=stamp)
        self._store.declare(declared.indexes(found))
        return found


class Unchanging:
    """A catalogue that stays as it is: for tools that publish nothing."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue

    def refresh(self) -> Catalogue:
        """Give what is served."""
        return self.catalogue

    catch_up = refresh

    def is_behind(self) -> bool:
        """Tell that nothing changes."""
        return False
