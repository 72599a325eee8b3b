"""What a store is told at start: the kinds that come and go, and the lists that the screens show."""

from __future__ import annotations

from collections.abc import Iterator

from engine.anchors import Tied, usable
from engine.compile import CompiledForm
from storage.base import Index
from web import files, once, parking, sessions, tying
from web.catalogue import Catalogue
from web.importing import waiting
from web.services.proposing import PROPOSAL
from web.services.saving import CLASH
from web.world import DOCUMENT, PERSON, PLACE

# Their puts tell nothing about a document, and are swept: they aren't audited.
PASSING = (sessions.KIND, parking.KIND, once.KIND, CLASH, waiting.KIND, tying.KIND)

OWN = (
    Index(sessions.KIND, (), ("seen",)),
    Index(sessions.KIND, ("person",), ()),
    Index(sessions.KIND, ("person", "csrf"), ()),
    Index(parking.KIND, (), ("at",)),
    Index(parking.KIND, ("person",), ("-at",)),
    Index(once.KIND, (), ("at",)),
    Index(waiting.KIND, (), ("at",)),
    Index(files.FILE, ("sha256",), ()),
    Index(files.JOINED, ("document",), ()),
    Index(files.JOINED, ("sha256",), ()),
    Index(PERSON, ("at",), ("label",)),
    Index(PLACE, ("kind", "around"), ("label",)),
    Index(DOCUMENT, ("form", "subject"), ("created",)),
    Index(DOCUMENT, ("form", "subject"), ("-created",)),
    Index(DOCUMENT, ("reach", "phase"), ("-created",)),
    Index(DOCUMENT, ("by", "phase"), ("-created",)),
    Index(DOCUMENT, ("reach", "watched"), ("created",)),
    Index(DOCUMENT, ("form", "reach"), ("-created",)),
    Index(DOCUMENT, ("form", "reach", "state"), ("-created",)),
    Index(PROPOSAL, ("document",), ()),
    Index(PROPOSAL, ("document", "person", "step"), ()),
    Index(PROPOSAL, ("document", "state"), ()),
    Index(PROPOSAL, ("reach", "state"), ("at",)),
)


def indexes(catalogue: Catalogue) -> tuple[Index, ...]:
    """The lists that the site asks for, with the forms that it serves."""
    return tuple(dict.fromkeys([*OWN, *_lists(catalogue)]))


def _lists(catalogue: Catalogue) -> Iterator[Index]:
    for name in sorted({form for form, _ in catalogue.forms}):
        form = catalogue.newest(name)
        if form is None:
            continue
        if form.form.index is not None:
            sort = tuple(f"col.{column}" for column in form.form.index.sort)
            yield Index(DOCUMENT, ("form", "reach"), sort)
            yield Index(DOCUMENT, ("form", "reach", "word"), sort)
        for link in form.form.links:
            yield Index(DOCUMENT, ("form", f"link.{link}"), ("created",))
        yield from _collections(form, catalogue.tied)


def _collections(form: CompiledForm, tied: Tied) -> Iterator[Index]:
    """The searches of `Desk.collection_entries`."""
    for spec in form.form.collections.values():
        keys = ["form"]
        keys += ["subject"] if spec.about is not None else []
        keys += [f"link.{spec.via}"] if spec.via is not None else []
        keys += ["phase"] if spec.phases is not None else []
        keys += ["state"] if spec.states is not None else []
        keys += [f"anchor.{name}" for name in usable(spec, tied)]
        yield Index(DOCUMENT, tuple(keys), ("created",))
