"""The life cycle: states that are reached, steps that close for good, effects that are accepted."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from engine import model
from engine.checks.common import Found, all_known, all_versions, fits, unknown, unknown_form
from engine.checks.items import SHAREABLE
from engine.compile import CompiledAction, CompiledEffect, CompiledForm
from engine.drafting import Drafting
from engine.faults import Location, nearest
from engine.skeleton import Item
from engine.types import Type


def check_moves(form: CompiledForm) -> Iterator[Found]:
    """Find what is wrong with states, actions and their effects."""
    yield from _states(form)
    for index, action in enumerate(form.form.lifecycle.actions):
        location: Location = ("lifecycle", "actions", index)
        yield from _needs(form, action, location)
        yield from _reopened(form, action, location)
        yield from _called_by(form, action, location)
        compiled = form.actions.get(action.id)
        for n, effect in enumerate(action.effects):
            yield from _effect(form, action, compiled, n, (*location, "effects", n), effect)


def _states(form: CompiledForm) -> Iterator[Found]:
    states = form.form.lifecycle.states
    for index, state in enumerate(states):
        yield from all_known(
            "l'étape", state.open, form.skeleton.parts, ("lifecycle", "states", index, "open")
        )
    if states[0].phase == "closed":
        yield (
            ("lifecycle", "states", 0, "phase"),
            "un document commence dans le premier état : il ne peut pas être clos.",
        )
    reached = _reached(form.form.lifecycle)
    for index, state in enumerate(states):
        if state.id not in reached:
            yield (
                ("lifecycle", "states", index),
                f"aucune action ne mène à l'état « {state.id} ». Ajoutez-en une, ou retirez-le.",
            )
    for part in form.skeleton.steps:
        answered = any(item.is_field for item in part.walk())
        if answered and not any(part.id in state.open for state in states):
            yield (
                part.location,
                f"aucun état n'ouvre l'étape « {part.id} ». Ajoutez-la à « open » du premier état.",
            )


def _reached(lifecycle: model.Lifecycle) -> set[str]:
    reached = {lifecycle.states[0].id}
    for _ in lifecycle.states:
        reached |= {action.to for action in lifecycle.actions if reached & set(action.from_)}
    return reached


def _needs(form: CompiledForm, action: model.Action, location: Location) -> Iterator[Found]:
    known = [*form.skeleton.parts, *form.skeleton.named]
    yield from all_known("l'étape, la section ou le champ", action.needs or (), known, (*location, "needs"))


def _reopened(form: CompiledForm, action: model.Action, location: Location) -> Iterator[Found]:
    opened = {state.id: set(state.open) for state in form.form.lifecycle.states}
    if action.to not in opened:
        return
    for name in action.from_:
        again = sorted(opened[action.to] - opened.get(name, opened[action.to]))
        if again:
            text = (
                f"« {action.id} » rouvrirait « {again[0]} », close dans l'état « {name} » : "
                f"une étape ne se rouvre pas. Retirez-la de « open » de l'état « {action.to} »."
            )
            yield (*location, "to"), text


# --- calls --------------------------------------------------------------------------------------


def _called_by(form: CompiledForm, action: model.Action, location: Location) -> Iterator[Found]:
    for index, caller in enumerate(action.called_by):
        where = (*location, "called_by", index)
        name, _, wanted = caller.partition(".")
        versions = all_versions(form.drafting, name)
        if name in form.drafting.library.absent:
            continue
        if not versions:
            yield where, unknown("la forme", name, form.drafting.library.forms)
            continue
        actions = [one for version in versions for one in version.lifecycle.actions]
        callers = [one for one in actions if one.id == wanted]
        if not callers:
            yield where, unknown(f"l'action de « {name} »", wanted, {one.id for one in actions})
        elif not any(_calls(version, wanted, form.id, action.id) for version in versions):
            yield (
                where,
                f"« {caller} » n'appelle pas « {action.id} » : ajoutez-y l'effet « act », ou retirez-la.",
            )
    if action.called_by and action.effects:
        yield (
            (*location, "effects"),
            "une action appelée n'a pas d'effets : pas de cascade. Retirez-les, ou « called_by ».",
        )


def _calls(caller: model.Form, action: str, form: str, called: str) -> bool:
    effects = (effect for one in caller.lifecycle.actions if one.id == action for effect in one.effects)
    links = {name for name, link in caller.links.items() if link.form == form}
    return any(
        isinstance(one, model.ActEffect) and one.link in links and one.action == called for one in effects
    )


def _effect(
    form: CompiledForm,
    action: model.Action,
    compiled: CompiledAction | None,
    n: int,
    location: Location,
    effect: Any,
) -> Iterator[Found]:
    match effect:
        case model.ActEffect():
            yield from _act(form, action, effect, location)
        case model.SetEffect():
            yield from _set(form, effect, location)
        case model.CreateEffect():
            yield from check_create(form, effect, (action.to,), location)
            if compiled is not None and compiled.spec is action:
                yield from check_rows(form, compiled.effects[n], location)


def _act(
    form: CompiledForm, action: model.Action, effect: model.ActEffect, location: Location
) -> Iterator[Found]:
    links = form.form.links
    if effect.link not in links:
        yield (*location, "link"), unknown("le lien", effect.link, links)
        return
    caller = f"{form.id}.{action.id}"
    for drafting in form.drafting.link_draftings(effect.link):
        linked = drafting.skeleton.form
        actions = {one.id: one for one in linked.lifecycle.actions}
        called = actions.get(effect.action)
        if called is None:
            words = unknown(f"dans « {linked.form} » {linked.version}, l'action", effect.action, actions)
            yield (*location, "action"), words
        elif caller not in called.called_by:
            text = (
                f"« {effect.action} » de « {linked.form} » {linked.version} n'accepte pas d'être appelée : "
                f"ajoutez-y « {caller} » dans « called_by »."
            )
            yield (*location, "action"), text


# --- what effects write -------------------------------------------------------------------------


def _set(form: CompiledForm, effect: model.SetEffect, location: Location) -> Iterator[Found]:
    where = (*location, "field")
    head, _, name = effect.field.partition(".")
    if head != "subject" or not name:
        yield where, f"« {effect.field} » : écrivez « subject. » puis un champ partagé du sujet."
        return
    if form.form.subject is None:
        yield where, "cette forme n'a pas de sujet. Déclarez « subject »."
    for drafting in form.drafting.subject_draftings():
        item = drafting.skeleton.named.get(name)
        if item is None:
            yield (
                where,
                unknown("le champ", effect.field, [f"subject.{one}" for one in drafting.skeleton.named]),
            )
        elif not getattr(item.spec, "shared", False) or item.type not in SHAREABLE:
            yield where, f"« {effect.field} » n'est pas partagé : ajoutez « shared » à ce champ."


def check_create(
    form: CompiledForm, effect: model.CreateEffect, states: Collection[str], location: Location
) -> Iterator[Found]:
    """Find what is wrong with an effect that creates a document; `states`: where its creator may then be."""
    library, links = form.drafting.library, form.form.links
    created = library.newest(effect.form)
    if created is None:
        yield (*location, "form"), unknown_form("la forme", effect.form, library.forms, library)
    if effect.copy_ is not None and effect.copy_ not in links:
        yield (*location, "copy"), unknown("le lien", effect.copy_, links)
    elif effect.copy_ is not None and links[effect.copy_].form != effect.form:
        yield (
            (*location, "copy"),
            f"« {effect.copy_} » ne mène pas à « {effect.form} » : on ne copie que de même forme.",
        )
    if effect.copy_ is None and "keep" in effect.model_fields_set:
        yield (*location, "keep"), "« keep » dit quoi copier : ajoutez « copy », ou retirez-le."
    if created is not None:
        yield from _created(form, effect, created, location)
        own_link = created.skeleton.form.links.get(effect.link or "")
        if effect.copy_ is None and own_link is not None:
            yield from _back(form, states, effect, own_link, (*location, "link"))


def _back(
    form: CompiledForm,
    states: Collection[str],
    effect: model.CreateEffect,
    link: model.Link,
    location: Location,
) -> Iterator[Found]:
    """What is linked to the document that creates it must accept its form, its version, its new state."""
    if link.form != form.id:
        yield (
            location,
            f"« {effect.link} » de « {effect.form} » mène à « {link.form} », pas à cette forme. "
            "Choisissez un lien vers celle-ci, ou ajoutez « copy ».",
        )
    elif link.versions is not None and form.version.split(".")[0] not in link.versions:
        yield location, f"« {effect.link} » n'accepte pas la version {form.version}. Ajoutez-la à ce lien."
    elif link.states is not None and not set(states) <= set(link.states):
        other = next(one for one in states if one not in link.states)
        yield (
            location,
            f"« {effect.link} » n'accepte pas l'état « {other} », où sera ce document. "
            "Ajoutez-le aux états de ce lien.",
        )


def _created(
    form: CompiledForm, effect: model.CreateEffect, created: Drafting, location: Location
) -> Iterator[Found]:
    spec = created.skeleton.form
    if spec.subject is not None and spec.subject not in {form.form.subject, form.id}:
        yield (
            (*location, "form"),
            f"« {effect.form} » a un autre sujet (« {spec.subject} ») : il ne peut pas être créé d'ici.",
        )
    own_link = spec.links.get(effect.link) if effect.link is not None else None
    if effect.link is not None and own_link is None:
        yield (*location, "link"), unknown(f"le lien de « {effect.form} »", effect.link, spec.links)
    elif own_link is not None and effect.copy_ is not None and own_link.form != effect.form:
        yield (
            (*location, "link"),
            f"« {effect.link} » ne mène pas à « {effect.form} ». Choisissez-en un autre.",
        )
    for name, link in spec.links.items():
        if link.required and name != effect.link:
            yield (
                (*location, "link"),
                f"« {effect.form} » exige le lien « {name} » : cet effet ne peut pas le créer.",
            )
    known = [item.id for item in created.skeleton.named.values() if item.is_field]
    for name, given in effect.set.items():
        item = created.skeleton.named.get(name)
        if item is None or not item.is_field:
            yield (*location, "set", name), unknown(f"dans « {effect.form} », le champ", name, known)
        elif isinstance(given, model.EachSet) != (item.type == "rows"):
            words = (
                "n'a pas de lignes : donnez une valeur"
                if item.type != "rows"
                else "a des lignes : écrivez « each » et « give »"
            )
            yield (*location, "set", name), f"« {name} » {words}."
        elif item.type in {"group", "signature", "attachment", "bound"}:
            yield (
                (*location, "set", name),
                f"« {name} » ({item.type}) ne se remplit pas d'ailleurs. Donnez-la à un champ simple.",
            )


def check_rows(form: CompiledForm, compiled: CompiledEffect, location: Location) -> Iterator[Found]:
    """Find what is wrong with the rows that an effect fills."""
    effect: model.CreateEffect = compiled.spec
    created = form.drafting.library.newest(effect.form)
    for name, each in compiled.rows.items():
        item = None if created is None else created.skeleton.named.get(name)
        if created is None or item is None or item.type != "rows":
            continue
        inner = {child.id: child for child in item.children if child.is_field}
        spec = effect.set[name]
        assert isinstance(spec, model.EachSet)
        for key in spec.give:
            where = (*location, "set", name, "give", key)
            if key not in inner:
                yield where, f"« {key} » n'existe pas dans « {item.label} ».{nearest(key, inner)}"
            elif key in each.give:
                yield from _given(each.give[key].type, inner[key], created, where)


def _given(found: Type, item: Item, created: Drafting, location: Location) -> Iterator[Found]:
    if item.type == "attachment":
        yield location, f"« {item.label} » (attachment) ne se remplit pas d'ailleurs. Retirez-le de « give »."
        return
    wanted = created.item_type(item)
    if wanted is not None and not fits(found, wanted):
        yield location, f"cette valeur est {found.words()}, « {item.label} » attend {wanted.words()}."


def rows_given(form: CompiledForm, effect: model.CreateEffect, name: str) -> Mapping[str, Item]:
    """Give the fields of the created rows that an effect fills."""
    created = form.drafting.library.newest(effect.form)
    item = None if created is None else created.skeleton.named.get(name)
    return {} if item is None else {child.id: child for child in item.children}
