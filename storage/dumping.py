"""Contents to the lines of a dump, and back; `storage.moving` describes the lines."""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from storage import audit, checks, records
from storage.base import Body, Logged, NotJson
from storage.contents import Contents, follow
from storage.items import Head, Item, audit_item, record_item
from storage.records import Held, Meta

FORMAT = 1


def dumped(contents: Contents, read: Callable[[Held], bytes], log: Iterable[Logged]) -> Iterator[Body]:
    """Give the lines of a dump of contents that nobody changes meanwhile."""
    return ended(_lines(contents, read, log))


def _lines(contents: Contents, read: Callable[[Held], bytes], log: Iterable[Logged]) -> Iterator[Body]:
    yield {"line": "store", "format": FORMAT}
    for slots in contents.kinds.values():
        for slot in slots.values():
            for held in (*slot.former, slot.current):
                yield revision_line(read(held), current=held is slot.current)
    for record in log:
        yield audit_line(record)


def ended(lines: Iterable[Body]) -> Iterator[Body]:
    """Give lines, then the line that ends them: counts and digest."""
    counts = {"revision": 0, "audit": 0, "store": 0}
    told = hashlib.sha256()
    for line in lines:
        counts[line["line"]] += 1
        told.update(audit.canonical(line) + b"\n")
        yield line
    yield {
        "line": "end",
        "revisions": counts["revision"],
        "audit": counts["audit"],
        "sha256": told.hexdigest(),
    }


def revision_line(record: bytes, *, current: bool) -> Body:
    """Return a history line as a line of a dump."""
    meta: dict[str, Any] = dict(records.meta_of(record))
    return {"line": "revision", "current": current, **meta, "body": json.loads(records.body_of(record))}


def audit_line(record: Logged) -> Body:
    """Return a record of the audit log as a line of a dump."""
    return {"line": "audit", **{name: getattr(record, name) for name in Logged.__slots__}}


def loaded(lines: Iterable[Body], contents: Contents) -> Iterator[Item]:
    """Give the items that hold the lines of a dump, and bring empty contents up to date with them.

    NotJson names the line that isn't one; the digest at the end is not checked here.
    """
    for number, line in enumerate(lines, start=1):
        try:
            item = ITEMS[line["line"]](line, contents)
        except (LookupError, TypeError, ValueError) as error:
            raise NotJson(f"line {number} of the dump: {type(error).__name__}: {error}") from error
        if item is not None:
            yield item


def _revision(line: Body, contents: Contents) -> Item:
    meta = Meta(**{name: line[name] for name in Meta.__annotations__})  # type: ignore[typeddict-item]
    held = records.held(meta, b"")
    follow(contents, meta, held)
    return record_item(records.encode(meta, checks.encoded(line["body"], meta["id"])[0]), held)


def _audit(line: Body, contents: Contents) -> Item:
    record = Logged(**{name: line[name] for name in Logged.__slots__})
    contents.head = Head(record.number, record.chain)
    return audit_item(record)


def _store(line: Body, contents: Contents) -> None:
    if line["format"] != FORMAT:
        raise ValueError(f"format {line['format']}: this version reads {FORMAT}")


def _end(line: Body, contents: Contents) -> None:
    """Nothing rests of the end."""


ITEMS: Mapping[str, Callable[[Body, Contents], Item | None]] = {
    "store": _store,
    "revision": _revision,
    "audit": _audit,
    "end": _end,
}
