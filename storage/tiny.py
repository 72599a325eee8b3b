"""The embedded store: documents in TinyDB tables, whole in memory, in one file that is always whole.

TinyDB gives the tables and the queries; its own storage loses bases (it writes in place), so the storage
beneath is ours. `AtomicFile` rewrites the base at each commit: it is the part to replace for large bases.
"""

import json
import os
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn

from tinydb import TinyDB
from tinydb.storages import Storage
from tinydb.table import Document, Table

from storage import files, records
from storage.base import StorageError, StoreBroken, UnknownStore
from storage.documents import DocumentStore
from storage.records import Changes, Record, Tables


class AtomicFile(Storage):
    """A TinyDB storage: tables in memory, made durable by replacing the file; also a store's backing."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path).resolve()  # a link's target: one base has one lock, whatever it is called
        self.lock = threading.Lock()
        self._broken = ""
        self._owned: int | None = None
        try:
            files.make_folder(self.path.parent)
            self._owned = files.own(self.path)
            self.tables = _load(self.path)
        except OSError as error:
            self.close()
            raise files.fault(error, self.path, "opening the base") from error
        except StorageError:
            self.close()
            raise

    def read(self) -> dict[str, dict[str, Any]]:
        """Return the tables as of now, for TinyDB. The records are the store's own: not to be changed."""
        with self.lock:
            return {name: dict(table) for name, table in self.tables.items()}

    def write(self, data: object) -> NoReturn:
        """Refuse what TinyDB would write: it would bypass revisions, keys and transactions."""
        raise StorageError(f"{self.path}: TinyDB tables are for reading: write in a transaction of the store")

    def save(self, changes: Changes) -> None:
        """Replace the file by one with the changes; StorageError and the former file if it can't."""
        if self._broken:
            raise StoreBroken(self._broken)
        if self._owned is None:
            raise StorageError(f"{self.path}: the base is closed: open it again")
        after = {name: dict(self.tables.get(name, {})) for name, _ in changes}
        records.apply(after, changes)
        try:
            files.replace(self.path, _encoded({**self.tables, **after}))
        except OSError as error:
            raise files.fault(error, self.path, "saving the base") from error
        try:
            files.sync_folder(self.path.parent)
        except OSError as error:
            self._put_back()
            raise files.fault(error, self.path, "saving the base") from error

    def close(self) -> None:
        """Let another process own the base."""
        if self._owned is not None:
            os.close(self._owned)
            self._owned = None

    def _put_back(self) -> None:
        # The new file is in place but may not outlast a power cut, and its writer is told that it failed.
        # If even the former file can't be put back, what is on disk is unknown: no more writes on top.
        try:
            files.replace(self.path, _encoded(self.tables))
            files.sync_folder(self.path.parent)
        except OSError as error:
            self._broken = (
                f"{self.path}: the disk failed while a change was undone ({error.strerror}): "
                "no more writes; check the disk, then restart"
            )


class CopiedDocument(Document):
    """A record that TinyDB gives out: a copy, nested values included."""

    def __init__(self, value: Mapping[str, Any], doc_id: Any) -> None:
        super().__init__(records.plain_copy(value), doc_id)


class DocumentTable(Table):
    """One kind's records under their own ids, for stock TinyDB queries. Writes are refused."""

    document_class = CopiedDocument
    document_id_class = str  # type: ignore[assignment]  # TinyDB calls it, but declares int

    # No query cache: the store writes beneath the table, which would go on with old answers.
    def __init__(self, storage: Storage, name: str, cache_size: int = 0, persist_empty: bool = False) -> None:
        super().__init__(storage, name, cache_size, persist_empty)

    def _update_table(self, updater: Callable[[Any], None]) -> None:
        self.storage.write({})

    def _get_next_id(self) -> None:
        self.storage.write({})


class Database(TinyDB):
    """The tables of a base, to read: `<kind>`, and `<kind>/revisions` for former history lines."""

    table_class = DocumentTable
    default_storage_class = AtomicFile  # type: ignore[assignment]  # TinyDB infers its own JSONStorage


class TinyStore(DocumentStore):
    """Documents in a TinyDB base, which one process owns. `db` reads the same tables."""

    def __init__(self, path: str | Path) -> None:
        file = AtomicFile(path)
        super().__init__(file)
        self.db = Database(storage=lambda: file)


def open_tiny(path: str) -> TinyStore:
    """Open the base in a file, which is created, with its folder, when it doesn't exist."""
    if not path:
        raise UnknownStore("tiny: has no path: write tiny:/path/to/base.json")
    return TinyStore(path)


def _encoded(tables: Tables) -> bytes:
    return json.dumps(tables, ensure_ascii=False, separators=(",", ":")).encode()


def _load(path: Path) -> Tables:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return {}
    try:
        tables: Tables = json.loads(content)
        _check(tables)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        reason = f"{type(error).__name__}: {error}"
        raise StoreBroken(
            f"{path}: not a base of this store ({reason}): it was left as it is; put a backup in its place"
        ) from error
    return tables


def _check(tables: Tables) -> None:
    for name, table in tables.items():
        for id, record in table.items():
            if record.keys() != Record.__annotations__.keys():
                raise ValueError(f"{name}/{id} has the members {sorted(record)}")
            if kind := records.kind_of(name):
                for _ in records.lines(tables, kind, id):
                    pass
