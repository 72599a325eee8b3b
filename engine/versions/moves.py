"""Life cycles side by side: states, what each opens, actions, what they demand and do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from engine import model
from engine.french import enumerate_words
from engine.saying import provided, say_condition
from engine.versions.changes import (
    DOCUMENTS,
    DRAFTS,
    EXPORTS,
    IMPOSSIBLE,
    MAJOR,
    MINOR,
    NEW,
    PATCH,
    Change,
    Thing,
    cut,
)
from engine.versions.world import World

PHASES = {"draft": "brouillon", "running": "en cours", "closed": "clos"}
CALLERS = "les documents qui l'appellent"


def compare_moves(world: World) -> Iterator[Change]:
    """Compare the states and the actions of both versions."""
    old, new = world.old.form.lifecycle, world.new.form.lifecycle
    yield from _states(world, {one.id: one for one in old.states}, {one.id: one for one in new.states})
    if old.states[0].id != new.states[0].id:
        whole = Thing("lifecycle", "le cycle de vie")
        words = f"commence maintenant par l'état « {new.states[0].label} »"
        yield whole.does("first_state", MAJOR, words, NEW)
    yield from _reordered("lifecycle.states", "l'ordre des états", old.states, new.states)
    yield from _reordered("lifecycle.actions", "l'ordre des actions", old.actions, new.actions)
    before, after = ({one.id: one for one in side.actions} for side in (old, new))
    yield from _actions(world, before, after)


def _reordered(path: str, name: str, old: Sequence[Any], new: Sequence[Any]) -> Iterator[Change]:
    before, after = [one.id for one in old], [one.id for one in new]
    if [one for one in before if one in after] != [one for one in after if one in before]:
        yield Thing(path, name).does("order", PATCH, "change")


def _state(one: model.State) -> Thing:
    return Thing(f"lifecycle.states.{one.id}", f"l'état « {one.label} »")


def _states(
    world: World, before: Mapping[str, model.State], after: Mapping[str, model.State]
) -> Iterator[Change]:
    for name, one in after.items():
        if name not in before:
            yield _state(one).does("added", MINOR, "s'ajoute")
            continue
        was = before[name]
        if was.label != one.label:
            yield _state(one).does("label", PATCH, f"s'appelait {cut(was.label)}")
        if was.phase != one.phase:
            words = f"passe de la phase « {PHASES[was.phase]} » à la phase « {PHASES[one.phase]} »"
            yield _state(one).does("phase", MAJOR, words, DOCUMENTS, "les listes et les tableaux")
        yield from _opened(world, one, was)
    for name, one in before.items():
        if name not in after:
            remedy = "Dites dans quel état passent les documents qui y sont."
            yield _state(one).does("removed", MAJOR, "n'existe plus", DOCUMENTS, remedy=remedy)


def _opened(world: World, now: model.State, was: model.State) -> Iterator[Change]:
    titles = {step.id: step.title for form in (world.old.form, world.new.form) for step in form.steps}
    steps = {step.id for step in world.new.form.steps}
    known = {step.id for step in world.old.form.steps}
    for step in was.open:
        if step not in now.open and step in steps:
            words = f"l'étape « {titles[step]} » ne peut plus être modifiée dans l'état « {now.label} »"
            yield _state(now).says("closed_step", MAJOR, words, DOCUMENTS)
    for step in now.open:
        if step not in was.open and step in known:
            words = f"l'étape « {titles.get(step, step)} » peut maintenant être modifiée"
            yield _state(now).says("opened_step", MINOR, f"{words} dans l'état « {now.label} »")


# --- actions ------------------------------------------------------------------------------------


def _action(one: model.Action) -> Thing:
    return Thing(f"lifecycle.actions.{one.id}", f"l'action « {one.label} »", True)


def _actions(
    world: World, before: Mapping[str, model.Action], after: Mapping[str, model.Action]
) -> Iterator[Change]:
    for name, one in after.items():
        if name not in before:
            yield _action(one).does("added", MINOR, "s'ajoute")
            continue
        for key in model.Action.model_fields:
            old, new = getattr(before[name], key), getattr(one, key)
            if old != new and key in ACTION_RULES:
                yield from ACTION_RULES[key](world, _action(one), old, new)
    for name, one in before.items():
        if name in after:
            continue
        callers = [
            f"{form.form}.{action.id}"
            for form in world.new.around.forms
            for action in form.lifecycle.actions
            for effect in action.effects
            if isinstance(effect, model.ActEffect)
            and effect.action == name
            and form.links[effect.link].form == world.new.form.form
        ]
        if callers:
            remedy = f"Changez d'abord {enumerate_words(callers)}."
            yield _action(one).does(
                "removed", IMPOSSIBLE, "est retirée, mais on l'appelle encore", CALLERS, remedy=remedy
            )
        else:
            yield _action(one).does("removed", MAJOR, "n'existe plus", DOCUMENTS)


Rule = Callable[[World, Thing, Any, Any], Iterator[Change]]


def _labelled(_world: World, thing: Thing, old: Any, _new: Any) -> Iterator[Change]:
    yield thing.does("label", PATCH, f"s'appelait {cut(old)}")


def _from(world: World, thing: Thing, old: list[str], new: list[str]) -> Iterator[Change]:
    labels = world.new.labels.code
    known = {state.id for state in world.new.form.lifecycle.states}
    for state in old:
        if state not in new and state in known:
            words = f"n'est plus possible depuis l'état « {labels(state)} »"
            yield thing.does("from_removed", MAJOR, words, DOCUMENTS)
    for state in new:
        if state not in old:
            yield thing.does(
                "from_added", MINOR, f"est maintenant possible depuis l'état « {labels(state)} »"
            )


def _to(world: World, thing: Thing, _old: str, new: str) -> Iterator[Change]:
    yield thing.does(
        "to", MAJOR, f"mène maintenant à l'état « {world.new.labels.code(new)} »", DOCUMENTS, EXPORTS
    )


def _needs(_world: World, thing: Thing, old: list[str] | None, new: list[str] | None) -> Iterator[Change]:
    if new is None:
        yield thing.does("needs", MAJOR, "demande maintenant que tout ce qu'elle ferme soit complet", DRAFTS)
        return
    if old is not None and set(old) == set(new):
        return
    more = old is not None and bool(set(new) - set(old))
    words = f"demande maintenant que soit complet : {', '.join(new)}" if new else "n'a plus rien à vérifier"
    yield thing.does("needs", MAJOR if more else MINOR, words, *((DRAFTS,) if more else ()))


def _refused(
    world: World, thing: Thing, old: list[model.Refusal], new: list[model.Refusal]
) -> Iterator[Change]:
    before, after = {one.id: one for one in old}, {one.id: one for one in new}
    if before == after:
        yield thing.does("order", PATCH, "range ses refus autrement")
    for name, one in after.items():
        when = say_condition(one.when, world.new.labels)
        if name not in before:
            yield thing.does(
                "refusal_added", MAJOR, f"est maintenant refusée {provided(when)}", DRAFTS, DOCUMENTS
            )
        elif before[name].when != one.when:
            yield thing.does(
                "refusal_when", MAJOR, f"n'est plus refusée dans les mêmes cas, mais {provided(when)}", DRAFTS
            )
        elif before[name].message != one.message:
            yield thing.says("message", PATCH, f"un refus {thing.of} est dit autrement : {cut(one.message)}")
    for name, one in before.items():
        if name not in after:
            when = say_condition(one.when, world.old.labels)
            yield thing.does("refusal_removed", MINOR, f"n'est plus refusée {provided(when)}")


def _confirm(_world: World, thing: Thing, _old: Any, new: Any) -> Iterator[Change]:
    words = (
        "ne demande plus de confirmation" if new is None else f"a une autre confirmation : {cut(new.text)}"
    )
    yield thing.does("confirm", PATCH, words)


def _effects(_world: World, thing: Thing, old: list[Any], new: list[Any]) -> Iterator[Change]:
    only_more = all(one in new for one in old)
    if only_more and len(new) > len(old):
        yield thing.does("effects", MINOR, "a un effet de plus")
    else:
        yield thing.does("effects", MAJOR, "n'a plus les mêmes effets", NEW, CALLERS)


def _called_by(world: World, thing: Thing, old: list[str], new: list[str]) -> Iterator[Change]:
    gone = [one for one in old if one not in new]
    callers = {
        f"{form.form}.{action.id}"
        for form in world.new.around.forms
        for action in form.lifecycle.actions
        if any(isinstance(effect, model.ActEffect) for effect in action.effects)
    }
    for one in gone:
        used = one in callers
        words = f"n'accepte plus d'être appelée par « {one} »" + (", qui l'appelle encore" if used else "")
        remedy = f"Changez d'abord « {one} »." if used else ""
        yield thing.does("called_by", IMPOSSIBLE if used else MAJOR, words, CALLERS, remedy=remedy)
    for one in new:
        if one not in old:
            yield thing.does("called_by", MINOR, f"accepte maintenant d'être appelée par « {one} »")


ACTION_RULES: Mapping[str, Rule] = {
    "label": _labelled,
    "from_": _from,
    "to": _to,
    "needs": _needs,
    "refused": _refused,
    "confirm": _confirm,
    "effects": _effects,
    "called_by": _called_by,
}
