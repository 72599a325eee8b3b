"""What the scenarios of a form should reach: conditions both ways, choices, transitions, rights."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from engine import model
from engine.compile import CompiledForm
from engine.conditions import Test
from engine.paths import dotted, json_path
from engine.saying import say_condition
from engine.skeleton import Item
from engine.solver.proofs import labels_at
from engine.solver.search import Question, Verdict
from engine.solver.translate import Translator

MOST_CODES = 40  # beyond, a list is covered by its first level
KINDS = {
    "condition": "Conditions",
    "choice": "Choix",
    "transition": "Transitions",
    "access": "Droits",
}


@dataclass(frozen=True)
class Target:
    """One thing to reach: its kind, what names it among them, where it is written, its words."""

    kind: str
    key: tuple[str, ...]
    where: str
    words: str
    group: str = ""  # what several have in common: a field, a state
    short: str = ""  # what tells them apart in their group


@dataclass(frozen=True, eq=False)
class Watched:
    """A condition to see hold and fail: its place, the item that it stands on, its test."""

    where: str
    node: Any
    test: Test
    item: Item | None
    inside: bool = False  # it stands in the rows of the item


def watched(form: CompiledForm) -> Iterator[Watched]:
    """Walk every condition of a form that decides something by itself."""
    for name, spec in form.form.conditions.items():
        yield Watched(f"$.conditions.{name}", spec.when, form.conditions[name], None)
    for part in form.skeleton.steps:
        if part.spec.when is not None:
            yield Watched(json_path((*part.location, "when")), part.spec.when, form.step_when[part.id], None)
    for item in form.skeleton.items.values():
        yield from _of_item(item, form)
    for one, problem in zip(form.form.problems, form.problems, strict=True):
        yield Watched(f"$.problems.{one.id}", one.when, problem.test, None)
    for action in form.actions.values():
        for refusal, compiled in zip(action.spec.refused, action.refused, strict=True):
            where = f"$.lifecycle.actions.{action.id}.refused.{refusal.id}"
            yield Watched(where, refusal.when, compiled.test, None)
        for index, effect in enumerate(action.effects):
            if effect.spec.when is not None:
                where = f"$.lifecycle.actions.{action.id}.effects[{index}]"
                yield Watched(where, effect.spec.when, effect.test, None)
    for rule in form.automatic:
        if rule.effect.spec.when is not None:
            yield Watched(f"$.automatic.{rule.id}", rule.effect.spec.when, rule.effect.test, None)
    for index, right in enumerate(form.rights):
        when = form.form.access.rights[index].when
        if right.test is not None and when is not None:
            yield Watched(f"$.access.rights[{index}].when", when, right.test, None)


def _of_item(item: Item, form: CompiledForm) -> Iterator[Watched]:
    rules = form.rules[item.path]
    if rules.when is not None:
        yield Watched(json_path((*item.location, "when")), item.spec.when, rules.when, item)
    required = getattr(item.spec, "required", False)
    if not isinstance(required, bool) and rules.required is not None:
        yield Watched(json_path((*item.location, "required")), required, rules.required, item)
    if item.type == "rows":
        for spec, problem in zip(item.spec.problems, rules.problems, strict=True):
            where = json_path((*item.location, "problems")) + f".{spec.id}"
            yield Watched(where, spec.when, problem.test, item, inside=True)


def targets(form: CompiledForm) -> list[Target]:
    """List what there is to reach in a form; what is proved impossible is not."""
    translator = Translator(form)
    return [*_conditions(form, translator), *_choices(form, translator), *_transitions(form), *_access(form)]


def _conditions(form: CompiledForm, translator: Translator) -> Iterator[Target]:
    for one in watched(form):
        if isinstance(one.node, model.Named):
            continue  # reached with the named one
        names = translator.names(one.item if one.inside or one.item is None else one.item.parent)
        question = Question(translator.formula(one.node, names))
        for holds in (True, False):
            if not question.search(holds).proved:
                words = say_condition(one.node, labels_at(form, names), holds)
                yield Target("condition", (one.where, "vrai" if holds else "faux"), one.where, words)


def example(form: CompiledForm, target: Target) -> Verdict | None:
    """Find values under which a condition is as a target wants it, as the solver names them."""
    translator = Translator(form)
    for one in watched(form):
        if one.where == target.key[0]:
            names = translator.names(one.item if one.inside or one.item is None else one.item.parent)
            return Question(translator.formula(one.node, names)).search(target.key[1] == "vrai")
    return None


# --- choices ------------------------------------------------------------------------------------


def codes_to_pick(item: Item, offered: Callable[[Item], tuple[str, ...]]) -> tuple[str, ...]:
    """The codes that should each be picked once: all of a short list, the first level of a long one."""
    listing = item.listing
    if listing is None or isinstance(item.spec.root, model.RefNode):
        return ()
    codes = offered(item) if item.type == "choice" else tuple(listing.leaves(item.spec.root))
    if item.type == "cascade" or len(codes) > MOST_CODES:
        codes = tuple(listing.children(item.spec.root))
    return tuple(code for code in codes if not listing.retired(code))


def _choices(form: CompiledForm, translator: Translator) -> Iterator[Target]:
    for item in form.skeleton.items.values():
        if item.listing is None or item.type not in {"choice", "cascade", "checklist"}:
            continue
        for code in codes_to_pick(item, translator.offered):
            label = item.listing.label(code)
            words, where = f"« {label} » dans « {item.heading} »", json_path(item.location)
            yield Target("choice", (dotted(item.path), code), where, words, item.heading, label)


# --- transitions and rights ---------------------------------------------------------------------


def _transitions(form: CompiledForm) -> Iterator[Target]:
    for action in form.actions.values():
        given = [right for right in form.rights if action.id in right.may]
        for state in action.spec.from_:
            if any(right.states is None or state in right.states for right in given):
                words = f"« {action.spec.label} » depuis « {form.state(state).label} »"
                yield Target("transition", (action.id, state), f"$.lifecycle.actions.{action.id}", words)


def _access(form: CompiledForm) -> Iterator[Target]:
    roles = {role.id: role.label for role in form.drafting.library.roles.roles}
    concerned = frozenset().union(*(right.who for right in form.rights), frozenset())
    for role in sorted(concerned):
        for state in form.form.lifecycle.states:
            words = f"« {roles[role]} » dans l'état « {state.label} »"
            yield Target("access", (role, state.id), "$.access", words, state.label, roles[role])
