"""A document replayed on another version: what it would be there, and what becomes of it, named.

Outcomes: unchanged (nothing shown differs in a byte), moved, asked (an answer is asked again), lost (an
answer would no longer count), blocked (it stays on its version). A closed step never moves: a document
that has some moves only if they read exactly the same there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.answers import all_codes, is_empty, is_raw
from engine.compile import CompiledForm
from engine.evaluate import FormState, static_path, to_stored
from engine.migrate import model
from engine.migrate.apply import Answers, Kept, Stage, apply, holders, rename, take_leftovers
from engine.migrate.kept import kept_nodes
from engine.paths import Path
from engine.present import read_step
from engine.problems import ERROR
from engine.scopes import Scope
from engine.skeleton import Item
from engine.validate import judge

UNCHANGED, MOVED, ASKED, LOST, BLOCKED = "unchanged", "moved", "asked", "lost", "blocked"
OUTCOMES = (BLOCKED, LOST, ASKED, MOVED, UNCHANGED)  # the gravest first

Body = dict[str, Any]
ReadAs = Callable[[CompiledForm, Mapping[str, Any]], FormState]


@dataclass(frozen=True, eq=False)
class Route:
    """The way from one version to another: its stages, in order; at least one."""

    stages: tuple[Stage, ...]
    _alike: dict[Path, bool] = field(default_factory=dict)
    _steps_alike: dict[str, bool] = field(default_factory=dict)

    @property
    def source(self) -> CompiledForm:
        """Where documents come from."""
        return self.stages[0].source

    @property
    def target(self) -> CompiledForm:
        """Where documents go."""
        return self.stages[-1].target

    def alike(self, path: Path) -> bool:
        """Tell whether an item is written the same at both ends: worked out once for all documents."""
        if path not in self._alike:
            old, new = (form.skeleton.items.get(path) for form in (self.source, self.target))
            self._alike[path] = old is not None and new is not None and _bare(old) == _bare(new)
        return self._alike[path]

    def step_alike(self, step: str) -> bool:
        """Tell whether a step says the same of itself at both ends, what it holds left out."""
        if step not in self._steps_alike:
            old, new = (form.skeleton.parts.get(step) for form in (self.source, self.target))
            bare = [None if one is None else one.spec.model_dump(exclude={"items"}) for one in (old, new)]
            self._steps_alike[step] = bare[0] is not None and bare[0] == bare[1]
        return self._steps_alike[step]


def _bare(item: Item) -> Any:
    spec = item.spec.model_dump(exclude={"items"})
    return spec, item.step, item.chain, item.guards, item.writers


@dataclass(frozen=True, eq=False)
class Replay:
    """What becomes of one document: `body` is what to write, None when nothing moves.

    `fields`: labels of the fields that the outcome is about; `why`: a sentence when it is blocked.
    """

    outcome: str
    fields: tuple[str, ...] = ()
    why: str = ""
    body: Body | None = None


def replay(state: FormState, route: Route, read: ReadAs, at: str) -> Replay:
    """Replay a document, read with its own version, at the end of a route; `at`: ISO time of the move."""
    frozen = frozenset(state.document.get("frozen", ()))
    if not _open_steps(state) - frozen:
        return Replay(UNCHANGED)
    body, archived = moved(state, route, read, at)
    after = read(route.target, body)
    if not archived and _same(state, after, route, frozen):
        return Replay(UNCHANGED, body=None if frozen else body)
    why = _in_the_way(state, after, frozen)
    if why:
        return Replay(BLOCKED, why=why)
    lost = _lost(state, after, route)
    if lost:
        return Replay(LOST, lost)
    asked = _asked(state, after, route)
    return Replay(ASKED if asked else MOVED, asked or tuple(archived), body=body)


def _open_steps(state: FormState) -> frozenset[str]:
    return frozenset(state.form.state(state.document["state"]).open) & state.steps


def copied(value: Any) -> Any:
    """Copy plain JSON: much faster than `copy.deepcopy`, which a rehearsal would spend its time in.

    >>> copied({"a": [1, {"b": None}]})
    {'a': [1, {'b': None}]}
    """
    if isinstance(value, dict):
        return {key: copied(one) for key, one in value.items()}
    return [copied(one) for one in value] if isinstance(value, list) else value


# --- moving -------------------------------------------------------------------------------------


def moved(state: FormState, route: Route, read: ReadAs, at: str) -> tuple[Body, list[str]]:
    """Build the document at the end of a route, with all that is needed to come back.

    Gives it with the labels of what was kept aside.
    """
    former = state.document
    answers: Answers = copied(former["answers"])
    # closed steps are large and never touched: the two documents share them
    body: Body = {**former, "answers": answers, "bases": copied(former.get("bases", {}))}
    archived: list[Kept] = []
    for stage in route.stages:
        archived += apply(stage, answers)
        _rename_beside(stage, body)
        body["version"] = stage.target.version
        _fill(stage, body, read)
    archived += take_leftovers(answers, route.target)
    _ask(route, body)
    record = _record(state, route, body, at)
    nodes = kept_nodes(state, route, archived)
    if nodes:
        body["archived"] = [*body.get("archived", ()), *nodes]
    body["moved"] = [*body.get("moved", ()), record]
    return body, [node["label"] for node in nodes]


def _record(state: FormState, route: Route, body: Body, at: str) -> Body:
    """What a way back needs. Answers are kept twice, before and after, only if the move touched them."""
    former = state.document
    record: Body = {
        "from": former["version"],
        "to": route.target.version,
        "at": at,
        "stages": [
            {
                "from": stage.source.version,
                "to": stage.target.version,
                "moves": [move.model_dump(by_alias=True, exclude_none=True) for move in stage.moves],
            }
            for stage in route.stages
        ],
        "frozen": sorted(former.get("frozen", ())),
        "archived": len(former.get("archived", ())),
        "asked": list(former.get("asked", ())),
        "bases": copied(former.get("bases", {})),
    }
    if former["answers"] != body["answers"]:
        record |= {"before": copied(former["answers"]), "after": copied(body["answers"])}
    return record


def _rename_beside(stage: Stage, body: Body) -> None:
    for move in stage.moves:
        if isinstance(move, model.Rename) and "." not in move.field:
            rename(body.setdefault("bases", {}), move.field, move.to)
            asked = body.get("asked", ())
            body["asked"] = [move.to if name == move.field else name for name in asked]


def _fill(stage: Stage, body: Body, read: ReadAs) -> None:
    """Answer what nobody could answer before; what somebody answered stays."""
    if not stage.fills:
        return
    state = read(stage.target, body)
    for index, value in stage.fills.items():
        path = stage.moves[index].field
        step = stage.target.skeleton.items[tuple(path.split("."))].step
        stored = to_stored(value.get(Scope(state)), value.type)
        for holder, key in holders(body["answers"], path):
            if is_empty(holder.get(key)) and not is_empty(stored) and step not in body.get("frozen", {}):
                holder[key] = copied(stored)


def _ask(route: Route, body: Body) -> None:
    named = route.target.skeleton.named
    asked = [move.field for stage in route.stages for move in stage.moves if isinstance(move, model.Ask)]
    frozen = body.get("frozen", {})
    fresh = [name for name in asked if name in named and named[name].step not in frozen]
    body["asked"] = list(dict.fromkeys([*body.get("asked", ()), *fresh]))


# --- outcomes -----------------------------------------------------------------------------------


def _same(before: FormState, after: FormState, route: Route, frozen: frozenset[str]) -> bool:
    """Tell whether nothing differs in open steps: what is read, asked, found wrong, stored."""
    old, new = before.document, after.document
    seen = _seen(before, frozen)
    return (
        before.steps - frozen == after.steps - frozen
        and seen == _seen(after, frozen)
        and all(route.alike(before.static(path)) for path in seen)
        and all(route.step_alike(step) for step in before.steps - frozen)
        and old["answers"] == new["answers"]
        and list(old.get("asked", ())) == new["asked"]
        and all(read_step(before, step) == read_step(after, step) for step in before.steps - frozen)
        and judge(before) == judge(after)
    )


def _seen(state: FormState, frozen: frozenset[str]) -> set[Path]:
    if not frozen:
        return set(state.visible)
    items = state.form.skeleton.items
    return {path for path in state.visible if items[state.static(path)].step not in frozen}


def _in_the_way(before: FormState, after: FormState, frozen: frozenset[str]) -> str:
    """Why a document can't move, "" when it can: its state, its closed steps."""
    name, target = before.document["state"], after.form
    label = before.form.state(name).label
    if name not in {state.id for state in target.form.lifecycle.states}:
        return f"l'état « {label} » n'existe plus"
    still = frozenset(target.state(name).open)
    said, says = _values(before, frozen), _values(after, frozen)
    opened = _open_steps(before) - frozen
    for step in before.form.skeleton.steps:
        known = step.id in target.skeleton.parts
        if step.id in frozen and (step.id in still or not known or said.get(step.id) != says.get(step.id)):
            return f"l'étape « {step.spec.title} » est close, et a changé"
        if step.id in opened and known and step.id not in still:
            return f"l'étape « {step.spec.title} » ne serait plus modifiable dans l'état « {label} »"
    astray = [name for name in after.document["answers"] if target.skeleton.named[name].step in frozen]
    if astray:
        return f"« {target.skeleton.named[astray[0]].heading} » irait dans une étape close"
    return ""


def _values(state: FormState, frozen: frozenset[str]) -> dict[str, dict[Path, Any]]:
    """What closed steps say, by step: their typed answers and calculations."""
    items = state.form.skeleton.items
    found: dict[str, dict[Path, Any]] = {}
    for path, value in state.values.items():
        item = items[static_path(path, state.form)]
        if item.step in frozen and item.type not in {"rows", "group"}:
            found.setdefault(item.step, {})[path] = value
    return found


def _lost(before: FormState, after: FormState, route: Route) -> tuple[str, ...]:
    """The fields whose answers counted, and would not: those that moves archive are no loss."""
    wanted = _counted(before)
    for stage in route.stages:
        apply(stage, wanted)
    gone = [path for path, _ in take_leftovers(wanted, route.target)]
    kept = set(_leaves(after.answers))
    gone += [".".join(leaf[:1]) for leaf in _leaves(wanted) if leaf not in kept]
    return tuple(dict.fromkeys(_label(path, route) for path in gone))


def _counted(state: FormState) -> Answers:
    """The answers that count in open steps, without those that only follow a default."""
    named, frozen = state.form.skeleton.named, state.document.get("frozen", ())
    opened = {name: value for name, value in state.answers.items() if named[name].step not in frozen}
    answers: Answers = copied(opened)
    for path in state.untouched:
        if len(path) == 1:
            answers.pop(path[0], None)
            continue
        for holder, key in holders(answers, f"{path[0]}.{path[-1]}"):
            if len(path) == 2 or holder.get("row") == path[1]:
                holder.pop(key, None)
    return answers


def _leaves(answers: Mapping[str, Any]) -> Iterator[Path]:
    """Cut answers into what may be lost alone: a cell, a pick, a chosen person.

    >>> list(_leaves({"a": ["x"], "b": [{"row": "r", "c": 1}]}))
    [('a', 'x'), ('b', 'r', 'c')]
    """
    for name, value in answers.items():
        if isinstance(value, list) and value and isinstance(value[0], Mapping) and "row" in value[0]:
            for row in value:
                yield from ((name, row["row"], *leaf) for leaf in _leaves(_inner(row)))
        elif isinstance(value, Mapping) and not is_raw(value):
            yield from ((name, *leaf) for leaf in _leaves(value))
        elif isinstance(value, list):
            codes = (one["id"] if isinstance(one, Mapping) and "id" in one else None for one in value)
            known = [code for code in codes if code is not None] or list(all_codes(value))
            yield from ((name, str(code)) for code in known)
        elif not is_empty(value):
            yield (name,)


def _inner(row: Mapping[str, Any]) -> Answers:
    return {key: value for key, value in row.items() if key not in {"row", "by"}}


def _label(path: str, route: Route) -> str:
    head = path.split(".")[0]
    for form in (route.target, *(stage.source for stage in reversed(route.stages))):
        if head in form.skeleton.named:
            return form.skeleton.named[head].heading
    return head


def _asked(before: FormState, after: FormState, route: Route) -> tuple[str, ...]:
    """The fields to answer or to confirm that did not ask for anything before."""
    had = {(before.static(problem.path), problem.code) for problem in judge(before) if problem.level == ERROR}
    found = [
        _label(problem.path[0], route)
        for problem in judge(after)
        if problem.level == ERROR and problem.path and (after.static(problem.path), problem.code) not in had
    ]
    fresh = [name for name in after.document["asked"] if name not in before.document.get("asked", ())]
    return tuple(dict.fromkeys([*(_label(name, route) for name in fresh), *found]))
