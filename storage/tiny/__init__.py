"""The embedded store: TinyDB's tables and queries over a journal in a folder that one process owns."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from storage.base import Body, UnknownStore
from storage.documents import DocumentStore
from storage.tiny.folder import Folder
from storage.tiny.reader import still
from storage.tiny.tables import Database, StoreStorage


class TinyStore(DocumentStore):
    """Documents in a base's folder. `db` reads them with TinyDB: `db.table("<kind>").search(…)`."""

    def __init__(self, path: str | Path) -> None:
        super().__init__(Folder(path))
        self.db = Database(storage=lambda: StoreStorage(self, lambda: list(self._contents.kinds)))


def open_tiny(path: str) -> TinyStore:
    """Open the base in a folder, which is created when it doesn't exist."""
    return TinyStore(_named(path))


@contextmanager
def read_tiny(path: str) -> Iterator[Iterator[Body]]:
    """Give the lines of a base's dump without owning it."""
    yield still(Path(_named(path)).resolve()).lines()


def _named(path: str) -> str:
    if not path:
        raise UnknownStore("tiny: has no path: write tiny:/path/to/base")
    return path
