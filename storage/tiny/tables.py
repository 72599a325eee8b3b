"""TinyDB over a store: its tables and queries, to read. Bodies are read one after the other, as asked."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NoReturn, TypeAlias

from tinydb import TinyDB
from tinydb.storages import Storage
from tinydb.table import Document, Table

from storage.base import StorageError, Store

Rows: TypeAlias = Mapping[str, Mapping[str, Any]]


class Documents(Mapping[str, Mapping[str, Any]]):
    """The current bodies of one kind, by id."""

    def __init__(self, store: Store, kind: str) -> None:
        self._store = store
        self._kind = kind

    def __getitem__(self, id: str) -> Mapping[str, Any]:
        stored = self._store.get(self._kind, id)
        if stored is None:
            raise KeyError(id)
        return stored.body

    def __iter__(self) -> Iterator[str]:
        return iter([entry.id for entry in self._store.find(self._kind, {}).entries])

    def __len__(self) -> int:
        return self._store.find(self._kind, {}, limit=0).total


class StoreStorage(Storage):
    """A TinyDB storage whose tables are a store's kinds."""

    def __init__(self, store: Store, kinds: Callable[[], list[str]]) -> None:
        self._store = store
        self._kinds = kinds

    def read(self) -> dict[str, Any]:
        """Return the tables as of now, for TinyDB."""
        return {kind: Documents(self._store, kind) for kind in self._kinds()}

    def write(self, data: object) -> NoReturn:
        """Refuse what TinyDB would write: it would bypass revisions, keys and transactions."""
        raise StorageError("TinyDB tables are for reading: write in a transaction of the store")


class DocumentTable(Table):
    """One kind's bodies under their own ids, for stock TinyDB queries. Writes are refused."""

    document_class = Document
    document_id_class = str  # type: ignore[assignment]  # TinyDB calls it, but declares int

    # No query cache: the store writes beneath the table, which would go on with old answers.
    def __init__(self, storage: Storage, name: str, cache_size: int = 0, persist_empty: bool = False) -> None:
        super().__init__(storage, name, cache_size, persist_empty)

    def _update_table(self, updater: Callable[[Any], None]) -> None:
        self.storage.write({})

    def _get_next_id(self) -> None:
        self.storage.write({})


class Database(TinyDB):
    """The documents of a store, to read: a table for each kind."""

    table_class = DocumentTable
    default_storage_class = StoreStorage  # type: ignore[assignment]  # TinyDB infers its own JSONStorage
