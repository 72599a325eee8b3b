"""Choosing between two versions of the same answers."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.access import decide
from engine.answers import MISSING
from engine.evaluate import static_path
from storage.base import Stored
from web import once
from web.failures import NotFound
from web.leaves import put_leaf
from web.services.saving import CLASH, writable_step
from web.services.writing import Deps, desk, write
from web.world import Desk, Opened


@dataclass(frozen=True, eq=False)
class Clash:
    """Two versions of some answers, waiting for a choice."""

    stored: Stored
    opened: Opened


def open_clash(deps: Deps, person: str, id: str, clash: str) -> Clash:
    """Open what waits for a choice: only its author may."""
    here = desk(deps, person)
    opened = here.open(id)
    stored = deps.store.get(CLASH, clash)
    if stored is None or stored.body["document"] != id or stored.body["person"] != person:
        raise NotFound
    return Clash(stored, opened)


def settled_already(deps: Deps) -> str | None:
    """The step whose choice was written by this very press, if it was."""
    done = once.former(deps.store, deps.once)
    return None if done is None else str(done["step"])


def settle(deps: Deps, person: str, id: str, clash: str, choices: Mapping[int, tuple[str, str]]) -> None:
    """Write the chosen versions: « mine », « theirs », or a third text."""
    with deps.store.transaction(person, deps.now()) as tx:
        if once.former(tx, deps.once) is not None:
            return
        work = Desk(tx, deps.catalogue, deps.now(), person)
        opened = work.open(id)
        waiting = tx.get(CLASH, clash)
        if waiting is None or waiting.body["document"] != id or waiting.body["person"] != person:
            raise NotFound
        step = waiting.body["step"]
        writable_step(opened, step)
        body = copy.deepcopy(opened.stored.body)
        for index, one in enumerate(waiting.body["leaves"]):
            _settle_leaf(opened, body, one, choices.get(index, ("theirs", "")))
        if body != opened.stored.body:
            write(deps, tx, opened.stored, body, person, None, "Choix entre deux versions")
        tx.delete(CLASH, clash, waiting.revision)
        once.keep(tx, deps.once, {"step": step}, work.now)


def _settle_leaf(
    opened: Opened, body: dict[str, Any], one: Mapping[str, Any], choice: tuple[str, str]
) -> None:
    leaf = tuple(one["leaf"])
    form = opened.state.form
    item = form.skeleton.items.get(
        static_path(tuple(part for part in leaf if not part.startswith("#")), form)
    )
    author = opened.state.author(leaf[:2]) if len(leaf) == 3 else None
    if item is None or not decide(opened.grant, "write", item, author):
        return
    kept, text = choice
    if text.strip() and item.type == "text":
        limit = item.spec.max
        value: Any = text.strip() if limit is None or len(text.strip()) <= limit else {"raw": text.strip()}
        put_leaf(body["answers"], leaf, value, form)
    elif kept == "mine":
        put_leaf(body["answers"], leaf, MISSING if one["mine"] is None else one["mine"], form)
