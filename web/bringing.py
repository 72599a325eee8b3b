"""Importing from the web: choose a file, see what it changes, say yes. Thin handlers."""

from __future__ import annotations

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from web import answers
from web.answers import AnyRequest
from web.body import Pairs, first
from web.deps import deps
from web.failures import NotFound
from web.importing import waiting
from web.importing.applying import Preview, bring, bringing_of, preview
from web.importing.plan import Bringing
from web.importing.rows import Bounds, FileRefused, read_rows
from web.screens.bringing import choice_page, preview_page
from web.services import Deps

BOUNDS = Bounds(bytes=9_500_000, rows=3_000)


def open_to(found: Deps, person: str) -> dict[str, Bringing]:
    """The imports that somebody may do somewhere; NotFound where there is none."""
    every = {name: bringing_of(found, person, mapping) for name, mapping in found.catalogue.imports.items()}
    allowed = {name: one for name, one in every.items() if one.places}
    if not allowed:
        raise NotFound
    return allowed


@get("/imports", sync_to_thread=False)
def choose_file(request: AnyRequest) -> Response[str]:
    """Ask for a file."""
    found, person = deps(request), answers.call(request).person
    return answers.page(request, choice_page(found, open_to(found, person)))


@post("/imports", sync_to_thread=False)
def show_preview(request: AnyRequest) -> Response[str]:
    """Show what a file would change; writes nothing but the rows that wait."""
    found, call = deps(request), answers.call(request)
    allowed = open_to(found, call.person)
    name, place = first(call.pairs, "sorte"), first(call.pairs, "lieu")
    bringing = allowed.get(name)
    error = _missing(bringing, place, call.file)
    if bringing is None or error:
        return answers.page(request, choice_page(found, allowed, name, place, error), 422)
    try:
        rows = read_rows(call.file, bringing.mapping, BOUNDS)
    except FileRefused as refused:
        return answers.page(request, choice_page(found, allowed, name, place, str(refused)), 422)
    shown = preview(found, bringing, rows, place)
    site = answers.site(request)
    ticket = waiting.keep(
        site.store, site.rng, person=call.person, name=name, place=place, rows=rows, now=found.now()
    )
    return answers.page(request, preview_page(found, call.person, shown, ticket))


def _missing(bringing: Bringing | None, place: str, file: bytes) -> str:
    if bringing is None:
        return "La sorte de fichier n'est pas choisie. Choisissez-la."
    if place and place not in bringing.places.values():
        return "Ce lieu ne vous est pas ouvert. Choisissez-en un autre."
    return "" if file else "Aucun fichier n'est choisi, ou il est vide. Choisissez l'export tel quel."


@post("/imports/{ticket:str}", sync_to_thread=False)
def bring_in(request: AnyRequest, ticket: FromPath[str]) -> Response[str]:
    """Write what the preview showed."""
    found, call, store = deps(request), answers.call(request), answers.site(request).store
    allowed = open_to(found, call.person)
    name, place, rows = waiting.fetch(store, ticket, person=call.person, now=found.now())
    bringing = allowed.get(name)
    if bringing is None:
        raise NotFound
    shown: Preview = preview(found, bringing, rows, place, _choices(call.pairs))
    done = bring(found, shown)
    waiting.forget(store, ticket, found.now())
    written = sum(done.counts[kind] for kind in ("new", "changed", "moved"))
    refused = len({fault.line for fault in (*shown.faults, *done.faults) if not fault.warning})
    words = f"Import terminé. Fiches écrites : {written} ; lignes refusées : {refused}"
    aside = shown.counts["unsure"] + done.counts["unsure"]
    words += f" ; laissées de côté : {aside}." if aside else "."
    return answers.redirect(request, f"/fiches/{bringing.form.id}", words)


def _choices(pairs: Pairs) -> dict[int, bool]:
    """What was said of the lines in doubt: is it the same record?"""
    said = {"meme": True, "autre": False}
    found: dict[int, bool] = {}
    for name, value in pairs:
        line = name.removeprefix("choix.")
        if line != name and line.isascii() and line.isdigit() and len(line) < 9 and value in said:
            found[int(line)] = said[value]
    return found


ROUTES: list[ControllerRouterHandler] = [choose_file, show_preview, bring_in]
