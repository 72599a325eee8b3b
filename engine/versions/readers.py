"""What reads each name of a form (value, condition, collection, field), found in one walk."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from engine import model
from engine.french import enumerate_words
from engine.versions.changes import Thing, cut

NAMES = frozenset({"ref", "condition", "some", "count", "sum", "each", "from_rows"})
_HOLE = re.compile(r"\{([a-z][a-z0-9_]*)[a-z0-9_.]*\}")
Held = tuple[Thing, Any]  # what may read names, and its specification


def readers(
    form: model.Form, items: Iterable[Held], role: Callable[[str], str]
) -> Mapping[str, Mapping[int, Thing]]:
    """Give by name what reads it: steps, items, messages, actions, rights, each under its rank."""
    found: dict[str, dict[int, Thing]] = {}
    for place, (thing, held) in enumerate([*_steps(form), *items, *_others(form, role)]):
        for name in _named(_plain(held)):
            found.setdefault(name, {})[place] = thing
    return found


def namers(form: model.Form) -> Mapping[str, frozenset[str]]:
    """Give by name the named values, conditions and collections that read it."""
    found: dict[str, set[str]] = {}
    for other, spec in [*form.values.items(), *form.conditions.items(), *form.collections.items()]:
        for name in _named(_plain(spec)):
            found.setdefault(name, set()).add(other)
    return {name: frozenset(others) for name, others in found.items()}


def _steps(form: model.Form) -> Iterator[Held]:
    for step in form.steps:
        yield Thing(f"steps.{step.id}", f"l'étape « {step.title} »", True), step


def _others(form: model.Form, role: Callable[[str], str]) -> Iterator[Held]:
    for problem in form.problems:
        yield Thing(f"problems.{problem.id}", f"le message {cut(problem.message, 60)}"), problem
    for action in form.lifecycle.actions:
        yield Thing(f"lifecycle.actions.{action.id}", f"l'action « {action.label} »", True), action
    for right in form.access.rights:
        who = enumerate_words([f"« {role(one)} »" for one in right.who])
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
