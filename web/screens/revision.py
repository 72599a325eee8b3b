"""A whole document as it stood at one revision, under its version of then."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from engine.access import Grant
from engine.french import clock, long_date
from engine.present import read_form
from renderers.pages import Button, DocumentPage
from storage.base import Store
from web.failures import NotFound
from web.screens.documents import LEVELS, readable
from web.screens.shared import document_url, over_line
from web.world import DOCUMENT, Desk, Opened


def revision_url(id: str, revision: int) -> str:
    """Where a revision of a document is."""
    return f"{document_url(id)}/historique/{revision}"


def revision_page(here: Desk, store: Store, opened: Opened, revision: int) -> DocumentPage:
    """Build the page; NotFound for a revision that there was not."""
    stored = store.at_revision(DOCUMENT, opened.id, revision) if revision > 0 else None
    if stored is None:
        raise NotFound
    state = here.evaluate_as(here.form_of(stored.body), stored.id, stored.body)
    grant = _both(here.grant(state), opened)
    past = Opened(stored, state, grant, opened.newest)
    at = datetime.fromisoformat(stored.at)
    now = state.form.state(stored.body["state"])
    return DocumentPage(
        title=f"{opened.name}, le {long_date(at.date())} à {clock(at)}",
        over=over_line(here, opened),
        back=Button("Historique", f"{document_url(opened.id)}/historique"),
        state=f"{now.label}, version {state.form.version}",
        level=LEVELS[now.phase],
        notice="Le document tel qu'il était alors. Il se lit seulement ; rien n'en est changé.",
        nodes=tuple(readable(here, past, read_form(state))),
        signs=(),
        aside_title="",
        buttons=(),
        apart=(),
        related=(),
        related_title="",
    )


def _both(then: Grant, opened: Opened) -> Grant:
    """What may be read of the document as it was, and still may now: a right withdrawn is withdrawn."""
    known, now = opened.state.form.skeleton.items, opened.grant.reads
    reads = frozenset(path for path in then.reads if path in now or path not in known)
    return replace(then, reads=reads, writes=frozenset())
