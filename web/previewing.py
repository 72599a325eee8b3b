"""For those who may publish: a form tried with invented answers, each reason in full. Thin handlers."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from engine.drafting import version_key
from engine.posting import Posted, nest
from engine.scenarios import Scenario
from engine.scenarios.model import Forms
from web import answers, preview, security, trials
from web.answers import AnyRequest
from web.authors import draft_of, known
from web.body import first
from web.deps import deps, row_id, searched
from web.failures import BadRequest
from web.preview import Carried, Trying
from web.release import Draft
from web.screens.preview import preview_page
from web.screens.steps import Asked
from web.wizard import without_row

PREVIEW = "/definitions/{form:str}/essai"
Versions = dict[str, tuple[str, Forms]]  # number -> words, the forms around it


@get(PREVIEW, sync_to_thread=False)
def show_preview(request: AnyRequest, form: FromPath[str]) -> Response[str]:
    """Show a form to try: its working copy, or the version in force."""
    known(request, form)
    versions = _versions(request, form)
    wanted = first(answers.call(request).query, "version")
    version = wanted if wanted in versions else next(iter(versions))
    return _page(request, _attempt(request, form, versions, Carried(version)), versions, Asked())


@post(PREVIEW, sync_to_thread=False)
def do_preview(request: AnyRequest, form: FromPath[str]) -> Response[str]:
    """Show what some answers change; nothing is stored."""
    known(request, form)
    call, versions = answers.call(request), _versions(request, form)
    text = security.unseal(first(call.pairs, "_porte"), key=call.csrf)
    if text is None:
        raise BadRequest("La page est incomplète ou trop ancienne : rechargez-la, puis recommencez.")
    former = preview.carried(text)
    if former.version not in versions:
        former = replace(former, version=next(iter(versions)))
    do, _, target = first(call.pairs, "_do", "voir").partition(":")
    posted: Posted = nest(call.pairs)
    if do == "retirer":
        path, _, row = target.partition(":")
        posted = without_row(posted, tuple(path.split(".")), row)
    filled = preview.filled(_attempt(request, form, versions, former), posted)
    wanted = _moved(request, filled.carried, do, target, versions)
    again = replace(_attempt(request, form, versions, wanted), refused=filled.refused)
    added = {tuple(target.split(".")): row_id(request)} if do == "ajouter" else {}
    asked = Asked(wanted.tabs, added, errors=do == "voir", searches=searched(call.pairs))
    return _page(request, again, versions, asked)


def _moved(request: AnyRequest, now: Carried, do: str, target: str, versions: Versions) -> Carried:
    """What is tried after a button: another step, another tab, another frame."""
    pairs = answers.call(request).pairs
    if do == "aller":
        return replace(now, step=target)
    if do == "onglet":
        name, _, tab = target.rpartition(":")
        return replace(now, tabs={**now.tabs, name: tab}) if len(now.tabs) < 20 else now
    if do != "cadre":
        return now
    start, version = first(pairs, "_depart")[:200], first(pairs, "_version")
    roles = tuple(value for name, value in pairs if name == "_role")[:50]
    fresh = replace(
        now,
        version=version if version in versions else now.version,
        roles=roles,
        state=first(pairs, "_etat")[:100],
    )
    if start == now.start:
        return fresh
    return Carried(fresh.version, start)  # another start is another trial


def _versions(request: AnyRequest, form: str) -> Versions:
    """The versions that can be tried: the working copy first, then those published, the newest first."""
    found: Versions = {}
    draft = draft_of(request, form)
    if isinstance(draft, Draft):
        found[draft.version] = (f"{draft.version} (de travail)", trials.world(draft.drafts).forms)
    served = deps(request).catalogue
    forms = trials.world(served).forms
    newest = served.newests.get(form)
    for version in sorted((one for name, one in forms if name == form), key=version_key, reverse=True):
        words = f"{version} (en vigueur)" if version == newest else version
        found.setdefault(version, (words, forms))
    return found


def _starts(request: AnyRequest, form: str, version: str, versions: Versions) -> dict[str, Scenario]:
    drafts = answers.site(request).drafts
    folder = None if drafts is None else drafts.definitions
    return preview.starts(folder, form, version, versions[version][1])


def _attempt(request: AnyRequest, form: str, versions: Versions, wanted: Carried) -> Trying:
    forms = versions[wanted.version][1]
    start = _starts(request, form, wanted.version, versions).get(wanted.start)
    today = deps(request).now().date()
    return preview.attempt(forms[form, wanted.version], forms, wanted, start, today)


def _page(request: AnyRequest, trying: Trying, versions: Versions, asked: Asked) -> Response[str]:
    version = trying.carried.version
    screen = preview_page(
        trying,
        {one: words for one, (words, _) in versions.items()},
        _starts(request, trying.form.id, version, versions),
        asked,
        partial(row_id, request),
        partial(security.seal, key=answers.call(request).csrf),
    )
    return answers.page(request, screen)


ROUTES: list[ControllerRouterHandler] = [show_preview, do_preview]
