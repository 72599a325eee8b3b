"""What the checks share: how a fault is said, which types fit, who implies whom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from engine.drafting import Drafting, Library, version_key
from engine.faults import Location, nearest
from engine.model import Form
from engine.skeleton import Item, Roles
from engine.types import Type, exact

Found = tuple[Location, str]


def unknown(what: str, name: str, known: Iterable[str]) -> str:
    """Say that a name is unknown, with the nearest one.

    >>> unknown("l'étape", "fni", ["fin"])
    "l'étape « fni » n'existe pas. Vouliez-vous dire « fin » ?"
    """
    return f"{what} « {name} » n'existe pas.{nearest(name, known)}"


def all_known(what: str, names: Iterable[str], known: Iterable[str], location: Location) -> Iterator[Found]:
    """Find the names of a list that are unknown, each at its place."""
    allowed = list(known)
    for index, name in enumerate(names):
        if name not in allowed:
            yield (*location, index), unknown(what, name, allowed)


def once(what: str, ids: Iterable[str], location: Location, key: str = "id") -> Iterator[Found]:
    """Find the ids of a list of objects that come back, each at its second place."""
    seen: Counter[str] = Counter()
    for index, name in enumerate(ids):
        seen[name] += 1
        if seen[name] == 2:
            yield (*location, index, key), f"{what} « {name} » existe déjà. Choisissez un autre identifiant."


def all_versions(drafting: Drafting, form: str) -> list[Form]:
    """Give every version of a form, oldest first."""
    versions: Mapping[str, tuple[str, Form]] = drafting.library.forms.get(form, {})
    return [versions[version][1] for version in sorted(versions, key=version_key)]


def unknown_form(what: str, name: str, known: Iterable[str], library: Library) -> str:
    """Say that a form is unknown, or that it is left out for its own faults."""
    if name in library.absent:
        return f"« {name} » est écartée pour ses propres fautes. Corrigez-la d'abord."
    return unknown(what, name, known)


def form_ids(library: Library) -> list[str]:
    """Give every form, even those that are left out for their own faults."""
    return sorted({*library.forms, *library.absent})


def state_ids(forms: Iterable[Form]) -> set[str]:
    """Give every state of some forms."""
    return {state.id for form in forms for state in form.lifecycle.states}


def fits(found: Type, wanted: Type) -> bool:
    """Tell whether answers of a type may be copied where another is wanted."""
    if {found.kind, wanted.kind} <= {"code", "codes"}:
        lists = {one.listing.name for one in (found, wanted) if one.listing is not None}
        return len(lists) < 2 and (found.kind == wanted.kind or wanted.kind == "codes")
    if {found.kind, wanted.kind} <= {"reference", "references"}:
        return found.target == wanted.target and (found.kind == wanted.kind or wanted.kind == "references")
    return found.same(wanted)


def gap(own: Iterable[Roles], guards: Iterable[Roles]) -> Roles | None:
    """Give a set of roles that must be met to read and that `own` does not imply; None when all are."""
    mine = list(own)
    missing = (guard for guard in sorted(guards, key=sorted) if not any(roles <= guard for roles in mine))
    return next(missing, None)


def inside_rows(item: Item) -> bool:
    """Tell whether an item is repeated."""
    return item.parent is not None and item.parent.type == "rows"


DISPLAYS: Mapping[tuple[str, bool], frozenset[str]] = {
    ("choice", False): frozenset({"select", "radios"}),
    ("choice", True): frozenset({"checkbox"}),
    ("boolean", False): frozenset({"checkbox", "radios"}),
    ("rows", False): frozenset({"table", "cards"}),
}


def displayed(display: str, shape: tuple[str, bool], location: Location) -> Iterator[Found]:
    """Find a display that means nothing for a type of item, alone or with several choices."""
    allowed = DISPLAYS.get(shape, frozenset())
    if display not in allowed:
        remedy = f"Possibles : {', '.join(sorted(allowed))}." if allowed else "Retirez « display »."
        yield location, f"« {display} » ne veut rien dire ici. {remedy}"


def ordered(low: Any, high: Any, location: Location) -> Iterator[Found]:
    """Find two literal bounds that leave nothing between them."""
    if isinstance(low, str) and isinstance(high, str):
        wrong = low > high
    elif isinstance(low, (int, float)) and isinstance(high, (int, float)):
        wrong = exact(low) > exact(high)
    else:
        return
    if wrong:
        yield (
            (*location, "min"),
            f"« min » ({low}) dépasse « max » ({high}) : rien ne conviendrait. Corrigez l'un des deux.",
        )
