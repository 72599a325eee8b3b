"""A move undone: the document as it was, with the answers given since."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from engine.compile import CompiledForm
from engine.evaluate import FormState
from engine.migrate.apply import Answers, Kept, take_leftovers
from engine.migrate.back import merged, reverse
from engine.migrate.kept import late_nodes
from engine.migrate.model import Move
from engine.migrate.replay import Body, Route

MOVES: TypeAdapter[list[Any]] = TypeAdapter(list[Move])


@dataclass(frozen=True, eq=False)
class Undone:
    """The document as it was, or why it stays where it is."""

    body: Body | None
    why: str = ""


def undo(state: FormState, source: CompiledForm) -> Undone:
    """Undo a document's last move; `source` is the version that it came from, `state` reads it as it is."""
    document = state.document
    record = document["moved"][-1]
    why = _in_the_way(state, source, frozenset(record["frozen"]))
    if why:
        return Undone(None, why)
    body: Body = copy.deepcopy(dict(document))
    answers, late = _answers(record, body["answers"], source)
    body |= {
        "version": record["from"],
        "answers": answers,
        "asked": _still_asked(record, body.get("asked", ())),
        "bases": {**record["bases"], **_own(body.get("bases", {}), source)},
        "moved": body["moved"][:-1],
        "archived": [*_before(body, record["archived"]), *late_nodes(state, late)],
    }
    body.pop("told", None)
    return Undone(_bare(body, ("moved", "archived")))


def _before(body: Body, count: int) -> list[Any]:
    """What was kept aside before a move, and the words that came too late for their field since."""
    archived = body.get("archived", ())
    return [*archived[:count], *(node for node in archived[count:] if "late" in node)]


def lower(state: FormState, route: Route) -> Undone:
    """Take a document that was started on a version back to an earlier one, along a route read backward."""
    source = route.source
    why = _in_the_way(state, source, frozenset())
    if why:
        return Undone(None, why)
    body: Body = copy.deepcopy(dict(state.document))
    for stage in reversed(route.stages):
        reverse(stage.moves, body["answers"], {}, stage.source)
    late = take_leftovers(body["answers"], source)
    body |= {
        "version": source.version,
        "asked": [name for name in body.get("asked", ()) if name in source.skeleton.named],
        "bases": _own(body.get("bases", {}), source),
        "archived": [*body.get("archived", ()), *late_nodes(state, late)],
    }
    return Undone(_bare(body, ("archived",)))


def _answers(record: Mapping[str, Any], now: Answers, source: CompiledForm) -> tuple[Answers, list[Kept]]:
    """The answers before, with what changed since; and what changed that has no field there."""
    if "before" not in record:
        return now, take_leftovers(now, source)
    before, base, mine = record["before"], copy.deepcopy(record["after"]), now
    for stage in reversed(record["stages"]):
        moves: Sequence[Any] = MOVES.validate_python(stage["moves"], by_alias=True)
        for answers in (base, mine):
            reverse(moves, answers, before, source)
    known = take_leftovers(base, source)
    late = [one for one in take_leftovers(mine, source) if one not in known]
    return merged(base, mine, copy.deepcopy(before), source), late


def _in_the_way(state: FormState, source: CompiledForm, frozen: frozenset[str]) -> str:
    since = frozenset(state.document.get("frozen", ())) - frozen
    titles = [step.spec.title for step in state.form.skeleton.steps if step.id in since]
    if since:
        return f"l'étape « {titles[0] if titles else min(since)} » a été close depuis"
    name = state.document["state"]
    if name not in {one.id for one in source.form.lifecycle.states}:
        return f"l'état « {state.form.state(name).label} » n'existe pas dans la version {source.version}"
    return ""


def _still_asked(record: Mapping[str, Any], now: Sequence[str]) -> list[str]:
    """What was to be confirmed and has not been since."""
    moves = [move for stage in record["stages"] for move in stage["moves"]]
    names = {move["field"]: move["to"] for move in moves if move["do"] == "rename"}
    return [name for name in record["asked"] if name in now or names.get(name) in now]


def _own(bases: Mapping[str, Any], form: CompiledForm) -> dict[str, Any]:
    return {name: base for name, base in bases.items() if name in form.skeleton.named}


def _bare(body: Body, optional: Sequence[str]) -> Body:
    for key in optional:
        if not body[key]:
            del body[key]
    return body
