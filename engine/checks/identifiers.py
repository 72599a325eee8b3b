"""Ids: one namespace for what paths may start with, unique where they are listed, never reused."""

from __future__ import annotations

from collections.abc import Iterator

from engine.absolute import RESERVED
from engine.checks.common import Found, once, unknown
from engine.compile import CompiledForm
from engine.drafting import version_key
from engine.faults import Location
from engine.skeleton import Item, StepPart

RESERVED_IDS = RESERVED | {"over", "row", "by", "raw", "n"}
RESERVED_ACTIONS = frozenset(
    {"create", "read", "write", "print", "suggest", "publish", "assign_roles", "see_faults"}
)
RESERVED_REFUSALS = frozenset({"ready", "incomplete", "impossible"})
NAMED = ("values", "conditions", "links", "collections")


def check_identifiers(form: CompiledForm) -> Iterator[Found]:
    """Find ids that are reserved, taken twice or retired."""
    yield from _reserved(form)
    yield from _one_namespace(form)
    yield from _listed_once(form)
    yield from _retired(form)


def _reserved(form: CompiledForm) -> Iterator[Found]:
    parts: list[StepPart | Item] = [*form.skeleton.parts.values(), *form.skeleton.items.values()]
    places: list[tuple[Location, str]] = [((*part.location, "id"), part.id) for part in parts]
    places += [((key, name), name) for key in NAMED for name in getattr(form.form, key)]
    for location, name in places:
        if name in RESERVED_IDS:
            yield location, f"« {name} » est un mot réservé. Choisissez un autre identifiant."
    for index, action in enumerate(form.form.lifecycle.actions):
        where = ("lifecycle", "actions", index)
        if action.id in RESERVED_ACTIONS:
            yield (*where, "id"), f"« {action.id} » est un droit réservé. Choisissez un autre identifiant."
        for n, refusal in enumerate(action.refused):
            if refusal.id in RESERVED_REFUSALS:
                yield (
                    (*where, "refused", n, "id"),
                    f"« {refusal.id} » est un mot réservé. Choisissez un autre identifiant.",
                )


def _one_namespace(form: CompiledForm) -> Iterator[Found]:
    """Items and steps among themselves are the skeleton's business."""
    taken = set(form.skeleton.parts) | set(form.skeleton.named)
    for key in NAMED:
        for name in getattr(form.form, key):
            if name in taken:
                yield (key, name), f"l'identifiant « {name} » est déjà pris. Choisissez-en un autre."
            taken.add(name)


def _listed_once(form: CompiledForm) -> Iterator[Found]:
    spec = form.form
    yield from once("l'état", (one.id for one in spec.lifecycle.states), ("lifecycle", "states"))
    yield from once("l'action", (one.id for one in spec.lifecycle.actions), ("lifecycle", "actions"))
    for index, action in enumerate(spec.lifecycle.actions):
        where = ("lifecycle", "actions", index, "refused")
        yield from once("le refus", (one.id for one in action.refused), where)
    yield from once("le problème", (one.id for one in spec.problems), ("problems",))
    yield from once("la sortie", (one.id for one in spec.outputs), ("outputs",))
    if spec.index is not None:
        yield from once("le filtre", (one.id for one in spec.index.filters), ("index", "filters"))
    if spec.page is not None:
        yield from once("la carte", (one.id for one in spec.page.cards), ("page", "cards"))
    for item in form.skeleton.items.values():
        if item.type == "rows":
            yield from once(
                "le problème", (one.id for one in item.spec.problems), (*item.location, "problems")
            )
        if item.type == "choice" and item.spec.options is not None:
            codes = (one.code for one in item.spec.options)
            yield from once("le code", codes, (*item.location, "options"), "code")
        if item.type == "cascade":
            yield from once("le niveau", (one.id for one in item.spec.levels), (*item.location, "levels"))


def _retired(form: CompiledForm) -> Iterator[Found]:
    roles = form.drafting.library.expand
    for name, retired in form.form.retired.items():
        item = form.skeleton.named.get(name)
        if item is not None:
            yield (
                (*item.location, "id"),
                f"« {name} » est un identifiant retiré : il ne resert jamais. Choisissez-en un autre.",
            )
        if version_key(retired.in_) > version_key(form.version):
            yield (
                ("retired", name, "in"),
                f"« {retired.in_} » est plus récente que cette version. Corrigez-la.",
            )
        for index, role in enumerate(retired.readers or ()):
            if role not in roles:
                yield ("retired", name, "readers", index), unknown("le rôle ou groupe", role, roles)
