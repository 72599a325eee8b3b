"""The lines of a dump: one JSON object each, the same for every store, readable by anyone.

    {"line": "store", "format": 1}
    {"line": "revision", "kind": …, "id": …, "current": false, "revision": 3, "first": 1, "previous": null,
     "author": …, "at": …, "created_at": …, "started_at": …, "sitting": …, "note": …, "salt": …,
     "keys": {…}, "body": {…}}
    {"line": "audit", "number": 1, "at": …, "author": …, "action": …, "kind": …, "id": …, "revision": …,
     "digest": …, "chain": …}
    {"line": "end", "revisions": 2, "audit": 1, "sha256": "…"}

Revisions of a document come oldest first, its current one last. `sha256` is over the canonical bytes of
the lines before the end, each with a newline. In a file every line is canonical (`storage.audit`).
"""

import gzip
import json
import os
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO

from storage import files
from storage.audit import canonical
from storage.base import Body
from storage.moving_check import Broken, Check, Fault

GZIP = ".gz"
MAX_LINE = 64_000_000  # bytes: far above what a store takes, far below what hurts


def write(path: Path, lines: Iterable[Body]) -> None:
    """Write a dump's lines to a file, compressed if its name ends in .gz.

    The file appears whole or not at all, readable by its owner only. Raises StorageError where the disk
    fails, and lets through what `lines` raises.
    """
    beside = path.with_name(f"{path.name}.new")
    try:
        with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            os.fchmod(file.fileno(), 0o600)
            _fill(file, path, lines)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
        files.sync_folder(path.parent)
    except BaseException as error:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise files.fault(error, path, "writing the dump") from error
        raise


def _fill(file: IO[bytes], path: Path, lines: Iterable[Body]) -> None:
    if path.name.endswith(GZIP):
        with gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as packed:
            spell(packed, lines)
    else:
        spell(file, lines)


def spell(file: IO[bytes] | gzip.GzipFile, lines: Iterable[Body]) -> None:
    """Write lines as they are in a file."""
    for line in lines:
        file.write(canonical(line) + b"\n")


def read(path: Path) -> Iterator[Body]:
    """Read the lines of a file. Broken names the first one that can't be read; nothing else is checked."""
    try:
        with path.open("rb") as file:
            if path.name.endswith(GZIP):
                with gzip.GzipFile(fileobj=file) as packed:
                    yield from parse(packed)
            else:
                yield from parse(file)
    except (OSError, EOFError, zlib.error) as error:
        reason = str(getattr(error, "strerror", None) or error)
        raise Broken(Fault(0, str(path), "file", reason)) from error


def parse(file: IO[bytes] | gzip.GzipFile) -> Iterator[Body]:
    """Read lines out of a binary file; Broken at the first that isn't canonical JSON, or isn't ended."""
    number = 0
    while raw := file.readline(MAX_LINE + 1):
        number += 1
        yield _line(raw, number)


def _line(raw: bytes, number: int) -> Body:
    if len(raw) > MAX_LINE:
        raise Broken(Fault(number, "", "long", str(MAX_LINE)))
    if not raw.endswith(b"\n"):
        raise Broken(Fault(number, "", "cut"))
    try:
        line = json.loads(raw)
        again = canonical(line)
    except (ValueError, RecursionError):
        raise Broken(Fault(number, "", "json")) from None
    if not isinstance(line, dict):
        raise Broken(Fault(number, "", "json"))
    # Two spellings of one value would let a byte change unseen.
    if again + b"\n" != raw:
        raise Broken(Fault(number, "", "spelling"))
    return line


def faults(lines: Iterable[Body]) -> Iterator[Fault]:
    """Give all that is wrong with a dump's lines, in order."""
    check = Check()
    for line in lines:
        yield from check.take(line)
    yield from check.finish()


def checked(lines: Iterable[Body]) -> Iterator[Body]:
    """Hand lines on while they are right; Broken at the first fault, at the latest after the last line."""
    check = Check()
    for line in lines:
        for fault in check.take(line):
            raise Broken(fault)
        yield line
    for fault in check.finish():
        raise Broken(fault)
