"""What a store holds in memory, and how it follows from the items that were appended, in order."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from storage import records
from storage.items import AUDIT, BEGIN, FORGET, RECORD, Head, audited, begun, forgotten
from storage.records import Held, Meta, Place, Slot


@dataclass(eq=False)
class Contents:
    """The documents, by kind and id, and the end of the audit log. Its owner holds a lock around changes."""

    kinds: dict[str, dict[str, Slot]] = field(default_factory=dict)
    head: Head = field(default_factory=Head)


def replay(contents: Contents, items: Iterable[tuple[bytes, bytes, Place]]) -> None:
    """Bring contents up to date with items: mark, content, place; ValueError on one that can't be."""
    for mark, content, place in items:
        if mark == RECORD:
            meta = records.meta_of(content)
            follow(contents, meta, records.held(meta, place))
        elif mark == FORGET:
            kind, id = forgotten(content)
            contents.kinds.get(kind, {}).pop(id, None)
        elif mark == AUDIT:
            logged = audited(content)
            contents.head = Head(logged.number, logged.chain)
        elif mark == BEGIN:
            contents.head = begun(content)
        else:
            raise ValueError(f"unknown mark {mark!r}")


def follow(contents: Contents, meta: Meta, held: Held) -> None:
    """Bring contents up to date with one record."""
    slots = contents.kinds.setdefault(meta["kind"], {})
    slots[meta["id"]] = records.following(slots.get(meta["id"]), meta, held)
