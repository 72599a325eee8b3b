"""Lists, records and documents: shown, created, acted upon, printed. Thin handlers."""

from __future__ import annotations

from urllib.parse import quote

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from engine.access import decide
from engine.attachments import KINDS, kind_of
from engine.compile import CompiledAction
from engine.lifecycle import check_action
from engine.present import read_form
from renderers.pages import Button, PlaceChoice
from renderers.registry import RENDERERS
from web import answers, files, services
from web.answers import AnyRequest
from web.body import first
from web.deps import deps, desk
from web.failures import BadRequest, NotFound
from web.screens.beside import beside_page
from web.screens.documents import confirm_page, document_page, part_page, printed, readable
from web.screens.history import history_page
from web.screens.joined import file_of
from web.screens.lists import list_page
from web.screens.records import record_page
from web.screens.revision import revision_page
from web.screens.shared import document_url, step_url
from web.screens.steps import first_to_fill
from web.screens.tasks import tasks_at_home
from web.services import Acted
from web.world import Opened

DOCUMENT = "/documents/{id:str}"


@get("/", sync_to_thread=False)
def show_home(request: AnyRequest) -> Response[str]:
    """Go to the list that the deployment puts first."""
    home = deps(request).catalogue.home
    if home is None:
        return answers.redirect(request, "/definitions")
    return answers.redirect(request, f"/fiches/{home}")


@get("/fiches/{form:str}", sync_to_thread=False)
def show_list(request: AnyRequest, form: FromPath[str]) -> Response[str]:
    """List the records of a form."""
    call = answers.call(request)
    chosen = tuple(value for name, value in call.query if name == "f")
    query, here = first(call.query, "q")[:100], desk(request)
    waiting = tasks_at_home(here) if form == deps(request).catalogue.home and not call.query else ()
    return answers.page(request, list_page(deps(request), here, form, query, chosen, waiting))


@get("/fiches/{form:str}/nouveau", sync_to_thread=False)
def choose_place(request: AnyRequest, form: FromPath[str]) -> Response[str]:
    """Ask where a new record belongs."""
    return answers.page(request, _place_choice(request, form, ""))


def _place_choice(request: AnyRequest, form_id: str, error: str) -> PlaceChoice:
    found = deps(request)
    places = services.places_for(found, answers.call(request).person, form_id)
    form = found.catalogue.start(form_id)
    if form is None or not places:
        raise NotFound
    index = form.form.index
    kind = form.place.type.target if form.place is not None else ""
    label = found.catalogue.roles.places[kind].label if kind in found.catalogue.roles.places else "Lieu"
    return PlaceChoice(
        title=form.form.texts.create or f"Créer : {form.form.title}",
        url=f"/fiches/{form_id}/nouveau",
        back=Button(index.title if index is not None else "Retour", f"/fiches/{form_id}"),
        label=label,
        places=tuple((id, words, len(places) == 1) for id, words in places),
        error=error,
        submit="Continuer",
    )


@post("/fiches/{form:str}/nouveau", sync_to_thread=False)
def create_record(request: AnyRequest, form: FromPath[str]) -> Response[str]:
    """Create a record and open its first step."""
    call = answers.call(request)
    place = first(call.pairs, "place")
    if not place:
        return answers.page(
            request, _place_choice(request, form, "Aucun lieu n'est choisi. Choisissez-en un."), 422
        )
    id = services.create_record(deps(request), call.person, form, place)
    opened = desk(request).open(id)
    return answers.redirect(request, step_url(id, opened.state.form.skeleton.steps[0].id))


@get(DOCUMENT, sync_to_thread=False)
def show_document(request: AnyRequest, id: FromPath[str]) -> Response[str]:
    """Show a record, a document, or the step at which its draft was left."""
    here = desk(request)
    opened = here.open(id)
    if opened.state.form.form.nature == "record":
        return answers.page(request, record_page(here, opened))
    draft = opened.state.form.state(opened.state.document["state"]).phase == "draft"
    step = first_to_fill(opened) if draft and decide(opened.grant, "write") else None
    if step is not None and ("lire", "1") not in answers.call(request).query:
        return answers.redirect(request, step_url(id, step))
    return answers.page(request, document_page(here, opened))


@get(DOCUMENT + "/lecture/{step:str}", sync_to_thread=False)
def show_part(request: AnyRequest, id: FromPath[str], step: FromPath[str]) -> Response[str]:
    """Show one step, to read."""
    here = desk(request)
    return answers.page(request, part_page(here, here.open(id), step))


@get(DOCUMENT + "/historique", sync_to_thread=False)
def show_history(request: AnyRequest, id: FromPath[str]) -> Response[str]:
    """Show who changed what, and when, to those who may change it."""
    here = desk(request)
    opened = here.open(id, "write")
    before = first(answers.call(request).query, "avant")
    number = int(before) if before.isascii() and before.isdigit() and len(before) < 10 else 0
    return answers.page(request, history_page(here, answers.site(request).store, opened, number))


@get(DOCUMENT + "/historique/{revision:str}", sync_to_thread=False)
def show_revision(request: AnyRequest, id: FromPath[str], revision: FromPath[str]) -> Response[str]:
    """Show a whole document as it stood at one revision, to those who may read its history."""
    here = desk(request)
    opened = here.open(id, "write")
    number = int(revision) if revision.isascii() and revision.isdigit() and len(revision) < 10 else 0
    return answers.page(request, revision_page(here, answers.site(request).store, opened, number))


@get(DOCUMENT + "/aujourdhui", sync_to_thread=False)
def show_beside(request: AnyRequest, id: FromPath[str]) -> Response[str]:
    """Show a finished document beside the same answers in today's form."""
    here = desk(request)
    return answers.page(request, beside_page(here, here.open(id)))


@post(DOCUMENT + "/creer/{form:str}", sync_to_thread=False)
def create_document(request: AnyRequest, id: FromPath[str], form: FromPath[str]) -> Response[str]:
    """Create a document about a record, or linked to a document."""
    created = services.create_document(deps(request), answers.call(request).person, id, form)
    return answers.redirect(request, document_url(created))


@get(DOCUMENT + "/actions/{action:str}", sync_to_thread=False)
def ask_action(request: AnyRequest, id: FromPath[str], action: FromPath[str]) -> Response[str]:
    """Ask before an action, with what stands in the way."""
    here = desk(request)
    opened, compiled = _action(here.open(id), action)
    return answers.page(request, confirm_page(here, opened, compiled, check_action(opened.state, compiled)))


def _action(opened: Opened, action: str) -> tuple[Opened, CompiledAction]:
    compiled = opened.state.form.actions.get(action)
    if compiled is None or not decide(opened.grant, action):
        raise NotFound
    return opened, compiled


@post(DOCUMENT + "/actions/{action:str}", sync_to_thread=False)
def do_action(request: AnyRequest, id: FromPath[str], action: FromPath[str]) -> Response[str]:
    """Carry out an action; if something is in the way, say what."""
    acted = services.acted_already(deps(request))
    if acted is None:
        here = desk(request)
        opened, compiled = _action(here.open(id), action)
        check = check_action(opened.state, compiled)
        if not check.ready:
            return answers.page(request, confirm_page(here, opened, compiled, check), 422)
        acted = services.act(deps(request), answers.call(request).person, id, action, _revision(request))
    return answers.redirect(
        request, document_url(acted.created[0] if acted.created else id), _done(request, acted, action)
    )


def _revision(request: AnyRequest) -> int:
    revision = first(answers.call(request).pairs, "_revision")
    if not revision.isdigit() or len(revision) > 9:
        raise BadRequest("La page est incomplète : rechargez-la, puis recommencez.")
    return int(revision)


def _done(request: AnyRequest, acted: Acted, action: str) -> str:
    state = desk(request).glance(acted.id).state
    label = state.form.state(state.document["state"]).label
    words = f"{state.form.actions[action].spec.label} : c'est fait. État : {label}."
    return words + " Un nouveau document prérempli vous attend." if acted.created else words


@get(DOCUMENT + "/sorties/{output:str}", sync_to_thread=False)
def download(request: AnyRequest, id: FromPath[str], output: FromPath[str]) -> Response[bytes]:
    """Download a printed output as a PDF."""
    here = desk(request)
    opened = here.open(id, "print")
    content = RENDERERS["pdf"](printed(here, opened, output))
    name = f"{opened.state.form.id}-{output}-{here.now:%Y-%m-%d}.pdf"
    return Response(
        content if isinstance(content, bytes) else content.encode(),
        media_type="application/pdf",
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )


@get(DOCUMENT + "/fichiers/{file:str}", sync_to_thread=False)
def download_file(request: AnyRequest, id: FromPath[str], file: FromPath[str]) -> Response[bytes]:
    """Give a file joined to a document to whoever may read the answer that names it: to keep, never shown."""
    here = desk(request)
    opened = here.open(id)
    found = file_of(readable(here, opened, read_form(opened.state)), file)
    content = None if found is None else files.fetch(answers.site(request).store, found["sha256"])
    if found is None or content is None:
        raise NotFound
    kind = KINDS.get(kind_of(found["name"]))
    return Response(
        content,
        media_type="application/octet-stream" if kind is None else kind.media,
        headers={"content-disposition": f"attachment; filename*=UTF-8''{quote(found['name'], safe='')}"},
    )


@post(DOCUMENT + "/bascule/{name:str}", sync_to_thread=False)
def toggle(request: AnyRequest, id: FromPath[str], name: FromPath[str]) -> Response[str]:
    """Change one boolean of a record, straight from its page."""
    call = answers.call(request)
    services.toggle(deps(request), call.person, id, name, first(call.pairs, "valeur") == "oui")
    return answers.redirect(request, document_url(id), "Votre choix est enregistré.")


ROUTES: list[ControllerRouterHandler] = [
    show_home,
    show_list,
    choose_place,
    create_record,
    show_document,
    show_part,
    show_history,
    show_revision,
    show_beside,
    create_document,
    ask_action,
    do_action,
    download,
    download_file,
    toggle,
]
