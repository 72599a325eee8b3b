"""Places that a scenario names: `field`, `group.field`, `rows[row].field` -> a path and its item."""

from __future__ import annotations

from dataclasses import dataclass

from engine.compile import CompiledForm
from engine.paths import Path, bracketed, from_bracketed
from engine.skeleton import Item


@dataclass(frozen=True, eq=False)
class Spot:
    """A place: its path with the row's id, the item there, the row when one is named."""

    text: str
    path: Path
    item: Item
    row: str | None

    @property
    def rowless(self) -> bool:
        """True for a field of rows of which no row is named."""
        return self.row is None and self.item.parent is not None and self.item.parent.type == "rows"


def spot(text: str, form: CompiledForm) -> Spot | None:
    """Find a place, None when the form has none of that name."""
    try:
        path = from_bracketed(text)
    except ValueError:
        return None
    head, has_row = form.skeleton.named.get(path[0]), "[" in text
    if has_row and (head is None or head.type != "rows" or not text.startswith(f"{path[0]}[")):
        return None
    static = (path[0], *path[2:]) if has_row else path
    item = form.skeleton.items.get(static)
    return None if item is None else Spot(text, path, item, path[1] if has_row else None)


def known_spots(form: CompiledForm) -> list[str]:
    """Every place of a form, as a suggestion spells it."""
    return [
        ".".join(path) if item.parent is None or item.parent.type != "rows" else f"{path[0]}[…].{path[1]}"
        for path, item in form.skeleton.items.items()
    ]


def spell(path: Path, form: CompiledForm) -> str:
    """Write a path as scenarios do."""
    repeats = frozenset(item.id for item in form.skeleton.named.values() if item.type == "rows")
    return bracketed(path, repeats)
