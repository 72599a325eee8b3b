"""Items that draw themselves straight from their stored answer, as most items of most steps can.

Why: asking an item's rights, label, rules and shape again at each drawing costs ten times what its HTML
does. A `Program` asks them once for a *look*: a form's step, somebody's rights, a state. It covers what
`engine.plain` covers, an item that always shows and whose stored answer was found right, as long as there
is nothing to say about it; `renderers.drawing` draws everything else. What a program keeps is cut out of
example documents, which hold nothing of anybody's.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from weakref import ref

from engine.access import Grant, decide
from engine.compile import CompiledForm
from engine.fused import fused
from engine.paths import region_id
from engine.plain import PlainRows
from engine.skeleton import Item
from renderers.live import Unusual
from renderers.makers import MAKERS, MOST_ROWS, Draw, Make
from renderers.templating import SIMPLE, Place


class Line(NamedTuple):
    """Items side by side that the reader may see; those without a `draw` are drawn by `Drawing`."""

    items: tuple[Item, ...]
    names: tuple[str, ...]
    draws: tuple[Draw | None, ...]
    kinds: str
    required: bool  # one that has a `draw` must be answered
    whole: tuple[Draw, ...]  # all of them, if none is missing


@dataclass(eq=False, repr=False)
class Program:
    """A step in one look."""

    form: ref[CompiledForm]  # the form keeps its programs, not the other way round
    step: str
    grant: Grant
    make: Make
    lines: dict[tuple[Item, Place], Line] = field(default_factory=dict)
    parts: dict[tuple[Item, Place], Draw | None] = field(default_factory=dict)
    spots: dict[str, tuple[Item, Place]] = field(default_factory=dict)  # by region

    def line(self, items: Sequence[Item], place: Place) -> Line:
        """What draws some items side by side."""
        key = (items[0], place)
        if key not in self.lines:
            self.lines[key] = self._line(items, place)
        return self.lines[key]

    def part(self, item: Item, place: Place) -> Draw | None:
        """What draws an item to be put in place out of band."""
        key = (item, place)
        if key not in self.parts:
            self.parts[key] = self._draw(item, place, True)
        return self.parts[key]

    def found(self, regions: Collection[str], slow: Collection[str]) -> list[tuple[Item, Place]] | None:
        """Find items by their regions, in page order; None if one of them may not draw itself."""
        if len(regions) > MOST_ROWS or not self.spots.keys() >= set(regions):
            return None
        found = [self.spots[region] for region in regions]
        return None if any(item.id in slow for item, _ in found) else sorted(found, key=_order)

    def _line(self, items: Sequence[Item], place: Place) -> Line:
        shown = tuple(item for item in items if self._is_open(item))
        draws = tuple(self._draw(item, place, False) for item in shown)
        for item, draw in zip(shown, draws, strict=True):
            if draw is not None and not self._tabbed(item):
                self.spots[region_id(item.path)] = (item, place)
        kinds = "".join("s" if item.type in SIMPLE else "o" for item in shown)
        required = any(draw and _asked(item) for item, draw in zip(shown, draws, strict=True))
        whole = tuple(draw for draw in draws if draw is not None)
        names = tuple(item.id for item in shown)
        return Line(shown, names, draws, kinds, required, whole if len(whole) == len(shown) else ())

    def _tabbed(self, item: Item) -> bool:
        """Tell whether an item may not be on the page, behind a tab."""
        form = self.form()
        named = {} if form is None else form.skeleton.named
        return any(named[section].spec.layout == "tabs" for section in item.chain[1:])

    def _is_open(self, item: Item) -> bool:
        if item.type in {"section", "note"}:
            return self.grant.meets(item.guards)
        return bool(decide(self.grant, "read", item))

    def _draw(self, item: Item, place: Place, oob: bool) -> Draw | None:
        form = self.form()
        assert form is not None  # who draws it holds it
        plain = {one.item.id: one.how for one in fused(form, self.step).items}.get(item.id)
        maker = MAKERS.get(item.type)
        if plain is None or maker is None or not self._is_still(item):
            return None
        if isinstance(plain, PlainRows) and (item.spec.own or not all(map(self._is_still, item.children))):
            return None
        try:
            return maker(self.make, item, place, oob)
        except Unusual:
            return None

    def _is_still(self, item: Item) -> bool:
        """Tell whether nothing around an answer changes from one document to another."""
        writes = decide(self.grant, "read", item) and decide(self.grant, "write", item)
        return bool(writes) and "{n}" not in item.label and self.make({}).reasonless(item)


def _order(spot: tuple[Item, Place]) -> int:
    return spot[0].order


def _asked(item: Item) -> bool:
    return item.spec.required is True or any(one.spec.required is True for one in item.children)
