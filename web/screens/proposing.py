"""What is put forward: the page on which somebody proposes, what is told of it, the page that answers it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from engine.answers import MISSING
from engine.french import clock, long_date
from engine.problems import ERROR
from renderers.gestures import ProposePage
from renderers.pages import AlertLine, Button, ConflictChoice, ConflictPage
from renderers.showing import Showing, messages_of
from renderers.view import step_view
from web.leaves import Leaf, leaf_label
from web.screens.clashes import choice_between
from web.screens.seeing import seer
from web.screens.shared import document_url
from web.services.proposing import (
    COMMENT,
    DECIDED,
    Filled,
    Proposal,
    applies,
    proposals_on,
    standing,
    stands_at,
    suggestible,
)
from web.shown import digests, shown_leaves
from web.world import Desk, Opened

LEAD = (
    "Écrivez ce que vous mettriez, là où un champ s'ouvre. Rien ne change dans le document : qui le remplit "
    "reprend votre proposition, ou non, et vous le verrez ici."
)


def propose_url(id: str, step: str) -> str:
    """Where somebody proposes for a step."""
    return f"{document_url(id)}/proposer/{step}"


def proposal_url(id: str, proposal: str) -> str:
    """Where a proposal is answered."""
    return f"{document_url(id)}/propositions/{proposal}"


def propose_page(
    here: Desk,
    found: Filled,
    step: str,
    *,
    comment: str,
    sealed: str,
    tabs: Mapping[str, str],
    query: str,
    searches: Mapping[str, str],
    empty: bool = False,
) -> ProposePage:
    """Build the page of a step to propose for."""
    opened, state = found.opened, found.state
    showing = Showing(
        state,
        opened.grant.as_if_writing(),
        found.wrong,
        candidates=lambda item: here.candidates(state, item),
        tabs=tabs,
        sees=seer(here),
        searches=searches,
    )
    part = state.form.skeleton.parts[step]
    summary = [one for one in messages_of(showing, step) if one.level == ERROR]
    many = f"{len(summary)} réponses sont à corriger"
    return ProposePage(
        title=f"Proposer : {part.spec.title}",
        over=opened.name,
        back=Button("Revenir au document", f"{document_url(opened.id)}?lire=1"),
        lead="Vous n'avez rien changé : changez une réponse, ou laissez un commentaire." if empty else LEAD,
        action=propose_url(opened.id, step) + (f"?{query}" if query else ""),
        step=step_view(showing, step),
        base=digests(shown_leaves(state, opened.grant, step)),
        sealed=sealed,
        comment=comment,
        most=COMMENT,
        summary_title="1 réponse est à corriger" if len(summary) == 1 else many,
        summary=tuple(summary),
        revision=opened.stored.revision,
    )


def written(found: Filled) -> str:
    """Write what was typed so far, for the page to carry."""
    pairs = [[list(leaf), None if mine is MISSING else mine] for leaf, _, mine in found.changed]
    return json.dumps(pairs, ensure_ascii=False)


def read(text: str) -> list[tuple[Leaf, object]]:
    """Read what `written` wrote: whoever calls has checked that it is ours."""
    return [(tuple(leaf), mine) for leaf, mine in json.loads(text)]


# --- what is told on a document -------------------------------------------------------------------


def told(here: Desk, opened: Opened) -> tuple[AlertLine, ...]:
    """What somebody has to know of the proposals on a document."""
    return tuple(line for one in proposals_on(here, opened) if (line := _line(one)) is not None)


def propose_buttons(opened: Opened) -> list[Button]:
    """The steps for which somebody may propose."""
    return [
        Button(f"Proposer : {part.spec.title}", propose_url(opened.id, part.id), quiet=True)
        for part in opened.state.form.skeleton.steps
        if suggestible(opened, part.id)
    ]


def _line(one: Proposal) -> AlertLine | None:
    return _own_line(one) if one.mine else _other_line(one)


def _other_line(one: Proposal) -> AlertLine | None:
    if one.stored.keys["state"] == DECIDED or not (one.left or not one.body["leaves"]):
        return None
    what = f"propose {_answers(len(one.left))}" if one.left else "laisse un commentaire"
    text = f"{one.body['label']} {what} ({_step(one)}), {_moment(one.body['at'])}."
    url = proposal_url(one.opened.id, one.stored.id)
    return AlertLine(text, (Button("Examiner la proposition" if one.left else "Lire le commentaire", url),))


def _own_line(one: Proposal) -> AlertLine:
    away = f"{proposal_url(one.opened.id, one.stored.id)}/retrait"
    answered = one.body.get("answered")
    if answered is None or one.stored.keys["state"] != DECIDED:
        change = Button("La modifier", propose_url(one.opened.id, one.body["step"]))
        waits = suggestible(one.opened, one.body["step"])
        buttons = (change,) if waits else ()
        fate = "attend une réponse" if waits else "est restée sans réponse : l'étape est fermée"
        text = f"Votre proposition ({_step(one)}), {_moment(one.body['at'])}, {fate}."
        return AlertLine(text, (*buttons, Button("La retirer", away, post=True, quiet=True)))
    count = len(one.body["leaves"])
    taken = sum(bool(leaf.get("taken")) for leaf in one.body["leaves"])
    fate = f"{_answers(taken)} reprise{'s' if taken > 1 else ''} sur {count}" if count else "commentaire lu"
    text = f"Votre proposition ({_step(one)}) : {fate}, par {answered['by']}, {_moment(answered['at'])}."
    return AlertLine(text, (Button("Ne plus le rappeler", away, post=True, quiet=True),))


def _answers(count: int) -> str:
    return "1 réponse" if count == 1 else f"{count or 'aucune'} réponse{'s' if count else ''}"


def _step(one: Proposal) -> str:
    part = one.opened.state.form.skeleton.parts.get(one.body["step"])
    return "étape retirée du formulaire" if part is None else str(part.spec.title)


def _moment(at: str) -> str:
    moment = datetime.fromisoformat(at)
    return f"le {long_date(moment.date())} à {clock(moment)}"


# --- the page that answers ------------------------------------------------------------------------


def proposal_page(here: Desk, one: Proposal) -> ConflictPage:
    """Build the page on which somebody takes or leaves what another proposes."""
    state, who = one.opened.state, str(one.body["label"])
    at = _moment(one.body["at"])
    places = [n for n in one.left if applies(state, tuple(one.body["leaves"][n]["leaf"]))]
    gone = [leaf_label(tuple(one.body["leaves"][n]["leaf"]), state) for n in one.left if n not in places]
    choices = tuple(_choice(one, n, who, at) for n in places)
    one_gone, many_gone = "1 réponse ne s'applique plus", f"{len(gone)} réponses ne s'appliquent plus"
    return ConflictPage(
        title=f"Proposition de {who}",
        over=f"{one.opened.name} · {_step(one)}",
        lead=f"{who} propose ceci, {at}. Rien n'est changé tant que vous n'avez pas choisi."
        if choices
        else f"{who} a écrit ceci, {at}.",
        action=proposal_url(one.opened.id, one.stored.id),
        revision=one.opened.stored.revision,
        payload=json.dumps(standing(one)),
        choices=choices,
        merged_title="" if not gone else one_gone if len(gone) == 1 else many_gone,
        merged=tuple(gone),
        later=Button("Décider plus tard", f"{document_url(one.opened.id)}?lire=1"),
        calm="À vous de choisir",
        take="Reprendre la proposition",
        leave="Laisser la réponse actuelle",
        done="Enregistrer mes choix" if choices else "C'est lu",
        said=str(one.body["comment"]),
    )


def _choice(one: Proposal, n: int, who: str, at: str) -> ConflictChoice:
    kept = one.body["leaves"][n]
    stands = stands_at(one.opened, tuple(kept["leaf"]))
    since = "" if stands == kept["was"] else ", changée depuis la proposition"
    sides = (kept["mine"], f"{who}, {at}"), (stands, f"Réponse actuelle{since}")
    return choice_between(one.opened.state, n, tuple(kept["leaf"]), *sides)
