"""A base in a folder, which one process owns: a journal, the log that former journals held, and notes.

head.json        which journal is the base's: the file that is replaced when another takes its place
journal-<n>      what was appended since that journal began with what was then alive
audit-<n>        the audit log of the journals before, sealed one after the other
contents-<n>     notes of what the journal held at some point, to open fast
base.lock        held by the process that owns the base
"""

import logging
import os
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from storage import files
from storage.base import Body, Logged, StorageError, StoreBroken
from storage.contents import Contents, replay
from storage.items import AUDIT, Head, Item, Packer, begin_item, unpacked
from storage.records import Held, Place
from storage.tiny import notes as noting
from storage.tiny.journal import Journal, frames, later_frame
from storage.tiny.notes import Notes
from storage.tiny.reader import FORMAT, HEAD, Named, read_head, still

ROOM = 64 * 2**20  # bytes that may be dead before a rewrite is worth its time
APART = 16 * 2**20  # bytes of journal between two notes, at least
AT_ONCE = 2**20  # bytes of a frame of a rewrite
LOG = logging.getLogger("canevas.storage")


class Folder:
    """The backing of a TinyDB store."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path).resolve()  # a link's target: one base has one lock, whatever it is called
        self._owned: int | None = None
        self._failed = 0  # bytes of the journal when a rewrite failed
        self._switching = threading.Lock()  # which files are the base's

    def begin(self) -> Contents:
        """Own the base, and return what it holds; what was torn at its end is cut, and the log says so."""
        if self.path.is_file():
            raise StoreBroken(
                f"{self.path}: a file, where the base's folder should be: name another folder, "
                "or move the file"
            )
        try:
            files.make_folder(self.path)
            self._owned = files.own(self.path / "base")
            self._named = read_head(self.path) or self._create()
            self._journal = Journal(self.path / self._named.journal)
            self._remove_strangers()
            return self._recover()
        except OSError as error:
            self._release()
            raise files.fault(error, self.path, "opening the base") from error
        except StorageError:
            self._release()
            raise

    def append(self, items: Sequence[Item]) -> Sequence[Place]:
        """Make items durable in one frame."""
        if self._owned is None:
            raise StorageError(f"{self.path}: the base is closed: open it again")
        packer = Packer()
        for item in items:
            packer.add(item)
        offset = self._journal.append(packer.payload())
        return packer.places(offset)

    def read(self, place: tuple[int, int]) -> bytes:
        """Return a record that rests in the journal."""
        return self._journal.read(*place)

    def audit(self, after: int) -> Iterator[Logged]:
        """Give the log's records that follow a number, as of now."""
        with self._switching:
            reader = still(self.path)
        return reader.audit(after)

    def full(self) -> bool:
        """Tell whether the journal has doubled since it was begun, and room is worth making."""
        return self._journal.end > 2 * max(self._named.size, self._failed) + ROOM

    def renew(self, items: Iterable[Item], head: Head, moving: threading.Lock, *, wipe: bool) -> None:
        """Begin another journal with items, and seal the log of this one."""
        number = self._named.generation + 1
        try:
            with self._disk("rewriting the base"):
                sealed = self._seal(number)
                fresh = Journal(self.path / f"journal-{number}", create=True)
            places = _fill(fresh, items, head)
            named = Named(FORMAT, number, (*self._named.sealed, *sealed), fresh.end)
            with self._disk("rewriting the base"):
                self._install(named)
        except BaseException:
            self._failed = self._journal.end  # not again at each write
            self._remove_strangers()
            raise
        self._switch(fresh, named, places, moving, wipe=wipe)

    def noted(self, contents: Contents) -> None:
        """Note the contents when the journal has grown by a quarter since the last notes."""
        if self._journal.end - self._noted > max(APART, self._journal.end // 4):
            self._note(contents)

    def dump(self, contents: Contents) -> Iterator[Body]:
        """Give the lines of a dump, as of now."""
        with self._switching:
            reader = still(self.path)
        return reader.lines()

    def close(self, contents: Contents) -> None:
        """Note the contents, and let another process own the base."""
        if self._owned is not None:
            self._note(contents)
            self._journal.close()
            self._release()

    # -- opening --

    def _create(self) -> Named:
        first = self.path / "journal-1"
        if any(self.path.glob("journal-*")):
            _check_unborn(first, self.path)
            first.unlink()
        journal = Journal(first, create=True)
        try:
            _fill(journal, [], Head())
            named = Named(FORMAT, 1, (), journal.end)
        finally:
            journal.close()
        files.sync_folder(self.path)
        files.replace(self.path / HEAD, named.encode())
        files.sync_folder(self.path)
        return named

    def _recover(self) -> Contents:
        notes = self._read_notes() or Notes(Contents(), 0, 0)
        contents = notes.contents
        self._noted = notes.end
        for frame in self._journal.recover(notes.end, notes.sequence):
            try:
                replay(contents, unpacked(frame.payload, frame.offset))
            except (ValueError, LookupError, TypeError) as error:
                raise StoreBroken(
                    f"{self._journal.path}: frame {frame.sequence} isn't of this format ({error}): "
                    "open it with the version that wrote it"
                ) from error
        if self._journal.sequence == 0:
            raise StoreBroken(f"{self._journal.path}: holds no frame: put a backup in its place")
        if self._journal.cut:
            LOG.warning(
                "%s: cut %d bytes of a write that was cut short and never acknowledged",
                self._journal.path,
                self._journal.cut,
            )
        return contents

    def _read_notes(self) -> Notes | None:
        try:
            notes = noting.decode((self.path / self._named.contents).read_bytes())
        except FileNotFoundError:
            return None
        if notes is None or notes.end > os.stat(self._journal.path).st_size:
            return None
        return notes

    def _remove_strangers(self) -> None:
        """Remove what a crash left of a rewrite that wasn't finished, or already was."""
        own = {HEAD, "base.lock", self._named.journal, self._named.contents, *self._named.sealed}
        for file in self.path.iterdir():
            stem = file.name.partition("-")[0]
            if file.name not in own and (stem in ("journal", "audit", "contents") or file.suffix == ".new"):
                with suppress(OSError):
                    file.unlink()

    # -- rewriting --

    def _seal(self, number: int) -> tuple[str, ...]:
        """Copy the log of the journal to a file of its own, which never changes again."""
        packer = Packer()
        for frame in frames(self._journal.content()):
            for mark, content, _ in unpacked(frame.payload, frame.offset):
                if mark == AUDIT:
                    packer.add(Item(AUDIT, content))
        if not packer.size:
            return ()
        sealed = Journal(self.path / f"audit-{number}", create=True)
        try:
            sealed.append(packer.payload())
        finally:
            sealed.close()
        return (sealed.path.name,)

    def _install(self, named: Named) -> None:
        """Make the head name other files, durably, or the same as before."""
        files.sync_folder(self.path)
        try:
            files.replace(self.path / HEAD, named.encode())
            files.sync_folder(self.path)
        except OSError as error:
            try:
                files.replace(self.path / HEAD, self._named.encode())
                files.sync_folder(self.path)
            except OSError:
                # After a power cut either could be named: nothing more may be acknowledged.
                self._journal.stop(error)
            raise

    @contextmanager
    def _disk(self, action: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise files.fault(error, self.path, action) from error

    def _switch(
        self,
        fresh: Journal,
        named: Named,
        places: Sequence[tuple[Held, Place]],
        moving: threading.Lock,
        *,
        wipe: bool,
    ) -> None:
        with self._switching, moving:
            former, self._journal = self._journal, fresh
            left, self._named = self._named, named
            for held, place in places:
                held.place = place
        self._noted = self._failed = 0
        former.close()
        if wipe:
            for name in (left.journal, left.contents):
                with self._disk("overwriting what was purged"), suppress(FileNotFoundError):
                    files.overwrite(self.path / name)
        self._remove_strangers()

    def _note(self, contents: Contents) -> None:
        # Only a help: a disk that has no room for it must not keep the base from closing.
        notes = Notes(contents, self._journal.sequence, self._journal.end)
        with suppress(OSError):
            files.replace(self.path / self._named.contents, noting.encode(notes))
        self._noted = self._journal.end

    def _release(self) -> None:
        if self._owned is not None:
            os.close(self._owned)
            self._owned = None


def _fill(journal: Journal, items: Iterable[Item], head: Head) -> list[tuple[Held, Place]]:
    """Append items after a journal's beginning; give the place of each record."""
    placed: list[tuple[Held, Place]] = []
    packer, batch = Packer(), [begin_item(head)]
    packer.add(batch[0])
    for item in items:
        packer.add(item)
        batch.append(item)
        if packer.size > AT_ONCE:
            placed += _appended(journal, packer, batch)
            packer, batch = Packer(), []
    if batch:
        placed += _appended(journal, packer, batch)
    return placed


def _appended(journal: Journal, packer: Packer, items: Sequence[Item]) -> Iterator[tuple[Held, Place]]:
    places = packer.places(journal.append(packer.payload()))
    for item, place in zip(items, places, strict=True):
        if item.held is not None:
            yield item.held, place


def _check_unborn(journal: Path, folder: Path) -> None:
    """Refuse a folder whose journals hold something that no head names: it was lost, not being born."""
    others = [file for file in folder.glob("journal-*") if file != journal]
    content = journal.read_bytes() if journal.exists() else b""
    found = later_frame(content, 0, 1)
    if others or (found is not None and found.payload.count(b"\n") > 1) or later_frame(content, 0, 2):
        raise StoreBroken(f"{folder}: {HEAD} is missing: put it back from a backup of the folder")
