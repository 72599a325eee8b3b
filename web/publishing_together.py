"""For those who may publish: working copies that name each other, published in one gesture. Thin handlers."""

from __future__ import annotations

from litestar import Response, get, post
from litestar.types import ControllerRouterHandler

from web import answers, services
from web.answers import AnyRequest
from web.authors import allowed, drafts_of, known, me, typed
from web.body import first
from web.deps import deps, desk
from web.failures import NotFound
from web.release import Draft
from web.screens.together import Trial, refused_page, together_page, together_url
from web.services import publishing
from web.undoing import Unpublishable

MOST = 50  # forms at once


@get("/ensemble", sync_to_thread=False)
def show_together(request: AnyRequest) -> Response[str]:
    """Show what becomes of each document on some working copies, as far as they were rehearsed."""
    return _page(request, _forms(request))


def _page(
    request: AnyRequest, forms: tuple[str, ...], trial: Trial = ("", ()), status: int = 200
) -> Response[str]:
    drafts, store = drafts_of(request), deps(request).store
    try:
        found = drafts.together(forms)
        refusals, played = drafts.refusals(forms)
    except Unpublishable as refused:
        return answers.page(request, refused_page(forms, refused), status)
    rehearsed = [
        (one, services.progress(store, one.candidate), services.lines(store, one.form)) for one in found
    ]
    screen = together_page(desk(request), rehearsed, refusals, played, trial)
    return answers.page(request, screen, status)


@post("/ensemble/repetition", sync_to_thread=False)
def do_rehearse_together(request: AnyRequest) -> Response[str]:
    """Replay one more slice of the documents of the first form that is not rehearsed to its end."""
    forms = _forms(request)
    for one in _drafts(request, forms):
        found = services.progress(deps(request).store, one.candidate)
        if found is None or not found.current or not found.over:
            services.go_on(deps(request), one.candidate)
            break
    return answers.redirect(request, together_url(forms))


@post("/ensemble/publication", sync_to_thread=False)
def do_publish_together(request: AnyRequest) -> Response[str]:
    """Publish the working copies that were rehearsed, all or none, and serve them."""
    forms, note = _forms(request), typed(request, "note")
    pairs = answers.call(request).pairs
    seen = {form: first(pairs, f"content.{form}") for form in forms}
    try:
        versions = publishing.publish(deps(request), me(request), drafts_of(request), seen, note)
    except Unpublishable as refused:
        return _page(request, forms, (note, refused.reasons), 422)
    answers.site(request).published.catch_up()
    names = ", ".join(f"{form} {version}" for form, version in versions.items())
    return answers.redirect(request, "/definitions", f"Publiées ensemble : {names}.")


def _drafts(request: AnyRequest, forms: tuple[str, ...]) -> tuple[Draft, ...]:
    try:
        return drafts_of(request).together(forms)
    except Unpublishable:
        return ()  # the page says why


def _forms(request: AnyRequest) -> tuple[str, ...]:
    """The forms that an address names, each once; like nothing where one is not published."""
    allowed(request)
    named = dict.fromkeys(value for name, value in answers.call(request).query if name == "form")
    if not named or len(named) > MOST:
        raise NotFound
    for form in named:
        known(request, form)
    return tuple(named)


ROUTES: list[ControllerRouterHandler] = [show_together, do_rehearse_together, do_publish_together]
