"""Pieces that several screens share: addresses, lines of documents, words for moments."""

from __future__ import annotations

from datetime import date, datetime
from urllib.parse import quote

from engine.access import decide
from engine.french import clock, long_date
from engine.model import Output
from engine.scopes import Scope
from renderers.pages import Button, DocumentLine
from storage.base import Entry
from web.failures import NotFound
from web.services import creatable
from web.world import DOCUMENT, Desk, Opened

LEVELS = {"draft": "", "running": "good", "closed": "info"}


def document_url(id: str) -> str:
    """Where a document is shown."""
    return f"/documents/{id}"


def list_url(form: str) -> str:
    """Where the records or the documents of a form are listed."""
    return f"/fiches/{form}"


def left_url(opened: Opened) -> str:
    """Where somebody goes who leaves a document unfinished: to what it is about, or to its list."""
    subject = opened.state.document.get("subject")
    if opened.state.form.form.nature == "record" or subject:
        return document_url(subject or opened.id)
    return "/" if opened.newest.form.index is None else list_url(opened.state.form.id)


def file_url(id: str, file: str) -> str:
    """The address of a file joined to a document."""
    return f"{document_url(id)}/fichiers/{quote(file)}"


def step_url(id: str, step: str) -> str:
    """Where a step is filled."""
    return f"/documents/{id}/etapes/{step}"


def back_to(here: Desk, opened: Opened) -> Button:
    """The way back: to the record, or to the list that holds it."""
    subject = opened.state.context.subject
    if subject is not None:
        id = str(opened.state.document["subject"])
        try:
            return Button(here.glance(id).name, document_url(id))
        except NotFound:
            return Button("Accueil", "/")
    index = opened.newest.form.index
    if index is None:
        return Button("Accueil", "/")
    return Button(index.title, list_url(opened.state.form.id))


def moment_words(moment: datetime, now: datetime) -> str:
    """Say when: « aujourd'hui à 14 h 32 », « le 20 novembre 2026 »."""
    if moment.date() == now.date():
        return f"aujourd'hui à {clock(moment)}"
    return f"le {long_date(moment.date())}"


def over_line(here: Desk, opened: Opened) -> str:
    """Where a document belongs and whom it is about, above its title."""
    subject = opened.state.context.subject
    place = here.place(str(here.place_of(opened.state) or "")).get("label", "")
    words = [str(place)] if place else []
    if subject is not None:
        words.append(subject.form.name.render(Scope(subject)))
    return " · ".join(words)


def short_title(opened: Opened) -> str:
    """A document's kind in a word or two."""
    form = opened.state.form.form
    return form.short or form.title


def lines_of(here: Desk, entries: tuple[Entry, ...], inner: bool = False) -> list[DocumentLine]:
    """Lines for the documents that this person may see, each followed by those linked to it."""
    lines: list[DocumentLine] = []
    for entry in entries:
        try:
            opened = here.glance(entry.id)
        except NotFound:
            continue
        lines.append(line_of(here, opened, inner))
        if not inner:
            lines.extend(lines_of(here, linked_entries(here, opened), inner=True))
    return lines


def linked_entries(here: Desk, opened: Opened) -> tuple[Entry, ...]:
    """The documents that hang on this one by a required link."""
    found: list[Entry] = []
    for form_id in sorted({form for form, _ in here.catalogue.forms}):
        form = here.catalogue.newest(form_id)
        for name, link in (form.form.links if form is not None else {}).items():
            if link.required and link.form == opened.state.form.id:
                where = {"form": form_id, f"link.{name}": opened.id}
                found.extend(here.reader.find(DOCUMENT, where, sort=("created",)).entries)
    return tuple(found)


def line_of(here: Desk, opened: Opened, inner: bool) -> DocumentLine:
    """One document with what may be done with it."""
    body = opened.state.document
    state = opened.state.form.state(body["state"])
    created = long_date(date.fromisoformat(body["created_on"]))
    spoken = f", {opened.name}"
    buttons: list[Button] = []
    if state.phase == "draft" and decide(opened.grant, "write"):
        buttons.append(Button("Reprendre", document_url(opened.id), spoken=spoken))
        buttons.append(Button("Relire", f"{document_url(opened.id)}?lire=1", quiet=True, spoken=spoken))
    else:
        buttons.append(Button("Voir", document_url(opened.id), icon="eye", spoken=spoken))
    buttons.extend(output_buttons(opened)[:1] if state.phase != "draft" else [])
    buttons.extend(create_buttons(here, opened))
    return DocumentLine(
        title=short_title(opened),
        state=state.label,
        level=LEVELS[state.phase],
        date=f"Créé le : {created}",
        buttons=tuple(buttons),
        inner=inner,
    )


def output_buttons(opened: Opened) -> list[Button]:
    """The outputs that this person may download."""
    if not decide(opened.grant, "print"):
        return []
    url = document_url(opened.id)
    return [
        Button(
            "Télécharger" if n == 0 else output.label,
            f"{url}/sorties/{output.id}",
            icon="down",
            spoken=f" {output.label} (PDF)" if n == 0 else " (PDF)",
        )
        for n, output in enumerate(printable(opened))
    ]


def printable(opened: Opened) -> list[Output]:
    """The outputs in which this person may read something."""
    outputs = {output.id: output for output in opened.newest.form.outputs}
    skeleton, found = opened.state.form.skeleton, []
    for output in outputs.values():
        parts = outputs[output.like].parts if output.like is not None else output.parts
        items = frozenset().union(*(skeleton.covers(key) for part in parts for key in part.of))
        if items & opened.grant.reads:
            found.append(output)
    return found


def create_buttons(here: Desk, opened: Opened, main: bool = False) -> list[Button]:
    """What may be created from a document: the forms that must be linked to it."""
    buttons: list[Button] = []
    for form_id in sorted({form for form, _ in here.catalogue.forms}):
        form = here.catalogue.start(form_id)
        if form is None or opened.state.form.form.nature == "record":
            continue
        if creatable(here, opened, form) is not None and not underway(here, opened, form_id):
            label = form.form.texts.create or f"Créer : {form.form.title}"
            buttons.append(Button(label, f"{document_url(opened.id)}/creer/{form_id}", post=True, main=main))
    return buttons


def underway(here: Desk, opened: Opened, form_id: str) -> bool:
    """Tell whether a draft of a form already hangs on this document, where one at a time may."""
    form = here.catalogue.start(form_id)
    if form is not None and any(link.required and link.many for link in form.form.links.values()):
        return False
    entries = linked_entries(here, opened)
    return any(entry.keys["form"] == form_id and entry.keys["phase"] == "draft" for entry in entries)
