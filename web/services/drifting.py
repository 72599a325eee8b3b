"""What a page of an earlier version still sends for fields that are gone: kept aside, to be taken up again.

A rename leads an answer to its new field (`engine.migrate.late`). Where a field was split, merged, converted
or archived, nobody knows where new words go: they are kept beside the document, and shown to their author.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from engine.answers import is_empty
from engine.compile import CompiledForm
from engine.edit import AsShown, Edited
from engine.evaluate import static_path
from engine.fields import READERS, Entry
from engine.migrate.kept import words_of
from engine.paths import Path
from engine.posting import Posted
from engine.problems import Problem
from engine.skeleton import Item
from web.catalogue import Catalogue
from web.world import Opened

Find = Callable[[Path], tuple[CompiledForm, Item] | None]


@dataclass(frozen=True)
class Adrift:
    """Words for a field that the form no longer has there: `node` is what is kept beside the document."""

    node: Mapping[str, Any]

    @property
    def problem(self) -> Problem:
        """What their author is told."""
        words = " ; ".join(one["text"] for one in self.node["value"]["items"])
        return Problem((), "late", {"label": self.node["label"], "value": words})


def set_aside(
    catalogue: Catalogue, opened: Opened, posted: Posted, step: str, shown: AsShown
) -> tuple[Posted, tuple[Adrift, ...]]:
    """Part what is posted: what the form has a field for in this step, and the words that have none."""
    moved = opened.stored.body.get("moved", ())
    form = opened.state.form
    gone = [path for path in posted.entries if not _here(path, form, step)] if moved else []
    if not gone:
        return posted, ()
    sources = _sources(catalogue, opened)
    found = {path: _adrift(path, posted.entries[path], sources, opened, step, shown) for path in gone}
    known = {path for path, one in found.items() if one is not None}
    entries = {path: entry for path, entry in posted.entries.items() if path not in known}
    rows = {path: ids for path, ids in posted.rows.items() if _here(path, form, step) or path not in known}
    return Posted(entries, rows), tuple(one for one in found.values() if isinstance(one, Adrift))


def had_step(catalogue: Catalogue, opened: Opened, step: str) -> bool:
    """Tell whether a version that a document was moved from had a step that its form has no more."""
    parts = (source.skeleton.parts for source in _sources(catalogue, opened))
    return step not in opened.state.form.skeleton.parts and any(step in names for names in parts)


def _sources(catalogue: Catalogue, opened: Opened) -> list[CompiledForm]:
    """List the versions that a document was moved from, the last first."""
    moved = opened.stored.body.get("moved", ())
    known = (catalogue.forms.get((opened.state.form.id, record["from"])) for record in reversed(moved))
    return [source for source in known if source is not None]


def keep(edited: Edited, adrift: tuple[Adrift, ...]) -> Edited:
    """Keep words beside the document, in the place of what their author's page sent before; say so."""
    if not adrift:
        return edited
    fresh = [dict(one.node) for one in adrift]
    names = [(node["path"], node["late"]) for node in fresh]
    former = [
        node for node in edited.document.get("archived", ()) if (node["path"], node.get("late")) not in names
    ]
    document = {**edited.document, "archived": [*former, *fresh]}
    return replace(edited, document=document, refused=(*edited.refused, *(one.problem for one in adrift)))


def _here(path: Path, form: CompiledForm, step: str) -> bool:
    item = form.skeleton.items.get(static_path(path, form))
    return item is not None and item.step == step


def _adrift(
    path: Path, entry: Entry, sources: list[CompiledForm], opened: Opened, step: str, shown: AsShown
) -> Adrift | bool | None:
    """Words to keep; True for what says nothing new; None for what was never a field of this step."""
    for source in sources:
        static = static_path(path, source)
        item = source.skeleton.items.get(static)
        if item is None or item.step != step or not _writes(item, opened):
            continue
        reader = READERS.get(source.target(item).type)
        value = None if reader is None else reader(entry, source.target(item), None)
        name = ".".join(static)
        if is_empty(value) or shown(path, value, bool(entry.texts)) or _kept(opened, name, value):
            return True
        return Adrift(_node(source, item, name, value, opened.grant.person))
    return None


def _writes(item: Item, opened: Opened) -> bool:
    """Tell whether this person could read and write a field of an earlier version."""
    return opened.grant.meets((*item.guards, *item.writers))


def _kept(opened: Opened, path: str, value: Any) -> bool:
    return any(
        node["path"] == path and node.get("answer") == value
        for node in opened.stored.body.get("archived", ())
    )


def _node(source: CompiledForm, item: Item, path: str, value: Any, person: str) -> dict[str, Any]:
    listing = source.target(item).listing
    labels = [
        word if listing is None or word not in listing else listing.label(word) for word in words_of(value)
    ]
    return {
        "node": "fact",
        "id": item.id,
        "path": path,
        "label": item.heading,
        "version": source.version,
        "value": {"kind": "list", "items": [{"text": one} for one in labels]},
        "readers": [sorted(guard) for guard in item.guards],
        "answer": value,
        "late": person,
    }
