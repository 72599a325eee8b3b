"""What a store appends: a record, the end of a document, a record of the audit log; as bytes and back."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from storage import swift_json
from storage.audit import BEGINNING, canonical, told
from storage.base import Logged
from storage.records import Held

RECORD, FORGET, AUDIT, BEGIN = b"R", b"F", b"A", b"B"


@dataclass(frozen=True, slots=True)
class Head:
    """Where the audit log ends."""

    number: int = 0
    chain: str = BEGINNING


@dataclass(frozen=True, slots=True, eq=False)
class Item:
    """One line to append: its mark, what follows it, and what is to know where it came to rest."""

    mark: bytes
    content: bytes
    held: Held | None = None


def record_item(record: bytes, held: Held) -> Item:
    """Return a history line's next state."""
    return Item(RECORD, record, held)


def forget_item(kind: str, id: str) -> Item:
    """Return the end of a document and of its history."""
    return Item(FORGET, canonical([kind, id]))


def forgotten(content: bytes) -> tuple[str, str]:
    """Return the kind and the id of a document that ends."""
    kind, id = json.loads(content)
    return kind, id


def audit_item(record: Logged) -> Item:
    """Return a record of the audit log."""
    return told_item(told(record.number, record), record.chain)


def told_item(text: bytes, chain: str) -> Item:
    """Return a record of the audit log that is told so (`storage.audit.told`), with its chain."""
    return Item(AUDIT, b'%s,"%s"]' % (text[:-1], chain.encode()))


def audited(content: bytes) -> Logged:
    """Return the record of the audit log that an item holds."""
    return Logged(*swift_json.read(content))


def begin_item(head: Head) -> Item:
    """Return what a journal begins with: where the audit log was."""
    return Item(BEGIN, canonical([head.number, head.chain]))


def begun(content: bytes) -> Head:
    """Return where the audit log was when a journal began."""
    return Head(*json.loads(content))


class Packer:
    """Items as one payload of lines, and where each will rest in it."""

    def __init__(self) -> None:
        self._lines: list[bytes] = []
        self._places: list[tuple[int, int]] = []
        self.size = 0

    def add(self, item: Item) -> None:
        """Add an item."""
        self._places.append((self.size + 1, len(item.content)))
        self._lines += (item.mark, item.content, b"\n")
        self.size += len(item.content) + 2

    def payload(self) -> bytes:
        """Return the lines."""
        return b"".join(self._lines)

    def places(self, offset: int) -> list[tuple[int, int]]:
        """Return where each item's content rests when the payload rests at an offset."""
        return [(offset + start, length) for start, length in self._places]


def unpacked(payload: bytes, offset: int) -> Iterator[tuple[bytes, bytes, tuple[int, int]]]:
    """Yield the mark, content and place of each item of a payload that rests at an offset."""
    start = 0
    for line in payload.split(b"\n")[:-1]:
        yield line[:1], line[1:], (offset + start + 1, len(line) - 1)
        start += len(line) + 1
