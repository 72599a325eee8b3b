"""What a base held at a point of its journal, noted to open fast: a help that may be missing or old."""

import gc
import marshal
import struct
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from storage.base import Entry
from storage.contents import Contents
from storage.items import Head
from storage.records import Held, Slot

_MARK = b"cnt\x01"
_HEADER = struct.Struct(">4sI")
_PYTHON = list(sys.version_info[:2])  # marshal is a format of one version of Python


@dataclass(frozen=True)
class Notes:
    """Contents as of a frame of a journal: its number and where it ends."""

    contents: Contents
    sequence: int
    end: int


def encode(notes: Notes) -> bytes:
    """Return notes as bytes; every record of the contents rests in the journal."""
    head = notes.contents.head
    kinds = {kind: [_row(slot) for slot in slots.values()] for kind, slots in notes.contents.kinds.items()}
    told = [_PYTHON, notes.sequence, notes.end, [head.number, head.chain], kinds]
    payload = marshal.dumps(told)
    return _HEADER.pack(_MARK, zlib.crc32(payload)) + payload


def decode(content: bytes) -> Notes | None:
    """Return notes, or None where they aren't whole or of another version: the journal tells all again."""
    if len(content) < _HEADER.size:
        return None
    mark, told = _HEADER.unpack_from(content)
    payload = memoryview(content)[_HEADER.size :]
    if mark != _MARK or zlib.crc32(payload) != told:
        return None
    python, sequence, end, head, kinds = marshal.loads(payload)
    if python != _PYTHON:
        return None
    with _no_collection():
        contents = Contents({kind: dict(_slots(kind, rows)) for kind, rows in kinds.items()}, Head(*head))
    return Notes(contents, sequence, end)


def _row(slot: Slot) -> tuple[Any, ...]:
    entry = slot.entry
    former = tuple((held.first, held.last, held.place) for held in slot.former)
    current = slot.current
    keys = dict(entry.keys)
    return entry.id, entry.revision, entry.at, keys, current.first, current.place, former


def _slots(kind: str, rows: list[tuple[Any, ...]]) -> Iterator[tuple[str, Slot]]:
    for id, revision, at, keys, first, place, former in rows:
        entry = Entry(kind, id, revision, MappingProxyType(keys), at)
        yield id, Slot(entry, Held(first, revision, place), tuple(Held(*line) for line in former))


@contextmanager
def _no_collection() -> Iterator[None]:
    # A million objects that all stay: looking for garbage among them takes half of the time.
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()
