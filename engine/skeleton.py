"""A form's structure: every item with its place, its order and who may see it; nothing is judged."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from engine.faults import Faults, Location, nearest
from engine.model import Block, Form, Step
from engine.paths import Path
from engine.referentiels import Listing, listing_of_options

Roles = frozenset[str]
LAYOUT = frozenset({"section"})
NAMESPACES = frozenset({"group", "rows"})
TEXTS_ONLY = frozenset({"note", "recap", "listing", "tally"})
_PLACE = re.compile(r"\s*(?:n°\s*)?\{n\}")


@dataclass(frozen=True, eq=False, repr=False)
class Item:
    """One item at its place.

    `path` is static (no row ids); layout items have a path too, though nothing is stored there.
    `chain`: ids of the step and sections around it. `guards` and `writers`: every set of roles
    that must be met to read and to write it, from the step down.
    """

    id: str
    type: str
    spec: Any
    path: Path
    step: str
    parent: Item | None
    chain: tuple[str, ...]
    order: int
    guards: tuple[Roles, ...]
    writers: tuple[Roles, ...]
    location: Location
    listing: Listing | None = None
    children: tuple[Item, ...] = ()

    @property
    def is_field(self) -> bool:
        """True for what stores an answer."""
        return self.type not in LAYOUT and self.type not in TEXTS_ONLY and self.type != "computed"

    @property
    def label(self) -> str:
        """The label, or the id when there is none."""
        return self.spec.label or self.id

    @property
    def heading(self) -> str:
        """The label where no row is at hand: without the « n°{n} » of a row's place."""
        return _PLACE.sub("", self.label)

    def walk(self) -> Iterator[Item]:
        """Walk this item and what it holds, in display order."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True, eq=False, repr=False)
class StepPart:
    """A step with its items."""

    id: str
    spec: Step
    order: int
    guards: tuple[Roles, ...]
    writers: tuple[Roles, ...]
    location: Location
    items: tuple[Item, ...]

    def walk(self) -> Iterator[Item]:
        """Walk the step's items in display order."""
        for item in self.items:
            yield from item.walk()


@dataclass(frozen=True, eq=False, repr=False)
class Skeleton:
    """A form's structure, with its look-ups."""

    form: Form
    steps: tuple[StepPart, ...]
    items: Mapping[Path, Item]  # by static path
    named: Mapping[str, Item]  # by id: items outside namespaces
    parts: Mapping[str, StepPart]

    @property
    def id(self) -> str:
        """The form's id."""
        return self.form.form

    def step_items(self, step: str) -> Iterator[Item]:
        """Walk one step's items."""
        return self.parts[step].walk()

    def covers(self, key: str) -> frozenset[Path]:
        """Give the static paths below a step, section or field id."""
        if key in self.parts:
            return frozenset(item.path for item in self.parts[key].walk())
        if key in self.named:
            return frozenset(item.path for item in self.named[key].walk())
        return frozenset()


@dataclass
class Surroundings:
    """What building a skeleton needs: blocks, lists and the expansion of role groups."""

    blocks: Mapping[str, Block]
    lists: Mapping[str, Listing]
    expand: Mapping[str, Roles]
    faults: Faults
    count: int = field(default=0)

    def roles(self, names: list[str] | None, location: Location) -> tuple[Roles, ...]:
        """Expand role and group names; unknown ones are faults."""
        if names is None:
            return ()
        for index, name in enumerate(names):
            if name not in self.expand:
                known = nearest(name, self.expand)
                self.faults.add((*location, index), f"le rôle ou groupe « {name} » n'existe pas.{known}")
        return (frozenset().union(*(self.expand.get(name, frozenset()) for name in names)),)


def build(form: Form, around: Surroundings) -> Skeleton:
    """Lay out a form; faults go to `around.faults`."""
    steps = tuple(_step(step, index, around) for index, step in enumerate(form.steps))
    items: dict[Path, Item] = {}
    named: dict[str, Item] = {}
    for item in (item for step in steps for item in step.walk()):
        if item.path in items:
            around.faults.add(
                item.location, f"l'identifiant « {item.id} » est déjà pris. Choisissez-en un autre."
            )
        items.setdefault(item.path, item)
        if item.parent is None:
            named.setdefault(item.id, item)
    parts: dict[str, StepPart] = {}
    for step in steps:
        if step.id in parts or step.id in named:
            around.faults.add(
                step.location, f"l'identifiant « {step.id} » est déjà pris. Choisissez-en un autre."
            )
        parts.setdefault(step.id, step)
    return Skeleton(form, steps, items, named, parts)


def _step(step: Step, index: int, around: Surroundings) -> StepPart:
    location: Location = ("steps", index)
    guards = around.roles(step.readers, (*location, "readers"))
    writers = around.roles(step.writers, (*location, "writers"))
    order = around.count
    items = _items(step.items, (*location, "items"), around, step.id, (step.id,), None, guards, writers)
    return StepPart(step.id, step, order, guards, writers, location, items)


def _items(
    specs: Any,
    location: Location,
    around: Surroundings,
    step: str,
    chain: tuple[str, ...],
    parent: Item | None,
    guards: tuple[Roles, ...],
    writers: tuple[Roles, ...],
) -> tuple[Item, ...]:
    return tuple(
        _item(spec, (*location, index), around, step, chain, parent, guards, writers)
        for index, spec in enumerate(specs)
    )


def _item(
    spec: Any,
    location: Location,
    around: Surroundings,
    step: str,
    chain: tuple[str, ...],
    parent: Item | None,
    guards: tuple[Roles, ...],
    writers: tuple[Roles, ...],
) -> Item:
    around.count += 1
    guards = guards + around.roles(spec.readers, (*location, "readers"))
    writers = writers + around.roles(spec.writers, (*location, "writers"))
    path = (*(parent.path if parent else ()), spec.id)
    bare = Item(
        spec.id,
        spec.type,
        spec,
        path,
        step,
        parent,
        chain,
        around.count,
        guards,
        writers,
        location,
        listing=_listing(spec, location, around),
    )
    inner = _inner_specs(spec, location, around)
    if not inner:
        return bare
    if spec.type == "section" and len(chain) > 3:
        around.faults.add(location, "trois sections emboîtées au plus. Remontez celle-ci d'un niveau.")
    chain = (*chain, spec.id) if spec.type == "section" else chain
    holder = bare if spec.type in NAMESPACES else parent
    children = _items(inner, (*location, "items"), around, step, chain, holder, guards, writers)
    return replace(bare, children=children)


def _inner_specs(spec: Any, location: Location, around: Surroundings) -> Any:
    inner = getattr(spec, "items", ())
    if not isinstance(inner, str):
        return inner
    block = around.blocks.get(inner)
    if block is None:
        known = nearest(inner, around.blocks)
        around.faults.add((*location, "items"), f"le bloc « {inner} » n'existe pas.{known}")
        return ()
    return block.items


def _listing(spec: Any, location: Location, around: Surroundings) -> Listing | None:
    if spec.type not in {"choice", "cascade", "checklist"}:
        return None
    if spec.type == "choice":
        given = [key for key in ("list", "options", "from_rows") if getattr(spec, key) is not None]
        if len(given) != 1:
            around.faults.add(
                location, "il faut exactement une source d'options : list, options ou from_rows."
            )
            return None
        if spec.options is not None:
            return listing_of_options(spec.id, spec.options)
        if spec.from_rows is not None:
            return None
    listing = around.lists.get(spec.list)
    if listing is None:
        known = nearest(spec.list, around.lists)
        around.faults.add((*location, "list"), f"la liste « {spec.list} » n'existe pas.{known}")
    return listing
