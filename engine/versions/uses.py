"""What behaves otherwise when a condition, a named value or a collection changes: found, and named."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from engine.french import enumerate_words
from engine.paths import Path
from engine.skeleton import Item
from engine.versions.changes import Thing
from engine.versions.world import Side, thing_of

MOST_NAMED = 5
HOLDING = frozenset({"section", "group", "rows"})


def uses(side: Side, name: str) -> tuple[Thing, ...]:
    """Give what reads a name, directly or through other names: items, steps, messages, actions, rights."""
    found: dict[int, Thing] = {}
    for one in _through(side, name):
        found |= side.reading.get(one, {})
    return tuple(found[place] for place in sorted(found))


def within(side: Side, path: Path) -> tuple[Thing, ...]:
    """Give the fields inside a section, a group or rows."""
    held = side.skeleton.items.get(path)
    if held is not None and not held.children and held.type not in HOLDING:
        return ()
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


def _through(side: Side, name: str) -> set[str]:
    """A name, and the named values, conditions and collections that read it, directly or not."""
    names, waiting = {name}, [name]
    while waiting:
        more = side.naming.get(waiting.pop(), frozenset()) - names
        names |= more
        waiting += more
    return names
