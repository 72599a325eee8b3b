"""The working copies, read again when a file has changed: what the pages for authors look at."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from storage.base import Store
from web import keeping, release, trials
from web.release import Draft, Folders, Unpublishable
from web.shelf import Shelf
from web.trials import World

Stamp = tuple[int, tuple[tuple[str, int, int], ...]]


class Drafts:
    """The working copies of two folders, over what the folders and a store publish."""

    def __init__(self, definitions: Path, referentiels: Path, store: Store, shelf: Shelf) -> None:
        self.definitions, self.referentiels, self._store, self._shelf = (
            definitions,
            referentiels,
            store,
            shelf,
        )
        self._known: dict[Stamp, tuple[Folders, dict[str, Draft | Unpublishable]]] = {}
        self._judged: dict[str, tuple[Draft, tuple[str, ...], int]] = {}

    def _current(self) -> tuple[Folders, dict[str, Draft | Unpublishable]]:
        """The folders as they are now; what was read of them before is forgotten once a file changes."""
        stamp = (keeping.stamp(self._store), _stamp(self.definitions, self.referentiels))
        found = self._known.get(stamp)
        if found is None:
            kept = keeping.kept(self._store)
            found = (Folders(self.definitions, self.referentiels, kept, self._shelf), {})
            self._known = {stamp: found}
        return found

    def folders(self) -> Folders:
        """The folders, and what the store keeps."""
        return self._current()[0]

    def draft(self, form: str) -> Draft:
        """The next version of a form; Unpublishable says why there is none."""
        folders, known = self._current()
        if form not in known:
            try:
                known[form] = release.draft(folders, form)
            except Unpublishable as reasons:
                known[form] = reasons
        found = known[form]
        if isinstance(found, Unpublishable):
            raise Unpublishable(found.reasons)
        return found

    def refusals(self, form: str) -> tuple[tuple[str, ...], int]:
        """Why a working copy cannot be published, and how many scenarios were played with it.

        They are played again as soon as a file has changed: each time a working copy is saved.
        """
        known = self.judged(form)
        if known is None:
            found = self.draft(form)
            known = (release.refusals(found, self.test), len(trials.find([self.definitions])))
            self._judged[form] = (found, *known)
        return known

    def judged(self, form: str) -> tuple[tuple[str, ...], int] | None:
        """The refusals of a working copy as it is now, None while its scenarios are not played with it."""
        known = self._judged.get(form)
        return None if known is None or known[0] is not self.draft(form) else known[1:]

    def test(self, forms: World) -> Sequence[str]:
        """Play every scenario with some forms; gives what fails."""
        return trials.failures(forms, self.definitions)


def _stamp(*folders: Path) -> tuple[tuple[str, int, int], ...]:
    files = sorted(path for folder in folders for path in folder.rglob("*.json"))
    return tuple((str(path), info.st_mtime_ns, info.st_size) for path in files if (info := path.stat()))
