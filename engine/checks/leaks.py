"""Leaks: whatever shows must not reveal what its reader may not read (definition language, 4.5).

A piece reads through `guards`, sets of roles that must all be met. Whoever sees the piece must meet
them already: some set around the piece lies within each guard.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from engine import model
from engine.checks.common import Found, all_versions, gap
from engine.checks.moves import rows_given
from engine.checks.rows import copied_pairs
from engine.compile import CompiledAction, CompiledForm, CompiledProblem
from engine.faults import Location
from engine.paths import dotted
from engine.skeleton import Item, Roles
from engine.types import Reads

Piece = tuple[Location, Reads]


def check_leaks(form: CompiledForm) -> Iterator[Found]:
    """Find what would reveal a restricted answer."""
    for part in form.skeleton.steps:
        if part.id in form.step_when:
            yield from _leak(form, (*part.location, "when"), form.step_when[part.id].reads, part.guards)
    for item in form.skeleton.items.values():
        for location, reads in _pieces(form, item):
            yield from _leak(form, location, reads, item.guards)
        yield from _sources(form, item)
    for index, problem in enumerate(form.problems):
        yield from _problem(form, problem, ("problems", index))
    yield from _open_to_all(form)
    yield from _alerts(form)
    yield from _automatic(form)
    for index, action in enumerate(form.form.lifecycle.actions):
        compiled = form.actions.get(action.id)
        if compiled is not None and compiled.spec is action:
            yield from _action(form, compiled, ("lifecycle", "actions", index))


def _leak(form: CompiledForm, location: Location, reads: Reads, own: Iterable[Roles]) -> Iterator[Found]:
    guard = gap(own, filter(None, reads.guards))  # an empty one is a fault of its own
    if guard is not None:
        who = ", ".join(sorted(guard))
        text = (
            f"ceci révélerait « {_culprit(form, reads, guard)} », réservé à {who}, à qui ne le lit pas. "
            "Restreignez ceci de même par « readers », ou passez par une valeur nommée qui a ses « readers »."
        )
        yield location, text


def _culprit(form: CompiledForm, reads: Reads, guard: Roles) -> str:
    items = form.skeleton.items
    own = (
        path
        for path in sorted(reads.own)
        if (item := items.get(tuple(path.split(".")))) and guard in item.guards
    )
    return next(own, "") or next(iter(sorted(reads.context)), "une réponse")


def _pieces(form: CompiledForm, item: Item) -> Iterator[Piece]:
    rules = form.rules[item.path]
    for key in ("when", "required", "default", "min", "max", "filter", "root", "value", "text", "row_label"):
        piece = getattr(rules, key)
        if piece is not None:
            yield (*item.location, key), piece.reads
    for index, source in enumerate(rules.suggest):
        yield (*item.location, "suggest", "from", index), source.reads
    if item.type == "cascade":
        for index, level in enumerate(item.spec.levels):
            for key, bound in zip(
                ("min", "max"), rules.level_bounds.get(level.id, (None, None)), strict=True
            ):
                if bound is not None:
                    yield (*item.location, "levels", index, key), bound.reads


def _sources(form: CompiledForm, item: Item) -> Iterator[Found]:
    """What an item shows without a condition or a value: its target, the rows that it follows."""
    if item.type == "bound":
        target = form.target(item)
        if target is not item:
            yield from _leak(form, (*item.location, "to"), _reading(item.spec.to, target), item.guards)
    if item.type == "choice" and item.spec.from_rows is not None:
        source = form.skeleton.named.get(item.spec.from_rows)
        if source is not None:
            yield from _leak(form, (*item.location, "from_rows"), _reading(source.id, source), item.guards)
    if item.type == "rows":
        yield from _rows_sources(form, item)


def _rows_sources(form: CompiledForm, item: Item) -> Iterator[Found]:
    for _, source in form.drafting.over_source(item) or ():
        yield from _leak(form, (*item.location, "over"), _reading(item.spec.over, source), item.guards)
    for child, source, _ in copied_pairs(form, item):
        yield from _leak(
            form, (*item.location, "default"), _reading(dotted(source.path), source), child.guards
        )
    for index, problem in enumerate(form.rules[item.path].problems):
        yield from _problem(form, problem, (*item.location, "problems", index))
    keys = [child for name in item.spec.distinct or () for child in item.children if child.id == name]
    for child in keys[1:]:
        yield from _leak(
            form, (*item.location, "distinct"), _reading(dotted(child.path), child), keys[0].guards
        )


def _reading(path: str, item: Item) -> Reads:
    return Reads(context=frozenset({path}), guards=frozenset(item.guards))


def _problem(form: CompiledForm, problem: CompiledProblem, location: Location) -> Iterator[Found]:
    """A problem shows to whoever reads any of its fields."""
    shown = [form.skeleton.items[path].guards for path in problem.on if path in form.skeleton.items]
    for key, reads in (("when", problem.test.reads), ("message", problem.message.reads)):
        for guards in shown:
            found = list(_leak(form, (*location, key), reads, guards))
            if found:
                yield found[0]
                break


def _open_to_all(form: CompiledForm) -> Iterator[Found]:
    """Names, searches and filters are not cut to their reader: they read nothing restricted."""
    pieces: list[Piece] = [(("name",), form.name.reads)]
    if form.subtitle is not None:
        pieces.append((("page", "subtitle"), form.subtitle.reads))
    pieces += [(("collections", name, "where"), test.reads) for name, test in form.collections.items()]
    if form.form.index is not None:
        for index, name in enumerate(form.form.index.search):
            item = form.skeleton.named.get(name)
            if item is not None:
                pieces.append((("index", "search", index), _reading(name, item)))
        for index, box in enumerate(form.form.index.filters):
            if box.id in form.filters:
                pieces.append((("index", "filters", index, "when"), form.filters[box.id].reads))
    for location, reads in pieces:
        yield from _leak(form, location, reads, ())


def _alerts(form: CompiledForm) -> Iterator[Found]:
    """An alert shows to each of its roles, or to whoever reads the document."""
    for index, alert in enumerate(form.alerts):
        around = [()] if alert.to is None else [(frozenset({role}),) for role in sorted(alert.to)]
        for key, reads in (("when", alert.test.reads), ("text", alert.text.reads)):
            leaks = (one for own in around for one in _leak(form, ("alerts", index, key), reads, own))
            yield from list(leaks)[:1]


def _automatic(form: CompiledForm) -> Iterator[Found]:
    """What was created of itself tells whoever meets it that its condition has held."""
    for index, one in enumerate(form.automatic):
        location = ("automatic", index, "effect")
        yield from _leak(form, (*location, "when"), one.effect.test.reads, ())
        yield from _written(form, one.effect, location)


# --- actions ------------------------------------------------------------------------------------


def _action(form: CompiledForm, action: CompiledAction, location: Location) -> Iterator[Found]:
    """Whoever may act sees refusals, questions and effects: each such role must be within the guards."""
    doers = _doers(form, action.spec)
    pieces: list[Piece] = []
    for index, refusal in enumerate(action.refused):
        pieces.append(((*location, "refused", index, "when"), refusal.test.reads))
        pieces.append(((*location, "refused", index, "message"), refusal.message.reads))
    pieces += [((*location, "confirm", key), text.reads) for key, text in action.confirm.items()]
    pieces += [
        ((*location, "effects", n, "when"), effect.test.reads) for n, effect in enumerate(action.effects)
    ]
    for where, reads in pieces:
        for role in sorted(doers):
            found = list(_leak(form, where, reads, [frozenset({role})]))
            if found:
                yield found[0]
                break
    for n, effect in enumerate(action.effects):
        yield from _written(form, effect, (*location, "effects", n))


def _doers(form: CompiledForm, action: model.Action) -> Roles:
    doers = _may(form.form, action.id, form)
    for caller in action.called_by:
        name, _, wanted = caller.partition(".")
        versions = all_versions(form.drafting, name)
        if versions:
            doers |= _may(versions[-1], wanted, form)
    return doers


def _may(spec: model.Form, action: str, form: CompiledForm) -> Roles:
    expand = form.drafting.library.expand
    who = (name for right in spec.access.rights if action in right.may for name in right.who)
    return frozenset().union(*(expand.get(name, frozenset()) for name in who))


def _written(form: CompiledForm, effect: Any, location: Location) -> Iterator[Found]:
    """What an effect writes elsewhere is read there by whoever reads that field."""
    spec = effect.spec
    if isinstance(spec, model.SetEffect):
        targets = {
            item.id: item for one in form.drafting.subject_draftings() for item in one.skeleton.named.values()
        }
        for name, value in effect.values.items():
            if name in targets:
                yield from _leak(form, (*location, "value"), value.reads, targets[name].guards)
    if isinstance(spec, model.CreateEffect):
        created = form.drafting.library.newest(spec.form)
        named = {} if created is None else created.skeleton.named
        for name, value in effect.values.items():
            if name in named:
                yield from _leak(form, (*location, "set", name), value.reads, named[name].guards)
        for name, each in effect.rows.items():
            for key, item in rows_given(form, spec, name).items():
                if key in each.give:
                    where = (*location, "set", name, "give", key)
                    yield from _leak(form, where, each.give[key].reads | each.where.reads, item.guards)
