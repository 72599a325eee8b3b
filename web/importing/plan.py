"""What an import would do to each record, worked out the same way for the preview and when it is done."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.access import decide, may_create, roles_on
from engine.compile import CompiledForm
from engine.evaluate import FormState
from engine.french import fold
from storage.base import AnyOf, Reader, Stored, Where
from web.catalogue import Catalogue
from web.importing.mapping import ImportMapping, allowed_roles
from web.importing.reading import Read
from web.world import DOCUMENT, PLACE, Desk

BROUGHT = "brought"  # ties a key of the file to a record; holds digests only
OPERATOR = "import"  # who imports from the command line: no person


@dataclass(frozen=True)
class Planned:
    """What becomes of a row: `kind` is new, changed, moved, same or refused; changes are field names."""

    row: Read
    kind: str
    record: str = ""
    changes: tuple[str, ...] = ()
    reason: str = ""
    linked: bool = False  # the link says all of this row already


@dataclass(frozen=True, eq=False)
class Known:
    """What the places of an import already hold, found by keys."""

    links: Mapping[str, str]  # link -> record
    keyed: Mapping[str, Sequence[str]]  # digest of a key -> records
    alike: Mapping[str, Sequence[str]]  # folded index columns -> records
    records: Mapping[str, Sequence[str]]  # place -> records brought in


@dataclass(frozen=True, eq=False)
class Bringing:
    """One import: by whom, as which mapping, into which form, at which places."""

    mapping: ImportMapping
    form: CompiledForm
    person: str
    places: Mapping[str, str]  # the attribute of a place -> its id: those where this person may import
    known: Known = field(default_factory=lambda: Known({}, {}, {}, {}))


def places_of(here: Desk, mapping: ImportMapping, form: CompiledForm) -> dict[str, str]:
    """Where somebody may import: the places' attribute -> their ids. The operator may everywhere."""
    kind = None if form.place is None else form.place.type.target
    found: dict[str, str] = {}
    for entry in here.reader.find(PLACE, {"kind": kind}).entries:
        if here.person_id == OPERATOR or may_import(here, mapping, form, entry.id):
            attribute = str(here.place(entry.id).get("attributes", {}).get(mapping.place.attribute, ""))
            if attribute:
                found[attribute.upper()] = entry.id
    return found


def may_import(here: Desk, mapping: ImportMapping, form: CompiledForm, place: str) -> bool:
    """Tell whether somebody may import at a place: a role of the mapping there, and the right to create."""
    roles = roles_on(here.catalogue.roles, here.person_id, here.me.roles, here.around(place), {})
    newest = here.catalogue.newest(form.id) or form
    return bool(roles & allowed_roles(mapping, here.catalogue.roles)) and bool(may_create(newest, roles))


def may_bring(catalogue: Catalogue, assigned: Iterable[Mapping[str, str]]) -> bool:
    """Tell whether roles assigned at places let somebody import anything."""
    named = {name for one in catalogue.imports.values() for name in allowed_roles(one, catalogue.roles)}
    return any(role["role"] in named for role in assigned)


def known_at(reader: Reader, mapping: ImportMapping, places: Sequence[str]) -> Known:
    """Read the keys of what places already hold."""
    where: Where = {"form": mapping.form, "place": AnyOf(list(places))}
    links: dict[str, str] = {}
    keyed: dict[str, list[str]] = {}
    records: dict[str, list[str]] = {}
    for entry in reader.find(BROUGHT, where).entries:
        record = str(entry.keys["record"])
        links[entry.id] = record
        keyed.setdefault(str(entry.keys["key"]), []).append(record)
        records.setdefault(str(entry.keys["place"]), []).append(record)
    alike: dict[str, list[str]] = {}
    for entry in reader.find(DOCUMENT, where).entries:
        cells = [entry.keys.get(f"col.{name}") for name in mapping.match if f"col.{name}" in entry.keys]
        alike.setdefault(_folded([entry.keys["place"], *cells]), []).append(entry.id)
    return Known(links, keyed, alike, records)


def _folded(parts: Sequence[Any]) -> str:
    return "\n".join(fold(str(one or "")) for one in parts)


def digest(*parts: Any) -> str:
    """A name that tells nothing of what it is made from.

    >>> digest("a") == digest("a"), len(digest("a", 1))
    (True, 40)
    """
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:40]


def key_digest(bringing: Bringing, row: Read) -> str:
    """The digest of what names a row for ever: its key, or the answers that it is found by."""
    mapping = bringing.mapping
    named = [row.key] if row.key else ["", row.place, *(row.answers.get(name) for name in mapping.match)]
    return digest(mapping.form, *named)


def link_of(bringing: Bringing, row: Read) -> str:
    """The id of the link of a row at its place."""
    return digest(row.place, key_digest(bringing, row))


def plan_row(here: Desk, bringing: Bringing, row: Read) -> Planned:
    """Work out what becomes of a row, as things are now."""
    link = here.reader.get(BROUGHT, link_of(bringing, row))
    stored = _record(here, bringing, row, link)
    if stored is None:
        return Planned(row, "new")
    place = stored.keys.get("place")
    if place not in bringing.places.values():
        return Planned(row, "new")  # gone elsewhere: not ours to touch, nor to tell
    last = link.body["answers"] if link is not None else {}
    changes = tuple(
        name
        for name, value in row.answers.items()
        if stored.body["answers"].get(name) != value and last.get(name) != digest(value)
    )
    moved = place != row.place
    if not changes and not moved:
        linked = link is not None and all(last.get(name) == digest(it) for name, it in row.answers.items())
        return Planned(row, "same", stored.id, linked=linked)
    reason = _refusal(here, bringing, here.state(stored), changes)
    kind = "refused" if reason else "moved" if moved else "changed"
    return Planned(row, kind, stored.id, changes, reason)


def _record(here: Desk, bringing: Bringing, row: Read, link: Stored | None) -> Stored | None:
    """The record of a row: by its link here, by its key at another place, or by its answers here."""
    known, form = bringing.known, bringing.mapping.form
    ids = [str(link.body["record"])] if link is not None else []
    if row.key:
        ids += known.keyed.get(key_digest(bringing, row), ())
    for id in ids:
        stored = here.reader.get(DOCUMENT, id)
        if stored is not None and stored.body["form"] == form:
            return stored
    return _alike(here, bringing, row)


def _alike(here: Desk, bringing: Bringing, row: Read) -> Stored | None:
    mapping = bringing.mapping
    index = bringing.form.form.index
    columns = () if index is None else {*index.columns, *index.sort, *index.search}
    cells = [row.answers.get(name) for name in mapping.match if name in columns]
    for id in bringing.known.alike.get(_folded([row.place, *cells]), ()):
        stored = here.reader.get(DOCUMENT, id)
        if stored is not None and all(
            _folded([stored.body["answers"].get(name)]) == _folded([row.answers.get(name)])
            for name in mapping.match
        ):
            return stored
    return None


def _refusal(here: Desk, bringing: Bringing, state: FormState, changes: Sequence[str]) -> str:
    opened = state.form.state(state.document["state"]).open
    grant = here.grant(state)
    touched = [*changes, bringing.form.form.place or ""]
    for name in touched:
        item = state.form.skeleton.named.get(name)
        if item is None:
            continue
        if item.step not in opened:
            label = state.form.state(state.document["state"]).label.lower()
            return f"la fiche est dans l'état « {label} », qui ne se modifie pas. Rouvrez-la d'abord."
        if bringing.person != OPERATOR and name in changes and not decide(grant, "write", item):
            return f"vous ne pouvez pas modifier « {item.label} » de cette fiche."
    return ""


def leavers(bringing: Bringing, planned: Sequence[Planned], covered: Sequence[str]) -> list[str]:
    """The records brought in earlier at the places of the file, which it no longer names."""
    seen = {one.record for one in planned}
    return [id for place in covered for id in bringing.known.records.get(place, ()) if id not in seen]
