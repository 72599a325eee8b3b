"""Gates that cannot be passed, actions that cannot happen, states that cannot be reached or left."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

from engine import model
from engine.checks.common import Found, inside_rows
from engine.compile import CompiledForm
from engine.conditions import OPERATORS
from engine.french import enumerate_words
from engine.references import resolve
from engine.skeleton import Item
from engine.solver.proofs import Claim, claims, contradiction
from engine.solver.showing import verdict
from engine.solver.terms import And, Const, Formula, Holds, Not, Or, Truth, conjunction
from engine.solver.translate import NOWHERE, Translator
from engine.types import exact, iso_day, iso_time, to_smallest


def moves(form: CompiledForm, translator: Translator) -> Iterator[Found]:
    """Find what is wrong with gates, actions and states."""
    for part in form.skeleton.steps:
        if part.spec.gate:
            why = contradiction(list(_passing(form, translator, {part.id})))
            if why is not None:
                text = f"l'étape « {part.spec.title} » ne peut jamais être complète : {why}. {REMEDY}"
                yield (*part.location, "gate"), text
    impossible: dict[str, str] = {}
    for index, action in enumerate(form.form.lifecycle.actions):
        yield from _refusals(form, translator, index, action)
        why = _impossible(form, translator, action)
        if why is not None:
            impossible[action.id] = why
            text = f"l'action « {action.label} » n'est jamais possible : {why}."
            yield ("lifecycle", "actions", index), f"{text} {REMEDY}"
    for index, one in enumerate(form.form.automatic):
        if one.effect.when is not None:
            where, what = ("automatic", index, "effect", "when"), "ce qui déclenche cette création"
            yield from verdict(one.effect.when, translator, translator.names(), where, what)
    yield from _states(form.form.lifecycle, impossible)


REMEDY = "Changez une de ces règles."


def _refusals(
    form: CompiledForm, translator: Translator, index: int, action: model.Action
) -> Iterator[Found]:
    for n, refusal in enumerate(action.refused):
        where = ("lifecycle", "actions", index, "refused", n, "when")
        what = f"le refus « {refusal.message} »"
        if contradiction(claims(refusal.when, translator, translator.names(), False)) is None:
            yield from verdict(refusal.when, translator, translator.names(), where, what)
    for n, effect in enumerate(action.effects):
        if effect.when is not None:
            where = ("lifecycle", "actions", index, "effects", n, "when")
            yield from verdict(
                effect.when, translator, translator.names(), where, "ce qui déclenche cet effet"
            )


def _impossible(form: CompiledForm, translator: Translator, action: model.Action) -> str | None:
    if not action.called_by and not any(action.id in right.may for right in form.form.access.rights):
        return "aucun droit ne la donne à personne"
    for refusal in action.refused:
        why = contradiction(claims(refusal.when, translator, translator.names(), False))
        if why is not None:
            return f"elle est toujours refusée (« {refusal.message} »), car {why}"
    whys = [_blocked(form, translator, action, state) for state in action.from_]
    return None if None in whys else next(iter(whys))


def _blocked(form: CompiledForm, translator: Translator, action: model.Action, state: str) -> str | None:
    """Why an action can never be complete from a state: only the steps open there are judged for sure."""
    wanted = form.actions[action.id].closes if action.needs is None else set(action.needs)
    found = list(_passing(form, translator, wanted & set(form.state(state).open)))
    for refusal in action.refused:
        found += claims(refusal.when, translator, translator.names(), False)
    return contradiction(found)


# --- what makes steps complete ------------------------------------------------------------------


def _passing(form: CompiledForm, translator: Translator, steps: Iterable[str]) -> Iterator[Claim]:
    """What must hold for steps to be complete, as far as their problems speak of it."""
    wanted = set(steps)
    read: set[str] = set()
    for problem, compiled in zip(form.form.problems, form.problems, strict=True):
        items = [form.skeleton.items[path] for path in compiled.on]
        told = [item for item in items if item.step in wanted]
        if problem.level != "error" or not told or any(inside_rows(item) for item in told):
            continue
        read |= compiled.test.reads.own
        yield from _without(problem, told, form, translator)
    for path in sorted(read):
        item = form.skeleton.items.get(tuple(path.split(".")))
        if item is not None and item.parent is None and item.step in wanted and item.is_field:
            yield from _answered(item, form, translator)


def _without(
    problem: model.Problem, told: list[Item], form: CompiledForm, translator: Translator
) -> Iterator[Claim]:
    """A problem does not hold, or nothing that it stands on shows."""
    shown = [_shown(item, form, translator) for item in told]
    wrong = claims(problem.when, translator, translator.names(), False)
    if [Truth(True)] in shown:
        yield from wrong
        return
    hidden = tuple(Not(And(tuple(one))) for one in shown)
    whole = Or((And(hidden), conjunction([one.formula for one in wrong])))
    yield Claim(whole, lambda: enumerate_words([one.say() for one in wrong]))


def _answered(item: Item, form: CompiledForm, translator: Translator) -> Iterator[Claim]:
    reference = resolve(item.id, translator.names(), NOWHERE)
    if reference is None or reference.type.kind in {"rows", "collection"}:
        return
    answered = Holds(translator.term(item.id, reference, translator.names()), None, None)
    required = item.spec.required if hasattr(item.spec, "required") else False
    if required is not False:
        demanded: Formula = (
            Truth(True) if required is True else translator.formula(required, translator.names())
        )
        shown = _shown(item, form, translator)
        formula = Or((Not(And((*shown, demanded))), answered))
        yield Claim(formula, partial("« {} » est obligatoire".format, item.heading))
    for key, op in (("min", "ge"), ("max", "le")):
        bound = _literal(getattr(item.spec, key, None), item)
        if bound is not None:
            kept = Holds(answered.left, Const(bound), OPERATORS[op].apply)
            words = "au moins" if key == "min" else "au plus"
            said = f"« {item.heading} » est {words} {getattr(item.spec, key)}"
            yield Claim(Or((Not(answered), kept)), said.strip)


def _shown(item: Item, form: CompiledForm, translator: Translator) -> list[Formula]:
    whens = [form.skeleton.parts[item.step].spec.when]
    found = [translator.formula(when, translator.names()) for when in whens if when is not None]
    around = [form.skeleton.named[name] for name in item.chain[1:] if name in form.skeleton.named]
    around += [] if item.parent is None else [item.parent]
    for one in (*around, item):
        if one.spec.when is not None:
            found.append(translator.formula(one.spec.when, translator.names(one.parent)))
    return found or [Truth(True)]


def _literal(bound: Any, item: Item) -> Any:
    if item.type == "number" and isinstance(bound, (int, float)) and not isinstance(bound, bool):
        return to_smallest(exact(bound), item.spec.unit)
    if item.type == "time" and isinstance(bound, str):
        return iso_time(bound)
    return iso_day(bound) if item.type == "date" and isinstance(bound, str) else None


# --- states -------------------------------------------------------------------------------------


def _states(lifecycle: model.Lifecycle, impossible: dict[str, str]) -> Iterator[Found]:
    actions = [action for action in lifecycle.actions if action.id not in impossible]
    reached, graph = _reached(lifecycle, actions), _reached(lifecycle, lifecycle.actions)
    for index, state in enumerate(lifecycle.states):
        where = ("lifecycle", "states", index)
        if state.id in graph and state.id not in reached:
            yield (
                where,
                f"l'état « {state.label} » n'est jamais atteint : les actions qui y mènent sont impossibles.",
            )
        elif state.phase != "closed" and not any(state.id in action.from_ for action in actions):
            yield (
                where,
                f"on ne sort jamais de l'état « {state.label} », qui n'est pas clos : aucune action possible "
                "n'en part. Ajoutez-en une, ou donnez-lui la phase « closed ».",
            )


def _reached(lifecycle: model.Lifecycle, actions: list[model.Action]) -> set[str]:
    reached = {lifecycle.states[0].id}
    for _ in lifecycle.states:
        reached |= {action.to for action in actions if reached & set(action.from_)}
    return reached
