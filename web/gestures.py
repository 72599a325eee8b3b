"""Everyday gestures: search, tasks, overviews, exports, records handed over. Thin handlers."""

from __future__ import annotations

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from renderers.gestures import PlacesPage
from renderers.sheets import SHEETS, Sheet
from web import answers, services
from web.answers import AnyRequest
from web.body import first
from web.deps import deps, desk
from web.exporting import list_sheet, overview_sheets
from web.failures import NotFound, Refused
from web.screens import handover, search, tasks
from web.screens.overview import overview_page, places_overseen
from web.screens.search import Asked, search_page
from web.screens.shared import document_url
from web.screens.tasks import tasks_page
from web.world import Desk


@get("/recherche", sync_to_thread=False)
def show_search(request: AnyRequest) -> Response[str]:
    """Show what answers a search, among what this person may see."""
    query = answers.call(request).query
    asked = Asked(first(query, "q")[:100], first(query, "sorte")[:100], _number(request, search.PAGES))
    return answers.page(request, search_page(desk(request), asked))


@get("/taches", sync_to_thread=False)
def show_tasks(request: AnyRequest) -> Response[str]:
    """Show what waits for this person."""
    return answers.page(request, tasks_page(desk(request), _number(request, tasks.PAGES)))


@get("/lieux", sync_to_thread=False)
def show_places(request: AnyRequest) -> Response[str]:
    """Show the places that this person may look over; the only one at once."""
    found = places_overseen(desk(request))
    if not found:
        raise NotFound
    if len(found) == 1:
        return answers.redirect(request, f"/lieux/{found[0][0]}")
    places = tuple((f"/lieux/{id}", label) for id, label in found)
    return answers.page(request, PlacesPage("Vue d'ensemble", places))


@get("/lieux/{place:str}", sync_to_thread=False)
def show_overview(request: AnyRequest, place: FromPath[str]) -> Response[str]:
    """Show a place at a glance."""
    return answers.page(request, overview_page(desk(request), place))


@get("/fiches/{form:str}/export/{format:str}", sync_to_thread=False)
def export_list(request: AnyRequest, form: FromPath[str], format: FromPath[str]) -> Response[bytes]:
    """Download the list that this person sees."""
    query = answers.call(request).query
    chosen = tuple(value for name, value in query if name == "f")
    if format not in SHEETS:
        raise NotFound
    sheet = list_sheet(deps(request), desk(request), form, first(query, "q")[:100], chosen)
    return _download([sheet], form, format, desk(request))


@get("/lieux/{place:str}/export/{format:str}", sync_to_thread=False)
def export_overview(request: AnyRequest, place: FromPath[str], format: FromPath[str]) -> Response[bytes]:
    """Download a place's counts."""
    if format not in SHEETS:
        raise NotFound
    sheets = overview_sheets(deps(request), desk(request), place)
    return _download(sheets, "lieu", format, desk(request))


@post("/documents/{id:str}/dupliquer", sync_to_thread=False)
def duplicate(request: AnyRequest, id: FromPath[str]) -> Response[str]:
    """Begin another document from the answers of one."""
    created = services.duplicate(deps(request), answers.call(request).person, id)
    words = "Brouillon commencé à partir de ce document : relisez chaque réponse."
    return answers.redirect(request, document_url(created), words)


@get("/fiches/{form:str}/transmettre", sync_to_thread=False)
def ask_handover(request: AnyRequest, form: FromPath[str]) -> Response[str]:
    """Ask which records are handed over, and to whom."""
    query = answers.call(request).query
    asked = handover.Asked(
        query=first(query, "q")[:100],
        place=first(query, "lieu"),
        record=first(query, "fiche"),
        every=("tous", "1") in query,
    )
    return answers.page(request, handover.handover_page(desk(request), form, asked))


@post("/fiches/{form:str}/transmettre", sync_to_thread=False)
def hand_over(request: AnyRequest, form: FromPath[str]) -> Response[str]:
    """Hand records over; if something is in the way, say what."""
    call, found, here = answers.call(request), deps(request), desk(request)
    newest = found.catalogue.newest(form)
    fields = services.followers(here, newest) if newest is not None else []
    if not fields:
        raise NotFound
    ids = tuple(value for name, value in call.pairs if name == "fiche")
    to = first(call.pairs, "vers")
    try:
        handed = services.hand_over(found, call.person, form, fields[0].id, ids, to)
    except Refused as refused:
        asked = handover.Asked(
            first(call.pairs, "q")[:100],
            first(call.pairs, "lieu"),
            first(call.pairs, "retour"),
            chosen=frozenset(ids),
            to=to,
            error=refused.text,
        )
        return answers.page(request, handover.handover_page(here, form, asked), 422)
    if not handed.count:
        return answers.redirect(
            request, f"/fiches/{form}", "Rien n'a changé : cette personne les suivait déjà."
        )
    words = f"C'est fait. Dossiers transmis : {handed.count}."
    return answers.redirect(request, f"/transmissions/{handed.id}", words)


@get("/transmissions/{gesture:str}", sync_to_thread=False)
def show_handover(request: AnyRequest, gesture: FromPath[str]) -> Response[str]:
    """Show what was handed over."""
    return answers.page(request, handover.handed_page(desk(request), gesture))


@post("/transmissions/{gesture:str}/annuler", sync_to_thread=False)
def undo_handover(request: AnyRequest, gesture: FromPath[str]) -> Response[str]:
    """Put back who followed the records."""
    count = services.undo_handover(deps(request), answers.call(request).person, gesture)
    words = f"Transmission annulée. Dossiers rendus : {count}."
    return answers.redirect(request, f"/transmissions/{gesture}", words)


def _download(sheets: list[Sheet], name: str, format: str, here: Desk) -> Response[bytes]:
    kind, write = SHEETS[format]
    file = f"{name}-{here.now:%Y-%m-%d}.{format}"
    headers = {"content-disposition": f'attachment; filename="{file}"'}
    return Response(write(sheets), media_type=kind, headers=headers)


def _number(request: AnyRequest, most: int) -> int:
    """The page that an address asks for, from 1."""
    number = first(answers.call(request).query, "page")
    page = int(number) if number.isascii() and number.isdigit() and len(number) < 4 else 1
    return min(max(page, 1), most)


ROUTES: list[ControllerRouterHandler] = [
    show_search,
    show_tasks,
    show_places,
    show_overview,
    export_list,
    export_overview,
    duplicate,
    ask_handover,
    hand_over,
    show_handover,
    undo_handover,
]
