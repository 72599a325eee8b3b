"""What waits for somebody: documents sent back to them, what is due or awaited, their drafts.

Keys find what is worth a look, oldest first, a bounded number at a time; each is opened before it is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from engine.alerts import alerts_for
from engine.french import long_date
from renderers.gestures import Found, TasksPage
from renderers.pages import Cell, Row
from storage.base import AnyOf, Entry, Where
from web.failures import NotFound
from web.screens.proposing import proposal_url
from web.screens.shared import document_url, over_line
from web.services.proposing import PROPOSAL, WAITING, seen
from web.world import DOCUMENT, Desk, Opened

DRAFTS = 60
WATCHED = 100  # documents looked at for a page
PAGES = 20
AT_HOME = 5
LOOKED_AT_HOME = 20
COLUMNS = ("Document", "À propos de", "Motif", "Date")


def tasks_page(here: Desk, page: int) -> TasksPage:
    """Build the page of somebody's tasks."""
    first = (page - 1) * WATCHED
    returned, drafts = _drafts(here, DRAFTS) if page == 1 else ([], [])
    found = _watched(here, first + WATCHED + 1)
    alerts = [row for entry in found[first : first + WATCHED] for row in _alerts(here, entry)]
    proposed = _proposed(here, DRAFTS) if page == 1 else []
    groups = (
        Found("propositions", "Propositions à examiner", COLUMNS, tuple(proposed)),
        Found("renvoyes", "Renvoyés vers vous", COLUMNS, tuple(returned)),
        Found("suivis", "Attendus ou à échéance", COLUMNS, tuple(alerts)),
        Found("brouillons", "Brouillons à reprendre", COLUMNS, tuple(drafts)),
    )
    more = len(found) > first + WATCHED and page < PAGES
    return TasksPage(
        title="Mes tâches",
        groups=tuple(group for group in groups if group.rows),
        empty="" if any(group.rows for group in groups) else "Rien ne vous attend ici pour le moment.",
        earlier=f"/taches?page={page - 1}" if page > 1 else "",
        later=f"/taches?page={page + 1}" if more else "",
    )


def tasks_at_home(here: Desk) -> tuple[Row, ...]:
    """The first tasks of somebody, for the page that they come to."""
    returned, drafts = _drafts(here, AT_HOME)
    alerts = [row for entry in _watched(here, LOOKED_AT_HOME) for row in _alerts(here, entry)]
    return (*_proposed(here, AT_HOME), *returned, *alerts, *drafts)[:AT_HOME]


def _proposed(here: Desk, most: int) -> list[Row]:
    """The proposals that somebody may answer, oldest first."""
    where: Where = {"reach": AnyOf(here.tokens()), "state": WAITING}
    rows: list[Row] = []
    for entry in here.reader.find(PROPOSAL, where, sort=("at",), limit=WATCHED).entries:
        stored = here.reader.get(PROPOSAL, entry.id)
        opened = None if stored is None else _glanced(here, str(stored.body["document"]))
        found = None if opened is None or stored is None else seen(opened, here.person_id, stored)
        if found is not None and not found.mine and len(rows) < most:
            why = f"{found.body['label']} propose des réponses"
            row = _row(here, found.opened, why, found.body["at"])
            rows.append(replace(row, url=proposal_url(found.opened.id, found.stored.id)))
    return rows


def _drafts(here: Desk, most: int) -> tuple[list[Row], list[Row]]:
    """The drafts that somebody makes or follows: those sent back to them, then the others."""
    mine = here.person_id
    found: dict[str, Entry] = {}
    for where in ({"reach": f"person:{mine}", "phase": "draft"}, {"by": mine, "phase": "draft"}):
        page = here.reader.find(DOCUMENT, where, sort=("-created",), limit=most)
        found |= {entry.id: entry for entry in page.entries}
    returned: list[Row] = []
    drafts: list[Row] = []
    for entry in sorted(found.values(), key=lambda one: one.at, reverse=True)[:most]:
        opened = _glanced(here, entry.id)
        if opened is None or opened.state.form.form.nature == "record":
            continue
        last = opened.state.document["events"][-1]
        if last["do"] != "create" and last["by"]["id"] != mine:
            why = f"{last['label']}, par {last['by']['label']}"
            returned.append(_row(here, opened, why, last["at"]))
        else:
            drafts.append(_row(here, opened, "Brouillon commencé", entry.at))
    return returned, drafts


def _watched(here: Desk, most: int) -> Sequence[Entry]:
    where: Where = {"reach": AnyOf(here.tokens()), "watched": True}
    return here.reader.find(DOCUMENT, where, sort=("created",), limit=most).entries


def _alerts(here: Desk, entry: Entry) -> Iterator[Row]:
    opened = _glanced(here, entry.id)
    if opened is not None:
        for _, text in alerts_for(opened.state, opened.grant.roles):
            yield _row(here, opened, text, opened.state.document["events"][-1]["at"])


def _glanced(here: Desk, id: str) -> Opened | None:
    try:
        return here.glance(id)
    except NotFound:
        return None


def _row(here: Desk, opened: Opened, why: str, at: str) -> Row:
    day = long_date(datetime.fromisoformat(at).date())
    cells = (Cell("À propos de", over_line(here, opened), empty="—"), Cell("Motif", why), Cell("Date", day))
    return Row(opened.name, document_url(opened.id), cells)
