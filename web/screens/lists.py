"""The list of records: found, grouped and filtered by keys; no record is opened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from engine.access import decided_by_keys, may_read_in, roles_on
from engine.compile import CompiledForm
from engine.context import Context
from engine.evaluate import FormState
from engine.french import fold
from engine.scopes import Scope
from renderers.pages import Button, Cell, FilterBox, GroupOfRows, ListPage, Row
from storage.base import AnyOf, Entry
from storage.base import Page as StoredPage
from web.failures import NotFound
from web.screens.shared import LEVELS, document_url
from web.services import Deps, followers, places_for
from web.world import DOCUMENT, Desk

MOST = 2_000
MOST_OPENED = 500  # of a form whose keys don't decide who reads it
LOOKED_AT = 50


@dataclass(frozen=True)
class Listed:
    """The records of a form that somebody may see: all of them, those that are shown, why others are shut."""

    form: CompiledForm
    found: StoredPage
    shown: list[Entry]
    shut: Counter[str]


def listed(here: Desk, form_id: str, query: str, chosen: Sequence[str]) -> Listed:
    """Find the records of a form that this person may see."""
    form = here.catalogue.newest(form_id)
    if form is None or form.form.index is None:
        raise NotFound
    exact = decided_by_keys(form, frozenset(role.id for role in here.catalogue.roles.roles))
    found = here.reader.find(
        DOCUMENT,
        {"form": form_id, "reach": AnyOf(here.tokens())},
        sort=[f"col.{name}" for name in form.form.index.sort],
        limit=MOST if exact else MOST_OPENED,
    )
    found, shut = (found, Counter[str]()) if exact else _open_to(here, found)
    shown = [
        entry
        for entry in found.entries
        if _matches(entry, query, form) and _passes(here, entry, chosen, form)
    ]
    return Listed(form, found, shown, shut)


def _open_to(here: Desk, found: StoredPage) -> tuple[StoredPage, Counter[str]]:
    """Keep the records that are open to somebody; give the reasons of those that are shut to them."""
    kept: list[Entry] = []
    shut: Counter[str] = Counter()
    for entry in found.entries:
        reason = here.shut(entry.id)
        if reason == "":
            kept.append(entry)
        elif reason is not None:
            shut[reason] += 1
    beyond = found.total - len(found.entries)
    return StoredPage(tuple(kept), len(kept) + beyond, found.after), shut


def list_page(
    deps: Deps, here: Desk, form_id: str, query: str, chosen: Sequence[str], tasks: Sequence[Row] = ()
) -> ListPage:
    """Build the list of a record form, as this person may see it."""
    records = listed(here, form_id, query, chosen)
    form, found, shown = records.form, records.found, records.shown
    index = form.form.index
    assert index is not None
    url = f"/fiches/{form_id}"
    asked = urlencode([*([("q", query)] if query else []), *(("f", one) for one in chosen)])
    can_create = bool(places_for(deps, here.person_id, form_id)) and here.catalogue.start(form_id) is not None
    create = form.form.texts.create or f"Créer : {form.form.title}"
    return ListPage(
        title=index.title,
        intro=index.intro or "",
        url=url,
        create=Button(create, f"{url}/nouveau", main=True, icon="plus") if can_create else None,
        search_label=index.search_label or "Rechercher",
        query=query,
        filters_legend="Afficher",
        filters=tuple(FilterBox(box.id, box.label, box.id in chosen) for box in index.filters),
        status=_status(len(shown), len(found.entries), found.total, records.shut if shown else Counter()),
        columns=headers(form),
        groups=_groups(here, form, found.entries, shown),
        empty_title="" if shown else _empty_title(query, index.empty, found.total),
        empty_causes=() if shown else _shut(records.shut) or _causes(query, chosen, found.total),
        exports=(
            *(
                Button(f"Exporter ({name})", f"{url}/export/{name}{'?' if asked else ''}{asked}", icon="down")
                for name in ("ods", "csv")
                if shown
            ),
            *(
                [Button("Transmettre des dossiers", f"{url}/transmettre")]
                if _hands(here, form, shown)
                else []
            ),
        ),
        tasks=tuple(tasks),
    )


def _hands(here: Desk, form: CompiledForm, shown: Sequence[Entry]) -> bool:
    """Tell by keys whether somebody may hand over some of the first records."""
    rights = [right for right in form.rights if "write" in right.may and right.only is None]
    return bool(followers(here, form)) and any(
        right.who & entry_roles(here, entry) for entry in shown[:LOOKED_AT] for right in rights
    )


def _status(shown: int, seen: int, total: int, shut: Counter[str]) -> str:
    if total > seen:
        return f"{shown} affichés sur {total}, dont seuls les {seen} premiers sont examinés : précisez."
    words = [f"{shown} affiché{'s' if shown > 1 else ''} sur {total}."]
    return " ".join([*words, *_shut(shut)])


def _shut(shut: Counter[str]) -> tuple[str, ...]:
    """Say how many records are shut to somebody, and why; never which."""
    return tuple(
        f"{count} dossier{'s vous sont fermés' if count > 1 else ' vous est fermé'} : {reason}"
        for reason, count in shut.items()
    )


def headers(form: CompiledForm) -> tuple[str, ...]:
    """The heads of a list's columns, the first for what names a record."""
    index = form.form.index
    assert index is not None
    title = " ".join(column_label(form, name) for name in title_columns(form))
    rest = [column_label(form, name) for name in index.columns if name not in title_columns(form)]
    return (title, *rest)


def title_columns(form: CompiledForm) -> list[str]:
    """The columns that together name a record."""
    index = form.form.index
    assert index is not None
    return [name for name in index.columns if name in index.sort] or index.columns[:1]


def column_label(form: CompiledForm, name: str) -> str:
    """The head of a column."""
    if name in form.form.collections:
        return form.form.collections[name].label
    return form.skeleton.named[name].label if name in form.skeleton.named else name


def _matches(entry: Entry, query: str, form: CompiledForm) -> bool:
    index = form.form.index
    wanted = fold(query).split()
    if not wanted or index is None:
        return True
    text = fold(" ".join(str(entry.keys.get(f"col.{name}") or "") for name in index.search or index.sort))
    return all(word in text for word in wanted)


def _passes(here: Desk, entry: Entry, chosen: Sequence[str], form: CompiledForm) -> bool:
    """Boxes about the person add up among themselves, as do the others; both must be met."""
    for personal in (True, False):
        names = [
            name
            for name, test in form.filters.items()
            if name in chosen and ("user" in test.reads.sources) is personal
        ]
        if names and not any(_passes_one(here, entry, name, form, personal) for name in names):
            return False
    return True


def _passes_one(here: Desk, entry: Entry, name: str, form: CompiledForm, personal: bool) -> bool:
    if not personal:
        return entry.keys.get(f"filter.{name}") is True
    test = form.filters[name]
    context = Context(here.now.date(), lambda: here.user(entry_roles(here, entry)))
    if test.reads.own or test.reads.sources != {"user"}:
        stored = here.reader.get(DOCUMENT, entry.id)
        return stored is not None and test.holds(Scope(here.state(stored)))
    return test.holds(Scope(FormState(form, {}, context)))


def entry_roles(here: Desk, entry: Entry) -> frozenset[str]:
    """This person's roles on a record, by its keys alone."""
    holders = {
        key.removeprefix("held."): frozenset(_texts(value))
        for key, value in entry.keys.items()
        if key.startswith("held.")
    }
    place = entry.keys.get("place")
    around = here.around(place if isinstance(place, str) else None)
    return roles_on(here.catalogue.roles, here.me.id, here.me.roles, around, holders)


def _texts(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(str(one) for one in value)


def _groups(
    here: Desk, form: CompiledForm, everything: Sequence[Entry], shown: Sequence[Entry]
) -> tuple[GroupOfRows, ...]:
    index = form.form.index
    assert index is not None
    totals: dict[str, int] = {}
    rows: dict[str, list[Row]] = {}
    for entry in everything:
        totals[_place(entry)] = totals.get(_place(entry), 0) + 1
    for entry in shown:
        rows.setdefault(_place(entry), []).append(row_of(here, form, entry))
    groups: list[GroupOfRows] = []
    labels = {place: str(here.place(place).get("label", "Sans lieu")) for place in totals}
    for place in sorted(totals, key=lambda one: fold(labels[one])):
        count = (index.count or "{n}").replace("{n}", str(totals[place]))
        inside = tuple(rows.get(place, ()))
        if len(inside) != totals[place]:
            count += f", {len(inside)} affiché{'s' if len(inside) > 1 else ''}"
        groups.append(
            GroupOfRows(
                id=place or "sans-lieu",
                title=labels[place],
                count=count,
                rows=inside,
                open=bool(inside),
                empty="Rien ici ne correspond à la recherche ni aux filtres.",
            )
        )
    return tuple(groups)


def _place(entry: Entry) -> str:
    return str(entry.keys.get("place") or "")


def row_of(here: Desk, form: CompiledForm, entry: Entry) -> Row:
    """One record as a line of its list: its name, then a cell for each other column."""
    index = form.form.index
    assert index is not None
    titles = title_columns(form)
    title = " ".join(str(entry.keys.get(f"col.{name}") or "") for name in titles).strip()
    cells = tuple(_cell(form, entry, name, here) for name in index.columns if name not in titles)
    return Row(title or "Non renseigné", document_url(entry.id), cells)


def _cell(form: CompiledForm, entry: Entry, name: str, here: Desk) -> Cell:
    label, value = column_label(form, name), entry.keys.get(f"col.{name}")
    item = form.skeleton.named.get(name)
    if item is not None and not all(entry_roles(here, entry) & guard for guard in item.guards):
        return Cell(label, empty="—")
    if name in form.form.collections:
        roles = entry_roles(here, entry)
        tags = (_tag(here, text, roles) for text in _texts(value))
        return Cell(label, tags=tuple(tag for tag in tags if tag is not None), empty="Aucun")
    return Cell(label, text=str(value or ""), empty="Non renseigné")


def _tag(here: Desk, text: str, roles: frozenset[str]) -> tuple[str, str] | None:
    """A document of a column, if these roles may read it in its state; one that may be shut is left out."""
    form_id, version, name = text.split("|")
    form, newest = here.catalogue.forms.get((form_id, version)), here.catalogue.newest(form_id)
    if form is None or newest is None or newest.closed or not may_read_in(newest, roles, name):
        return None
    state = form.state(name)
    return f"{form.form.short or form.form.title} : {state.label}", LEVELS[state.phase]


def _empty_title(query: str, empty: str | None, total: int) -> str:
    if total == 0:
        return empty or "Rien à afficher pour le moment."
    return f"Rien ne correspond à « {query} »." if query else "Rien ne correspond aux filtres cochés."


def _causes(query: str, chosen: Sequence[str], total: int) -> tuple[str, ...]:
    if total == 0:
        return (
            "Rien n'a encore été créé ici.",
            "Ce que vous cherchez ne vous a pas été ouvert : demandez à la personne responsable.",
        )
    causes = []
    if query:
        causes.append("L'orthographe : essayez une partie du nom seulement.")
    if chosen:
        causes.append("Un filtre coché l'écarte : effacez les filtres.")
    causes.append("Il ne vous a pas été ouvert : demandez à la personne responsable.")
    return tuple(causes)
