"""Who may look at the life of forms and change it, and on what: shared by the handlers for authors."""

from __future__ import annotations

from web import answers, services
from web.answers import AnyRequest
from web.body import first
from web.deps import deps, desk
from web.drafts import Drafts
from web.failures import NotFound
from web.release import Draft
from web.undoing import Unpublishable

MOST_TYPED = 5_000  # characters shown again of a note that was refused


def me(request: AnyRequest) -> str:
    """Who asks."""
    return answers.call(request).person


def typed(request: AnyRequest, name: str) -> str:
    """What was written in a control."""
    return first(answers.call(request).pairs, name)[:MOST_TYPED]


def allowed(request: AnyRequest) -> None:
    """Let those who may publish; for the others there is nothing here."""
    if not services.may_publish(deps(request).catalogue, desk(request).me.roles):
        raise NotFound


def known(request: AnyRequest, form: str) -> None:
    """A form that is published, for those who may publish; like nothing at all for the others."""
    allowed(request)
    if form not in {name for name, _ in deps(request).catalogue.forms}:
        raise NotFound


def drafts_of(request: AnyRequest) -> Drafts:
    """The working copies; like nothing on a site without any."""
    found: Drafts | None = answers.site(request).drafts
    if found is None:
        raise NotFound
    return found


def draft_of(request: AnyRequest, form: str) -> Draft | Unpublishable | None:
    """The working copy of a form, or why there is none; None on a site without working copies."""
    if answers.site(request).drafts is None:
        return None
    try:
        return drafts_of(request).draft(form)
    except Unpublishable as refused:
        return refused
