"""Power cuts without a machine to cut: a disk that keeps only what was synced, and some of the rest.

The calls of the write path are recorded while they are made for real. Then, for each moment between two
calls, disks are made as a cut could leave them: the bytes of a file that were synced, with any of the later
writes, whole or torn at a sector; the names of a folder that were synced, with the later ones up to any.
POSIX promises no more, and file systems have been seen to keep no more.
"""

from __future__ import annotations

import copy
import os
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.faults.calls import Do

SECTOR = 512
FOLDER = -1


@dataclass(frozen=True)
class Change:
    """A write at an offset, or, without data, a cut there."""

    offset: int
    data: bytes | None


@dataclass
class File:
    """What is synced of a file, and what was done to it since."""

    synced: bytes = b""
    since: list[Change] = field(default_factory=list)

    def with_changes(self, changes: list[Change]) -> bytes:
        """Return the file's bytes with some changes."""
        content = bytearray(self.synced)
        for change in changes:
            content.extend(bytes(max(0, change.offset - len(content))))
            if change.data is None:
                del content[change.offset :]
            else:
                content[change.offset : change.offset + len(change.data)] = change.data
        return bytes(content)


@dataclass
class Disk:
    """Files by number, and the names that lead to them: synced, and what was done to them since."""

    files: dict[int, File] = field(default_factory=dict)
    names: dict[str, int] = field(default_factory=dict)
    since: list[dict[str, int | None]] = field(default_factory=list)

    def named(self, count: int | None = None) -> dict[str, int]:
        """Return the names after some of the changes to them; all, if not told how many."""
        names: dict[str, int | None] = dict(self.names)
        for change in self.since[:count]:
            names |= change
        return {name: number for name, number in names.items() if number is not None}


@dataclass
class Moment:
    """The disk between two calls, and what was acknowledged until then."""

    disk: Disk
    acknowledged: set[int]

    def leavings(self, chance: random.Random, count: int) -> Iterator[dict[str, bytes]]:
        """Yield folders that a power cut could leave now: all lost, all kept, then by chance."""
        disk = self.disk
        yield {name: disk.files[number].synced for name, number in disk.named(0).items()}
        yield {name: _kept(disk.files[number], 1.0, chance) for name, number in disk.named().items()}
        for _ in range(count):
            names = disk.named(chance.randint(0, len(disk.since)))
            yield {name: _kept(disk.files[number], 0.5, chance) for name, number in names.items()}


def _kept(file: File, share: float, chance: random.Random) -> bytes:
    kept = [change for change in file.since if chance.random() < share]
    if kept and share < 1 and (data := kept[-1].data):
        torn = data[: SECTOR * chance.randint(0, len(data) // SECTOR)]
        kept[-1] = Change(kept[-1].offset, torn)
    return file.with_changes(kept)


class Recorder:
    """Makes the calls that `calls.watched` hands it, and imagines the disk beneath one folder."""

    def __init__(self, folder: Path) -> None:
        self.acknowledged: set[int] = set()
        self.moments: list[Moment] = []
        self._folder = folder
        self._disk = Disk()
        self._descriptors: dict[int, int] = {}
        self._effects = {
            "open": self._opened,
            "pwrite": self._written,
            "ftruncate": self._cut,
            "fsync": self._synced,
            "fdatasync": self._synced,
            "replace": self._renamed,
            "unlink": self._unlinked,
        }

    def __call__(self, name: str, do: Do, given: tuple[Any, ...], named: dict[str, Any]) -> Any:
        """Make a call, and note what it does to the disk and the moment after it."""
        result = do(*given, **named)
        if name in self._effects:
            self._effects[name](result, *given)
            self.moments.append(Moment(copy.deepcopy(self._disk), set(self.acknowledged)))
        return result

    def _name(self, path: Any) -> str | None:
        path = Path(os.fspath(path))
        return path.name if path.parent == self._folder else None

    def _file(self, descriptor: int) -> File | None:
        return self._disk.files.get(self._descriptors.get(descriptor, 0))

    def _opened(self, descriptor: int, path: Any, flags: int, mode: int = 0) -> None:
        name = self._name(path)
        number = FOLDER if Path(os.fspath(path)) == self._folder else 0
        if name is not None:
            number = self._disk.named().get(name, 0) or self._created(name)
            if flags & os.O_TRUNC:
                self._disk.files[number].since.append(Change(0, None))
        self._descriptors[descriptor] = number

    def _created(self, name: str) -> int:
        number = len(self._disk.files) + 1
        self._disk.files[number] = File()
        self._disk.since.append({name: number})
        return number

    def _written(self, written: int, descriptor: int, data: Any, offset: int) -> None:
        if file := self._file(descriptor):
            file.since.append(Change(offset, bytes(data)[:written]))

    def _cut(self, result: None, descriptor: int, length: int) -> None:
        if file := self._file(descriptor):
            file.since.append(Change(length, None))

    def _synced(self, result: None, descriptor: int) -> None:
        if self._descriptors.get(descriptor) == FOLDER:
            self._disk.names, self._disk.since = self._disk.named(), []
        elif file := self._file(descriptor):
            file.synced, file.since = file.with_changes(file.since), []

    def _renamed(self, result: None, old: Any, new: Any) -> None:
        before, after = self._name(old), self._name(new)
        if before is not None and after is not None:
            self._disk.since.append({before: None, after: self._disk.named()[before]})

    def _unlinked(self, result: None, path: Any) -> None:
        name = self._name(path)
        if name is not None:
            self._disk.since.append({name: None})
