"""A base read without owning it, as of one moment, while its owner goes on writing.

What is whole in the files when they are opened is the moment. Every frame is checked on the way.
"""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar

from storage import dumping, files
from storage.audit import canonical
from storage.base import Body, Busy, Logged, StoreBroken
from storage.contents import Contents, replay
from storage.items import AUDIT, audited, unpacked
from storage.records import Held
from storage.tiny.journal import Content, Frame, check_tail, contents_of, frames, torn

HEAD = "head.json"
FORMAT = 1
T = TypeVar("T")


@dataclass(frozen=True)
class Named:
    """Which files are a base's."""

    format: int
    generation: int
    sealed: tuple[str, ...]  # files of the audit log, oldest first
    size: int  # bytes of the journal when it was begun

    @property
    def journal(self) -> str:
        """The journal's name."""
        return f"journal-{self.generation}"

    @property
    def contents(self) -> str:
        """The notes' name."""
        return f"contents-{self.generation}"

    def encode(self) -> bytes:
        """Return what the head file holds."""
        return canonical(asdict(self)) + b"\n"


def read_head(folder: Path) -> Named | None:
    """Return which files are a base's; None for one that hasn't begun."""
    path = folder / HEAD
    try:
        told = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise StoreBroken(
            f"{path}: isn't whole ({error}): put it back from a backup of the folder"
        ) from error
    if not isinstance(told, Mapping) or told.get("format") != FORMAT:
        raise StoreBroken(
            f"{path}: a base of another format: this version reads format {FORMAT}; open it with the "
            "version that wrote it"
        )
    return Named(FORMAT, told["generation"], tuple(told["sealed"]), told["size"])


@dataclass(frozen=True, eq=False)
class Still:
    """The bytes of a base's files as of one moment."""

    folder: Path
    named: Named
    journal: Content
    sealed: tuple[Content, ...]

    def lines(self) -> Iterator[Body]:
        """Give the lines of a dump. Raises StoreBroken and Busy."""
        contents = Contents()
        for frame in self._frames(self.named.journal, self.journal):
            replay(contents, unpacked(frame.payload, frame.offset))
        yield from dumping.dumped(contents, self._record, self.audit(0))
        self._check_same()

    def audit(self, after: int) -> Iterator[Logged]:
        """Give the audit log's records that follow a number."""
        files = zip((*self.named.sealed, self.named.journal), (*self.sealed, self.journal), strict=True)
        for name, content in files:
            for frame in self._frames(name, content):
                for mark, item, _ in unpacked(frame.payload, frame.offset):
                    if mark == AUDIT and (logged := audited(item)).number > after:
                        yield logged

    def _record(self, held: Held) -> bytes:
        assert isinstance(held.place, tuple)
        offset, length = held.place
        return bytes(self.journal[offset : offset + length])

    def _frames(self, name: str, content: Content) -> Iterator[Frame]:
        end, sequence = 0, 0
        for frame in frames(content):
            end, sequence = frame.end, frame.sequence
            yield frame
        if not torn(content, end):
            return
        self._check_same()
        check_tail(self.folder / name, content, end, sequence)
        if name != self.named.journal:
            raise StoreBroken(f"{self.folder / name}: damaged at byte {end}: put a backup in its place")

    def _check_same(self) -> None:
        # A purge overwrites the files that it leaves.
        if read_head(self.folder) != self.named:
            raise Busy(f"{self.folder}: the base was rewritten while it was read: run this again")


def still(folder: Path) -> Still:
    """Open a base to read it as of now."""
    while True:
        named = read_head(folder)
        if named is None:
            raise StoreBroken(f"{folder}: no base here ({HEAD} is missing): check the name")
        try:
            journal = _content(folder / named.journal)
            return Still(folder, named, journal, tuple(_content(folder / name) for name in named.sealed))
        except FileNotFoundError as error:
            if read_head(folder) == named:
                raise StoreBroken(f"{error.filename}: missing: put a backup in its place") from error
        except OSError as error:
            raise files.fault(error, folder, "reading the base") from error


def _content(path: Path) -> Content:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return contents_of(descriptor)
    finally:
        os.close(descriptor)
