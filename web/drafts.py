"""The working copies, read again when a file has changed: what the pages for authors look at."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from web.catalogue import Catalogue, working

Stamp = tuple[tuple[str, int, int], ...]
Drafts = Callable[[], Catalogue]


def drafts_of(definitions: Path, referentiels: Path) -> Drafts:
    """Give the function that reads the working copies of two folders; it compiles only what changed."""
    known: dict[Stamp, Catalogue] = {}

    def current() -> Catalogue:
        stamp = _stamp(definitions, referentiels)
        found = known.get(stamp)
        if found is None:
            found = working(definitions, referentiels)
            known.clear()
            known[stamp] = found
        return found

    return current


def _stamp(*folders: Path) -> Stamp:
    files = sorted(path for folder in folders for path in folder.rglob("*.json"))
    return tuple((str(path), info.st_mtime_ns, info.st_size) for path in files if (info := path.stat()))
