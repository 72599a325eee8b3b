"""The working copies, read again when a file has changed: what the pages for authors look at."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from storage.base import Store
from web import keeping, release, trials
from web.release import Draft, Folders
from web.shelf import Shelf
from web.trials import World
from web.undoing import Unpublishable

Names = tuple[str, ...]  # the forms of some working copies
Known = tuple[Folders, dict[Names, tuple[Draft, ...] | Unpublishable]]
Stamp = tuple[int, tuple[tuple[str, int, int], ...]]

MOST_KNOWN = 200  # choices of forms that are remembered


class Drafts:
    """The working copies of two folders, over what the folders and a store publish."""

    def __init__(self, definitions: Path, referentiels: Path, store: Store, shelf: Shelf) -> None:
        self.definitions, self.referentiels, self._store, self._shelf = (
            definitions,
            referentiels,
            store,
            shelf,
        )
        self._known: dict[Stamp, Known] = {}
        self._judged: dict[Names, tuple[tuple[Draft, ...], tuple[str, ...], int]] = {}

    def _current(self) -> Known:
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
        return self.together((form,))[0]

    def together(self, forms: Names) -> tuple[Draft, ...]:
        """The next versions of some forms, published together; Unpublishable says why there are none."""
        folders, known = self._current()
        if forms not in known:
            if len(known) > MOST_KNOWN:
                known.clear()
            try:
                known[forms] = release.together(folders, forms)
            except Unpublishable as reasons:
                known[forms] = reasons
        found = known[forms]
        if isinstance(found, Unpublishable):
            raise Unpublishable(found.reasons)
        return found

    def refusals(self, forms: Names) -> tuple[tuple[str, ...], int]:
        """Why working copies cannot be published together, and how many scenarios were played with them.

        They are played again as soon as a file has changed: each time a working copy is saved.
        """
        known = self.judged(forms)
        if known is None:
            found = self.together(forms)
            known = (release.refusals(found, self.test), len(trials.find([self.definitions])))
            if len(self._judged) > MOST_KNOWN:
                self._judged.clear()
            self._judged[forms] = (found, *known)
        return known

    def judged(self, forms: Names) -> tuple[tuple[str, ...], int] | None:
        """The refusals of working copies as they are now, None while no scenario is played with them."""
        known = self._judged.get(forms)
        return None if known is None or known[0] is not self.together(forms) else known[1:]

    def test(self, forms: World) -> Sequence[str]:
        """Play every scenario with some forms; gives what fails."""
        return trials.failures(forms, self.definitions)


def _stamp(*folders: Path) -> tuple[tuple[str, int, int], ...]:
    files = sorted(path for folder in folders for path in folder.rglob("*.json"))
    return tuple((str(path), info.st_mtime_ns, info.st_size) for path in files if (info := path.stat()))
