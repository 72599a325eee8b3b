"""Look-up in a loaded code list: children, labels, ancestors, attributes. Built once per list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from engine.model import Asks, Attribute, CodeList, ListItem, Option
from engine.word_index import WordIndex


class Listing:
    """An indexed code list; a look-up costs the same whatever the list's size."""

    def __init__(
        self,
        name: str,
        levels: Sequence[str],
        items: Sequence[ListItem],
        *,
        version: str = "",
        title: str = "",
        ordered: bool = False,
        attributes: dict[str, Attribute] | None = None,
    ) -> None:
        self.name = name
        self.version = version
        self.title = title or name
        self.levels = tuple(levels)
        self.ordered = ordered
        self.attributes: dict[str, Attribute] = attributes or {}
        self._items: dict[str, ListItem] = {}
        self._parent: dict[str, str | None] = {}
        self._depth: dict[str, int] = {}
        self._rank: dict[str, int] = {}
        self._children: dict[str, tuple[str, ...]] = {}
        self.roots = tuple(item.code for item in items)
        self._index(items, None, 0)
        self.parents: Mapping[str, str | None] = self._parent
        self.childless = frozenset(code for code, below in self._children.items() if not below)

    def _index(self, items: Sequence[ListItem], parent: str | None, depth: int) -> None:
        for item in items:
            self._items[item.code] = item
            self._parent[item.code] = parent
            self._depth[item.code] = depth
            self._rank[item.code] = len(self._rank)
            self._children[item.code] = tuple(child.code for child in item.items)
            self._index(item.items, item.code, depth + 1)

    def __contains__(self, code: object) -> bool:
        return code in self._items

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    @cached_property
    def words(self) -> WordIndex:
        """The words of the labels, by rank: what is searched."""
        return WordIndex(item.label for item in self._items.values())

    @cached_property
    def _codes(self) -> tuple[str, ...]:
        return tuple(self._items)

    def at(self, rank: int) -> str:
        """Give the code at a place in the list's order."""
        return self._codes[rank]

    def label(self, code: str) -> str:
        """Give a code's label, or the code itself when the list has forgotten it."""
        item = self._items.get(code)
        return item.label if item else code

    def retired(self, code: str) -> bool:
        """Tell whether a code is no longer offered."""
        item = self._items.get(code)
        return item is not None and item.retired

    def replaced_by(self, code: str) -> tuple[str, ...]:
        """List the codes that stand in for a retired one: several when it was split."""
        item = self._items.get(code)
        return tuple(item.replaced_by) if item else ()

    def asks(self, code: str) -> Asks | None:
        """Tell how many precisions a code asks for, if any."""
        item = self._items.get(code)
        return item.asks if item else None

    def parent(self, code: str) -> str | None:
        """Give the code one level up, None for a root."""
        return self._parent.get(code)

    def ancestors(self, code: str) -> tuple[str, ...]:
        """List the codes above, nearest first."""
        above: list[str] = []
        current = self._parent.get(code)
        while current is not None:
            above.append(current)
            current = self._parent.get(current)
        return tuple(above)

    def children(self, code: str | None) -> tuple[str, ...]:
        """List the codes directly below, the roots for None."""
        if code is None:
            return self.roots
        return self._children.get(code, ())

    def leaves(self, code: str | None) -> Iterator[str]:
        """Walk the codes without children at or below `code`."""
        below = self.children(code)
        if not below and code is not None:
            yield code
        for child in below:
            yield from self.leaves(child)

    def at_level(self, level: str, root: str | None = None) -> Iterator[str]:
        """Walk the codes of one level below `root`."""
        depth = self.levels.index(level)
        return (
            code
            for code, own in self._depth.items()
            if own == depth and (root is None or root == code or root in self.ancestors(code))
        )

    def level(self, code: str) -> str:
        """Name the level of a code."""
        return self.levels[self._depth[code]]

    def rank(self, code: str) -> int:
        """Give the place of a code in the list's order."""
        return self._rank.get(code, -1)

    def attribute(self, code: str, name: str) -> Any:
        """Give the attribute of an entry, None when it has none."""
        item = self._items.get(code)
        return item.attributes.get(name) if item else None


def listing_of(code_list: CodeList) -> Listing:
    """Index a code list."""
    return Listing(
        code_list.list,
        code_list.levels,
        code_list.items,
        version=code_list.version,
        title=code_list.title,
        ordered=code_list.ordered,
        attributes=dict(code_list.attributes),
    )


def listing_of_options(name: str, options: Sequence[Option]) -> Listing:
    """Index options that are written in a form."""
    items = [ListItem(code=option.code, label=option.label, asks=option.asks) for option in options]
    return Listing(name, ("option",), items)
