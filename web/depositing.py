"""For those who may publish: a working copy as a file, downloaded and put up. Thin handlers."""

from __future__ import annotations

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from web import answers
from web.answers import AnyRequest
from web.authors import drafts_of, known, me
from web.body import first
from web.deposits import given
from web.deps import deps
from web.list_pages import known_list, life_of_list
from web.publishing import life_of
from web.screens.list_life import list_url
from web.screens.rehearsal import life_url
from web.services.depositing import Copy, deposit, form_copy, list_copy
from web.undoing import Unpublishable

FORM = "/definitions/{form:str}/fichier"
LIST = "/listes/{name:str}/fichier"
DONE = "Le fichier est déposé : c'est maintenant la version de travail."


@get(FORM, sync_to_thread=False)
def give_form(request: AnyRequest, form: FromPath[str]) -> Response[bytes]:
    """Download the working copy of a form."""
    known(request, form)
    return given(form_copy(drafts_of(request).folders(), form))


@get(LIST, sync_to_thread=False)
def give_list(request: AnyRequest, name: FromPath[str]) -> Response[bytes]:
    """Download the working copy of a list."""
    known_list(request, name)
    return given(list_copy(drafts_of(request).folders(), name))


@post(FORM, sync_to_thread=False)
def take_form(request: AnyRequest, form: FromPath[str]) -> Response[str]:
    """Put a file in the place of a form's working copy, then play the scenarios with it."""
    known(request, form)
    try:
        _take(request, form_copy(drafts_of(request).folders(), form))
    except Unpublishable as refused:
        return life_of(request, form, refused=refused.reasons, status=422)
    return answers.redirect(request, f"{life_url(form)}?scenarios=1", DONE)


@post(LIST, sync_to_thread=False)
def take_list(request: AnyRequest, name: FromPath[str]) -> Response[str]:
    """Put a file in the place of a list's working copy."""
    known_list(request, name)
    try:
        _take(request, list_copy(drafts_of(request).folders(), name))
    except Unpublishable as refused:
        return life_of_list(request, name, refused=refused.reasons, status=422)
    return answers.redirect(request, list_url(name), DONE)


def _take(request: AnyRequest, copy: Copy) -> None:
    call = answers.call(request)
    deposit(deps(request), me(request), copy, call.file, first(call.pairs, "content"))


ROUTES: list[ControllerRouterHandler] = [give_form, give_list, take_form, take_list]
