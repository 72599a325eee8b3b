"""What an import would do to each record, worked out the same way for the preview and when it is done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from engine.access import decide, may_create, roles_on
from engine.compile import CompiledForm
from engine.evaluate import FormState
from storage.base import AnyOf, Reader, Stored, Where
from web.catalogue import Catalogue
from web.importing.alike import BROUGHT, find_alike, folded, identity
from web.importing.mapping import ImportMapping, allowed_roles
from web.importing.reading import Read
from web.importing.ties import digest
from web.world import DOCUMENT, PLACE, Desk

OPERATOR = "import"  # who imports from the command line: no person


@dataclass(frozen=True)
class Planned:
    """What becomes of a row: `kind` is new, changed, moved, same, unsure or refused.

    Changes are field names; `unsure`: somebody has to say whether `record` is the row's.
    """

    row: Read
    kind: str
    record: str = ""
    changes: tuple[str, ...] = ()
    reason: str = ""
    linked: bool = False  # the link says all of this row already


@dataclass(frozen=True, eq=False)
class Known:
    """What the places of an import already hold, found by keys; and what the rows of the file claim."""

    keyed: Mapping[str, Sequence[str]]  # tie -> records
    alike: Mapping[str, Sequence[str]]  # folded index columns -> records
    records: Mapping[str, Sequence[str]]  # place -> records brought in
    present: frozenset[str]  # the ties of the file's rows
    claims: Mapping[str, int]  # identity -> rows of the file that name no record yet


@dataclass(frozen=True, eq=False)
class Bringing:
    """One import: by whom, as which mapping, into which form, at which places."""

    mapping: ImportMapping
    form: CompiledForm
    person: str
    places: Mapping[str, str]  # the attribute of a place -> its id: those where this person may import
    known: Known = field(default_factory=lambda: Known({}, {}, {}, frozenset(), {}))
    choices: Mapping[int, bool] = field(default_factory=dict)  # line in doubt -> is it the same record?


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


def known_at(reader: Reader, mapping: ImportMapping, places: Sequence[str], rows: Sequence[Read]) -> Known:
    """Read the keys of what places already hold."""
    where: Where = {"form": mapping.form, "place": AnyOf(list(places))}
    links: set[str] = set()
    keyed: dict[str, list[str]] = {}
    records: dict[str, list[str]] = {}
    for entry in reader.find(BROUGHT, where).entries:
        record = str(entry.keys["record"])
        links.add(entry.id)
        keyed.setdefault(str(entry.keys["key"]), []).append(record)
        records.setdefault(str(entry.keys["place"]), []).append(record)
    alike: dict[str, list[str]] = {}
    for entry in reader.find(DOCUMENT, where).entries:
        cells = [entry.keys.get(f"col.{name}") for name in mapping.match if f"col.{name}" in entry.keys]
        alike.setdefault(folded([entry.keys["place"], *cells]), []).append(entry.id)
    new = (row for row in rows if row.link not in links and not (row.key and row.tie in keyed))
    claims = Counter(identity(row, mapping.match) for row in new) if alike else {}
    return Known(keyed, alike, records, frozenset(row.tie for row in rows), claims)


def plan_row(here: Desk, bringing: Bringing, row: Read) -> Planned:
    """Work out what becomes of a row, as things are now."""
    link = here.reader.get(BROUGHT, row.link)
    stored = _tied(here, bringing, row, link)
    if stored is None:
        found = find_alike(here.reader, bringing, row)
        if found.reason:
            return Planned(row, "refused", reason=found.reason)
        if found.doubtful and found.stored is not None:
            return Planned(row, "unsure", found.stored.id)
        stored = found.stored
    if stored is None:
        return Planned(row, "new")
    place = stored.keys.get("place")
    if place not in bringing.places.values():
        return Planned(row, "new")  # gone elsewhere: not ours to touch, nor to tell
    return _compared(here, bringing, row, stored, link)


def _compared(here: Desk, bringing: Bringing, row: Read, stored: Stored, link: Stored | None) -> Planned:
    """What a row changes of its record."""
    last = link.body["answers"] if link is not None else {}
    changes = tuple(
        name
        for name, value in row.answers.items()
        if stored.body["answers"].get(name) != value and last.get(name) != digest(value)
    )
    moved = stored.keys.get("place") != row.place
    if not changes and not moved:
        linked = link is not None and all(last.get(name) == digest(it) for name, it in row.answers.items())
        return Planned(row, "same", stored.id, linked=linked)
    reason = _refusal(here, bringing, here.state(stored), changes)
    kind = "refused" if reason else "moved" if moved else "changed"
    return Planned(row, kind, stored.id, changes, reason)


def _tied(here: Desk, bringing: Bringing, row: Read, link: Stored | None) -> Stored | None:
    """The record of a row: by its link here, or by its key at another place."""
    known, form = bringing.known, bringing.mapping.form
    ids = [str(link.body["record"])] if link is not None else []
    if row.key:
        ids += known.keyed.get(row.tie, ())
    for id in ids:
        stored = here.reader.get(DOCUMENT, id)
        if stored is not None and stored.body["form"] == form:
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
