"""A finished document as on its day, beside the same answers in today's form: differences marked."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from functools import partial
from typing import Any

from engine.beside import beside
from engine.compile import CompiledForm
from engine.french import long_date
from engine.migrate import route
from engine.migrate.replay import moved
from engine.present import read_form
from renderers.pages import BesideLine, BesidePage, BesidePart, Button
from web.failures import NotFound
from web.screens.documents import readable
from web.screens.shared import document_url
from web.world import Desk, Opened

MARKS = {
    "same": ("", ""),
    "changed": ("Différent", "warn"),
    "renamed": ("Libellé changé", "info"),
    "before": ("N'est plus demandé", "warn"),
    "now": ("N'était pas demandé", "info"),
}


def comparable(opened: Opened) -> bool:
    """Tell whether a document is finished, on another version than the one in force."""
    state = opened.state
    return (
        state.form.form.nature == "document"
        and state.form.state(state.document["state"]).phase != "draft"
        and opened.newest.version != state.form.version
    )


def beside_page(here: Desk, opened: Opened) -> BesidePage:
    """Build the page; NotFound for a draft, or where there is nothing to compare."""
    if not comparable(opened):
        raise NotFound
    today = _in_todays_form(here, opened)
    parts = beside(
        readable(here, opened, read_form(opened.state)), readable(here, today, read_form(today.state))
    )
    lines = [line for part in parts for line in part.lines]
    differing = sum(line.mark != "same" for line in lines)
    version, newest = opened.state.form.version, opened.newest.version
    return BesidePage(
        title=f"{opened.name} : hier et aujourd'hui",
        back=Button(opened.name, document_url(opened.id)),
        intro=f"Ce document reste tel qu'il a été rempli, sous la version {version} du formulaire. La "
        f"dernière colonne montre ce que ses réponses donneraient dans la version {newest}. Rien n'est "
        "enregistré.",
        status=_status(differing, len(lines)),
        before=f"Version {version}, créé le {long_date(opened.state.day('created_on') or here.now.date())}",
        after=f"Version {newest}, aujourd'hui",
        parts=tuple(
            BesidePart(
                part.title,
                tuple(
                    BesideLine(line.label, line.former, line.before, line.after, *MARKS[line.mark])
                    for line in part.lines
                ),
            )
            for part in parts
        ),
    )


def _status(differing: int, total: int) -> str:
    if not differing:
        return "Aucune différence."
    words = "ligne diffère" if differing == 1 else "lignes diffèrent"
    return f"{differing} {words}, sur {total}."


def _in_todays_form(here: Desk, opened: Opened) -> Opened:
    """The same answers in the newest version, every step open: nothing of it is stored."""
    source, target = opened.state.form, opened.newest
    body = _thawed(opened.state.document)
    stages = here.catalogue.migrations.get(source.id, ())
    read = partial(_read, here, opened.id)
    if source.version != target.version:
        body, _ = moved(read(source, body), route(source, target, stages), read, here.now.isoformat())
    body["state"] = _state(target, opened.state.form.state(body["state"]).phase, body["state"])
    state = read(target, body)
    return Opened(opened.stored, state, here.grant(state, opened.grant.roles), target)


def _read(here: Desk, id: str, form: CompiledForm, body: Mapping[str, Any]) -> Any:
    return here.evaluate_as(form, id, body)


def _thawed(document: Mapping[str, Any]) -> dict[str, Any]:
    """A document with the answers of its closed steps put back among the others."""
    body = copy.deepcopy(dict(document))
    for kept in body.pop("frozen", {}).values():
        body["answers"] |= kept["answers"]
    body["frozen"] = {}
    return body


def _state(form: CompiledForm, phase: str, name: str) -> str:
    """The same state, or the first of its phase where it is no more."""
    states = form.form.lifecycle.states
    same = [state.id for state in states if state.id == name]
    alike = [state.id for state in states if state.phase == phase]
    return (same or alike or [states[0].id])[0]
