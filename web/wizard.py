"""The wizard's routes: show a step, save it, move; settle two versions. Thin: the work is elsewhere."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from engine.evaluate import FormState
from engine.paths import html_id
from engine.posting import Posted, nest
from engine.problems import FILE_CODES
from renderers.html import regions
from renderers.live_step import regions_of
from renderers.showing import Showing
from renderers.tree import Message
from renderers.view import nodes_but, tab_of
from web import answers, services
from web.answers import AnyRequest
from web.body import first, parse
from web.deps import asked, deps, desk, row_id, searched, with_searches, with_tabs
from web.failures import BadRequest, NotFound
from web.joining import JOIN, joining, with_files
from web.screens.clashes import clash_page
from web.screens.seeing import seer
from web.screens.shared import document_url, left_url, step_url
from web.screens.steps import (
    Asked,
    changed_nodes,
    finishing,
    settled,
    showing,
    step_page,
    wizard_steps,
)
from web.searching import search_list
from web.security import FLASH_COOKIE, open_flash
from web.services import Saved, Saving
from web.shown import still_shown
from web.site import Call
from web.world import DOCUMENT, Desk, Opened

STEP = "/documents/{id:str}/etapes/{step:str}"
RELOAD = Message("info", "Rechargez la page pour le voir ici.", "")


@get(STEP, sync_to_thread=False)
def show_step(request: AnyRequest, id: FromPath[str], step: FromPath[str]) -> Response[str]:
    """Show a step to fill."""
    here = desk(request)
    opened = here.open(id)
    services.writable_step(opened, step)
    return _page(request, here, opened, step, asked(answers.call(request).query))


@post(STEP, sync_to_thread=False)
def save_step(request: AnyRequest, id: FromPath[str], step: FromPath[str]) -> Response[str]:
    """Save what is posted, then go where the button says."""
    call = answers.call(request)
    do, _, target = first(call.pairs, "_do", "enregistrer").partition(":")
    move = MOVES.get(do)
    if move is None:
        raise BadRequest("Ce bouton n'existe pas. Rechargez la page et recommencez.")
    saving = _saving(call.pairs, do, target, _sitting(call))
    if do != "auto":  # a save on its own joins nothing and takes nothing away
        found = joining(call.pairs, call.files, deps(request).new_id)
        saving = replace(saving, posted=with_files(saving.posted, found), contents=found.contents)
    try:
        saved = services.save(deps(request), call.person, id, step, saving)
    except NotFound:
        kept = services.save_gone(deps(request), call.person, id, step, saving)
        return _to_document(request, id, len(kept))
    if saved.clash:
        return _to_clash(request, saved)
    if any(problem.code in FILE_CODES for problem in saved.refused):
        wanted = Asked(_tabs(request), searches=searched(call.pairs))
        return _page(request, desk(request), saved.opened, step, wanted, saved, status=422)
    answer = move(request, saved, step, target)
    if call.wants_fragment and answer.status_code == 303:
        return _in_one_trip(request, id, answer)
    return answer


def _in_one_trip(request: AnyRequest, id: str, answer: Response[str]) -> Response[str]:
    """Answer a script with what the redirect leads to, if it is a step of the same document."""
    call = answers.call(request)
    address = answer.headers["location"]
    path, _, query = address.partition("#")[0].partition("?")
    step = path.removeprefix(step_url(id, ""))
    if path != step_url(id, step) or "/" in step:
        answer.status_code, answer.content = 200, ""
        del answer.headers["location"]
        answer.set_header("hx-redirect", address)
        return answer
    here = desk(request)
    opened = here.open(id)
    services.writable_step(opened, step)
    sealed = next((one.value for one in answer.cookies if FLASH_COOKIE in one.key), None) or ""
    around = replace(call, flash=open_flash(sealed, key=call.csrf))
    screen = step_page(here, opened, step, asked(parse(query.encode())), partial(row_id, request))
    site = answers.site(request)
    shown = answers.html(site.render(screen, answers.frame(site, around)))
    shown.set_header("hx-push-url", address)
    return shown


def _sitting(call: Call) -> str:
    """A name for the person's session in the history, which tells nothing of its token."""
    return call.session.id[:24] if call.session else ""


def _saving(pairs: Any, do: str, target: str, sitting: str) -> Saving:
    posted: Posted = nest(pairs)
    if do == "retirer":
        path, _, row = target.partition(":")
        posted = without_row(posted, tuple(path.split(".")), row)
    revision = first(pairs, "_revision")
    if not revision.isascii() or not revision.isdigit() or len(revision) > 9:
        raise BadRequest("La page est incomplète : rechargez-la, puis recommencez.")
    return Saving(
        posted, int(revision), first(pairs, "_base")[:200_000], first(pairs, "_sitting")[:40], sitting
    )


def without_row(posted: Posted, path: tuple[str, ...], row: str) -> Posted:
    """Leave a row out of what was posted."""
    rows = {key: [one for one in ids if key != path or one != row] for key, ids in posted.rows.items()}
    entries = {key: entry for key, entry in posted.entries.items() if key[:-1] != (*path, row)}
    return Posted(entries, rows)


def _page(
    request: AnyRequest,
    here: Desk,
    opened: Opened,
    step: str,
    wanted: Asked,
    saved: Saved | None = None,
    status: int = 200,
) -> Response[str]:
    screen = step_page(here, opened, step, wanted, partial(row_id, request), saved=saved)
    return answers.page(request, screen, status)


def _to_document(request: AnyRequest, id: str, kept: int) -> Response[str]:
    """Lead to a document whose form has lost the step that a page comes from."""
    told = "Cette étape n'est plus là dans ce formulaire, qui a changé depuis que la page a été ouverte. "
    told += (
        "Ce que vous veniez d'écrire est gardé avec le document : vous le trouverez plus bas."
        if kept
        else "Vous n'y aviez rien écrit de nouveau."
    )
    return answers.redirect(request, f"{document_url(id)}?lire=1", told, level="warn")


def _to_clash(request: AnyRequest, saved: Saved) -> Response[str]:
    url = f"{document_url(saved.id)}/conflit/{saved.clash}"
    if first(answers.call(request).pairs, "_do") == "auto":
        answer = Response("", status_code=409, media_type="text/plain")
        answer.set_header("hx-redirect", url)
        return answer
    return answers.redirect(request, url)


# --- where each button goes ----------------------------------------------------------------------


def _tabs(request: AnyRequest) -> dict[str, str]:
    return dict(asked(answers.call(request).query).tabs)


def _told(request: AnyRequest, saved: Saved, step: str, wanted: Asked) -> Response[str] | None:
    """Show the step again when there is something to tell of the save."""
    if not (saved.refused or saved.hidden or saved.theirs):
        return None
    return _page(request, desk(request), saved.opened, step, wanted, saved)


def _stay(request: AnyRequest, saved: Saved, step: str, _target: str) -> Response[str]:
    url, told = _here(request, saved, step)
    return told or answers.redirect(request, url, _kept(saved))


def _here(request: AnyRequest, saved: Saved, step: str) -> tuple[str, Response[str] | None]:
    """The address of the same step, its tabs and searches kept; the page at once if there is more to tell."""
    tabs, searches = _tabs(request), searched(answers.call(request).pairs)
    query = with_searches(with_tabs(tabs), searches)
    url = step_url(saved.id, step) + (f"?{query}" if query else "")
    return url, _told(request, saved, step, Asked(tabs, searches=searches))


def _search(request: AnyRequest, saved: Saved, step: str, target: str) -> Response[str]:
    """Show what is found in a long list."""
    url, told = _here(request, saved, step)
    return told or answers.redirect(request, f"{url}#{html_id(tuple(target.partition('~')[0].split('.')))}")


def _join(request: AnyRequest, saved: Saved, step: str, target: str) -> Response[str]:
    """Show the files of a field."""
    url, told = _here(request, saved, step)
    if told is not None:
        return told
    sent = any(part.name.startswith(JOIN) for part in answers.call(request).files)
    words = _kept(saved) if sent else "Aucun fichier n'est choisi. Choisissez-en un, puis « Joindre »."
    where = f"{url}#{html_id(tuple(target.split('.')))}"
    return answers.redirect(request, where, words, "good" if sent else "warn")


def _kept(saved: Saved) -> str:
    return "Brouillon enregistré." if saved.phase == "draft" else "Modifications enregistrées."


def _next(request: AnyRequest, saved: Saved, step: str, _target: str) -> Response[str]:
    """Go on if the step's gate lets; otherwise show what it asks for."""
    opened = saved.opened
    tabs = _tabs(request)
    part = opened.state.form.skeleton.parts[step]
    here = desk(request)
    wanted = Asked(tabs, errors=True)
    shown = showing(here, opened, step, wanted, partial(row_id, request))
    errors = [problem for problem in shown.problems if problem.level == "error"]
    if part.spec.gate and errors:
        return _page(request, here, opened, step, _open_tab(wanted, shown, errors[0]), saved, status=422)
    services.visited(
        deps(request), answers.call(request).person, opened.id, step, _sitting(answers.call(request))
    )
    told = _told(request, saved, step, Asked(tabs))
    if told is not None:
        return told
    steps = [one.id for one in wizard_steps(opened)]
    if step in steps and steps.index(step) + 1 < len(steps):
        wrong = [problem for problem in errors if not problem.missing]
        return answers.redirect(
            request,
            step_url(opened.id, steps[steps.index(step) + 1]),
            _reminder(part.spec.title, len(wrong)),
            "warn",
        )
    action = finishing(opened)
    if action is None:
        return answers.redirect(request, document_url(opened.id), _kept(saved))
    return answers.redirect(request, f"{document_url(opened.id)}/actions/{action.id}")


def _open_tab(wanted: Asked, shown: Showing, problem: Any) -> Asked:
    item = shown.state.item(problem.path)
    return wanted if item is None else replace(wanted, tabs={**wanted.tabs, **tab_of(shown.state, item)})


def _reminder(title: str, wrong: int) -> str:
    if not wrong:
        return ""
    what = "1 réponse reste à corriger" if wrong == 1 else f"{wrong} réponses restent à corriger"
    return f"{title} : {what} avant de terminer."


def _back(request: AnyRequest, saved: Saved, step: str, _target: str) -> Response[str]:
    steps = [one.id for one in wizard_steps(saved.opened)]
    former = steps[max(0, steps.index(step) - 1)] if step in steps else step
    return answers.redirect(request, step_url(saved.id, former))


def _quit(request: AnyRequest, saved: Saved, _step: str, _target: str) -> Response[str]:
    opened = saved.opened
    apart = opened.state.form.skeleton.parts[_step].spec.apart
    if opened.state.document.get("told"):
        call = answers.call(request)
        services.heard(deps(request), call.person, opened.id, _sitting(call))
    where = document_url(opened.id) if apart else left_url(opened)
    return answers.redirect(request, where, _kept(saved))


def _go(request: AnyRequest, saved: Saved, step: str, target: str) -> Response[str]:
    known = {one.id for one in wizard_steps(saved.opened)}
    return answers.redirect(request, step_url(saved.id, target if target in known else step))


def _tab(request: AnyRequest, saved: Saved, step: str, target: str) -> Response[str]:
    name, _, tab = target.rpartition(":")
    tabs = _tabs(request) | ({name: tab} if name else {})
    told = _told(request, saved, step, Asked(tabs))
    return told or answers.redirect(request, f"{step_url(saved.id, step)}?{with_tabs(tabs)}")


def _add(request: AnyRequest, saved: Saved, step: str, target: str) -> Response[str]:
    """Show one more blank row, its first control in view."""
    path = tuple(target.split("."))
    item = saved.opened.state.form.skeleton.items.get(path)
    if item is None or item.type != "rows":
        return _stay(request, saved, step, target)
    row = row_id(request)
    query = "&".join(part for part in (with_tabs(_tabs(request)), f"ajout={target}:{row}") if part)
    child = next((one for one in item.children if one.is_field), None)
    anchor = html_id((*path, row, child.id)) if child is not None else html_id(path)
    return answers.redirect(request, f"{step_url(saved.id, step)}?{query}#{anchor}")


def _remove(request: AnyRequest, saved: Saved, step: str, target: str) -> Response[str]:
    path, _, row = target.partition(":")
    static = tuple(path.split("."))
    item = saved.opened.state.form.skeleton.items.get(static)
    title = saved.before.row_title(static, row) if item is not None and item.type == "rows" else "Ligne"
    query = with_tabs(_tabs(request))
    url = step_url(saved.id, step) + (f"?{query}" if query else "")
    return answers.redirect(request, f"{url}#{html_id(static)}", f"{title} : ligne retirée.")


def _show(request: AnyRequest, saved: Saved, step: str, _target: str) -> Response[str]:
    told = _told(request, saved, step, Asked(_tabs(request)))
    query = with_tabs(_tabs(request))
    return told or answers.redirect(request, step_url(saved.id, step) + (f"?{query}" if query else ""))


def _auto(request: AnyRequest, saved: Saved, step: str, _target: str) -> Response[str]:
    """Answer an automatic save with what it changed on screen."""
    call = answers.call(request)
    here = desk(request)
    wanted = Asked(_tabs(request), searches=searched(call.pairs))
    rows = {path: tuple(ids) for path, ids in nest(call.pairs).rows.items()}
    former, latter = (
        _as_of(here, saved, state, wanted, rows) for state in (saved.before, saved.opened.state)
    )
    posted: dict[str, str] = {}
    for name, text in call.pairs:
        posted[name.split("~")[0]] = posted.get(name.split("~")[0]) or text
    # After a retry, what the first answer changed on screen may not be there: all of it is drawn.
    same = frozenset() if saved.again else settled(former.state, latter.state)
    before, after = (nodes_but(one, step, same) for one in (former, latter))
    nodes = after if saved.again else changed_nodes(before, after, posted)
    changed = {node.region for node in nodes}
    drawn = regions_of(latter, step, changed | set(first(call.pairs, "_again").split()))
    told = replace(saved, hidden=())
    screen = step_page(here, saved.opened, step, wanted, partial(row_id, request), saved=told)
    screen = replace(
        screen,
        sitting=first(call.pairs, "_sitting"),
        base=still_shown(screen.base, saved.seen, saved.theirs),
        notices=(*screen.notices, *([RELOAD] if saved.theirs else [])),
    )
    frame = answers.frame(answers.site(request), call)
    return answers.html(regions(screen, frame, drawn))


def _as_of(here: Desk, saved: Saved, state: FormState, wanted: Asked, rows: Any) -> Showing:
    """A state as the page shows it: with its blank rows, without problems."""
    shown = here.evaluate(saved.id, _with_rows(state, rows))
    offered = partial(here.candidates, shown)
    return Showing(
        shown, saved.opened.grant, (), offered, wanted.tabs, sees=seer(here), searches=wanted.searches
    )


def _with_rows(state: FormState, rows: Any) -> dict[str, Any]:
    answered = dict(state.document["answers"])
    for path, ids in rows.items():
        if len(path) == 1:
            held = {row["row"]: row for row in state.stored(path) or []}
            answered[path[0]] = [held.get(row, {"row": row}) for row in ids]
    return {**state.document, "answers": answered}


MOVES = {
    "enregistrer": _stay,
    "auto": _auto,
    "suivant": _next,
    "retour": _back,
    "quitter": _quit,
    "aller": _go,
    "onglet": _tab,
    "ajouter": _add,
    "retirer": _remove,
    "afficher": _show,
    "chercher": _search,
    "joindre": _join,
}


# --- two versions -------------------------------------------------------------------------------

SETTLED = "Vos choix sont enregistrés."
CLASH = "/documents/{id:str}/conflit/{clash:str}"


@get(CLASH, sync_to_thread=False)
def show_clash(request: AnyRequest, id: FromPath[str], clash: FromPath[str]) -> Response[str]:
    """Show two versions side by side: 409 for as long as nobody has chosen."""
    call = answers.call(request)
    found = services.open_clash(deps(request), call.person, id, clash)
    return answers.page(request, clash_page(desk(request), found, _other(request, found)), 409)


def _other(request: AnyRequest, found: services.Clash) -> str:
    lines = answers.site(request).store.history(DOCUMENT, found.opened.id)
    me = answers.call(request).person
    return next((line.author for line in lines if line.author != me), me)


@post(CLASH, sync_to_thread=False)
def settle_clash(request: AnyRequest, id: FromPath[str], clash: FromPath[str]) -> Response[str]:
    """Write what was chosen."""
    call = answers.call(request)
    done = services.settled_already(deps(request))
    if done is not None:
        return answers.redirect(request, step_url(id, done), SETTLED)
    found = services.open_clash(deps(request), call.person, id, clash)
    count = len(found.stored.body["leaves"])
    choices: dict[int, tuple[str, str]] = {}
    for n in range(count):
        kept, text = first(call.pairs, f"choix-{n}"), first(call.pairs, f"choix-{n}~free")
        if kept in {"mine", "theirs"} or text.strip():
            choices[n] = (kept, text)
    if len(choices) < count:
        return answers.redirect(
            request,
            call.url,
            f"Choisissez une version pour chaque réponse : il en reste {count - len(choices)}.",
            "bad",
        )
    services.settle(deps(request), call.person, id, clash, choices)
    return answers.redirect(request, step_url(id, found.stored.body["step"]), SETTLED)


ROUTES: list[ControllerRouterHandler] = [show_step, save_step, show_clash, settle_clash, search_list]
