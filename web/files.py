"""Files joined to documents, in the store: their bytes once, under their digest, and who holds them.

A `file` is put in the transaction that puts the first document that names it, so that neither is without the
other; dumps, backups, copies and their checks carry it like any other record. It is never replaced. A
`joined` ties a document to a file that it names or named: files go when the last of their documents is
purged. No web framework here.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from engine.compile import CompiledForm
from storage.base import Json, Reader, StoreBroken, Transaction

FILE, JOINED = "file", "joined"


def digest(content: bytes) -> str:
    """Give the digest under which a content rests."""
    return hashlib.sha256(content).hexdigest()


def keep(tx: Transaction, content: bytes) -> str:
    """Put a content where it isn't yet; gives its digest."""
    name = digest(content)
    if not tx.find(FILE, {"sha256": name}, limit=0).total:
        body: dict[str, Json] = {"size": len(content), "base64": base64.b64encode(content).decode("ascii")}
        tx.put(FILE, name, body, {"sha256": name}, expected_revision=0)
    return name


def fetch(reader: Reader, name: str) -> bytes | None:
    """Return a content by its digest, None if it isn't there; StoreBroken when it isn't what was put."""
    stored = reader.get(FILE, name)
    if stored is None:
        return None
    content = base64.b64decode(stored.body["base64"])
    if digest(content) != name:
        raise StoreBroken(f"{FILE}/{name}: isn't what was put: put a backup in its place")
    return content


def tie(tx: Transaction, form: CompiledForm, id: str, body: Mapping[str, Any]) -> None:
    """Tie a document to the files that it names, once each."""
    if not any(item.type == "attachment" for item in form.skeleton.items.values()):
        return
    for name in sorted({one["sha256"] for one in named(form, body)}):
        if tx.get(JOINED, f"{id}.{name}") is None:
            keys = {"document": id, "sha256": name}
            tx.put(JOINED, f"{id}.{name}", {}, keys, expected_revision=0)


def named(form: CompiledForm, body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Give the files that a document names, closed steps among the rest."""
    held = [body["answers"], *(step["answers"] for step in body.get("frozen", {}).values())]
    for item in form.skeleton.items.values():
        if item.type == "attachment":
            for answers in held:
                yield from _at(answers, item.path)


def _at(answers: Any, path: tuple[str, ...]) -> Iterator[Mapping[str, Any]]:
    """Walk to a field, through every row."""
    if isinstance(answers, list) and path:
        for row in answers:
            yield from _at(row, path)
    elif path:
        yield from _at(answers.get(path[0]), path[1:]) if isinstance(answers, Mapping) else ()
    elif isinstance(answers, list):
        yield from (one for one in answers if isinstance(one, Mapping) and isinstance(one.get("sha256"), str))


def left_alone(store: Reader, documents: Collection[str]) -> list[tuple[str, str]]:
    """Give the ties of documents that are purged, and the files that nothing else holds, (kind, id)."""
    ties = [tie for one in documents for tie in store.find(JOINED, {"document": one}).entries]
    gone = {tie.id for tie in ties}
    alone = [name for name in _names(ties) if gone >= {one.id for one in _holders(store, name)}]
    return [*((JOINED, one) for one in sorted(gone)), *((FILE, name) for name in alone)]


def _names(ties: Iterable[Any]) -> list[str]:
    return sorted({str(tie.keys["sha256"]) for tie in ties})


def _holders(store: Reader, name: str) -> Iterable[Any]:
    return store.find(JOINED, {"sha256": name}).entries
