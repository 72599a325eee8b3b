"""Tallies: what they count, and that nothing beside them says what their threshold hides."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine import model
from engine.checks.common import Found, unknown
from engine.compile import CompiledForm
from engine.faults import Location
from engine.skeleton import Item


def check_tally(form: CompiledForm, item: Item) -> Iterator[Found]:
    """Find what is wrong with a tally, and with whatever would let its small numbers out."""
    collections, of = form.form.collections, item.spec.of
    if of not in collections:
        yield (*item.location, "of"), unknown("la collection", of, collections)
        return
    if not item.spec.by.startswith("."):
        where = (*item.location, "by")
        yield where, f"« {item.spec.by} » se lit dans chaque document : écrivez « .{item.spec.by} »."
        return
    for by in form.rules[item.path].columns:
        if by.type.kind != "boolean" and (by.type.kind != "code" or by.type.listing is None):
            yield (
                (*item.location, "by"),
                f"« {item.spec.by} » est {by.type.words()} : comptez par un choix unique ou un oui/non.",
            )
    yield from _others(form, item)
    yield from _elsewhere(form, item)
    yield from _readers(form, item)


def _others(form: CompiledForm, item: Item) -> Iterator[Found]:
    """Two tallies of the same documents: what one hides, the other must hide as well."""
    collections = form.form.collections
    for other in form.skeleton.items.values():
        if other.type != "tally" or other.order >= item.order:
            continue
        if other.spec.of == item.spec.of:
            yield from _alike(item, other)
            continue
        shared = set(collections[item.spec.of].forms)
        shared &= set(collections[other.spec.of].forms) if other.spec.of in collections else set()
        if shared:
            yield (
                (*item.location, "of"),
                f"« {other.id} » compte déjà des documents de « {min(shared)} » dans une autre collection : "
                "la différence des deux dirait de petits nombres. Gardez-en une.",
            )


def _alike(item: Item, other: Item) -> Iterator[Found]:
    """Of one collection: the same threshold, and an answer counted once."""
    if other.spec.least != item.spec.least:
        yield (
            (*item.location, "least"),
            f"« {other.id} » compte les mêmes documents à partir de {other.spec.least} : un autre seuil ici "
            "dirait ce que l'un des deux tait. Donnez-leur le même.",
        )
    if other.spec.by == item.spec.by:
        yield (*item.location, "by"), f"« {other.id} » compte déjà par cette réponse. Gardez-en un."


def _elsewhere(form: CompiledForm, item: Item) -> Iterator[Found]:
    """Any other number drawn out of the collection would say what the threshold hides."""
    for location, name in _named(form.form, ()):
        if name == item.spec.of:
            yield (
                location,
                f"« {name} » est comptée avec un seuil dans « {item.id} » : la lire ici le trahirait. "
                "Retirez cette lecture.",
            )


def _named(value: Any, location: Location) -> Iterator[tuple[Location, str]]:
    if isinstance(value, (model.Some, model.Count, model.Sum, model.RefNode, model.Compare)):
        for key in ("some", "count", "sum", "ref"):
            path = getattr(value, key, None)
            if isinstance(path, str) and "." not in path:
                yield (*location, key), path
    if isinstance(value, model.ListingItem):
        yield (*location, "of"), value.of
    if isinstance(value, model.Part):
        for key, field in type(value).model_fields.items():
            yield from _named(getattr(value, key), (*location, field.alias or key))
    elif isinstance(value, (list, dict)):
        pairs: Any = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in pairs:
            yield from _named(inner, (*location, key))


def _readers(form: CompiledForm, item: Item) -> Iterator[Found]:
    """While its step is open a tally follows its documents: from one day to the next, it would name one."""
    opened = {state.id for state in form.form.lifecycle.states if item.step in state.open}
    writers = _who(form, "write", opened)
    for index, right in enumerate(form.form.access.rights):
        states = opened if right.in_ is None else opened & set(right.in_)
        covered = right.only is None or any(item.path in form.skeleton.covers(key) for key in right.only)
        roles = frozenset().union(*(form.drafting.library.expand.get(one, ()) for one in right.who))
        if states and covered and {"read", "print"} & set(right.may) and roles - writers:
            yield (
                ("access", "rights", index),
                f"« {item.id} » change tant que son étape est ouverte : d'un jour à l'autre, l'écart "
                f"montrerait une personne à {', '.join(sorted(roles - writers))}. Limitez-le par « in » "
                "aux états qui la ferment.",
            )


def _who(form: CompiledForm, verb: str, states: set[str]) -> frozenset[str]:
    expand = form.drafting.library.expand
    names = (
        name
        for right in form.form.access.rights
        if verb in right.may and (right.in_ is None or states <= set(right.in_))
        for name in right.who
    )
    return frozenset().union(*(expand.get(name, ()) for name in names))
