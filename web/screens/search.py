"""Search across what somebody may see: records by their words, documents by their kind and state.

Keys find, one beginning of a word at a time; what is shown is opened first, so that nothing that is not
open to whoever asks is shown, counted or told apart from what does not exist.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from engine.access import may_open
from engine.compile import CompiledForm
from engine.search import meets, searched, wanted
from renderers.gestures import Found, Option, SearchPage
from renderers.pages import Cell, Row
from storage.base import AnyOf, Entry, Key, Where
from web.failures import NotFound
from web.screens.lists import column_label, entry_roles, title_columns
from web.screens.shared import LEVELS, document_url, over_line, short_title
from web.world import DOCUMENT, Desk, Opened

SHOWN = 20  # a page
PAGES = 15
SCANNED = 400  # keys looked at for one search
SUBJECTS = 40  # records whose documents are looked for


@dataclass(frozen=True)
class Asked:
    """A search: words, « form » or « form.state » or "", and the page, from 1."""

    query: str
    kind: str
    page: int


def search_page(here: Desk, asked: Asked) -> SearchPage:
    """Build the page of a search."""
    roles = here.catalogue.roles
    forms = [form for form in newest_forms(here) if may_open(roles, form, here.me.roles)]
    words, _ = wanted(asked.query)
    records = _records(here, forms, asked.query) if words else []
    documents = _documents(here, forms, asked, records)
    first = (asked.page - 1) * SHOWN
    groups: list[Found] = []
    more = False
    for shown in (*records, documents):
        opened = list(_opened(here, shown, first + SHOWN + 1))
        more = more or len(opened) > first + SHOWN
        page = opened[first : first + SHOWN]
        if page:
            groups.append(_group(here, page))
    return SearchPage(
        title="Rechercher",
        query=asked.query,
        kinds=tuple(_kinds(forms, asked.kind)),
        status=_status(asked, groups, more),
        groups=tuple(groups),
        empty=_causes(asked) if (words or asked.kind) and not groups else (),
        earlier=_address(asked, asked.page - 1) if asked.page > 1 else "",
        later=_address(asked, asked.page + 1) if more and asked.page < PAGES else "",
    )


def newest_forms(here: Desk) -> list[CompiledForm]:
    """The forms that are served, records first."""
    names = sorted({form for form, _ in here.catalogue.forms})
    found = [form for name in names if (form := here.catalogue.newest(name)) is not None]
    return sorted(found, key=lambda form: (form.form.nature != "record", form.form.title))


def _records(here: Desk, forms: list[CompiledForm], query: str) -> list[list[Entry]]:
    """The records that answer, form by form."""
    words, beginning = wanted(query)
    found: list[list[Entry]] = []
    for form in forms:
        if form.form.index is None:
            continue
        where: Where = {"form": form.id, "reach": AnyOf(here.tokens()), "word": beginning}
        sort = [f"col.{name}" for name in form.form.index.sort]
        entries = here.reader.find(DOCUMENT, where, sort=sort, limit=SCANNED).entries
        found.append([one for one in entries if meets(words, _texts(here, form, one))])
    return found


def _texts(here: Desk, form: CompiledForm, entry: Entry) -> Iterator[str]:
    """What a record is found by, as far as this person may read it."""
    roles = entry_roles(here, entry)
    for name in searched(form):
        item = form.skeleton.named.get(name)
        if item is None or all(roles & guard for guard in item.guards):
            yield str(entry.keys.get(f"col.{name}") or "")


def _documents(
    here: Desk, forms: list[CompiledForm], asked: Asked, records: list[list[Entry]]
) -> list[Entry]:
    """Those about the records that were found; without words, the last ones of a kind."""
    kind, _, state = asked.kind.partition(".")
    known = [form.id for form in forms if form.form.nature == "document" and kind in ("", form.id)]
    tokens = here.tokens()
    if records:
        subjects = AnyOf([one.id for group in records for one in group[:SUBJECTS]])
        found: list[Entry] = []
        for form in known:
            where: Where = {"form": form, "subject": subjects}
            found += here.reader.find(DOCUMENT, where, sort=("-created",), limit=SCANNED).entries
        return [one for one in found if state in ("", one.keys["state"]) and reached(one, tokens)]
    if not kind or not known:
        return []
    narrowed: dict[str, Key | AnyOf] = {"form": kind, "reach": AnyOf(tokens)}
    if state:
        narrowed["state"] = state
    return list(here.reader.find(DOCUMENT, narrowed, sort=("-created",), limit=SCANNED).entries)


def reached(entry: Entry, tokens: Iterable[str]) -> bool:
    """Tell by its keys whether a document may be open to somebody; opening it decides."""
    reach = entry.keys.get("reach")
    return not isinstance(reach, str) and reach is not None and not frozenset(tokens).isdisjoint(reach)  # type: ignore[arg-type]


def _opened(here: Desk, entries: list[Entry], most: int) -> Iterator[Opened]:
    """Open the first of some documents that this person may read."""
    for entry in entries:
        if most <= 0:
            return
        try:
            opened = here.glance(entry.id)
        except NotFound:
            continue
        most -= 1
        yield opened


def _group(here: Desk, page: list[Opened]) -> Found:
    form = page[0].newest
    index = form.form.index
    if index is None:
        heads = ("Document", "À propos de", "État")
        return Found("documents", "Documents", heads, tuple(_document_row(here, one) for one in page))
    rest = [name for name in index.columns if name not in title_columns(form) and name in form.skeleton.named]
    columns = ("Dossier", *(column_label(form, name) for name in rest), "Lieu")
    rows = tuple(_record_row(here, one, columns, rest) for one in page)
    return Found(form.id, index.label or form.form.title, columns, rows)


def _record_row(here: Desk, opened: Opened, columns: tuple[str, ...], rest: list[str]) -> Row:
    cells = []
    for label, name in zip(columns[1:], rest, strict=False):
        item = opened.state.form.skeleton.named.get(name)
        readable = item is not None and opened.grant.may_read(item)
        cells.append(Cell(label, here.column(opened.id, opened.state, name) if readable else "", empty="—"))
    return Row(opened.name, document_url(opened.id), (*cells, _place(here, opened)))


def _document_row(here: Desk, opened: Opened) -> Row:
    state = opened.state.form.state(opened.state.document["state"])
    about = Cell("À propos de", over_line(here, opened), empty="—")
    cells = (about, Cell("État", tags=((state.label, LEVELS[state.phase]),)))
    return Row(opened.name or short_title(opened), f"{document_url(opened.id)}?lire=1", cells)


def _place(here: Desk, opened: Opened) -> Cell:
    place = here.place(str(here.place_of(opened.state) or ""))
    return Cell("Lieu", str(place.get("label", "")), empty="—")


def _kinds(forms: list[CompiledForm], chosen: str) -> Iterator[Option]:
    for form in forms:
        if form.form.nature != "document":
            continue
        title = form.form.short or form.form.title
        yield Option(form.id, title, form.id == chosen)
        for state in form.form.lifecycle.states:
            value = f"{form.id}.{state.id}"
            yield Option(value, f"{title} : {state.label}", value == chosen)


def _status(asked: Asked, groups: list[Found], more: bool) -> str:
    if not asked.query and not asked.kind:
        return ""
    if not groups:
        return "Rien de ce qui vous est ouvert ne répond à cette recherche."
    shown = sum(len(group.rows) for group in groups)
    words = f"{shown} réponse{'s' if shown > 1 else ''} sur cette page."
    if more and asked.page >= PAGES:
        return f"{words} D'autres suivent : précisez les mots."
    return f"{words} D'autres suivent." if more else words


def _causes(asked: Asked) -> tuple[str, ...]:
    causes = ["Ce que vous cherchez ne vous a pas été ouvert : demandez à la personne responsable."]
    if asked.query:
        causes.insert(0, "L'orthographe : écrivez trois lettres au moins, depuis le début d'un mot.")
    if asked.kind:
        causes.insert(0, "Le document n'est pas de cette sorte ou de cet état : choisissez « Tous ».")
    return tuple(causes)


def _address(asked: Asked, page: int) -> str:
    given = {"q": asked.query, "sorte": asked.kind, "page": str(page)}
    return "/recherche?" + urlencode({name: value for name, value in given.items() if value})
