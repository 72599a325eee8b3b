"""Proposals: made by who may not write, answered by who may. Thin handlers."""

from __future__ import annotations

import json
from collections.abc import Mapping

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from engine.posting import nest
from web import answers, security, services
from web.answers import AnyRequest
from web.body import first
from web.deps import asked, deps, desk, searched, with_tabs
from web.failures import BadRequest
from web.screens.proposing import proposal_page, propose_page, read, written
from web.screens.shared import document_url
from web.services import Proposing
from web.services.proposing import COMMENT, Filled

PROPOSE = "/documents/{id:str}/proposer/{step:str}"
PROPOSAL = "/documents/{id:str}/propositions/{proposal:str}"
SENT = "Votre proposition est envoyée. Rien n'a changé dans le document."


@get(PROPOSE, sync_to_thread=False)
def show_propose(request: AnyRequest, id: FromPath[str], step: FromPath[str]) -> Response[str]:
    """Show a step to propose for, as this person's waiting proposal has it."""
    found, comment = services.started(desk(request), id, step)
    return _page(request, found, step, asked(answers.call(request).query).tabs, comment)


@post(PROPOSE, sync_to_thread=False)
def send_proposal(request: AnyRequest, id: FromPath[str], step: FromPath[str]) -> Response[str]:
    """Keep a proposal, or show the step again as it was typed."""
    call = answers.call(request)
    carried = security.unseal(first(call.pairs, "_porte"), key=call.csrf)
    if carried is None:
        raise BadRequest("La page est incomplète ou trop ancienne : rechargez-la, puis recommencez.")
    comment = first(call.pairs, "_commentaire")[:COMMENT]
    sent = Proposing(nest(call.pairs), first(call.pairs, "_base")[:200_000], comment, read(carried))
    do, _, target = first(call.pairs, "_do", "proposer").partition(":")
    tabs = dict(asked(call.query).tabs)
    if do != "proposer":
        name, _, tab = target.rpartition(":")
        tabs |= {name: tab} if do == "onglet" and len(tabs) < 20 else {}
        return _page(request, services.typed(desk(request), id, step, sent), step, tabs, comment)
    outcome = services.propose(deps(request), call.person, id, step, sent)
    if outcome.id:
        return answers.redirect(request, f"{document_url(id)}?lire=1", SENT)
    empty = not outcome.filled.wrong
    return _page(request, outcome.filled, step, tabs, comment, status=422, empty=empty)


def _page(
    request: AnyRequest,
    found: Filled,
    step: str,
    tabs: Mapping[str, str],
    comment: str,
    *,
    status: int = 200,
    empty: bool = False,
) -> Response[str]:
    call = answers.call(request)
    screen = propose_page(
        desk(request),
        found,
        step,
        comment=comment,
        sealed=security.seal(written(found), key=call.csrf),
        tabs=tabs,
        query=with_tabs(dict(tabs)),
        searches=searched(call.pairs),
        empty=empty,
    )
    return answers.page(request, screen, status)


@get(PROPOSAL, sync_to_thread=False)
def show_proposal(request: AnyRequest, id: FromPath[str], proposal: FromPath[str]) -> Response[str]:
    """Show what somebody proposes to who may take it."""
    found = services.open_proposal(deps(request), answers.call(request).person, id, proposal)
    return answers.page(request, proposal_page(desk(request), found))


@post(PROPOSAL, sync_to_thread=False)
def answer(request: AnyRequest, id: FromPath[str], proposal: FromPath[str]) -> Response[str]:
    """Write what was chosen, every choice made."""
    call = answers.call(request)
    where = f"{document_url(id)}?lire=1"
    if services.answered_already(deps(request)):
        return answers.redirect(request, where, DONE)
    found = services.open_proposal(deps(request), call.person, id, proposal)
    wanted = {int(one.name.removeprefix("choix-")) for one in proposal_page(desk(request), found).choices}
    choices: dict[int, tuple[str, str]] = {}
    for n in wanted:
        kept, text = first(call.pairs, f"choix-{n}"), first(call.pairs, f"choix-{n}~free")
        if kept in {"mine", "theirs"} or text.strip():
            choices[n] = (kept, text)
    if len(choices) < len(wanted):
        left = len(wanted) - len(choices)
        return answers.redirect(
            request, call.url, f"Choisissez pour chaque réponse : il en reste {left}.", "bad"
        )
    if not services.answer_proposal(
        deps(request), call.person, id, proposal, choices, shown_by(first(call.pairs, "_payload"))
    ):
        return answers.redirect(request, call.url, MOVED, "bad")
    return answers.redirect(request, where, DONE)


def shown_by(text: str) -> dict[str, str]:
    """Read what a page says that it showed; whatever is malformed shows nothing."""
    try:
        found = json.loads(text[:100_000])
    except ValueError:
        return {}
    return {str(n): str(one) for n, one in found.items()} if isinstance(found, dict) else {}


MOVED = "Ceci a changé depuis que la page a été ouverte : voyez-le, puis choisissez."
DONE = "Vos choix sont enregistrés. L'auteur de la proposition les verra."


@post(PROPOSAL + "/retrait", sync_to_thread=False)
def take_back(request: AnyRequest, id: FromPath[str], proposal: FromPath[str]) -> Response[str]:
    """Take one's own proposal back."""
    services.withdraw(deps(request), answers.call(request).person, id, proposal)
    return answers.redirect(request, f"{document_url(id)}?lire=1", "Votre proposition est retirée.")


ROUTES: list[ControllerRouterHandler] = [show_propose, send_proposal, show_proposal, answer, take_back]
