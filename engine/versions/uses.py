"""What behaves otherwise when a condition, a named value or a collection changes: found, and named."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from engine import model
from engine.french import enumerate_words
from engine.paths import Path
from engine.skeleton import Item
from engine.versions.changes import Thing, cut
from engine.versions.world import Side, thing_of

MOST_NAMED = 5
NAMES = frozenset({"ref", "condition", "some", "count", "sum", "each", "from_rows"})
_HOLE = re.compile(r"\{([a-z][a-z0-9_]*)[a-z0-9_.]*\}")


def uses(side: Side, name: str) -> tuple[Thing, ...]:
    """Give what reads a name, directly or through other names: items, steps, messages, actions, rights."""
    names = _through(side.form, name)
    return tuple(thing for thing, held in _holders(side) if names.intersection(_named(_plain(held))))


def within(side: Side, path: Path) -> tuple[Thing, ...]:
    """Give the fields inside a section, a group or rows."""
    items = side.skeleton.items.items()
    return tuple(
        thing_of(item)
        for other, item in items
        if other != path and _holds(path, other, item) and item.is_field
    )


def in_step(side: Side, step: str) -> tuple[Thing, ...]:
    """Give the fields of a step."""
    items = side.skeleton.items.values()
    return tuple(thing_of(one) for one in items if one.step == step and one.is_field and one.parent is None)


def touching(thing: Thing, things: Iterable[Thing]) -> Thing:
    """Say of a thing that others behave otherwise with it: their paths."""
    affects = dict.fromkeys([*thing.affects, *(one.path for one in things)])
    return replace(thing, affects=tuple(affects))


def touched(things: Sequence[Thing]) -> str:
    """End a sentence with what a change touches; nothing is said of nothing.

    >>> touched([Thing("duree", "le champ « Durée »"), Thing("steps.fin", "l'étape « Fin »", True)])
    " ; cela touche le champ « Durée » et l'étape « Fin »"
    """
    names = list(dict.fromkeys(one.name for one in things))
    if not names:
        return ""
    more = len(names) - MOST_NAMED
    told = names if more <= 0 else [*names[:MOST_NAMED], f"{more} autre{'s' if more > 1 else ''}"]
    return f" ; cela touche {enumerate_words(told)}"


def _holds(path: Path, other: Path, item: Item) -> bool:
    """Tell whether an item is inside another: by its path (rows, groups) or by its sections."""
    return other[: len(path)] == path or (len(path) == 1 and path[0] in item.chain)


def _through(form: model.Form, name: str) -> set[str]:
    """A name, and the named values, conditions and collections that read it."""
    names, grown = {name}, True
    tables = [*form.values.items(), *form.conditions.items(), *form.collections.items()]
    while grown:
        more = {
            other for other, spec in tables if other not in names and names.intersection(_named(_plain(spec)))
        }
        names |= more
        grown = bool(more)
    return names


def _holders(side: Side) -> Iterator[tuple[Thing, Any]]:
    """Everything that may read a name, each with what it holds of its own."""
    form = side.form
    for step in form.steps:
        yield Thing(f"steps.{step.id}", f"l'étape « {step.title} »", True), step
    for item in side.skeleton.items.values():
        yield thing_of(item), item.spec
    for problem in form.problems:
        yield Thing(f"problems.{problem.id}", f"le message {cut(problem.message, 60)}"), problem
    for action in form.lifecycle.actions:
        yield Thing(f"lifecycle.actions.{action.id}", f"l'action « {action.label} »", True), action
    for right in form.access.rights:
        who = enumerate_words([f"« {side.role(one)} »" for one in right.who])
        yield Thing(f"access.{'.'.join(right.who)}", f"les droits de {who}", True), right
    for one in form.access.closed:
        yield Thing(f"access.closed.{one.id}", f"la fermeture « {one.id} »", True), one
    for alert in form.alerts:
        yield Thing(f"alerts.{alert.id}", f"l'alerte {cut(alert.text, 60)}", True), alert
    for box in () if form.index is None else form.index.filters:
        yield Thing(f"index.{box.id}", f"le filtre « {box.label} »"), box


def _plain(spec: Any) -> Any:
    """A specification without what is inside it: items speak for themselves."""
    found = spec.model_dump(by_alias=True, exclude_none=True)
    found.pop("items", None)
    return found


def _named(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key in NAMES and isinstance(value, str):
                yield value.split(".")[0]
            else:
                yield from _named(value)
    elif isinstance(node, list):
        for one in node:
            yield from _named(one)
    elif isinstance(node, str):
        yield from (hole[1] for hole in _HOLE.finditer(node))
