"""For those who may publish: the faults of definitions, and the dress rehearsal. Thin handlers."""

from __future__ import annotations

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from renderers.pages import Button, FaultsPage
from web import answers, services
from web.answers import AnyRequest
from web.body import first
from web.catalogue import Catalogue
from web.deps import deps, desk
from web.failures import NotFound
from web.screens.rehearsal import draft_of, rehearsal_page, rehearsal_url
from web.services import Candidate

REHEARSAL = "/definitions/{form:str}/repetition"


@get("/definitions", sync_to_thread=False)
def show_faults(request: AnyRequest) -> Response[str]:
    """Show those who publish the faults of definitions, and the versions that can be rehearsed."""
    _allowed(request)
    catalogue = deps(request).catalogue
    faults = tuple((fault.file, fault.path, fault.text) for fault in catalogue.faults)
    intro = (
        "Aucune faute : toutes les définitions sont servies."
        if not faults
        else ("Ces définitions sont refusées ; les autres sont servies. Corrigez puis redémarrez.")
    )
    drafts = answers.site(request).drafts
    ready = [] if drafts is None else _ready(drafts(), catalogue)
    return answers.page(request, FaultsPage("Définitions", intro, faults, tuple(ready)))


def _ready(drafts: Catalogue, served: Catalogue) -> list[Button]:
    """Links to the rehearsals of working copies that are later than what is served."""
    forms = sorted({form for form, _ in drafts.forms})
    found = [one for form in forms if (one := draft_of(drafts, served, form)) is not None]
    return [
        Button(
            f"Répéter : {one.form.form.short or one.form.form.title} {one.form.version}",
            rehearsal_url(one.form.id),
        )
        for one in found
    ]


@get(REHEARSAL, sync_to_thread=False)
def show_rehearsal(request: AnyRequest, form: FromPath[str]) -> Response[str]:
    """Show what becomes of each document on the working copy, as far as it was rehearsed."""
    drafts, candidate = _candidate(request, form)
    found = deps(request)
    page = first(answers.call(request).query, "page")
    number = int(page) if page.isascii() and page.isdigit() and 0 < len(page) < 6 else 1
    progress = services.progress(found.store, candidate)
    fates = services.lines(found.store, form)
    screen = rehearsal_page(desk(request), candidate, drafts, progress, fates, max(number, 1))
    return answers.page(request, screen)


@post(REHEARSAL, sync_to_thread=False)
def do_rehearsal(request: AnyRequest, form: FromPath[str]) -> Response[str]:
    """Replay one more slice of documents; writes nothing in them."""
    _, candidate = _candidate(request, form)
    services.go_on(deps(request), candidate)
    return answers.redirect(request, rehearsal_url(form))


def _allowed(request: AnyRequest) -> None:
    if not services.may_publish(deps(request).catalogue, desk(request).me.roles):
        raise NotFound


def _candidate(request: AnyRequest, form: str) -> tuple[Catalogue, Candidate]:
    """The working copy of a form, for those who may publish; like nothing at all for the others."""
    _allowed(request)
    drafts = answers.site(request).drafts
    if drafts is None:
        raise NotFound
    current: Catalogue = drafts()
    found = draft_of(current, deps(request).catalogue, form)
    if found is None:
        raise NotFound
    return current, found


ROUTES: list[ControllerRouterHandler] = [show_faults, show_rehearsal, do_rehearsal]
