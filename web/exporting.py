"""Lists and overviews taken away as spreadsheets; each leaves its mark in the audit log. No web framework."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from engine.compile import CompiledForm
from renderers.pages import Cell
from renderers.sheets import CellValue, Sheet
from storage.base import Entry
from web.screens.lists import headers, listed, row_of, title_columns
from web.screens.overview import bars, months, seen
from web.services import Deps
from web.world import DOCUMENT, PLACE, Desk

EXPORT = "export"  # in the audit log


def list_sheet(deps: Deps, here: Desk, form_id: str, query: str, chosen: Sequence[str]) -> Sheet:
    """The list that somebody sees, as a table; the log says of each record that it was taken away."""
    records = listed(here, form_id, query, chosen)
    form, shown = records.form, records.shown
    rows = [_row(here, form, entry) for entry in shown]
    with deps.store.transaction(here.person_id, deps.now()) as tx:
        for entry in shown:
            tx.log(EXPORT, DOCUMENT, entry.id, entry.revision)
    heads = (*headers(form), "Lieu", "Créé le")
    return Sheet(form.form.short or form.form.title, heads, rows)


def _row(here: Desk, form: CompiledForm, entry: Entry) -> list[CellValue]:
    row, index = row_of(here, form, entry), form.form.index
    names = [] if index is None else [name for name in index.columns if name not in title_columns(form)]
    cells = [_value(cell, entry, name) for cell, name in zip(row.cells, names, strict=True)]
    place = here.place(str(entry.keys.get("place") or ""))
    created = date.fromisoformat(str(entry.keys["created"])[:10])
    return [row.title, *cells, str(place.get("label", "")), created]


def _value(cell: Cell, entry: Entry, name: str) -> CellValue:
    """A cell as it is shown: what is not shown has no day either."""
    day = entry.keys.get(f"day.{name}")
    if cell.text and isinstance(day, str):
        return date.fromisoformat(day)
    return ", ".join(text for text, _ in cell.tags) or cell.text


def overview_sheets(deps: Deps, here: Desk, place: str) -> list[Sheet]:
    """A place's counts, and what is late there."""
    found = seen(here, place)
    with deps.store.transaction(here.person_id, deps.now()) as tx:
        tx.log(EXPORT, PLACE, place)
    late: list[list[CellValue]] = [[row.title, *(cell.text for cell in row.cells)] for row in found.late]
    begun: list[list[CellValue]] = [[label, count] for label, _, count in months(found, here.now.date())]
    return [
        Sheet("En retard ou attendus", ("Document", "À propos de", "Motif", "Créé le"), late),
        Sheet("Mois par mois", ("Mois", "Documents commencés"), begun),
        *(Sheet(one.title, (f"{one.title} : {one.head}", "Nombre"), one.rows) for one in bars(found)),
    ]
