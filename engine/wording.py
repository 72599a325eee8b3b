"""Texts with `{path}`: typed references printed by their type. No format, no expression."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.faults import Location
from engine.french import UNITS, clock, duration, enumerate_words, long_date, number, short_date
from engine.paths import Path
from engine.references import resolve
from engine.scopes import Names, Reference, Scope, join
from engine.skeleton import Item
from engine.types import NOTHING, Reads, Type, from_smallest

if TYPE_CHECKING:
    from engine.evaluate import FormState

_HOLE = re.compile(r"\{([^{}]*)\}")
UNANSWERED = "non renseigné"


@dataclass(frozen=True, eq=False)
class Template:
    """A text cut at its holes; None stands for `{n}`."""

    parts: tuple[str | Reference | None, ...]
    reads: Reads

    def render(self, scope: Scope, n: int | None = None, quote: Callable[[str], str] = str) -> str:
        """Fill the holes; an unanswered one says so. `quote` is applied to what fills them."""
        return "".join(self._piece(part, scope, n, quote) for part in self.parts)

    def _piece(
        self, part: str | Reference | None, scope: Scope, n: int | None, quote: Callable[[str], str]
    ) -> str:
        if part is None:
            return "" if n is None else str(n)
        if isinstance(part, str):
            return part
        return quote(show(part, scope) or UNANSWERED)


def compile_text(text: str, names: Names, location: Location) -> Template:
    """Cut a text at its holes; unknown paths are faults."""
    pieces: list[str | Reference | None] = []
    end = 0
    for hole in _HOLE.finditer(text):
        pieces.append(text[end : hole.start()])
        end = hole.end()
        if hole[1] == "n":
            pieces.append(None)
            continue
        found = _hole(hole[1], names, location)
        if found is not None:
            pieces.append(found)
    pieces.append(text[end:])
    holes = [piece for piece in pieces if isinstance(piece, Reference)]
    if len(holes) > 10:
        names.fault(location, "dix « {} » au plus dans un texte.")
    return Template(tuple(pieces), join([hole.reads for hole in holes]))


def _hole(path: str, names: Names, location: Location) -> Reference | None:
    if not re.fullmatch(r"\.?[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*", path):
        names.fault(location, f"« {{{path}}} » n'est pas un chemin : écrivez l'identifiant d'un champ.")
        return None
    return resolve(path, names, location)


def label_of(state: FormState, item: Item, path: Path) -> str:
    """The label of an item at a path: `{n}` is the place of its row, left out at a static path."""
    if "{n}" not in item.label:
        return item.label
    if item.parent is None or item.parent.type != "rows" or len(path) < 3:
        return item.heading
    return item.label.replace("{n}", str(state.position(path[:-1])))


def plain_text(text: str) -> Template:
    """A text without holes."""
    return Template((text,), NOTHING)


def show(reference: Reference, scope: Scope) -> str:
    """Print what a reference reads, "" when unanswered."""
    value = reference.read(scope)
    if value is None:
        return ""
    if reference.type.kind in {"reference", "references"} and reference.locate is not None:
        place = reference.locate(scope)
        stored = place[0].stored(place[1]) if place is not None else None
        return enumerate_words([one["label"] for one in stored or []])
    if (
        reference.item is not None
        and getattr(reference.item.spec, "from_rows", None)
        and reference.locate is not None
    ):
        place = reference.locate(scope)
        titles = {} if place is None else place[0].row_titles(reference.item.spec.from_rows)
        return enumerate_words(
            [titles.get(row, "") for row in (value if isinstance(value, tuple) else (value,))]
        )
    return show_value(value, reference.type)


def show_value(value: Any, typed: Type) -> str:
    """Print a typed value.

    >>> from fractions import Fraction
    >>> show_value(Fraction(42), Type("number", unit="weeks"))
    '6 semaine(s)'
    """
    match typed.kind:
        case "number":
            if typed.family == "clock":
                return duration(value)
            amount = number(from_smallest(value, typed.unit))
            return f"{amount} {UNITS[typed.unit]}" if typed.unit else amount
        case "date":
            return long_date(value)
        case "time":
            return clock(value)
        case "signature":
            return str(value.words())
        case "boolean":
            return "oui" if value else "non"
        case "code":
            return typed.listing.label(value) if typed.listing is not None else str(value)
        case "codes":
            listing = typed.listing
            return enumerate_words([listing.label(code) if listing is not None else code for code in value])
        case "rows" | "collection":
            return str(len(value))
        case "references" | "attachment":
            return enumerate_words(list(value))
    return str(value)


def show_bound(value: Any, typed: Type) -> str:
    """Print a bound in a message: figures, no unit words."""
    if typed.kind == "date":
        return short_date(value)
    return number(from_smallest(value, typed.unit)) if typed.kind == "number" else show_value(value, typed)


def any_reads(templates: Sequence[Template]) -> Reads:
    """What several texts read."""
    return join([template.reads for template in templates])
