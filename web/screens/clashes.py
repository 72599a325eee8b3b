"""Two versions of the same answers, side by side, nothing chosen in advance."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from engine.evaluate import FormState, static_path
from engine.french import clock
from renderers.pages import Button, ConflictChoice, ConflictPage, Side
from web.leaves import Leaf, leaf_label
from web.screens.shared import step_url
from web.screens.versions import differing, words_of
from web.services import Clash
from web.world import Desk


def clash_page(here: Desk, clash: Clash, other: str) -> ConflictPage:
    """Build the page on which somebody chooses between two versions."""
    state, body = clash.opened.state, clash.stored.body
    mine_at = datetime.fromisoformat(body["at"])
    theirs_at = datetime.fromisoformat(clash.opened.stored.at)
    alone = other == here.person_id
    who = here.person(other).label
    count = len(body["leaves"])
    merged = [leaf_label(tuple(leaf), state) for leaf in body["merged"]]
    left = "Il reste 1 réponse à choisir" if count == 1 else f"Il reste {count} réponses à choisir"
    return ConflictPage(
        title="Vous avez modifié les mêmes réponses dans une autre fenêtre"
        if alone
        else f"Vous avez modifié les mêmes réponses que {who}",
        over=f"{clash.opened.name} · {state.form.skeleton.parts[body['step']].spec.title}",
        lead=f"{who} a enregistré ce document à {clock(theirs_at)}, pendant que vous l'aviez ouvert. "
        f"{left} ; "
        "votre version est gardée à part jusqu'à votre choix.",
        action=f"/documents/{clash.opened.id}/conflit/{clash.stored.id}",
        revision=clash.opened.stored.revision,
        payload="",
        choices=tuple(
            choice_between(
                state,
                n,
                tuple(one["leaf"]),
                (one["mine"], f"{here.me.label}, {clock(mine_at)}"),
                (one["theirs"], f"{who}, {clock(theirs_at)}"),
            )
            for n, one in enumerate(body["leaves"])
        ),
        merged_title=f"{len(merged)} réponses réunies automatiquement" if merged else "",
        merged=tuple(merged),
        later=Button("Décider plus tard", step_url(clash.opened.id, body["step"])),
    )


def choice_between(
    state: FormState, n: int, leaf: Leaf, one: tuple[Any, str], other: tuple[Any, str]
) -> ConflictChoice:
    """Build the choice between two versions of a leaf, each with who wrote it, and when."""
    (mine, who), (theirs, else_who) = one, other
    item = state.form.skeleton.items.get(
        static_path(tuple(part for part in leaf if not part.startswith("#")), state.form)
    )
    own, stands = words_of(state, leaf, mine), words_of(state, leaf, theirs)
    own_runs, other_runs = differing(own, stands)
    return ConflictChoice(
        name=f"choix-{n}",
        legend=leaf_label(leaf, state),
        mine=Side(who, own_runs, not own),
        theirs=Side(else_who, other_runs, not stands),
        free=item is not None and item.type == "text",
        max=item.spec.max if item is not None and item.type == "text" else None,
    )
