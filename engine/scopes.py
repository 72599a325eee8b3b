"""What closures run on, what may be named where, and a resolved path: the words of `engine.references`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from math import isfinite
from typing import TYPE_CHECKING, Any, NamedTuple

from engine.faults import Location
from engine.paths import Path
from engine.referentiels import Listing
from engine.skeleton import Item
from engine.types import NOTHING, Reads, Type, exact, iso_day, to_smallest

if TYPE_CHECKING:
    from engine.drafting import Drafting
    from engine.evaluate import FormState
    from engine.model import Attribute


class RowElement(NamedTuple):
    """A row (or a group) at hand: the state that holds it and its path."""

    state: FormState
    prefix: Path


class Scope(NamedTuple):
    """What a closure runs on: a form's state and the element at hand."""

    state: FormState
    element: Any = None


@dataclass(frozen=True, eq=False)
class Reference:
    """A resolved path. `locate` gives where an answer is stored, when it is one."""

    text: str
    type: Type
    read: Callable[[Scope], Any]
    reads: Reads
    label: str
    item: Item | None = None
    locate: Callable[[Scope], tuple[FormState, Path] | None] | None = None


# --- what the leading dot means -----------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class RowNames:
    """The dot is a row or a group of this form."""

    drafting: Drafting
    item: Item


@dataclass(frozen=True, eq=False)
class EntryNames:
    """The dot is an entry of a code list."""

    listing: Listing


@dataclass(frozen=True, eq=False)
class DocumentNames:
    """The dot is a document of one of these forms."""

    draftings: tuple[Drafting, ...]


@dataclass(frozen=True, eq=False)
class TargetNames:
    """The dot is somebody or some place that a reference may point at: its attributes."""

    kind: str


Element = RowNames | EntryNames | DocumentNames | TargetNames


@dataclass(frozen=True, eq=False)
class Names:
    """What a piece of a definition may name, and where faults go.

    `before`: only items earlier than this order may be read (what shapes answers reads backwards).
    `user`: whether the user may be read.
    """

    drafting: Drafting
    element: Element | None = None
    before: int | None = None
    user: bool = False

    def fault(self, location: Location, text: str) -> None:
        """Note a fault."""
        self.drafting.faults.add(location, text)

    def at(self, element: Element) -> Names:
        """The same names with another element at hand."""
        return Names(self.drafting, element, self.before, self.user)


def target_attributes(drafting: Drafting, kind: str) -> Mapping[str, Attribute]:
    """The declared attributes of people or of a kind of place."""
    roles = drafting.library.roles
    if kind == "person":
        return roles.people.attributes
    return roles.places[kind].attributes if kind in roles.places else {}


def attribute_value(raw: Any, typed: Type) -> Any:
    """Type the raw attribute of a list's entry, a place or a person."""
    if raw is None or raw == []:
        return None
    match typed.kind:
        case "number":
            fits = isinstance(raw, (int, float)) and not isinstance(raw, bool) and isfinite(raw)
            return to_smallest(exact(raw), typed.unit) if fits else None
        case "date":
            return iso_day(raw)
        case "codes":
            return (
                tuple(one for one in raw if isinstance(one, str)) or None if isinstance(raw, list) else None
            )
        case "boolean":
            return raw if isinstance(raw, bool) else None
    return raw if isinstance(raw, str) else None


def join(reads: Sequence[Reads]) -> Reads:
    """Unite what several pieces read."""
    return reduce(lambda left, right: left | right, reads, NOTHING)
