"""For those who may publish: each form's life, rehearsal, publication, undoing, retiring. Thin handlers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from renderers.pages import FaultsPage
from web import answers, services
from web.answers import AnyRequest
from web.authors import allowed, draft_of, drafts_of, known, me, typed
from web.body import first
from web.deposits import deposit_of
from web.deps import deps, desk
from web.failures import NotFound
from web.rekeying import rekey
from web.release import Draft
from web.screens.life import NOTHING, Trial, life_page, summary
from web.screens.list_life import list_summary, list_title, list_url
from web.screens.rehearsal import life_url, rehearsal_page, rehearsal_url
from web.services import publishing
from web.services.depositing import form_copy
from web.undoing import Unpublishable

LIFE = "/definitions/{form:str}"


@get("/definitions", sync_to_thread=False)
def show_definitions(request: AnyRequest) -> Response[str]:
    """Show those who publish the forms and the faults of definitions."""
    allowed(request)
    found = deps(request)
    faults = tuple((fault.file, fault.path, fault.text) for fault in found.catalogue.faults)
    intro = (
        "Aucune faute : toutes les définitions sont servies."
        if not faults
        else ("Ces définitions sont refusées ; les autres sont servies. Corrigez puis redémarrez.")
    )
    here, forms, ready = desk(request), [], []
    for form in sorted({form for form, _ in found.catalogue.forms}):
        newest = found.catalogue.newest(form)
        name = form if newest is None else newest.form.title
        draft = draft_of(request, form)
        forms.append((name, life_url(form), summary(here, form, draft, services.passage(found.store, form))))
        if isinstance(draft, Draft):
            ready.append((form, f"{name} {draft.version}"))
    lists = tuple(
        (list_title(found.catalogue, name), list_url(name), list_summary(found.catalogue, name))
        for name in sorted(found.catalogue.lists)
    )
    together = tuple(ready) if len(ready) > 1 else ()
    return answers.page(request, FaultsPage("Définitions", intro, faults, tuple(forms), lists, together))


@get(LIFE, sync_to_thread=False)
def show_life(request: AnyRequest, form: FromPath[str]) -> Response[str]:
    """Show the versions of a form, how far its documents are, what scenarios say of its working copy."""
    known(request, form)
    if first(answers.call(request).query, "scenarios") and isinstance(draft_of(request, form), Draft):
        drafts_of(request).refusals((form,))
    return life_of(request, form)


def life_of(
    request: AnyRequest,
    form: str,
    trial: Trial = NOTHING,
    refused: tuple[str, ...] = (),
    status: int = 200,
) -> Response[str]:
    """Answer with the page of a form; `refused`: why a file was not taken."""
    store = deps(request).store
    passage, staying = services.passage(store, form), services.staying(store, form)
    found = draft_of(request, form)
    judged = drafts_of(request).judged((form,)) if isinstance(found, Draft) else None
    file = deposit_of(request, lambda folders: form_copy(folders, form), f"{life_url(form)}/fichier", refused)
    screen = life_page(desk(request), form, found, passage, staying, judged, trial, file)
    return answers.page(request, screen, status)


@post(f"{LIFE}/passage", sync_to_thread=False)
def do_passage(request: AnyRequest, form: FromPath[str]) -> Response[str]:
    """Have some more documents pass to the version that was published, or back."""
    known(request, form)
    if services.pass_on(deps(request), form).over:
        rekey(deps(request))
    return answers.redirect(request, life_url(form))


@get(f"{LIFE}/repetition", sync_to_thread=False)
def show_rehearsal(request: AnyRequest, form: FromPath[str]) -> Response[str]:
    """Show what becomes of each document on the working copy, as far as it was rehearsed."""
    draft = _rehearsed(request, form)
    page = first(answers.call(request).query, "page")
    number = int(page) if page.isascii() and page.isdigit() and 0 < len(page) < 6 else 1
    return _rehearsal(request, draft, max(number, 1))


def _rehearsal(
    request: AnyRequest, draft: Draft, page: int = 1, trial: Any = ("", ()), status: int = 200
) -> Response[str]:
    found, drafts = deps(request), drafts_of(request)
    progress = services.progress(found.store, draft.candidate)
    fates = services.lines(found.store, draft.form)
    refusals, played = drafts.refusals((draft.form,))
    screen = rehearsal_page(desk(request), draft, progress, fates, page, refusals, played, trial)
    return answers.page(request, screen, status)


@post(f"{LIFE}/repetition", sync_to_thread=False)
def do_rehearsal(request: AnyRequest, form: FromPath[str]) -> Response[str]:
    """Replay one more slice of documents; writes nothing in them."""
    draft = _rehearsed(request, form)
    services.go_on(deps(request), draft.candidate)
    return answers.redirect(request, rehearsal_url(form))


@post(f"{LIFE}/publication", sync_to_thread=False)
def do_publish(request: AnyRequest, form: FromPath[str]) -> Response[str]:
    """Publish the working copy that was rehearsed, and serve it."""
    known(request, form)
    drafts, note = drafts_of(request), typed(request, "note")
    try:
        seen = first(answers.call(request).pairs, "content")
        version = publishing.publish(deps(request), me(request), drafts, {form: seen}, note)[form]
    except Unpublishable as refused:
        draft = draft_of(request, form)
        if not isinstance(draft, Draft):
            return life_of(request, form, status=422)
        return _rehearsal(request, draft, trial=(note, refused.reasons), status=422)
    answers.site(request).published.catch_up()
    words = f"La version {version} est publiée : les nouveaux documents commencent avec elle."
    return answers.redirect(request, life_url(form), words)


@post(f"{LIFE}/annulation", sync_to_thread=False)
def do_withdraw(request: AnyRequest, form: FromPath[str]) -> Response[str]:
    """Undo the last publication, and serve the version before."""
    return _done(
        request, form, "annuler", publishing.withdraw, "La publication de la version {} est annulée."
    )


@post(f"{LIFE}/retrait", sync_to_thread=False)
def do_retire(request: AnyRequest, form: FromPath[str]) -> Response[str]:
    """Have no document start with a version any more."""
    return _done(request, form, "retirer", publishing.retire, "La version {} est retirée.")


def _done(request: AnyRequest, form: str, name: str, work: Callable[..., Any], words: str) -> Response[str]:
    known(request, form)
    version, note = typed(request, "version")[:40], typed(request, "note")
    try:
        work(deps(request), me(request), drafts_of(request).folders(), form, version, note)
    except Unpublishable as refused:
        return life_of(request, form, (name, note, refused.reasons), status=422)
    answers.site(request).published.catch_up()
    return answers.redirect(request, life_url(form), words.format(version))


# --- on what ---------------------------------------------------------------------------------------


def _rehearsed(request: AnyRequest, form: str) -> Draft:
    known(request, form)
    found = draft_of(request, form)
    if not isinstance(found, Draft):
        raise NotFound
    return found


ROUTES: list[ControllerRouterHandler] = [
    show_definitions,
    show_life,
    do_passage,
    show_rehearsal,
    do_rehearsal,
    do_publish,
    do_withdraw,
    do_retire,
]
