"""A file that one process owns and that is whole at any moment: folder, lock, replacement. Bytes only."""

import errno
import fcntl
import os
from contextlib import suppress
from pathlib import Path

from storage.base import StorageError, StoreBroken, StoreFull, StoreLocked

_FULL = (errno.ENOSPC, errno.EDQUOT)
_AT_ONCE = 2**20  # bytes


def make_folder(folder: Path) -> None:
    """Create a folder and those above it, for their owner only; one that exists stays as it is."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    sync_folder(folder.parent)


def own(path: Path) -> int:
    """Lock the file beside `path` for this process and return its descriptor, which holds the lock.

    The kernel releases the lock with the process, however it ends: the lock file is never removed, and
    one that was left behind locks nothing.
    """
    descriptor = os.open(path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        owner = os.pread(descriptor, 20, 0).decode("ascii", "replace").partition("\n")[0] or "unknown"
        os.close(descriptor)
        if not isinstance(error, BlockingIOError):
            raise
        raise StoreLocked(f"{path}: in use by process {owner}: stop that one, or open another base") from None
    # Only a courtesy to whoever is refused: a full disk must not keep the base from being read.
    with suppress(OSError):
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    return descriptor


def replace(path: Path, content: bytes) -> None:
    """Replace a file: after a crash at any point it has the former content or this one, whole.

    On an OSError before the renaming the former content is in place; `sync_folder` comes after.
    """
    beside = path.with_name(f"{path.name}.new")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            os.fchmod(descriptor, 0o600)
            write(descriptor, content, 0)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.replace(beside, path)
    except OSError:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise


def write(descriptor: int, content: bytes, offset: int) -> None:
    """Write bytes at an offset of a file, all of them; it isn't synced."""
    view, written = memoryview(content), 0
    while written < len(content):
        written += os.pwrite(descriptor, view[written:], offset + written)


def overwrite(path: Path) -> None:
    """Write zeros over a file, durably, so that the disk's blocks don't keep what it held."""
    descriptor = os.open(path, os.O_WRONLY)
    try:
        size = os.fstat(descriptor).st_size
        for offset in range(0, size, _AT_ONCE):
            write(descriptor, bytes(min(_AT_ONCE, size - offset)), offset)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable: without it a renaming may be undone by a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def fault(error: OSError, path: Path, action: str) -> StorageError:
    """Return what an I/O error means to whoever uses the store."""
    if error.errno in _FULL:
        return StoreFull(f"{path}: {action}: {error.strerror}: nothing was kept; make room, then try again")
    return StoreBroken(f"{path}: {action}: {error.strerror}: nothing was kept; check the disk and the rights")
