"""What somebody may see of other documents, path by path: for tables drawn out of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from engine.access import decide
from web.failures import NotFound
from web.world import Desk, Opened


def seer(here: Desk) -> Callable[[str, str], bool]:
    """Tell, of a document's id and a path in it ("" for the document), whether who asks may see it.

    A document of which something is shown is consulted.
    """
    return _Seer(here).sees


@dataclass(frozen=True, eq=False)
class _Seer:
    here: Desk
    known: dict[str, Opened | None] = field(default_factory=dict)

    def sees(self, id: str, path: str) -> bool:
        opened = self._glanced(id)
        if opened is None:
            return False
        self.here.shown[id] = opened.stored.revision
        head, _, rest = path.lstrip(".").partition(".")
        links = opened.state.document.get("links", {})
        if head == "subject" or head in links:
            other = opened.state.document.get("subject") if head == "subject" else links[head]
            return other is not None and self.sees(other, rest)
        return not head or _reads(opened, head, tuple(path.lstrip(".").split(".")))

    def _glanced(self, id: str) -> Opened | None:
        if id not in self.known:
            try:
                self.known[id] = self.here.glance(id)
            except NotFound:
                self.known[id] = None
        return self.known[id]


def _reads(opened: Opened, head: str, parts: tuple[str, ...]) -> bool:
    """Tell whether somebody may read a path of a document that they may read in part."""
    form = opened.state.form
    reader = form.reader(parts)
    if reader is None or not opened.grant.meets(reader.reads.guards):
        return False
    item, value = form.skeleton.named.get(head), form.form.values.get(head)
    if item is not None:
        return bool(decide(opened.grant, "read", item))
    if value is not None and value.readers is not None:
        return True  # declassified: its readers are its guards
    own = (tuple(path.split(".")) for path in reader.reads.own)
    return all(path in opened.grant.reads for path in own if path in form.skeleton.items)
