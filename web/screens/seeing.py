"""What somebody may see of other documents, path by path: for tables drawn out of them."""

from __future__ import annotations

from collections.abc import Callable

from engine.access import decide
from web.failures import NotFound
from web.world import Desk, Opened


def seer(here: Desk) -> Callable[[str, str], bool]:
    """Tell, of a document's id and a path in it ("" for the document), whether who asks may see it.

    A document of which something is shown is consulted.
    """
    known: dict[str, Opened | None] = {}

    def glanced(id: str) -> Opened | None:
        if id not in known:
            try:
                known[id] = here.glance(id)
            except NotFound:
                known[id] = None
        return known[id]

    def sees(id: str, path: str) -> bool:
        opened = glanced(id)
        if opened is None:
            return False
        here.shown[id] = opened.stored.revision
        head, _, rest = path.lstrip(".").partition(".")
        links = opened.state.document.get("links", {})
        if head == "subject" or head in links:
            other = opened.state.document.get("subject") if head == "subject" else links[head]
            return other is not None and sees(other, rest)
        return not head or _reads(opened, head, tuple(path.lstrip(".").split(".")))

    return sees


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
