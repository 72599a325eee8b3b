"""The page that hands records over, and the one that says what was done, to undo it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.french import clock, long_date
from engine.search import meets, words
from engine.skeleton import Item
from renderers.gestures import HandedPage, HandoverPage, Option, Picked
from renderers.pages import Button
from storage.base import Entry
from web.failures import NotFound
from web.screens.lists import listed, title_columns
from web.screens.shared import document_url
from web.services import followers, gesture, transferable
from web.world import Desk, Opened

SHOWN = 100
LOOKED_AT = 400


@dataclass(frozen=True)
class Asked:
    """What an address asks: words, a place, one record; what was chosen, when there is something to mend."""

    query: str = ""
    place: str = ""
    record: str = ""
    every: bool = False
    chosen: frozenset[str] = frozenset()
    to: str = ""
    error: str = ""


def handover_page(here: Desk, form_id: str, asked: Asked) -> HandoverPage:
    """Build the page: the records that this person may hand over at a place, and to whom."""
    records = listed(here, form_id, "", ())
    form, shown = records.form, records.shown
    items = followers(here, form)
    if not items:
        raise NotFound
    item, wanted = items[0], words(asked.query)
    entries = [one for one in shown if asked.record in ("", one.id) and meets(wanted, _texts(one))]
    places = {str(one.keys.get("place") or "") for one in shown}
    place = asked.place or next((str(one.keys.get("place") or "") for one in entries), "")
    here_now = [one for one in entries if str(one.keys.get("place") or "") == place][:LOOKED_AT]
    opened = _transferable(here, here_now, item)
    if not opened and not asked.query and not asked.place:
        raise NotFound
    people = here.candidates(opened[0].state, item) if opened else []
    url = f"/fiches/{form_id}/transmettre"
    index = form.form.index
    return HandoverPage(
        title="Transmettre des dossiers",
        back=_back(here, asked, form_id, index.title if index is not None else form.form.title),
        url=url,
        query=asked.query,
        record=asked.record,
        places=_places(here, places, place) if not asked.record else (),
        place=place,
        label=item.label,
        people=tuple(Option(id, label, id == asked.to) for id, label in people),
        picked=tuple(_picked(here, one, item, asked) for one in opened[:SHOWN]),
        more=len(opened) > SHOWN,
        error=asked.error,
    )


def _texts(entry: Entry) -> list[str]:
    return [str(value) for name, value in entry.keys.items() if name.startswith("col.") and value]


def _transferable(here: Desk, entries: Sequence[Entry], item: Item) -> list[Opened]:
    found: list[Opened] = []
    for entry in entries:
        try:
            opened = here.glance(entry.id)
        except NotFound:
            continue
        if transferable(opened, item):
            found.append(opened)
        if len(found) > SHOWN:
            break
    return found


def _places(here: Desk, ids: set[str], chosen: str) -> tuple[Option, ...]:
    found = sorted((str(here.place(id).get("label", id)), id) for id in ids if id)
    return tuple(Option(id, label, id == chosen) for label, id in found) if len(found) > 1 else ()


def _picked(here: Desk, opened: Opened, item: Item, asked: Asked) -> Picked:
    form = opened.state.form
    names = [] if form.form.index is None else form.form.index.columns
    shown = [
        here.column(opened.id, opened.state, name)
        for name in names
        if name in form.skeleton.named
        and name not in title_columns(form)
        and name != item.id
        and opened.grant.may_read(form.skeleton.named[name])
    ]
    now = here.column(opened.id, opened.state, item.id)
    about = ", ".join(text for text in shown if text)
    ticked = asked.every or opened.id in asked.chosen or bool(asked.record)
    return Picked(opened.id, opened.name, about, now or "personne", ticked)


def _back(here: Desk, asked: Asked, form_id: str, title: str) -> Button:
    if asked.record:
        return Button(here.glance(asked.record).name, document_url(asked.record))
    return Button(title, f"/fiches/{form_id}")


def handed_page(here: Desk, id: str) -> HandedPage:
    """Build the page of a gesture: what was handed over, and what may be put back."""
    found = gesture(here, id)
    form = here.catalogue.newest(found.form)
    index = None if form is None else form.form.index
    moment = datetime.fromisoformat(found.at)
    when = f"le {long_date(moment.date())} à {clock(moment)}"
    return HandedPage(
        title="Dossiers transmis" if not found.undone else "Transmission annulée",
        text=f"À {here.person(found.to).label}, {when}, par {here.person(found.by).label}.",
        back=Button(index.title if index is not None else "Accueil", f"/fiches/{found.form}"),
        records=tuple((one.name, document_url(one.id)) for one in found.open),
        action=f"/transmissions/{id}/annuler" if found.left else "",
        left=len(found.left),
    )
