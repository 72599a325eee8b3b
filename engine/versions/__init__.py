"""The difference of two versions: semantic, by id, each change a French sentence with its class.

Pure: lists, roles and the other forms are arguments. What a class means and demands is in the
author's guide.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine import model
from engine.versions.changes import CLASSES, Change, next_version, worst
from engine.versions.choices import compare_code_lists, compare_lists, list_thing
from engine.versions.items import compare_items, compare_steps
from engine.versions.moves import compare_moves
from engine.versions.parts import compare_parts
from engine.versions.problems import compare_problems
from engine.versions.rights import (
    compare_alerts,
    compare_automatic,
    compare_closings,
    compare_retired,
    compare_rights,
)
from engine.versions.world import Around, World, around, two_sides


class OtherForm(ValueError):
    """Two definitions that are not versions of one form."""


def compare(old: model.Form, new: model.Form, surroundings: Around | None = None) -> tuple[Change, ...]:
    """Compare two versions of one form, gravest changes first; OtherForm when they are of two forms."""
    if old.form != new.form:
        raise OtherForm(
            f"« {old.form} » et « {new.form} » sont deux formes : comparez deux versions d'une seule."
        )
    world = two_sides(old, new, surroundings or Around())
    found = dict.fromkeys(_changes(world))
    return tuple(sorted(found, key=lambda one: -CLASSES.index(one.kind)))


def _changes(world: World) -> Iterator[Change]:
    old, new = world.old.form, world.new.form
    yield from compare_parts(world)
    yield from compare_steps(world)
    yield from compare_items(world)
    yield from compare_problems(world, old.problems, new.problems)
    yield from compare_moves(world)
    yield from compare_rights(world)
    yield from compare_closings(world)
    yield from compare_alerts(world)
    yield from compare_automatic(world)
    yield from compare_retired(old.retired, new.retired)
    yield from _pinned_lists(world)


def _pinned_lists(world: World) -> Iterator[Change]:
    """Compare each list that both versions use, once, whatever the number of fields."""
    used: dict[str, list[str]] = {}
    for path, item in world.new.skeleton.items.items():
        name = getattr(item.spec, "list", None)
        if name is not None and path in world.old.skeleton.items:
            used.setdefault(name, []).append(".".join(path))
    for name, fields in used.items():
        old, new = world.old.lists.get(name), world.new.lists.get(name)
        if old is not None and new is not None and old is not new:
            yield from compare_lists(old, new, fields, list_thing(name, name, tuple(fields)))


__all__ = [
    "CLASSES",
    "Around",
    "Change",
    "OtherForm",
    "around",
    "compare",
    "compare_code_lists",
    "compare_lists",
    "next_version",
    "worst",
]
