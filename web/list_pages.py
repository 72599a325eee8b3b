"""For those who may publish: each code list's life, publishing it, undoing that. Thin handlers."""

from __future__ import annotations

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from web import answers
from web.answers import AnyRequest
from web.authors import allowed, draft_of, drafts_of, me, typed
from web.body import first
from web.catalogue import Catalogue
from web.deposits import deposit_of
from web.deps import deps
from web.failures import NotFound
from web.list_release import ListDraft, list_draft, list_refusals
from web.release import Draft, used_lists
from web.screens.list_life import NOTHING, Trial, list_page, list_title, list_url
from web.services import list_publishing
from web.services.depositing import list_copy
from web.undoing import Unpublishable

LIFE = "/listes/{name:str}"


def known_list(request: AnyRequest, name: str) -> None:
    """A list that is published, for those who may publish; like nothing at all for the others."""
    allowed(request)
    if name not in deps(request).catalogue.lists:
        raise NotFound


@get(LIFE, sync_to_thread=False)
def show_list(request: AnyRequest, name: FromPath[str]) -> Response[str]:
    """Show the versions of a list, what its working copy changes, the forms that take it."""
    known_list(request, name)
    return life_of_list(request, name)


def life_of_list(
    request: AnyRequest,
    name: str,
    trial: Trial = NOTHING,
    refused: tuple[str, ...] = (),
    status: int = 200,
) -> Response[str]:
    """Answer with the page of a list; `refused`: why a file was not taken."""
    served = deps(request).catalogue
    found = _draft(request, name)
    refusals = list_refusals(found) if isinstance(found, ListDraft) else ()
    address = f"{list_url(name)}/fichier"
    deposit = deposit_of(request, lambda folders: list_copy(folders, name), address, refused)
    users = [
        (form, title, isinstance(draft_of(request, form), Draft)) for form, title in _users(served, name)
    ]
    screen = list_page(served, name, list_title(served, name), found, refusals, users, deposit, trial)
    return answers.page(request, screen, status)


def _users(served: Catalogue, name: str) -> list[tuple[str, str]]:
    newest = (served.forms[form, version] for form, version in sorted(served.newests.items()))
    return [(one.id, one.form.short or one.form.title) for one in newest if name in used_lists(one)]


def _draft(request: AnyRequest, name: str) -> ListDraft | Unpublishable | None:
    if answers.site(request).drafts is None:
        return None
    try:
        return list_draft(drafts_of(request).folders(), name)
    except Unpublishable as refused:
        return refused


@post(f"{LIFE}/publication", sync_to_thread=False)
def do_publish_list(request: AnyRequest, name: FromPath[str]) -> Response[str]:
    """Publish the working copy of a list."""
    known_list(request, name)
    note, seen = typed(request, "note"), first(answers.call(request).pairs, "content")
    try:
        version = list_publishing.publish_list(
            deps(request), me(request), drafts_of(request), name, note, seen
        )
    except Unpublishable as refused:
        return life_of_list(request, name, ("publier", note, refused.reasons), status=422)
    answers.site(request).published.catch_up()
    words = f"La version {version} est publiée : chaque forme la prendra à sa prochaine version."
    return answers.redirect(request, list_url(name), words)


@post(f"{LIFE}/annulation", sync_to_thread=False)
def do_withdraw_list(request: AnyRequest, name: FromPath[str]) -> Response[str]:
    """Undo the last publication of a list that no form takes yet."""
    known_list(request, name)
    version, note = typed(request, "version")[:40], typed(request, "note")
    folders = drafts_of(request).folders()
    try:
        list_publishing.withdraw_list(deps(request), me(request), folders, name, version, note)
    except Unpublishable as refused:
        return life_of_list(request, name, ("annuler", note, refused.reasons), status=422)
    answers.site(request).published.catch_up()
    return answers.redirect(request, list_url(name), f"La publication de la version {version} est annulée.")


ROUTES: list[ControllerRouterHandler] = [show_list, do_publish_list, do_withdraw_list]
