"""What a choice, cascade or checklist offers here and now: `root` and `filter` applied to its list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any

from engine.answers import code_of, details_of, make_pick, picks_of
from engine.compile import Rules
from engine.referentiels import Listing
from engine.scopes import Scope
from engine.skeleton import Item

if TYPE_CHECKING:
    from engine.evaluate import FormState


@dataclass(eq=False)
class Offer:
    """The options of one field at one moment. `root` is the code below which they lie."""

    listing: Listing
    scope: Scope
    rules: Rules
    item: Item
    held: frozenset[str] = frozenset()  # codes already picked: they stay, even retired

    @cached_property
    def root(self) -> str | None:
        """The subtree shown; None for the whole list."""
        return None if self.rules.root is None else self.rules.root.get(self.scope)

    @property
    def rootless(self) -> bool:
        """True when a subtree is wanted but not known yet."""
        return self.rules.root is not None and self.root is None

    def passes(self, code: str) -> bool:
        """Test a code: retired ones only stay where they were picked, and its own attributes."""
        if self.listing.retired(code) and code not in self.held:
            return False
        test = self.rules.filter
        return test is None or test.holds(Scope(self.scope.state, code))

    def children(self, code: str | None) -> Iterator[str]:
        """Walk the options directly below a code (below the root for None)."""
        if self.rootless:
            return iter(())
        return (
            child
            for child in self.listing.children(self.root if code is None else code)
            if self.passes(child)
        )

    def leaves(self, code: str | None = None) -> Iterator[str]:
        """Walk the offered entries without children."""
        for child in self.children(code):
            if self.listing.children(child):
                yield from self.leaves(child)
            else:
                yield child

    @cached_property
    def options(self) -> tuple[str, ...]:
        """The options of a flat choice: a level's entries, or the leaves."""
        return tuple(self.walk())

    def walk(self) -> Iterator[str]:
        """Walk the options of a flat choice, one by one."""
        level = getattr(self.item.spec, "level", None)
        if level is None:
            return self.leaves()
        return (code for code in self.listing.at_level(level, self.root) if self.passes(code))

    def exceeds(self, count: int) -> bool:
        """Tell whether a flat choice has more options than that, without walking them all."""
        return len(self.listing) > count and next(islice(self.walk(), count, None), None) is not None

    def crowds(self, code: str | None, count: int) -> bool:
        """Tell whether more options than that lie directly below a code."""
        return next(islice(self.children(code), count, None), None) is not None

    def branch(self, code: str, levels: int) -> Iterator[str]:
        """Walk the options so many levels below a code, each followed by those below it."""
        for child in self.children(code) if levels > 0 else ():
            yield child
            yield from self.branch(child, levels - 1)

    @cached_property
    def codes(self) -> frozenset[str]:
        """Every code that may be picked."""
        if self.item.type == "cascade":
            return frozenset(self._subtree(None))
        return frozenset(self.options)

    def _subtree(self, code: str | None) -> Iterator[str]:
        for child in self.children(code):
            yield child
            yield from self._subtree(child)

    def takes(self, code: str, parent: str | None) -> bool:
        """Tell whether a code may be picked, in a cascade below the pick `parent`."""
        if self.item.type != "cascade":
            return self._among(code)
        above = self.root if parent is None else parent
        return (
            not self.rootless
            and code in self.listing
            and self.listing.parent(code) == above
            and self.passes(code)
        )

    def _among(self, code: str) -> bool:
        """Tell whether a code is one of the options, by the way up from it rather than by all of them."""
        level = getattr(self.item.spec, "level", None)
        if code not in self.listing:
            return False
        above = self.listing.ancestors(code)
        if level is not None:
            inside = self.root is None or self.root == code or self.root in above
            return inside and self.listing.level(code) == level and self.passes(code)
        if self.rootless or self.listing.children(code) or (self.root is not None and self.root not in above):
            return False
        way = above if self.root is None else above[: above.index(self.root)]
        return all(self.passes(one) for one in (code, *way))

    def details(self, pick: Any) -> tuple[str, ...]:
        """The precisions of a pick, none where none are asked for."""
        return () if self.listing.asks(code_of(pick)) is None else details_of(pick)


@dataclass(eq=False)
class RowOffer:
    """Options that are the rows of this form: `options` are row ids, in order."""

    options: tuple[str, ...]
    state: FormState
    source: str

    rootless = False

    @cached_property
    def labels(self) -> dict[str, str]:
        """Row ids and their titles: asked for after the pass, since a title may read what comes later."""
        return self.state.row_titles(self.source)

    @property
    def codes(self) -> frozenset[str]:
        """Every row id."""
        return frozenset(self.options)

    def takes(self, code: str, _parent: str | None) -> bool:
        """Tell whether a row may be picked."""
        return code in self.options

    def details(self, _pick: Any) -> tuple[str, ...]:
        """Rows ask for no precision."""
        return ()


def offer_for(item: Item, rules: Rules, scope: Scope) -> Offer | RowOffer | None:
    """Make the offer of a field, None when it has no options."""
    if item.listing is not None:
        return Offer(item.listing, scope, rules, item)
    if item.type == "choice" and item.spec.from_rows is not None:
        return RowOffer(scope.state.filled_rows(item.spec.from_rows), scope.state, item.spec.from_rows)
    return None


def kept(picks: Sequence[Any], offer: Offer | RowOffer) -> tuple[list[Any], list[str]]:
    """Part picks into those still offered and the codes that no longer are, which stay in the draft.

    A cascade's pick counts only below its own parent; the same first pick twice is left to be judged.
    """
    nested = isinstance(offer, Offer) and offer.item.type == "cascade"
    return _kept(picks, offer, None, len(offer.item.spec.levels) if nested else 1)  # type: ignore[union-attr]


def _kept(
    picks: Sequence[Any], offer: Offer | RowOffer, parent: str | None, depth: int
) -> tuple[list[Any], list[str]]:
    good: dict[tuple[int, str], Any] = {}
    lost: list[str] = []
    for n, pick in enumerate(picks):
        code = code_of(pick)
        if depth == 0 or not offer.takes(code, parent):
            lost.append(code)
            continue
        inner, inner_lost = _kept(picks_of(pick), offer, code, depth - 1)
        lost.extend(inner_lost)
        twice_shows = parent is None and depth > 1
        good.setdefault((n if twice_shows else 0, code), make_pick(code, offer.details(pick), inner))
    return list(good.values()), lost


def by_level(picks: Sequence[Any], levels: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Give the codes picked at each level of a cascade."""
    found: dict[str, list[str]] = {level: [] for level in levels}
    _collect(picks, tuple(levels), found)
    return {level: tuple(codes) for level, codes in found.items()}


def _collect(picks: Iterable[Any], levels: tuple[str, ...], found: dict[str, list[str]]) -> None:
    for pick in picks:
        found[levels[0]].append(code_of(pick))
        if len(levels) > 1:
            _collect(picks_of(pick), levels[1:], found)
